// Seals what one person shares with the functions through a bucket: AES-256-GCM under a key that is used for one run.
//
// The bucket encrypts at rest too. This is for what a bucket keeps after a deletion (old versions, replicas): it is no use
// without the key, which stands in the run's input and nowhere else.
import { RequestError } from './errors.ts';

/** Loaded only when it is needed: a start of the recognizer, which holds this file, would pay for it. */
const crypto = () => process.getBuiltinModule('node:crypto');

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** NIST SP 800-38D: 96 bits for the nonce, 128 for the tag. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A new key, base64. */
export function newSealKey(): string {
  return crypto().randomBytes(KEY_BYTES).toString('base64');
}

/** @returns nonce, tag and ciphertext, one after the other. */
export function seal(text: string, key: string): Buffer {
  const nonce = crypto().randomBytes(NONCE_BYTES);
  const cipher = crypto().createCipheriv(CIPHER, Buffer.from(key, 'base64'), nonce);
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), content]);
}

/** @throws RequestError when it was sealed with another key, or was changed. */
export function unseal(sealed: Uint8Array, key: string): string {
  const bytes = Buffer.from(sealed);
  const [start, end] = [NONCE_BYTES, NONCE_BYTES + TAG_BYTES];
  try {
    const decipher = crypto().createDecipheriv(CIPHER, Buffer.from(key, 'base64'), bytes.subarray(0, start));
    decipher.setAuthTag(bytes.subarray(start, end));
    return Buffer.concat([decipher.update(bytes.subarray(end)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new RequestError('the request cannot be used: the sealed model does not fit its key: start the run again', {
      cause,
    });
  }
}
