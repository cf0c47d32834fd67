// Which pictures a backend is told to expect: those that are neither answered by the journal nor unreadable.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Journal } from '../../tools/batch/journal.ts';
import { sayForecast } from '../../tools/forecasting.ts';
import { judgeAll } from '../../tools/judging.ts';
import type { Backend, Upcoming } from '../../tools/remote/invoke.ts';
import { scratchFolder } from '../helpers.ts';

const ANSWER = { face_present: 'False', threshold: 0.4, embedder: 'none', faces: [] };

async function run(paths: string[], file: string) {
  let expected = 0;
  const asked: string[] = [];
  const forecasts: Upcoming[] = [];
  const backend = {
    where: 'nowhere',
    atOnce: () => 1,
    expect: (more: number) => {
      expected += more;
    },
    recognize: async (image: Uint8Array) => {
      asked.push(Buffer.from(image).toString());
      return ANSWER;
    },
    forecast: (upcoming: Upcoming) => {
      forecasts.push(upcoming);
      return 'a forecast';
    },
    close: () => undefined,
  } as unknown as Backend;
  const journal = Journal.open(file, 'q');
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await sayForecast('fr-recognize', backend, paths, journal);
    const skipped = { videos: 0, linkedFolders: 0, others: 0 };
    const found = { paths, failures: new Map(), several: true, skipped };
    const nothing = { report: undefined, drawings: undefined, matches: undefined, nameInXmp: undefined };
    await judgeAll(found, 1000, { backend, model: 'm', modelPath: 'm.csv', options: {}, journal, ...nothing });
    return { asked, expected, forecasts, said: said.mock.calls.join('') };
  } finally {
    journal.close();
    said.mockRestore();
    printed.mockRestore();
  }
}

test('what the journal answers, and what cannot be read, is neither forecast nor expected', async () => {
  const folder = await scratchFolder();
  const paths = Array.from({ length: 100 }, (_, i) => join(folder, `${i}.jpg`));
  for (const [i, path] of paths.entries()) writeFileSync(path, `picture ${i}`);
  const file = join(folder, 'a.journal');
  const first = await run([...paths.slice(0, 60), join(folder, 'missing.jpg')], file);
  expect(first.asked).toHaveLength(60);
  expect(first.expected).toBe(60); // all of them were asked for; the missing one was taken back
  expect(first.forecasts.map(({ pictures }) => pictures)).toEqual([61]);
  const second = await run(paths, file);
  expect(second.asked).toHaveLength(40);
  expect(second.expected).toBe(40);
  expect(second.forecasts.map(({ pictures }) => pictures)).toEqual([40]);
  expect(second.said).toContain('fr-recognize: the journal has about 60 of 100 pictures; a forecast');
  const third = await run(paths, file);
  expect([third.asked.length, third.expected, third.forecasts.length]).toEqual([0, 0, 0]);
  expect(third.said).toContain('the journal has about 100 of 100 pictures; a few more to judge');
});
