// A film in a report: its timeline and its strip, in real Chromium.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { demoPhoto, start, WOMAN } from '../../helpers.ts';
import { openBrowser, openPage, textOf, violationsOn } from '../report/browser.ts';
import { makeFilm } from './make-film.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
  const parts = [
    { photo: demoPhoto(1), seconds: 1 },
    { photo: WOMAN, seconds: 1 },
  ];
  await Promise.all([
    start('fr-train', ['--local', WOMAN, '-o', join(folder, 'ann.csv')]),
    makeFilm(join(folder, 'a film.mp4'), parts),
  ]);
  const words = ['--local', 'ann.csv', 'a film.mp4', '--report', 'out.html'];
  const { stderr, exitCode } = await start('fr-recognize', words, { cwd: folder });
  expect(stderr.split('\n').at(-1)).toBe('fr-recognize: report: out.html');
  expect(exitCode).toBe(0);
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

function open(options = {}) {
  return openPage(browser, join(folder, 'out.html'), options);
}

test('the strip has a small picture an appearance, in time order, that leads into the film', async () => {
  const { page, errors } = await open();
  const items = page.locator('.strip > li');
  expect(await items.count()).toBe(4);
  expect(await items.last().innerText()).toMatch(/✓ ann\s+0:00:01, 1\.0 s/);
  expect(await items.first().innerText()).toContain('✗ not ann');
  expect(await items.last().locator('a').getAttribute('href')).toBe('./a%20film.mp4#t=1');
  const shown = await items
    .locator('img')
    .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth));
  expect(shown).toEqual([112, 112, 112, 112]);
  expect(errors).toEqual([]);
});

test('the timeline has a row for the person and one for others', async () => {
  const { page } = await open();
  expect(await page.locator('.timeline dt').allInnerTexts()).toEqual(['ann', 'others']);
  const bar = page.locator('.timeline rect.matched');
  expect([await bar.getAttribute('x'), await bar.getAttribute('width')]).toEqual(['500', '500.0']);
});

test('an appearance opens as its small picture, with a link to the moment, and cannot be marked', async () => {
  const { page, requests } = await open();
  expect(await textOf(page, '#change')).toBe('1 appearance matches at 1e-4: as judged.');
  await page.click('.faces.matched .face');
  expect(await textOf(page, '#viewer-title')).toBe('appearance 4 of a film.mp4, 0:00:01.000 to 0:00:02.000');
  expect(await page.locator('#open').getAttribute('href')).toBe('./a%20film.mp4#t=1');
  expect(await page.locator('[data-key="y"]').isVisible()).toBe(false);
  await page.keyboard.press('y');
  expect(await page.locator('.marking').isVisible()).toBe(false);
  expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
});

test('Chromium reads the chapters that --vtt prints', async () => {
  const { stdout } = await start('fr-recognize', ['--local', '-q', 'ann.csv', 'a film.mp4', '--vtt'], { cwd: folder });
  const page = await browser.newPage();
  await page.route('http://film.test/**', (route) =>
    route.request().url().endsWith('.vtt')
      ? route.fulfill({ contentType: 'text/vtt', body: `${stdout}\n` })
      : route.fulfill({ contentType: 'text/html', body: '<video><track kind="chapters" src="film.vtt"></video>' }),
  );
  await page.goto('http://film.test/');
  const cues = await page.evaluate(async () => {
    const track = document.querySelector('track') as HTMLTrackElement;
    track.track.mode = 'hidden';
    await new Promise((done, fail) => {
      track.addEventListener('load', done);
      track.addEventListener('error', fail);
    });
    return Array.from(track.track.cues ?? []).map((cue) => [cue.startTime, cue.endTime, (cue as VTTCue).text]);
  });
  expect(cues).toEqual([[1, 2, 'ann']]);
  await page.close();
});

test.each(['light', 'dark'] as const)('axe finds nothing to complain of, in the %s', async (colorScheme) => {
  const { page } = await open({ colorScheme });
  expect(await violationsOn(page)).toEqual([]);
});
