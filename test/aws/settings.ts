// How a test sets up the tests' AWS: who may do what, how slow it is, what fails; and what a test can read afterwards.
import type { Account, Executions, Invocation, Outcome, Temper } from './account.ts';
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
  /** The code of the refusal. */
  error?: string;
}

/**
 * What fails at a call: the client is killed before or after the effect, or the call is refused. A call to the registry
 * may also lose its connection after this many uploaded bytes.
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
  /** Runs the executions of state machines. */
  executions?: Executions;
  /** Gets each call and its number (from 0), and says what fails at it. */
  fault?: (call: Call, index: number) => Fault | undefined;
  /** Kills the client. */
  onKill?: () => void;
}

export interface Credentials extends Identity {
  /** What the person may do. Without it everything. */
  policy?: Policy;
}

export const REGION = 'eu-west-1';

/** The credentials of the person who deploys. */
export const DEPLOYER: Credentials = {
  accessKeyId: 'AKIATESTSTESTSTESTS0',
  secretAccessKey: 'wJalrXUtnFEMI/of/the/tests',
  arn: 'arn:aws:iam::123456789012:user/deployer',
};
