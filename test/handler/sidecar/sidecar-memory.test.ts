// A worker's memory stays flat over a thousand pictures, which use every decoder and every refusal.
import { expect, test } from 'vitest';
import { groupPhoto, newSidecar, nobody, portrait, residentBytes, sidecarPids } from '../helpers.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'gif'] as const;
const MAX_GROWTH_BYTES = 8 * 2 ** 20;

test("a worker's memory stays flat over 1,000 pictures", { timeout: 300_000 }, async () => {
  const person = await portrait('ann', 130);
  const faces = await Promise.all(FORMATS.map((format) => person.clone().toFormat(format).toBuffer()));
  const halves = faces.map((picture) => picture.subarray(0, picture.length / 2));
  const round = [...faces, ...halves, await nobody(130).jpeg().toBuffer(), Buffer.from('text')];
  const sidecar = newSidecar();
  try {
    await sidecar.describe(groupPhoto()); // the largest picture first, so that its buffers are there from the start
    const [pid] = sidecarPids() as [number];
    const found: number[] = [];
    let after100 = 0;
    for (let i = 0; i < 1_000; i += 1) {
      const answer = await sidecar.describe(round[i % round.length] as Buffer).catch(() => []);
      found.push(answer.length);
      if (i === 99) after100 = residentBytes(pid);
    }
    expect(found.filter((faces) => faces === 1)).toHaveLength(400);
    expect(sidecarPids()).toEqual([pid]);
    expect(residentBytes(pid) - after100).toBeLessThan(MAX_GROWTH_BYTES);
  } finally {
    sidecar.close();
  }
});
