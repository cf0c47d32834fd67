// A report of a run that is stopped, one in several files, and what --report refuses.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { partsOf, type Run, type Seen } from '../../../tools/report/contents.ts';
import { pageHtml, partName } from '../../../tools/report/html.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { plantedEnvironment, plantFolder } from '../../planted.ts';
import { faceAt, modelOf } from './browser.ts';

const ANN = { 0: 1 };

test('a run that is stopped leaves a report of what it had judged, which says so', async () => {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'ann.csv'), modelOf(ANN));
  plantFolder(folder, { '1.png': { faces: [faceAt(ANN)] } });
  execFileSync('mkfifo', [join(folder, '2.png')]); // a picture that never comes
  const words = ['ann.csv', '1.png', '2.png', '--report', 'out.html'];
  const running = start('fr-recognize', words, { cwd: folder, env: plantedEnvironment(folder) });
  await new Promise<void>((resolve) => {
    running.stdout?.on('data', () => setTimeout(resolve, 500)); // the first picture's answer; its crop follows
  });
  expect(existsSync(join(folder, 'out.html'))).toBe(false);
  running.kill('SIGINT');
  expect((await running).exitCode).toBe(130);
  const page = readFileSync(join(folder, 'out.html'), 'utf8');
  expect(page).toContain('The run was stopped after 1 of 2 pictures. This report holds what it had judged by then.');
  expect(page).toContain('src="data:image/webp;base64,');
});

test('many faces are several files, the best in the first, and each counts all of them', () => {
  const seen: Seen = {
    pictures: Array.from({ length: 25 }, (_, i) => `p${i}.jpg`),
    films: [],
    faces: Array.from({ length: 25 }, (_, i) => ({
      picture: i,
      face: 1,
      box: { left: 0, top: 0, right: 50, bottom: 50 },
      distance: 1 - i / 25,
      rate: (25 - i) / 100_000,
      matched: i >= 15,
      person: 0,
    })),
    faceless: [],
    refused: [{ picture: 3, message: 'gone' }],
  };
  const run: Run = { people: ['ann'], gallery: false, ownRate: 1e-4, threshold: 0.4 };
  const parts = partsOf(seen, run, 'out.html', 10);
  const pages = parts.map((_, i) => pageHtml(parts, i, seen, { run, photos: new Map(), facts: [] }, 'out.html'));
  expect(pages.map((page) => page.match(/<li id="f\d+">/g)?.length)).toEqual([10, 10, 5]);
  expect(pages.map((page) => page.includes('gone'))).toEqual([true, false, false]);
  expect(pages.map((page) => page.match(/href="(out[^"]*\.html)"/g)?.length)).toEqual([2, 2, 2]);
  for (const page of pages) expect(page).toContain('10 faces in 10 pictures match at 1e-4: as judged.');
  expect(parts.map(({ faces }) => faces[0]?.distance)).toEqual([1 - 24 / 25, 1 - 14 / 25, 1 - 4 / 25]);
  expect([0, 1, 2].map((part) => partName('a/out.html', part))).toEqual(['a/out.html', 'a/out-2.html', 'a/out-3.html']);
});

test.each([
  [['--report', 'out.txt'], 'fr-recognize: out.txt: is not the name of a page: choose one that ends in .html'],
  [['--enrolled', 'a.jpg'], 'fr-recognize: --enrolled needs a report: add --report out.html'],
  [['--report', 'none/out.html'], 'fr-recognize: none/out.html: there is no folder none: make it first'],
])('refuses %j before any picture is judged', async (words, line) => {
  const { stderr, stdout, exitCode } = await start('fr-recognize', ['ann.csv', 'party.jpg', ...words]);
  expect({ stderr, stdout, exitCode }).toEqual({ stderr: line, stdout: '', exitCode: 2 });
});
