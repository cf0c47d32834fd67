// The page in real Chromium: the same answers as fr-recognize, nothing sent, offline, by keyboard and on a phone.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { parseModel } from '../../../handler/matching/vectors.ts';
import { demoPhoto, ROOT, scratchFolder, start, WOMAN } from '../../helpers.ts';
import { textOf, violationsOn } from '../report/browser.ts';
import { givePhotos, givePictures, pageSuite, ready, sameAnswers, saved } from './site.ts';

const ANN = join(ROOT, 'test/fixtures/ann.jpg');
const PARTY = join(ROOT, 'test/fixtures/party.jpg');

const { pageTest, serve, open, newContext, folder } = pageSuite();

pageTest("makes fr-train's model and gives fr-recognize's answers, whoever reads the model", async () => {
  const { url } = await serve();
  const { page, errors } = await open(url, { acceptDownloads: true });
  await givePhotos(page, [ANN]);
  await page.fill('#name', 'ann');
  const model = await saved(page, '#save');
  expect(model.name).toBe('ann.csv');
  const trained = await start('fr-train', [ANN, '--local', '-q']);
  const [ours, theirs] = [parseModel(model.text), parseModel(trained.stdout)];
  expect(ours).toHaveLength(8);
  const worst = Math.max(
    ...ours.flatMap((row, i) => Array.from(row, (value, j) => Math.abs(value - (theirs[i]?.[j] ?? 9)))),
  );
  expect(worst).toBeLessThan(1e-4);

  const pictures = [PARTY, ANN, demoPhoto(1), demoPhoto(2)];
  await givePictures(page, pictures);
  const place = await scratchFolder();
  await writeFile(join(place, 'ann.csv'), model.text);
  const { here } = await sameAnswers(page, join(place, 'ann.csv'), pictures);
  expect(here.map(({ picture, face_present }) => [picture, face_present])).toEqual([
    ['ann.jpg', 'True'],
    ['party.jpg', 'True'],
    ['sample1.jpg', 'False'],
    ['sample2.jpg', 'False'],
  ]);

  // And the other way: a model of fr-train's, opened here.
  await page.click('#start-over');
  await writeFile(join(place, 'ann.csv'), trained.stdout);
  await page.setInputFiles('#open-model', join(place, 'ann.csv'));
  await page
    .getByText('1 face in 1 picture of 4 matches.')
    .or(page.getByText('2 faces in 2 pictures of 4 match.'))
    .waitFor();
  expect(errors).toEqual([]);
});

pageTest('sends nothing once it has loaded, and neither page nor worker could', async () => {
  const { url, asked } = await serve();
  const { page } = await open(url);
  const before = asked.length;
  await givePhotos(page, [ANN]);
  await givePictures(page, [PARTY]);
  const tries = async (to: string): Promise<string[]> => {
    const results = [
      await fetch(to).then(
        () => 'sent',
        () => 'refused',
      ),
    ];
    const socket = await new Promise<string>((resolve) => {
      try {
        const one = new WebSocket(to.replace('http', 'ws'));
        one.onerror = () => resolve('refused');
        one.onopen = () => resolve('sent');
      } catch {
        resolve('refused');
      }
    });
    return [...results, socket];
  };
  const workers = page.workers();
  expect(workers).toHaveLength(1);
  for (const to of [url, 'http://127.0.0.1:9/']) {
    expect(await page.evaluate(tries, to)).toEqual(['refused', 'refused']);
    expect(await workers[0]?.evaluate(tries, to)).toEqual(['refused', 'refused']);
  }
  const shown = await page.evaluate(async (to) => {
    const image = new Image();
    const come = new Promise((resolve) => {
      image.onload = () => resolve('shown');
      image.onerror = () => resolve('refused');
    });
    image.src = `${to}index.html?face`;
    return [await come, navigator.sendBeacon(to, 'face')];
  }, url);
  expect(shown[0]).toBe('refused');
  expect(asked.slice(before)).toEqual([]);
});

pageTest('its policy allows nothing unsafe but WebAssembly', async () => {
  const { url } = await serve();
  const page = await (await fetch(url)).text();
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy.match(/'[^']*unsafe[^']*'/g)).toEqual(["'wasm-unsafe-eval'"]);
  expect(policy).not.toMatch(/https?:|\*/);
});

