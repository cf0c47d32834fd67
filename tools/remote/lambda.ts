// Calls a function on AWS Lambda, once: no retries, no policy. The AWS SDK is loaded here, and only for a remote run.
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import type { Deployment } from '../../deploy/cloud/record.ts';
import { NEEDS, withPackages } from '../cli/optional.ts';
import { checkAccount } from './account.ts';
import { type Report, readReport } from './cost.ts';
import { inPieces } from './pieces.ts';
import { proxies } from './proxies.ts';

const CONNECT_MS = 5_000;
/** A little more than the longest that a function may run. */
const SILENCE_MS = 905_000;
/** Connections: one a call under way. */
const MOST_CALLS = 1_000;

/** What came of a call that reached the function. */
export interface Reply {
  /** The answer or the failure; undefined when it is not JSON. */
  body: unknown;
  /** The function threw or died, and `body` says how. */
  isFailure: boolean;
  /** Undefined when the end of the log came without one. */
  report: Report | undefined;
}

/** A connection to AWS Lambda, in the account that was deployed to. */
export interface Lambda {
  /**
   * @param onSent is called when nothing reads the payload any more, which may be long before the answer.
   * @throws what the SDK throws, when the call does not reach the function; ConfigError when it is another account.
   */
  call(arn: string, payload: Uint8Array, onSent: () => void): Promise<Reply>;
  /** How many calls the account allows at once; undefined when it does not say. Throws nothing. */
  concurrency(): Promise<number | undefined>;
  /** Reads the credentials anew. @throws ConfigError when they do not work, or are of another account. */
  renew(): Promise<void>;
  close(): void;
}

export async function openLambda(deployment: Deployment): Promise<Lambda> {
  const { region, profile, qualifier, architecture } = deployment;
  // On Node 20 the SDK warns that its future versions will not work; the installed one does.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const load = () => import('@aws-sdk/client-lambda');
  const { GetAccountSettingsCommand, InvokeCommand, LambdaClient } = await withPackages('AWS Lambda', NEEDS.aws, load);
  const agent = { keepAlive: true, maxSockets: MOST_CALLS };
  const timeouts = { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS };
  const requestHandler = { ...timeouts, httpAgent: agent, httpsAgent: agent, ...(await proxies(MOST_CALLS)) };
  const named = profile === undefined ? {} : { profile };
  // Retries are the fan-out's: here each would be tried again for every try of its own.
  const connect = (more: object = {}) =>
    new LambdaClient({ region, requestHandler, maxAttempts: 1, ...named, ...more });
  let client = connect();
  // Starts while the first picture is read, and is awaited before that is sent.
  let checked = checkAccount(deployment);
  checked.catch(() => undefined);
  return {
    call: async (arn, payload, onSent) => {
      await checked;
      const input = { FunctionName: arn, Qualifier: qualifier, Payload: payload, LogType: 'Tail' as const };
      const command = new InvokeCommand(input);
      command.middlewareStack.add(inPieces(onSent), { step: 'deserialize', priority: 'low', name: 'inPieces' });
      const answer = await client.send(command);
      const log = Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8');
      return { body: bodyOf(answer), isFailure: Boolean(answer.FunctionError), report: readReport(log, architecture) };
    },
    concurrency: async () => {
      try {
        const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
        return AccountLimit?.UnreservedConcurrentExecutions;
      } catch {
        return undefined; // whoever may call a function need not be allowed to ask
      }
    },
    renew: async () => {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      const credentials = defaultProvider({ ...named, ignoreCache: true });
      await checkAccount(deployment, credentials);
      client.destroy();
      client = connect({ credentials });
      checked = Promise.resolve();
    },
    close: () => client.destroy(),
  };
}

function bodyOf(answer: InvokeCommandOutput): unknown {
  try {
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}
