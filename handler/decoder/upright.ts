// Turns a decoder's pixels into what the sidecar reads: upright, on white.
import type { Step } from './header.ts';

/** An upright picture: red, green and blue in a byte each, rows top to bottom, `3 * width * height` bytes. */
export interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

interface Stored {
  width: number;
  height: number;
  channels: 3 | 4;
  pixels: Uint8Array;
}

/** Lays transparent pixels over white, then cuts and turns. Overwrites the given pixels. */
export function uprightRgb({ width, height, channels, pixels }: Stored, steps: readonly Step[]): Pixels {
  let picture = { width, height, rgb: channels === 4 ? overWhite(pixels) : pixels };
  for (const step of steps) picture = take(picture, step);
  return picture;
}

/** Four bytes a pixel -> three, in place. */
function overWhite(pixels: Uint8Array): Uint8Array {
  let to = 0;
  for (let from = 0; from < pixels.length; from += 4) {
    const alpha = pixels[from + 3] as number;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = pixels[from + channel] as number;
      pixels[to++] = alpha === 255 ? value : Math.floor((value * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  return pixels.subarray(0, to);
}

/** Each step reads the old picture in a new order: start, distance to a row's next pixel, distance to the next row. */
function take({ width, height, rgb }: Pixels, step: Step): Pixels {
  if ('left' in step) {
    return walk(rgb, step.width, step.height, step.top * width + step.left, 1, width);
  }
  if ('mirror' in step) {
    return step.mirror === 'left and right'
      ? walk(rgb, width, height, width - 1, -1, width)
      : walk(rgb, width, height, (height - 1) * width, 1, -width);
  }
  switch (step.turn) {
    case 1:
      return walk(rgb, height, width, width - 1, width, -1);
    case 2:
      return walk(rgb, width, height, width * height - 1, -1, -width);
    case 3:
      return walk(rgb, height, width, (height - 1) * width, -width, 1);
    default:
      return { width, height, rgb };
  }
}

function walk(from: Uint8Array, width: number, height: number, start: number, across: number, down: number): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    let at = 3 * (start + y * down);
    for (let x = 0; x < width; x += 1, at += 3 * across, to += 3) {
      rgb[to] = from[at] as number;
      rgb[to + 1] = from[at + 1] as number;
      rgb[to + 2] = from[at + 2] as number;
    }
  }
  return { width, height, rgb };
}
