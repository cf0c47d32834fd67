// ECR's registry of the tests' AWS account. It stands before docker-registry and adds ECR's password, rights, immutable tags,
// words and behaviour (blobs.ts). It tells the account what is pushed.
import { createHash } from 'node:crypto';
import { request as ask, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { readAll } from '../container/runtime-api.ts';
import { ACCOUNT_ID, type Account, arn, type PushedImage, type Repository } from './account.ts';
import { sendOn, takePart } from './blobs.ts';
import { tokenOwner } from './ecr.ts';
import { findImage } from './ecr-images.ts';
import { AwsError } from './failure.ts';
import type { Need } from './policy.ts';
import type { Storage } from './storage.ts';

export interface RegistryCall {
  action: string;
  repository: Repository;
  /** The digest or tag of a manifest, or the digest of a blob. */
  reference: string;
}

export interface RegistryAnswer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

/** What the registry needs from its service. */
export interface Backing {
  readonly region: string;
  account(): Account;
  storage: Storage;
  /** The store's address: `http://host:port`. */
  storeUrl: string;
  /** @throws AwsError AccessDenied. */
  authorise(caller: string, needs: Need[]): void;
  /** Sees every call, and runs its effect or not. */
  perform(call: RegistryCall, effect: Effect): Promise<RegistryAnswer>;
}

/** Carries out a call. Breaks the connection after this many bytes of its body, if there is a number. */
export type Effect = (cutAfter?: number) => Promise<RegistryAnswer>;

const ROUTE = /^\/v2\/([a-z0-9._/-]+?)\/(manifests|blobs)\/(.+)$/;

export async function serveRegistry(
  backing: Backing,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const caller = readCaller(request);
    if (/^\/v2\/?$/.test(request.url ?? '')) {
      response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
      return;
    }
    const [, name = '', kind = '', reference = ''] = ROUTE.exec((request.url ?? '').split('?')[0] ?? '') ?? [];
    const repository = backing.account().repositories[name];
    const absent = `The repository with name '${name}' does not exist in the registry with id '${ACCOUNT_ID}'`;
    if (!repository) throw new AwsError('NAME_UNKNOWN', absent, 404);
    const action = actionOf(request.method ?? '', kind, reference);
    backing.authorise(caller, [{ action, resource: arn('ecr', backing.region, `repository/${name}`) }]);
    const call = { action, repository, reference };
    const told = await backing.perform(call, (cutAfter) => answer(backing, call, request, cutAfter));
    response.writeHead(told.status, told.headers).end(told.body);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    refuse(response, error);
  }
}

function readCaller({ headers }: IncomingMessage): string {
  const [scheme, text = ''] = (headers.authorization ?? '').split(' ');
  const [user, password = ''] = Buffer.from(text, 'base64').toString('utf8').split(':');
  const caller = scheme === 'Basic' && user === 'AWS' ? tokenOwner(password) : undefined;
  if (caller === undefined) throw new AwsError('UNAUTHORIZED', 'Not Authorized', 401);
  return caller;
}

/** The action that a policy must allow for each request of the registry's protocol. */
function actionOf(method: string, kind: string, reference: string): string {
  if (kind === 'manifests') return method === 'PUT' ? 'ecr:PutImage' : 'ecr:BatchGetImage';
  const upload = reference.startsWith('uploads');
  if (method === 'HEAD') return 'ecr:BatchCheckLayerAvailability';
  if (method === 'POST' && upload) return 'ecr:InitiateLayerUpload';
  if (method === 'PATCH' && upload) return 'ecr:UploadLayerPart';
  if (method === 'PUT' && upload) return 'ecr:CompleteLayerUpload';
  if (method === 'GET' && !upload) return 'ecr:GetDownloadUrlForLayer';
  throw new AwsError('UNSUPPORTED', `ECR has no ${method} for ${kind}`, 405);
}

function refuse(response: ServerResponse, { code, message, status = 400, retryAfterS }: AwsError): void {
  const spelled = code === 'AccessDenied' ? 'DENIED' : code;
  const basic = 'Basic realm="https://ecr.tests/",service="ecr.amazonaws.com"';
  const headers = {
    ...(status === 401 ? { 'www-authenticate': basic } : {}),
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
  };
  response.writeHead(code === 'AccessDenied' ? 403 : status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code: spelled, message }] }));
}

