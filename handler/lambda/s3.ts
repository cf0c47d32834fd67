// What the recognizer needs of S3. A file of its own in the image: it is read only when a batch of keys comes, so that a start
// for a picture does not wait for the SDK.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Store } from './batch-items.ts';

const CONNECT_MS = 2_000;
/** A read that is silent for this long fails, and is tried again. */
const SILENCE_MS = 10_000;

/** Opens S3 with the function's own credentials and Region. AWS_ENDPOINT_URL_S3 names another S3. */
export function openStore(): Store {
  const { AWS_ENDPOINT_URL_S3: endpoint } = process.env;
  const client = new S3Client({
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    // Emulators have no host of its own for each bucket.
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
  return {
    read: async (Bucket, Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    write: async (Bucket, Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/x-ndjson' }));
    },
  };
}
