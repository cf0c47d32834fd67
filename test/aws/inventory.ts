// What an account holds, to be compared and to be put elsewhere.
import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';

const VARYING = [
  'storage',
  'createdAt',
  'pushedAt',
  'policySetAt',
  'modifiedAt',
  'revision',
  'pendingUntil',
  'updatingUntil',
  'id',
];
const HOST = /127\.0\.0\.1:\d+/g;

/** Without times, random names, ports and the order of uploads: two inventories are equal when a person would call them so. */
export function inventory(account: Account): unknown {
  const text = JSON.stringify(account, (key, value) => {
    if (key === 'blobs') return [...new Set(value as string[])].sort();
    return VARYING.includes(key) ? undefined : value;
  });
  return JSON.parse(text.replace(HOST, 'registry'));
}

/** A copy for another service, or for the same again; its uploads go to a place of their own. */
export function transplant(account: Account, registryHost: string): Account {
  const copy = JSON.parse(JSON.stringify(account).replace(HOST, registryHost)) as Account;
  for (const repository of Object.values(copy.repositories)) repository.storage = randomUUID();
  return copy;
}
