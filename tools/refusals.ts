// What AWS says when a call fails -> the failures of handler/errors.ts, so that there is no difference to see.
import {
  ConfigError,
  FaceError,
  ImageError,
  ManyFacesError,
  ModelError,
  NoFaceError,
  RequestError,
  SidecarError,
} from '../handler/errors.ts';

/** AWS failed, or the function did in a way that is not ours. */
export class RemoteError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('RemoteError', 'REMOTE_FAILED', message, options);
  }
}

const FAILURES: Record<string, (message: string) => FaceError> = {
  RequestError: (message) => new RequestError(message),
  ImageError: (message) => new ImageError(message),
  NoFaceError: (message) => new NoFaceError(message),
  ManyFacesError: (message) => new ManyFacesError(message),
  ModelError: (message) => new ModelError(message),
  SidecarError: (message) => new SidecarError('exit', message),
  ConfigError: (message) => new ConfigError(message),
};

/** The failure that a function threw, or died of. `body` is the payload of Lambda's answer. */
export function remoteFailure(body: unknown, name: string): FaceError {
  const { errorType = '', errorMessage = '' } = (body ?? {}) as { errorType?: string; errorMessage?: string };
  const known = FAILURES[errorType];
  if (known) return known(errorMessage);
  // Lambda's own: Runtime.ExitError, Runtime.OutOfMemory, Sandbox.Timedout, "Task timed out after 30.00 seconds".
  const what = [errorType, errorMessage].filter(Boolean).join(': ') || 'no reason given';
  return new RemoteError(`the function ${name} failed (${what}): try again, or use --local`);
}

export function tooLarge(bytes: number): RequestError {
  const megabytes = (bytes / 2 ** 20).toFixed(1);
  return new RequestError(
    `is too large for AWS Lambda: ${megabytes} MB in base64 with its request, of at most 6: shrink it or use --local`,
  );
}

/** The failure of a call that never came to the function. */
export function explainRefusal(error: Error, name: string, region: string, bytes: number): FaceError {
  const cause = { cause: error };
  if (error.name === 'ResourceNotFoundException') {
    return new ConfigError(`there is no function ${name} in ${region}: run npm run deploy`, cause);
  }
  if (/Credentials|ExpiredToken|UnrecognizedClient|InvalidSignature/.test(error.name)) {
    return new ConfigError(
      `AWS has no use for the credentials (${error.message}): log in to AWS, or use --local`,
      cause,
    );
  }
  if (error.name === 'AccessDeniedException') {
    return new ConfigError(`these credentials may not call the function ${name}: allow lambda:InvokeFunction`, cause);
  }
  if (error.name === 'RequestTooLargeException') return tooLarge(bytes);
  if (/TooManyRequests|Throttl/.test(error.name)) {
    return new RemoteError(
      `AWS Lambda takes no more calls at present (${error.message}): try again in a minute`,
      cause,
    );
  }
  if (/ResourceNotReady|ResourceConflict/.test(error.name)) {
    return new RemoteError(`the function ${name} is being changed, or wakes up: try again in a minute`, cause);
  }
  return new RemoteError(`AWS Lambda in ${region} did not answer (${error.name}: ${error.message}): try again`, cause);
}
