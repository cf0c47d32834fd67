// Makes the photograph of one person that tests train on. Vitest calls it once, before the tests of each project.
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const THREE = join(ROOT, 'node_modules/@vladmandic/face-api/demo/sample2.jpg');

/** The woman on the right of sample2, alone, as people photograph themselves: 640 x 640 pixels, named as the photograph is. */
export const WOMAN = join(ROOT, 'build/test/sample2.jpg');

export default async function setup(): Promise<void> {
  // Not above: whoever wants the name alone need not wait for it.
  const { default: sharp } = await import('sharp');
  await mkdir(dirname(WOMAN), { recursive: true });
  // By another name first: tests of another run may be reading it.
  const draft = `${WOMAN}.${process.pid}.tmp`;
  const place = { left: 1218, top: 24, width: 640, height: 640 };
  await sharp(THREE).extract(place).jpeg({ quality: 90 }).toFile(draft);
  await rename(draft, WOMAN);
}