/** Only the account knows what ECR has: docker-registry deletes nothing. */
async function answer(
  backing: Backing,
  call: RegistryCall,
  request: IncomingMessage,
  cutAfter?: number,
): Promise<RegistryAnswer> {
  const { action, repository, reference } = call;
  if (action === 'ecr:PutImage') return putManifest(backing, call, request);
  if (action === 'ecr:BatchGetImage') return readManifest(repository, reference, request.method === 'HEAD');
  const isRead = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer'].includes(action);
  if (isRead && !repository.blobs.includes(reference)) {
    throw new AwsError('BLOB_UNKNOWN', 'The layer is not in the repository', 404);
  }
  if (isRead) return sendOn(backing, repository, reference);
  const onward = (): Promise<RegistryAnswer> => forward(backing, repository, request);
  if (action === 'ecr:UploadLayerPart') return takePart(request, reference, onward, cutAfter);
  const told = await onward();
  const digest = new URL(request.url ?? '', 'http://registry').searchParams.get('digest');
  if (action === 'ecr:CompleteLayerUpload' && told.status === 201 && digest) repository.blobs.push(digest);
  return told;
}

function readManifest(repository: Repository, reference: string, head: boolean): RegistryAnswer {
  const image = findImage(
    repository,
    reference.startsWith('sha256:') ? { imageDigest: reference } : { imageTag: reference },
  );
  if (!image) throw new AwsError('MANIFEST_UNKNOWN', 'Requested image not found', 404);
  const body = Buffer.from(image.manifest);
  const headers = {
    'content-type': image.mediaType,
    'content-length': body.length,
    'docker-content-digest': image.digest,
  };
  return { status: 200, headers, body: head ? Buffer.alloc(0) : body };
}

/** Passes a request on. Only the repository's place changes. */
async function forward(
  backing: Backing,
  repository: Repository,
  request: IncomingMessage,
  body?: Buffer,
): Promise<RegistryAnswer> {
  const path = (request.url ?? '').replace(/^\/v2\//, `/v2/${repository.storage}/`);
  const { authorization: _password, ...headers } = request.headers;
  return new Promise((resolve, reject) => {
    const onward = ask(
      { port: backing.storage.port, host: '127.0.0.1', method: request.method, path, headers },
      (back) => {
        const { location } = back.headers;
        const told = location ? { location: location.replace(`/${repository.storage}/`, '/') } : {};
        const { statusCode: status = 502 } = back;
        readAll(back).then((bytes) => resolve({ status, headers: { ...back.headers, ...told }, body: bytes }), reject);
      },
    );
    onward.on('error', reject);
    request.on('close', () => {
      if (!request.complete) onward.destroy(new Error('the client went away'));
    });
    if (body) onward.end(body);
    else request.pipe(onward);
  });
}

async function putManifest(backing: Backing, call: RegistryCall, request: IncomingMessage): Promise<RegistryAnswer> {
  const { repository, reference } = call;
  const body = await readAll(request);
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const tag = reference.startsWith('sha256:') ? undefined : reference;
  if (tag === undefined && reference !== digest)
    throw new AwsError('DIGEST_INVALID', 'The digest is not of the manifest');
  // ECR refuses even the same image a second time.
  if (tag !== undefined && repository.immutable && findImage(repository, { imageTag: tag })) {
    const text = `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`;
    throw new AwsError('TAG_INVALID', text, 400);
  }
  const told = await forward(backing, repository, request, body);
  if (told.status !== 201) return told;
  for (const image of repository.images) image.tags = image.tags.filter((other) => other !== tag);
  const manifest = body.toString('utf8');
  const { config } = JSON.parse(manifest) as { config?: { digest: string } };
  const old = findImage(repository, { imageDigest: digest });
  const image: PushedImage = old ?? {
    digest,
    tags: [],
    mediaType: JSON.parse(manifest).mediaType ?? String(request.headers['content-type']),
    manifest,
    config: config ? JSON.parse(String(await backing.storage.blob(repository, config.digest))) : {},
    bytes: sizeOf(manifest),
    pushedAt: Date.now(),
  };
  if (tag !== undefined) image.tags.push(tag);
  if (!old) repository.images.push(image);
  return told;
}

function sizeOf(manifest: string): number {
  const { config, layers = [] } = JSON.parse(manifest) as { config?: { size: number }; layers?: { size: number }[] };
  return layers.reduce((sum, { size }) => sum + size, config?.size ?? 0);
}
