// Checks who calls: computes AWS's Signature Version 4 again from the secret key, by AWS's documentation.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './failure.ts';

/** Someone whom the service knows. */
export interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** When the token ends, in milliseconds since the epoch. */
  expires?: number;
  arn: string;
}

export interface Scope {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
}

export interface SignedRequest {
  method: string;
  /** Path and query, encoded as they came. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
/** How much a request's clock may differ from ours. */
const MAX_SKEW_MS = 15 * 60_000;

/** The service that a request claims to be for; undefined without a signature. */
export function readScope(headers: IncomingHttpHeaders): Scope | undefined {
  const [, accessKeyId = '', date = '', region = '', service = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  return accessKeyId ? { accessKeyId, date, region, service } : undefined;
}

/** @throws AwsError UnknownKey, ExpiredToken or WrongSignature. */
export function authenticate(request: SignedRequest, scope: Scope, identities: readonly Identity[]): Identity {
  const identity = identities.find(({ accessKeyId }) => accessKeyId === scope.accessKeyId);
  const token = request.headers['x-amz-security-token'];
  if (!identity || identity.sessionToken !== token) {
    throw new AwsError('UnknownKey', 'The security token included in the request is invalid.');
  }
  const [, , , , , signedHeaders = '', signature = ''] = AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  const names = signedHeaders.split(';');
  const time = String(request.headers['x-amz-date']);
  const needed = ['host', 'x-amz-date', ...(token === undefined ? [] : ['x-amz-security-token'])];
  if (!needed.every((name) => names.includes(name)) || !time.startsWith(scope.date)) throw mismatch();
  if (Math.abs(readTime(time) - Date.now()) > MAX_SKEW_MS) {
    throw new AwsError('WrongSignature', `Signature expired: ${time} is not within 15 minutes of now`);
  }
  const expected = Buffer.from(sign(request, scope, names, time, identity.secretAccessKey));
  if (!timingSafeEqual(expected, Buffer.from(signature))) throw mismatch();
  if (identity.expires !== undefined && identity.expires < Date.now()) {
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired');
  }
  return identity;
}

function mismatch(): AwsError {
  const text =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
  return new AwsError('WrongSignature', text);
}

function readTime(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function sign(request: SignedRequest, scope: Scope, names: string[], time: string, secret: string): string {
  const [path = '', query = ''] = request.url.split('?');
  const headers = names.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  const isS3 = scope.service === 's3';
  const canonical = [
    request.method,
    // Every service except S3 encodes each part once more.
    isS3 ? path : path.split('/').map(encode).join('/'),
    query
      .split('&')
      .filter(Boolean)
      .map((pair) => pair.split('=').map((text) => encode(decodeURIComponent(text))))
      .map(([name = '', value = '']) => `${name}=${value}`)
      .sort()
      .join('&'),
    headers.join(''),
    names.join(';'),
    // S3's header names the hash, or says that the body is not signed.
    isS3 ? String(request.headers['x-amz-content-sha256']) : sha256(request.body),
  ].join('\n');
  const place = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, `AWS4-HMAC-SHA256\n${time}\n${place}\n${sha256(canonical)}`).toString('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
