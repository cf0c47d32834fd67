// Turns a picture's bytes into input for sharp, for code that draws on pictures or shrinks them.
import type { SharpOptions } from 'sharp';
import { processConfig } from '../../handler/config.ts';
import { isHeif } from '../../handler/decoder/sniff.ts';

export interface SharpSource {
  input: Uint8Array;
  options: SharpOptions;
}

/**
 * The bytes as they are, or the upright pixels of a HEIC or AVIF file: sharp as it is installed has no HEVC, and one decoder for
 * both formats turns them alike.
 *
 * @throws ImageError, SidecarError as decode().
 */
export async function sharpSource(image: Uint8Array): Promise<SharpSource> {
  if (!isHeif(image)) return { input: image, options: {} };
  const { decode } = await import('../../handler/decoder/decoder.ts');
  const config = processConfig();
  const { width, height, rgb } = await decode(image, config, AbortSignal.timeout(config.timeoutMs));
  return { input: rgb, options: { raw: { width, height, channels: 3 } } };
}
