// Invokes one environment 500 times: memory stays flat, and no files or processes are left.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { demoPhoto, start } from '../helpers.ts';
import { describeContainers, type LambdaFunction, startFunction } from './helpers.ts';

const INVOCATIONS = 500;
const SETTLED = 250;
/** What the two processes together may gain between the 250th, when V8 has grown its heap, and the last: less than one picture of ours decoded. */
const MAX_GROWTH_KB = 8 * 1024;

async function residentKb(container: LambdaFunction): Promise<number> {
  const sizes = (await container.processes()).map(async ({ pid }) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describeContainers('the recognizer', () => {
  test(`gives ${INVOCATIONS} equal answers in flat memory, and leaves no file and no zombie`, async () => {
    const { stdout } = await start('fr-train', ['--local', '--face', '2', demoPhoto(3)]);
    const small = await sharp(readFileSync(demoPhoto(3)))
      .resize(480)
      .jpeg()
      .toBuffer();
    const query_facevectors = Buffer.from(stdout).toString('base64');
    const good = { base64_image: small.toString('base64'), query_facevectors };
    const bad = { base64_image: Buffer.from('no picture').toString('base64'), query_facevectors };
    const recognizer = await startFunction('recognizer');
    try {
      const first = await recognizer.invoke(good);
      expect(first.kind).toBe('response');
      let settled = 0;
      for (let i = 1; i < INVOCATIONS; i += 1) {
        const answer = await recognizer.invoke(i % 5 === 4 ? bad : good, { freeze: i % 10 === 0 });
        if (i % 5 === 4) expect(JSON.parse(answer.text).errorType).toBe('ImageError');
        else expect(answer).toEqual(first);
        if (i === SETTLED) settled = await residentKb(recognizer);
      }
      const growth = (await residentKb(recognizer)) - settled;
      process.stderr.write(`endurance: ${settled} kB after ${SETTLED}, ${growth} kB more after ${INVOCATIONS}\n`);
      expect(growth).toBeLessThan(MAX_GROWTH_KB);
      expect(await recognizer.evaluate('fs.readdirSync("/tmp").join()')).toBe('');
      const processes = await recognizer.processes();
      expect(processes.map(({ name }) => name).sort()).toEqual(['fr-sidecar', 'node']);
    } finally {
      await recognizer.stop();
    }
  });
});