pageTest('works without a network once it was loaded', async () => {
  const { url, stop } = await serve();
  const { page } = await open(url);
  await stop();
  await page.reload();
  await ready(page);
  await givePhotos(page, [ANN]);
  expect(await textOf(page, '#person-status')).toBe('The model is ready: 1 photo.');
});

pageTest('of several faces one is chosen by keyboard, and two people are refused', async () => {
  const { url } = await serve();
  const { page } = await open(url);
  await givePhotos(page, [PARTY]);
  await page.getByText('4 faces found: choose the person.').waitFor();
  await page.getByRole('button', { name: 'Face 3' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('The model is ready: 1 photo.').waitFor();
  await givePhotos(page, [WOMAN]);
  await page.getByText(/^the model seems to hold two people: .*: remove one of them$/).waitFor();
  expect(await page.locator('#keep').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Remove sample2.jpg' }).press('Enter');
  await page.getByText('The model is ready: 1 photo.').waitFor();
  expect(await page.locator('#keep').isVisible()).toBe(true);
});

pageTest('a picture that cannot be used costs one line, and the slider recounts the others', async () => {
  const { url } = await serve();
  const { page } = await open(url);
  const damaged = join(await scratchFolder(), 'damaged.jpg');
  await writeFile(damaged, 'no picture');
  await page.setInputFiles('#pictures', [PARTY, damaged]); // before anybody is enrolled
  await page.getByText('2 of 2 looked at. Now add a photo of the person.').waitFor();
  await givePhotos(page, [ANN]);
  await page.getByText('2 of 2 judged.').waitFor();
  expect(await page.locator('#judged .refusal').allInnerTexts()).toEqual([
    expect.stringMatching(/^the picture cannot be used: /),
  ]);
  expect(await textOf(page, '#count')).toBe('1 face in 1 picture of 1 matches.');
  await page.locator('#rate').fill('0');
  expect(await textOf(page, '#rate-text')).toBe('1e-6');
  await page.locator('#rate').fill('50');
  expect(await textOf(page, '#count')).toMatch(
    /^\d faces? in 1 picture of 1 match(es)?\. \d verdicts? would change\.$/,
  );
  await page.click('#as-judged');
  expect(await textOf(page, '#count')).toBe('1 face in 1 picture of 1 matches.');
  await page.check('#only-matches');
  expect(await page.locator('#judged > li:visible').count()).toBe(1);
});

pageTest('a photo of nobody is refused in words, and so is one of the camera', async () => {
  const { url } = await serve();
  const { page } = await open(url);
  await page.click('#person-camera');
  await page.getByRole('button', { name: 'Take the picture' }).click();
  await page.getByText(/^no face found: /).waitFor();
  expect(await textOf(page, '#enrolled .name')).toBe('camera.jpg');
  expect(await page.locator('#camera').isVisible()).toBe(false);
  expect(await page.evaluate(() => (document.querySelector('video') as HTMLVideoElement).srcObject)).toBeNull();
});

pageTest.each([
  ['NotAllowedError', /^The browser does not let this page use the camera: allow it .* or choose a file\.$/],
  ['NotFoundError', /^This device has no camera that can be used: choose a file\.$/],
  ['NotReadableError', /^The camera does not start: close other programs/],
])('a camera that is refused with %s is a sentence, and the dialog can be closed', async (name, words) => {
  const { url } = await serve();
  const { page } = await open(url);
  await page.evaluate((why) => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', why));
  }, name);
  await page.click('#search-camera');
  await page.locator('#camera-note', { hasText: words }).waitFor();
  expect(await page.locator('#viewfinder').isVisible()).toBe(false);
  await page.keyboard.press('Enter'); // the focus is on Close
  expect(await page.locator('#camera').isVisible()).toBe(false);
});

pageTest.each([
  ['light', 1280],
  ['dark', 390],
] as const)(
  'axe finds nothing to complain of in the %s, %i pixels wide, and nothing is cut off',
  async (colorScheme, width) => {
    const { url } = await serve();
    const { page } = await open(url, { colorScheme, viewport: { width, height: 800 } });
    expect(await violationsOn(page), 'empty').toEqual([]);
    await givePhotos(page, [ANN, PARTY]);
    await givePictures(page, [PARTY]);
    expect(await violationsOn(page), 'judged').toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  },
);

pageTest('opened as a file it says that it wants a web server', async () => {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(folder(), 'index.html')).href);
  await page.getByRole('alert').waitFor();
  expect(await textOf(page, '#problem')).toMatch(/^Opened as a file, .* any web server/);
  await context.close();
});
