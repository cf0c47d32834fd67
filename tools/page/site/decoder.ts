// The worker that decodes one HEIC or AVIF file. The page puts libheif's own script before this one, so that whoever has the
// page can put another build of libheif in its place, as its licence asks.
import makeAvif from '@jsquash/avif/codec/dec/avif_dec.js';
import { decodeFile, type Job } from '../../../handler/decoder/libraries.mjs';
import type { Plan } from '../../../handler/decoder/plan.ts';
import { uprightRgb } from '../../../handler/decoder/upright.ts';
import type { Picture } from './messages.ts';

/** What the page sends. */
export interface DecoderJob extends Job, Plan {
  file: Uint8Array<ArrayBuffer>;
}

/** What it gets: an upright picture, or why there is none. */
export type Answer = Required<Picture> | { failure: 'damaged' | 'memory'; why: string };

declare const libheif: Parameters<typeof decodeFile>[0] extends () => Promise<infer Make> ? Make : never;

self.onmessage = async ({ data: { steps, ...job } }: MessageEvent<DecoderJob>) => {
  const make = job.format === 'HEIC' ? libheif : makeAvif;
  const decoded = await decodeFile(async () => make, job);
  if ('failure' in decoded) return self.postMessage(decoded);
  const { width, height, rgb } = uprightRgb(decoded, steps);
  const answer: Answer = { bytes: rgb.slice().buffer, size: { width, height } };
  self.postMessage(answer, { transfer: [answer.bytes] });
};
