// How a test sets up the tests' AWS: who may what, how slow it is, what goes wrong; and what a test reads of it after.
import type { Account, Invocation, Outcome, Temper } from './account.ts';
import type { ServiceName } from './model.ts';
import type { Policy } from './policy.ts';
import type { Identity } from './signature.ts';
import type { Storage } from './storage.ts';

/** One call as the service saw it. */
export interface Call {
  /** `registry` for requests of the registry's protocol. */
  service: ServiceName | 'registry';
  action: string;
  write: boolean;
  /** Of a refusal. */
  error?: string;
}

/**
 * What goes wrong at a call: the client is killed before or after the effect, or the call is refused; the registry's may
 * also break the connection after so many bytes of what is uploaded.
 */
export type Fault =
  | { kill: 'before' | 'after' }
  | { code: string; message: string; status?: number; retryAfterS?: number }
  | { cutAfter: number };

export interface Settings {
  storage: Storage;
  account?: Account;
  temper?: Partial<Temper>;
  /** Runs an image; without it invocations answer `{}`. */
  run?: (invocation: Invocation) => Promise<Outcome>;
  /** Told which call of all comes (from 0), says what goes wrong at it. */
  fault?: (call: Call, index: number) => Fault | undefined;
  /** Kills the client. */
  onKill?: () => void;
}

export interface Credentials extends Identity {
  /** What the person may do; everything without it. */
  policy?: Policy;
}

export const REGION = 'eu-west-1';

/** Of whoever deploys. */
export const DEPLOYER: Credentials = {
  accessKeyId: 'AKIATESTSTESTSTESTS0',
  secretAccessKey: 'wJalrXUtnFEMI/of/the/tests',
  arn: 'arn:aws:iam::123456789012:user/deployer',
};
