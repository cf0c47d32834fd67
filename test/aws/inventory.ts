// The content of an account, for comparing and for copying to another service.
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

/** Leaves out times, random names, ports and the order of uploads, so that accounts that a person calls equal are equal. */
export function inventory(account: Account): unknown {
  const text = JSON.stringify(account, (key, value) => {
    if (key === 'blobs') return [...new Set(value as string[])].sort();
    return VARYING.includes(key) ? undefined : value;
  });
  return JSON.parse(text.replace(HOST, 'registry'));
}

/** A copy for another service, or for the same one later. Its uploads go to another place. */
export function transplant(account: Account, registryHost: string): Account {
  const copy = JSON.parse(JSON.stringify(account).replace(HOST, registryHost)) as Account;
  for (const repository of Object.values(copy.repositories)) repository.storage = randomUUID();
  return copy;
}
