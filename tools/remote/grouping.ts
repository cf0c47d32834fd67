// Which of the waiting pictures travel together in one request.

/** Lambda's limit on a synchronous request. */
export const MAX_PAYLOAD_BYTES = 6 * 2 ** 20;
/** As many as a function takes (handler/protocol.ts). */
export const MAX_GROUP = 100;
/**
 * A call should keep the function busy for about this long: then its way of some 0.3 s and its own cost (a request's price is
 * that of 7 ms at 1,769 MB; about 2.4 ms of this machine's processor) weigh little, and the deadline is far.
 */
const TARGET_MS = 1_000;
/** What a picture adds to a request beside its base64: two quotes and a comma. */
const AROUND_BYTES = 3;

/** Names of fields and brackets. */
const AROUND_REQUEST = 64;

/** A picture that waits for a call. */
export interface Waiting {
  /** What it is judged by. Pictures with the same object may travel together. */
  judged: { json: string };
  image: Uint8Array;
  /** Pictures in its request, at most. */
  most: number;
}

/** Bytes of base64. */
export function base64Bytes(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** What bounds a group. */
export interface Bounds {
  /** A call's share of the pictures that are still to be sent, here or not yet: near the end all calls should end together. */
  share: number;
  /** What a picture is expected to take in the function. */
  msPerPicture: number;
  /** At most so many pictures, for another reason. */
  most: number;
}

/** How many pictures of an expected size make a call. */
export function usualGroup(msPerPicture: number, bytesPerPicture: number): number {
  const byBytes = MAX_PAYLOAD_BYTES / (base64Bytes(bytesPerPicture) + AROUND_BYTES);
  return Math.max(1, Math.min(MAX_GROUP, Math.floor(Math.min(TARGET_MS / msPerPicture, byBytes))));
}

/** Removes the first waiting pictures that may travel together; at least one. */
export function takeGroup<Item extends Waiting>(waiting: Item[], { share, msPerPicture, most }: Bounds): Item[] {
  const first = waiting[0];
  if (!first) return [];
  let bytes = first.judged.json.length;
  let count = 0;
  let limit = Math.max(1, Math.min(MAX_GROUP, most, share, Math.floor(TARGET_MS / msPerPicture)));
  for (const { judged, image, most: ofIt } of waiting) {
    bytes += base64Bytes(image.length) + AROUND_BYTES;
    limit = Math.min(limit, Math.max(count, ofIt));
    if (count > 0 && (judged !== first.judged || count >= limit || bytes > MAX_PAYLOAD_BYTES - AROUND_REQUEST)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
