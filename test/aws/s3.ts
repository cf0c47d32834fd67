// S3 for the tests: npm's s3rver, behind a door that checks each request's signature and its caller's policy, as S3 does.
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { onTestFinished } from 'vitest';
import { readAll } from '../container/runtime-api.ts';
import { scratchFolder } from '../helpers.ts';
import { AwsError } from './failure.ts';
import { allows, type Need } from './policy.ts';
import { type Credentials, DEPLOYER, REGION } from './settings.ts';
import { authenticate, readScope } from './signature.ts';

/** Listings have at most so many keys (S3's API reference, ListObjectsV2). */
const ACTIONS: Record<string, string> = {
  GET: 'GetObject',
  HEAD: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

/** A connection for each request. */
const HERE = { host: '127.0.0.1', agent: new Agent({ keepAlive: false }) };

export class S3 {
  readonly people: Credentials[] = [{ ...DEPLOYER }];
  /** `GET photos/a.jpg`, in order. */
  readonly requests: string[] = [];
  /** Says with which code a request fails. */
  fault: ((request: string) => string | undefined) | undefined;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => request.socket.destroy());
  });
  #port = 0;

  /** For the running test. */
  static async start(buckets: readonly string[]): Promise<S3> {
    const s3 = new S3();
    const inner = new S3rver({
      ...{ port: 0, address: '127.0.0.1', silent: true, directory: await scratchFolder() },
      configureBuckets: buckets.map((name) => ({ name })),
    });
    s3.#port = (await inner.run()).port;
    // On a busy machine a kept connection could end while the next request is on its way.
    s3.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => s3.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      s3.#server.closeAllConnections();
      s3.#server.close();
      await inner.close();
    });
    return s3;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client of the SDK with somebody's credentials. */
  client({ accessKeyId, secretAccessKey }: Credentials = DEPLOYER): S3Client {
    const credentials = { accessKeyId, secretAccessKey };
    return new S3Client({ endpoint: this.url, region: REGION, forcePathStyle: true, credentials, maxAttempts: 1 });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const { method = '', url = '', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const [, bucket = '', ...rest] = pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const called = `${method} ${bucket}/${key}`;
    this.requests.push(called);
    const arn = `arn:aws:s3:::${bucket}`;
    const prefix = searchParams.get('prefix');
    const listing: Need = {
      action: 's3:ListBucket',
      resource: arn,
      ...(prefix === null ? {} : { context: { 's3:prefix': prefix } }),
    };
    const need = key === '' ? listing : { action: `s3:${ACTIONS[method]}`, resource: `${arn}/${key}` };
    try {
      const scope = readScope(headers);
      if (scope?.service !== 's3') throw new AwsError('AccessDenied', 'Access Denied');
      const { accessKeyId } = authenticate({ method, url, headers, body }, scope, this.people);
      const may = (one: Need): boolean => {
        const policy = this.people.find((person) => person.accessKeyId === accessKeyId)?.policy;
        return policy === undefined || allows(policy, one);
      };
      if (!may(need)) throw new AwsError('AccessDenied', 'Access Denied');
      const fault = this.fault?.(called);
      if (fault !== undefined) throw new AwsError(fault, 'as the test wants', 503);
      const {
        status,
        headers: told,
        content,
      } = await (key === '' && method === 'GET' ? this.#list(request, searchParams) : this.#pass(request, body));
      // Who may not list the bucket does not learn that a key is missing (S3's API reference, GetObject).
      if (status === 404 && method === 'GET' && !may({ action: 's3:ListBucket', resource: arn })) {
        throw new AwsError('AccessDenied', 'Access Denied');
      }
      response.writeHead(status, { ...told, 'x-amz-bucket-region': REGION }).end(content);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const text = `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`;
      response.writeHead(error.status ?? 403, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? '' : text);
    }
  }

  /**
   * A page of ListObjectsV2, out of the older ListObjects: s3rver's tokens of the newer are DES, which OpenSSL 3 has no more. A
   * token here is the last key of the page.
   */
  async #list(request: IncomingMessage, asked: URLSearchParams) {
    const [path = ''] = (request.url ?? '').split('?');
    const token = asked.get('continuation-token');
    const older = new URLSearchParams({ prefix: asked.get('prefix') ?? '' });
    if (token !== null) older.set('marker', Buffer.from(token, 'base64url').toString());
    const page = await this.#pass(request, Buffer.alloc(0), `${path}?${older}`);
    const text = page.content.toString();
    const last = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].at(-1)?.[1] ?? '';
    const next = `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`;
    const whole = text.replace('<IsTruncated>true</IsTruncated>', `<IsTruncated>true</IsTruncated>${next}`);
    const { 'content-length': _, ...headers } = page.headers;
    return { status: page.status, headers, content: Buffer.from(whole) };
  }

  /** Asks s3rver, which takes unsigned requests. */
  #pass({ method, url, headers }: IncomingMessage, body: Buffer, path = url) {
    const { authorization: _, ...rest } = headers;
    return new Promise<{ status: number; headers: IncomingMessage['headers']; content: Buffer }>((resolve, reject) => {
      const asked = ask({ ...HERE, port: this.#port, method, path, headers: rest }, (answer) => {
        const { statusCode: status = 500, headers: told } = answer;
        readAll(answer).then((content) => resolve({ status, headers: told, content }), reject);
      });
      asked.on('error', reject).end(body);
    });
  }
}
