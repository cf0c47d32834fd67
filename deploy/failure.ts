// The deployer's failures. A person sees one line of each: what failed, on what, and what to do.

/** Ends the deployer with status 2. Its message is the only line about it. */
export class DeployError extends Error {
  override name = 'DeployError';
}

/** AWS refused a call, or did not answer. */
export class AwsError extends Error {
  override name = 'AwsError';
  /** AWS's name of the error (`ResourceNotFoundException`), or the network's (`ECONNREFUSED`). */
  readonly code: string;
  /** The call, as policies name it: `lambda:CreateFunction`. */
  readonly action: string;

  constructor(code: string, action: string, cause: Error) {
    super(cause.message || code, { cause });
    this.code = code;
    this.action = action;
  }
}

/** The answer did not come from AWS: a proxy answered, or an emulator that does not know the call. */
export const NO_ANSWER = 'NoAnswerOfAws';

/** A proxy between this machine and AWS refuses our login. */
export const PROXY_REFUSAL = 'ProxyRefusal';

/** Whether AWS denies the call to these credentials, or does not know the call. Another try would not help. */
export function isRefusal({ code }: AwsError): boolean {
  return (
    /AccessDenied|Unauthorized|NotAuthorized|Forbidden|NotImplemented|UnknownOperation/i.test(code) ||
    code === NO_ANSWER
  );
}

const UNREACHABLE = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/;

/** What AWS refused and what to do, as the line after the program's name. */
export function explainAwsError({ code, action, message }: AwsError): string {
  if (/^ExpiredToken|RequestExpired/.test(code) || /\b(token|session|credentials?)\b.*\bexpired\b/i.test(message)) {
    return `the AWS credentials have expired (${action}): log in again (aws sso login, or new keys) and run it again`;
  }
  if (code === 'CredentialsProviderError') {
    return `there are no usable AWS credentials (${code}: ${message}): log in to AWS, set AWS_PROFILE or give --profile`;
  }
  if (/^Unrecognized?Client|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch/.test(code)) {
    return `AWS refused the credentials (${code}: ${message}): log in to AWS again, or make new keys`;
  }
  if (/permission to access the ECR image/.test(message)) {
    return `Lambda may not yet pull the image (${message}): run it again in a minute`;
  }
  if (/AccessDenied|Unauthorized|NotAuthorized|Forbidden/i.test(code)) {
    const [, denied = action] = /perform:? (\S+?:\w+)/.exec(message) ?? [];
    return `these credentials may not ${denied} (${message}): ask for that permission: 'npm run deploy -- --plan' prints the policy needed`;
  }
  if (code === PROXY_REFUSAL) {
    return `the proxy refuses our login (${message}): give HTTPS_PROXY as http://user:password@proxy:3128`;
  }
  if (code === NO_ANSWER) {
    return `${action} was not answered by AWS (${message}): check AWS_ENDPOINT_URL and proxies`;
  }
  if (UNREACHABLE.test(code)) {
    return `AWS cannot be reached (${action}: ${message}): check the network, the Region, HTTPS_PROXY and AWS_ENDPOINT_URL`;
  }
  if (/Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded.*Rate/i.test(code)) {
    return `AWS is limiting these calls (${action}: ${message}): run it again in a minute`;
  }
  if (code === 'InvalidParameterValueException' && /MemorySize/.test(message)) {
    return `this account cannot have a function of that memory (${message}): give a smaller --memory, or ask AWS to raise the limit`;
  }
  return `${action} failed (${code}: ${message}): run it again; finished steps are kept`;
}
