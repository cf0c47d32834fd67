// What a failed call to AWS becomes: one AwsError with the error's name and the action that failed.
import { AwsError, NO_ANSWER, PROXY_REFUSAL } from '../../failure.ts';

interface Client {
  middlewareStack: {
    add(
      middleware: <Call, Answer>(
        next: (call: Call) => Promise<Answer>,
        context: { commandName?: string },
      ) => (call: Call) => Promise<Answer>,
      where: { step: 'initialize'; priority: 'high' },
    ): void;
  };
}

/** Makes every call of a client that fails throw AwsError. `service` is the part before the colon in `lambda:Invoke`. */
export function withAwsErrors<Some extends Client>(client: Some, service: string): Some {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        try {
          return await next(call);
        } catch (error) {
          throw awsError(error as SdkError, `${service}:${commandName.replace(/Command$/, '')}`);
        }
      },
    // First of all middleware, so that it also sees the last failure after the retries.
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

type SdkError = Error & {
  code?: string;
  errors?: (Error & { code?: string })[];
  $response?: { statusCode?: number };
  $metadata?: { httpStatusCode?: number };
};

function awsError(error: SdkError, action: string): AwsError {
  const status = error.$response?.statusCode ?? error.$metadata?.httpStatusCode;
  if (status === 407) return new AwsError(PROXY_REFUSAL, action, new Error(`HTTP ${status}`, { cause: error }));
  // The SDK could not parse the answer: an HTML page, for example.
  if (error instanceof SyntaxError && status !== undefined) {
    return new AwsError(NO_ANSWER, action, new Error(`HTTP ${status} and no JSON`, { cause: error }));
  }
  // When a name has several addresses, Node reports one error for each, and only those have a message.
  const inner = error.errors?.[0] ?? error;
  const isNetwork = inner.code !== undefined && /^E[A-Z_]+$/.test(inner.code);
  return new AwsError(isNetwork ? (inner.code as string) : error.name, action, inner);
}

/** The answer of a call, or undefined when AWS says that the thing does not exist. @throws AwsError for other errors. */
export async function ifThere<T>(answer: Promise<T>, missing = /NotFound|NoSuchEntity/): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsError && missing.test(error.code)) return undefined;
    throw error;
  }
}
