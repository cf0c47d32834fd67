// Turns AWS's answer to a failed call into the errors that this machine would give (handler/errors.ts).
import * as z from 'zod';
import {
  ConfigError,
  FaceError,
  type ImageCode,
  ImageError,
  ManyFacesError,
  type ModelCode,
  ModelError,
  NoFaceError,
  RequestError,
  SIDECAR_REASONS,
  SidecarError,
  type SidecarReason,
} from '../../handler/errors.ts';

/** AWS failed, or the function failed in a way that we do not know. */
export class RemoteError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('RemoteError', 'REMOTE_FAILED', message, options);
  }
}

const FAILURES: Record<string, (message: string, code: string | undefined) => FaceError> = {
  RequestError: (message) => new RequestError(message),
  ImageError: (message, code) => new ImageError(message, code as ImageCode | undefined),
  NoFaceError: (message) => new NoFaceError(message),
  ManyFacesError: (message) => new ManyFacesError(message),
  ModelError: (message, code) => new ModelError(message, code as ModelCode | undefined),
  ConfigError: (message) => new ConfigError(message),
};

// Another program may have answered, so every field is checked. Unknown codes of a newer function are kept.
const Failure = z.object({
  errorType: z.string().catch(''),
  errorMessage: z.string().catch(''),
  code: z.optional(z.string().regex(/^[A-Z][A-Z0-9_]*$/)).catch(undefined),
  reason: z.enum(SIDECAR_REASONS).catch('exit'),
});

/** The failure of a function that threw or died. `body` is the payload of Lambda's answer. */
export function remoteFailure(body: unknown, name: string): FaceError {
  const { errorType, errorMessage, code, reason } = Failure.parse(body ?? {});
  if (errorType === 'SidecarError') return sidecarFailure(reason, errorMessage, name);
  const known = Object.hasOwn(FAILURES, errorType) ? FAILURES[errorType] : undefined;
  if (known) return known(errorMessage, code);
  // Lambda's own: Runtime.ExitError, Runtime.OutOfMemory, Sandbox.Timedout, "Task timed out after 30.00 seconds".
  const what = [errorType, errorMessage].filter(Boolean).join(': ') || 'no reason given';
  return new RemoteError(`the function ${name} failed (${what}): try again, or use --local`);
}

function sidecarFailure(reason: SidecarReason, message: string, name: string): SidecarError {
  if (reason !== 'missing') return new SidecarError(reason, message);
  // The message's advice is for a sidecar on this machine.
  const what = message.replace(/: run npm run setup$/, '');
  return new SidecarError(reason, `the function ${name} cannot work (${what}): run npm run deploy again`);
}

export function tooLarge(bytes: number): RequestError {
  const megabytes = (bytes / 2 ** 20).toFixed(1);
  return new RequestError(
    `is too large for AWS Lambda: the request is ${megabytes} MB and at most 6 are allowed: use a smaller picture or --local`,
  );
}

const REJECTED =
  /Credentials|ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|SignatureDoesNotMatch|MissingAuthentication/;

/** Whether AWS refused the credentials. */
export function isRejected(error: unknown): boolean {
  return REJECTED.test((error as Error | undefined)?.name ?? '');
}

/** Whether there are more calls than AWS allows now. */
export function isThrottled(error: unknown): boolean {
  return /TooManyRequests|Throttl/.test((error as Error).name);
}

/** Whether the same call may succeed a little later: AWS failed, or the network. */
export function isTransient(error: unknown): boolean {
  if (error instanceof FaceError || isRejected(error) || isThrottled(error)) return false;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || /ResourceConflict|RequestTimeout/.test((error as Error).name);
}

export function rejectedCredentials(error: Error): ConfigError {
  const text = `AWS does not accept the credentials (${error.message}): log in to AWS, or use --local`;
  return new ConfigError(text, { cause: error });
}

/** The failure when AWS does not tell the account. Nothing is sent then, and the run stops. */
export function explainIdentity(error: Error, region: string): ConfigError {
  if (REJECTED.test(error.name)) return rejectedCredentials(error);
  return new ConfigError(
    `AWS in ${region} did not tell the account of these credentials (${error.name}: ${error.message}), so nothing was sent: ` +
      'check the network and try again, or use --local',
    { cause: error },
  );
}

/** The failure of a call that did not reach the function. */
export function explainRefusal(error: Error, name: string, region: string, bytes: number): FaceError {
  const cause = { cause: error };
  if (error.name === 'ResourceNotFoundException') {
    return new ConfigError(`there is no function ${name} in ${region}: run npm run deploy`, cause);
  }
  if (REJECTED.test(error.name)) return rejectedCredentials(error);
  if (error.name === 'AccessDeniedException') {
    return new ConfigError(`these credentials may not call the function ${name}: allow lambda:InvokeFunction`, cause);
  }
  if (error.name === 'RequestTooLargeException') return tooLarge(bytes);
  if (/TooManyRequests|Throttl/.test(error.name)) {
    return new RemoteError(`AWS Lambda refuses more calls for now (${error.message}): try again in a minute`, cause);
  }
  if (/ResourceNotReady|ResourceConflict/.test(error.name)) {
    return new RemoteError(`the function ${name} is being changed or is starting: try again in a minute`, cause);
  }
  return new RemoteError(`AWS Lambda in ${region} did not answer (${error.name}: ${error.message}): try again`, cause);
}
