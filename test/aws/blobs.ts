// Takes and gives the bytes of layers as ECR does, where people reported that ECR differs from the specification.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Repository } from './account.ts';
import { AwsError } from './failure.ts';
import type { Backing, RegistryAnswer } from './registry.ts';
import type { Storage } from './storage.ts';

/** The number of bytes that each upload has, by the upload's name. */
const received = new Map<string, number>();

/**
 * Takes one PATCH of an upload. `onward` stores its body and answers by the specification.
 *
 * - It answers 201 where the specification says 202 (jdx/mise#11376, aws/containers-roadmap#2831, kitops-ml/kitops#822).
 * - It refuses bytes from 0 when the upload already has some (apple/containerization#790).
 * - It answers the same to a further chunk with a Content-Range, but ignores it: the Range that it tells stays the same
 *   (openai/tart#273, regclient/regclient#81).
 *
 * @throws AwsError 416.
 */
export async function takePart(
  request: IncomingMessage,
  upload: string,
  onward: () => Promise<RegistryAnswer>,
  cutAfter?: number,
): Promise<RegistryAnswer> {
  const has = received.get(upload) ?? 0;
  const from = Number(/^(?:bytes )?(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1] ?? 0);
  if (has > 0 && from === 0) {
    request.resume();
    const text = `First byte of the layer part is 0 instead of ${has}`;
    throw new AwsError('BLOB_UPLOAD_INVALID', text, 416);
  }
  if (has > 0) {
    for await (const _chunk of request);
    const location = request.url ?? '';
    return { status: 201, headers: { location, range: `0-${has - 1}` }, body: Buffer.alloc(0) };
  }
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    received.set(upload, bytes);
    if (cutAfter !== undefined && bytes >= cutAfter) request.socket.destroy();
  });
  const told = await onward();
  return {
    ...told,
    status: told.status === 202 ? 201 : told.status,
    headers: { ...told.headers, range: `0-${bytes - 1}` },
  };
}

/** ECR does not send blobs itself. It redirects to S3, by a link that is the permission (open-policy-agent/opa#6580). */
export function sendOn({ storeUrl }: Backing, { storage, name }: Repository, digest: string): RegistryAnswer {
  const location = `${storeUrl}/v2/${storage}/${name}/blobs/${digest}?X-Amz-Algorithm=AWS4-HMAC-SHA256`;
  return { status: 307, headers: { location }, body: Buffer.alloc(0) };
}

/** The store behind the links. Like S3 it refuses a request that also has a password (open-policy-agent/opa#6728). */
export async function serveStore(storage: Storage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers.authorization !== undefined) {
    const text =
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';
    response.writeHead(400, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>InvalidArgument</Code><Message>${text}</Message></Error>`);
    return;
  }
  const { method = 'GET', url = '' } = request;
  const told = await fetch(`http://127.0.0.1:${storage.port}${url.split('?')[0]}`, { method });
  const body = Buffer.from(await told.arrayBuffer());
  const length = told.headers.get('content-length') ?? String(body.length);
  response.writeHead(told.status, { 'content-length': length }).end(body);
}
