// A report's page as real Chromium shows it.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { NamedFace, RecognizeAnswer } from '../../../handler/answers.ts';
import { parseModel } from '../../../handler/matching/vectors.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { type Plant, plantedEnvironment, vectorOf } from '../../planted.ts';
import { faceAt, lookAt, modelOf, openBrowser, openPage, recognizePlanted, textOf, violationsOn } from './browser.ts';

const EVIL = `<img src=x onerror="document.title='taken'">.png`;
const TRACE = { 0: 1 };

let browser: Browser;
let folder: string;
/** The report of an album of 40 pictures, which most tests look at. */
let common: Awaited<ReturnType<typeof report>>;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
  common = await report(album(), [], folder);
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

/** Of picture `i`'s first face with the model: from 1 to .85, which false match rates of below 1e-6 to .4 lie between. */
function cosineOf(i: number): number {
  return 1 - (i / 40) * 0.15;
}

/** An album in which the faces come nearer and nearer, with a picture of nobody and one that cannot be used. */
function album(pictures = 40): Record<string, Plant> {
  const entries = Array.from({ length: pictures }, (_, i): [string, Plant] => {
    return [`p${String(i).padStart(2, '0')}.png`, { faces: [faceAt(lookAt(cosineOf(i))), faceAt(lookAt(0.1))] }];
  });
  return Object.fromEntries([
    ...entries,
    ['nobody.png', { faces: [] }],
    ['odd.png', { refused: 'a broken <b>file</b>' }],
  ]);
}

async function report(pictures: Record<string, Plant>, words: string[] = [], place?: string) {
  const folder = place ?? (await scratchFolder());
  writeFileSync(join(folder, 'ann.csv'), modelOf(TRACE));
  const { stdout } = await recognizePlanted(folder, pictures, [
    'ann.csv',
    'album',
    '--report',
    'out.html',
    '--json',
    ...words,
  ]);
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as RecognizeAnswer & { picture: string });
  return { folder, file: join(folder, 'out.html'), lines };
}

async function slideTo(page: Page, stop: number): Promise<void> {
  await page.locator('#rate').fill(String(stop));
}

