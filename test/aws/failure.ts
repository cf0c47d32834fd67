// Refusals in AWS's words. Each service's protocol spells and numbers the same failure in its own way.
import type { Model } from './model.ts';

/** A service refuses a call. `code` is the service's own, or one of the list below, which each protocol spells differently. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  /** Seconds that a client is told to wait. */
  readonly retryAfterS: number | undefined;

  constructor(code: string, message: string, status?: number, retryAfterS?: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

type Spelling = Record<'json' | 'query' | 'rest-json', [code: string, status: number]>;

const COMMON: Record<string, Spelling> = {
  AccessDenied: {
    json: ['AccessDeniedException', 400],
    query: ['AccessDenied', 403],
    'rest-json': ['AccessDeniedException', 403],
  },
  WrongSignature: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    'rest-json': ['InvalidSignatureException', 403],
  },
  UnknownKey: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    'rest-json': ['UnrecognizedClientException', 403],
  },
  ExpiredToken: {
    json: ['ExpiredTokenException', 400],
    query: ['ExpiredToken', 403],
    'rest-json': ['ExpiredTokenException', 403],
  },
  MissingToken: {
    json: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
    'rest-json': ['MissingAuthenticationTokenException', 403],
  },
  Throttled: {
    json: ['ThrottlingException', 400],
    query: ['Throttling', 400],
    'rest-json': ['TooManyRequestsException', 429],
  },
  Invalid: {
    json: ['InvalidParameterException', 400],
    query: ['ValidationError', 400],
    'rest-json': ['ValidationException', 400],
  },
  NotImplemented: {
    json: ['NotImplementedException', 501],
    query: ['NotImplemented', 501],
    'rest-json': ['NotImplementedException', 501],
  },
};

/** The code and the HTTP status of a failure in one service. */
export function spell(error: AwsError, model: Model): { code: string; status: number } {
  const common = COMMON[error.code]?.[model.metadata.protocol];
  if (common) return { code: common[0], status: error.status ?? common[1] };
  const { error: own } = model.shapes[error.code] ?? model.shapes[`${error.code}Exception`] ?? {};
  const normal = model.metadata.protocol === 'rest-json' ? 502 : 400;
  return { code: own?.code ?? error.code, status: error.status ?? own?.httpStatusCode ?? normal };
}

/** Refuses what the tests' service cannot do, so that no test passes because nothing happened. */
export function refuseRest(rest: object, what: string): void {
  const names = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (names.length === 0) return;
  const list = names.map(([name]) => name).join(', ');
  throw new AwsError('NotImplemented', `the tests' service knows nothing of ${list} in ${what}`);
}
