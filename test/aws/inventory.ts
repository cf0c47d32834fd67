// What an account holds, without times, random names and ports: two inventories are equal when a person would call them so.
import type { Account } from './account.ts';

const VARYING = [
  ...['storage', 'createdAt', 'pushedAt', 'modifiedAt', 'revision', 'pendingUntil', 'updatingUntil', 'id'],
];

export function inventory(account: Account): unknown {
  return JSON.parse(
    JSON.stringify(account, (key, value) => (VARYING.includes(key) ? undefined : value)).replace(
      /127\.0\.0\.1:\d+/g,
      'registry',
    ),
  );
}