test('the slider counts what the JSON holds, at every stop, and moves the faces', async () => {
  const { file, lines } = common;
  const { page, errors } = await openPage(browser, file);
  const faces = lines.flatMap(({ picture, faces = [] }) => faces.map((face) => ({ ...face, picture })));
  expect(faces).toHaveLength(80);
  const rates: number[] = JSON.parse((await page.locator('#data').textContent()) ?? '').rates;
  expect(rates).toHaveLength(51);
  const seen = new Set<number>();
  for (const [stop, rate] of rates.entries()) {
    await slideTo(page, stop);
    const matched = faces.filter((face) => (rate === 1e-4 ? face.verdict === 'True' : face.false_match_rate <= rate));
    const pictures = new Set(matched.map(({ picture }) => picture)).size;
    const changes = faces.filter((face) => (face.verdict === 'True') !== matched.includes(face)).length;
    const plural = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
    const change = rate === 1e-4 ? 'as judged' : `${plural(changes, 'verdict')} would change`;
    const said = await textOf(page, '#change');
    expect(said).toMatch(
      `${plural(matched.length, 'face')} in ${plural(pictures, 'picture')} ${matched.length === 1 ? 'matches' : 'match'} at `,
    );
    expect(said.endsWith(`: ${change}.`), said).toBe(true);
    expect(await page.locator('.matched li').count()).toBe(matched.length);
    const order = await page.locator('#f0, #f1, #f2, .near li, .rest li, .matched li').count();
    expect(order).toBe(80);
    seen.add(matched.length);
  }
  expect(seen.size).toBeGreaterThan(5); // the slider did something
  await page.click('#as-judged');
  expect(await textOf(page, '#change')).toMatch(/: as judged\.$/);
  const distances = await page.locator('.faces .distance').allInnerTexts();
  const numbers = distances.map((text) => Number(/[\d.]+/.exec(text)?.[0]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(errors).toEqual([]);
});

test('its file is readable by its owner alone, says that it is biometric data, and how it was made', async () => {
  const { file } = await report(album(2), ['--fmr', '1e-3']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { page } = await openPage(browser, file);
  expect(await textOf(page, '.banner')).toMatch(/^This file holds biometric data\./);
  await page.click('summary');
  const facts = await textOf(page, 'dl');
  expect(facts).toContain('fr-recognize ann.csv album --report out.html --json --fmr 1e-3');
  const { createHash } = await import('node:crypto');
  expect(facts).toContain(createHash('sha256').update(modelOf(TRACE)).digest('hex'));
  expect(facts).toMatch(/nothing was billed/);
  expect(await textOf(page, '.line')).toMatch(/^threshold: false match rate 0\.001, distance 0\.\d+$/);
});

test('a name made of HTML is a name', async () => {
  const { file } = await report({ [EVIL]: { faces: [faceAt(TRACE)] }, ...album(1) });
  const { page, errors } = await openPage(browser, file);
  expect(await page.title()).toBe('Where is ann?');
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(await textOf(page, '.matched li:first-child .file')).toContain(EVIL);
  await page.locator('.matched .face').first().click();
  await page.waitForFunction(() => (document.querySelector('#original') as HTMLImageElement).naturalWidth > 0);
  expect(await textOf(page, '#viewer-title')).toBe(`face 1 of album/${EVIL}`);
  await page.keyboard.press('Escape');
  await page.click('#refused-tab');
  expect(await textOf(page, '.refused')).toContain('a broken <b>file</b>');
  expect(await page.title()).toBe('Where is ann?');
  expect(errors).toEqual([]);
});

test('asks nobody for anything, and its own policy would not let it', async () => {
  const { file } = common;
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { page, requests } = await openPage(browser, file);
  for (const tab of ['others', 'faceless', 'refused']) await page.click(`#${tab}-tab`);
  expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([expect.stringMatching(/out\.html$/)]);
  const refused = await page.evaluate(async (to) => {
    const fetched = await fetch(to).then(
      () => 'fetched',
      () => 'refused',
    );
    const image = new Image();
    const shown = new Promise((resolve) => {
      image.onload = () => resolve('shown');
      image.onerror = () => resolve('refused');
    });
    image.src = to;
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken"';
    document.body.append(script);
    return [fetched, await shown, document.title];
  }, url);
  expect(refused).toEqual(['refused', 'refused', 'Where is ann?']);
  expect(asked).toBe(0);
});

test('a face opens in its picture, with a box around it', async () => {
  const box: [number, number, number, number] = [30, 15, 45, 30]; // of 60 x 60 pixels
  const below: [number, number, number, number] = [0, 40, 15, 55];
  const faces = [
    { box: below, looks: [{ 9: 1 }] },
    { box, looks: [TRACE] },
  ];
  const { file } = await report({ 'a.png': { faces } });
  const { page, requests } = await openPage(browser, file);
  await page.locator('.matched .face').click();
  const place = await page.waitForFunction(() => {
    const [image, drawn] = [document.querySelector('#original'), document.querySelector<HTMLElement>('#box')];
    if (!image || !drawn || drawn.hidden) return undefined;
    const [outer, inner] = [image.getBoundingClientRect(), drawn.getBoundingClientRect()];
    const across = (x: number) => Math.round((60 * (x - outer.left)) / outer.width);
    const down = (y: number) => Math.round((60 * (y - outer.top)) / outer.height);
    return [across(inner.left), down(inner.top), across(inner.right), down(inner.bottom)];
  });
  expect(await place.jsonValue()).toEqual(box);
  expect(await textOf(page, '#viewer-title')).toBe('face 2 (row 1, column 1) of album/a.png');
  expect(requests.at(-1)).toMatch(/\/album\/a\.png$/);
  expect(await textOf(page, '#viewer-note')).toMatch(
    /^Compared with ann: distance 0\.000, false match rate below 1e-6\./,
  );
  await page.keyboard.press('Escape');
  expect(await page.locator('dialog').isVisible()).toBe(false);
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('face');
});

test('a picture that was moved away is shown as its crop, with a line that says so', async () => {
  const { file, folder } = await report(album(1));
  writeFileSync(join(folder, 'album/p00.png'), 'no picture any more');
  const { page } = await openPage(browser, file);
  await page.locator('.matched .face').first().click();
  await page.waitForFunction(() => (document.querySelector('#original') as HTMLImageElement).naturalWidth === 112);
  expect(await textOf(page, '#viewer-note')).toContain('This browser cannot show the picture');
  expect(await page.locator('#box').isVisible()).toBe(false);
});

test('all of it works by keyboard: tabs, faces, marks, and what is saved', async () => {
  const { file } = common;
  const { page } = await openPage(browser, file, { acceptDownloads: true });
  await page.locator('#person-tab').focus();
  await page.keyboard.press('ArrowRight');
  expect(await page.locator('#others').isVisible()).toBe(true);
  await page.keyboard.press('Home');
  expect(await page.locator('#person').isVisible()).toBe(true);
  const focused = () => page.evaluate(() => document.activeElement?.closest('li')?.id);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('f0');
  await page.keyboard.press('y');
  expect(await focused()).toBe('f1');
  await page.keyboard.press('n');
  await page.keyboard.press('ArrowLeft');
  expect(await focused()).toBe('f1');
  await page.keyboard.press('Enter');
  expect(await page.locator('dialog').isVisible()).toBe(true);
  await page.keyboard.press('s'); // takes f1's mark back, and goes on to the next face
  await page.keyboard.press('Escape');
  expect(await page.locator('.mark').allInnerTexts()).toEqual(expect.arrayContaining(['✓ ann']));
  expect(await textOf(page, '#marked')).toBe('Skipped. 1 face marked.');
  await page.locator('#f2 .face').focus();
  await page.keyboard.press('n');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  expect(download.suggestedFilename()).toBe('corrections.json');
  const saved = JSON.parse(readFileSync(await download.path(), 'utf8'));
  expect(saved).toEqual({
    version: 1,
    folder,
    corrections: [
      {
        picture: 'album/p00.png',
        face: 1,
        box: { left: 10, top: 10, right: 50, bottom: 50 },
        person: 'ann',
        same_person: true,
      },
      expect.objectContaining({ picture: 'album/p02.png', face: 1, same_person: false }),
    ],
  });
});

test('faces confirmed in a report are enrolled by fr-train --corrections', async () => {
  const { page } = await openPage(browser, common.file, { acceptDownloads: true });
  await page.locator('#f0 .face').focus();
  for (const key of ['y', 'y', 'n']) await page.keyboard.press(key);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  const corrections = join(await scratchFolder(), 'corrections.json');
  await download.saveAs(corrections);
  const env = plantedEnvironment(folder);
  const train = (...words: string[]) => start('fr-train', ['--corrections', corrections, '-q', ...words], { env });
  const { stdout, stderr, exitCode } = await train();
  expect([stderr, exitCode]).toEqual(['', 0]);
  const looks = [0, 1].map((i) => vectorOf(lookAt(cosineOf(i))));
  expect(parseModel(stdout)).toEqual(looks.flatMap((vector) => Array(8).fill(vector)));

  // Another face has that number now: the box decides.
  const saved = JSON.parse(readFileSync(corrections, 'utf8'));
  saved.corrections[0].box = { left: 0, top: 0, right: 20, bottom: 20 };
  saved.corrections.splice(1, 1);
  writeFileSync(corrections, JSON.stringify(saved));
  expect(parseModel((await train()).stdout)).toEqual(Array(8).fill(vectorOf({ 99: 1 })));
});

test.each(['light', 'dark'] as const)('axe finds nothing to complain of, in the %s', async (colorScheme) => {
  const { file } = common;
  const { page } = await openPage(browser, file, { colorScheme });
  for (const tab of ['person', 'others', 'faceless', 'refused']) {
    await page.click(`#${tab}-tab`);
    expect(await violationsOn(page), tab).toEqual([]);
  }
  await page.click('#person-tab');
  await page.click('summary');
  await page.locator('#f0 .face').focus();
  await page.keyboard.press('y');
  expect(await violationsOn(page), 'marked').toEqual([]);
  await page.locator('.matched .face').first().click();
  expect(await violationsOn(page), 'dialog').toEqual([]);
});

test('on paper all tabs are one below the other', async () => {
  const { file } = common;
  const { page } = await openPage(browser, file);
  await page.emulateMedia({ media: 'print' });
  for (const panel of ['person', 'others', 'faceless', 'refused']) {
    expect(await page.locator(`#${panel}-title`).isVisible(), panel).toBe(true);
  }
  expect(await page.locator('#rate').isVisible()).toBe(false);
});

test('with a gallery there is a section a person, biggest first, and unknown last', async () => {
  const folder = await scratchFolder();
  mkdirSync(join(folder, 'people'));
  const looks = { ann: { 0: 1 }, bob: { 2: 1 }, cleo: { 3: 1 } };
  for (const [name, look] of Object.entries(looks)) writeFileSync(join(folder, `people/${name}.csv`), modelOf(look));
  const pictures = {
    '1.png': { faces: [faceAt(looks.ann), faceAt(looks.bob)] },
    '2.png': { faces: [faceAt(looks.bob), faceAt({ 9: 1 })] },
  };
  const words = ['--gallery', 'people', 'album', '--report', 'out.html', '--json'];
  const { stdout } = await recognizePlanted(folder, pictures, words);
  const named = stdout.split('\n').flatMap((line) => (JSON.parse(line).faces as NamedFace[]).map(({ name }) => name));
  expect(named).toEqual(['ann', 'bob', 'bob', 'unknown']);
  const { page } = await openPage(browser, join(folder, 'out.html'));
  expect(await page.locator('h3:visible').allInnerTexts()).toEqual(['bob 2 faces', 'ann 1 face', 'unknown 1 face']);
  expect(await page.locator('section.unknown li').count()).toBe(1);
  expect(await violationsOn(page)).toEqual([]);
});
