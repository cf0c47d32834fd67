// The page as any web server would serve it, built anew, and real Chromium that opens it.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { execa } from 'execa';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RecognizeAnswer } from '../../../handler/answers.ts';
import { DIST, start } from '../../helpers.ts';
import { FLAGS, PROGRAM } from '../report/browser.ts';

const CORE = join(DIST, 'native/fr-core.wasm');

/** A camera that shows a test picture, and is allowed without a question. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

function openBrowserWithCamera(): Promise<Browser> {
  if (PROGRAM === undefined) throw new Error('Chromium is missing: apt-get install chromium');
  return chromium.launch({ executablePath: PROGRAM, args: [...FLAGS, ...CAMERA] });
}

/** The page, built once for the tests of a file, and a browser for them. */
export function pageSuite() {
  let browser: Browser | undefined;
  let scratch = '';
  const folder = (): string => join(scratch, 'page');
  // Not built outside CI unless somebody asks: its tool-chain is 250 MB.
  const isBuilt = existsSync(CORE) || Boolean(process.env.CI);
  beforeAll(async () => {
    if (!isBuilt) return;
    browser = await openBrowserWithCamera();
    scratch = await mkdtemp(join(tmpdir(), 'fr-test-'));
    await buildSite(folder());
  });
  afterAll(async () => {
    await browser?.close();
    if (scratch) await rm(scratch, { recursive: true, force: true });
  });
  return {
    pageTest: test.skipIf(!isBuilt), // skipped: npm run wasm has not been run
    folder,
    serve: () => serveSite(folder()),
    open: (url: string, options: BrowserContextOptions = {}) => openSite(browser as Browser, url, options),
    newContext: () => (browser as Browser).newContext(),
  };
}

/** Builds the page into a folder. */
async function buildSite(folder: string): Promise<void> {
  if (!existsSync(CORE)) throw new Error('the WebAssembly sidecar is missing: npm run wasm');
  await execa(process.execPath, [join(DIST, 'tools/page/build.js'), folder]);
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

export interface Site {
  url: string;
  /** Paths that were asked for. */
  asked: string[];
  /** The network is gone from here on. */
  stop(): Promise<void>;
}

/** Serves a folder below a path, as a pages host does. */
async function serveSite(folder: string): Promise<Site> {
  const asked: string[] = [];
  const server = createServer(({ url = '/' }, response) => {
    const path = new URL(url, 'http://host').pathname;
    asked.push(path);
    const file = join(folder, path.replace(/^\/some\/place\//, '').replace(/^$/, 'index.html'));
    if (!path.startsWith('/some/place/') || !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/place/`, asked, stop };
}

/** The page, loaded, and what it complains of. */
async function openSite(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => errors.push(message.text()));
  await page.goto(url);
  await ready(page);
  return { page, errors };
}

/** Waits until the program has loaded. */
export function ready(page: Page): Promise<void> {
  return page.locator('#work').waitFor({ timeout: 45_000 });
}

/** Gives photos of the person, and waits until all have been looked at. */
export async function givePhotos(page: Page, files: string[]): Promise<void> {
  const before = await page.locator('#enrolled > li').count();
  await page.setInputFiles('#photos', files);
  await page.waitForFunction(
    (all) => document.querySelectorAll('#enrolled > li .remove').length === all,
    before + files.length,
  );
}

/** Gives pictures, and waits until all are judged. */
export async function givePictures(page: Page, files: string[]): Promise<void> {
  await page.setInputFiles('#pictures', files);
  await page.locator('#stop').waitFor({ state: 'hidden' });
  await page.getByText(/^\d+ of \d+ judged\.$/).waitFor();
}

/** What the page answers about its pictures must be what fr-recognize answers about the same files. */
export async function sameAnswers(page: Page, model: string, pictures: string[]) {
  const answers = await saved(page, '#save-answers');
  const judged = await start('fr-recognize', [model, ...pictures, '--local', '-q', '--json']);
  const [here, there] = [byName(answers.text), byName(judged.stdout)];
  expect(here.map(({ picture }) => picture)).toEqual(there.map(({ picture }) => picture));
  for (const [i, { faces, threshold, notes }] of here.entries()) {
    const other = there[i] as RecognizeAnswer;
    expect([threshold, notes]).toEqual([other.threshold, other.notes]);
    expect(faces.map(({ box, verdict }) => [box, verdict])).toEqual(
      other.faces.map(({ box, verdict }) => [box, verdict]),
    );
    for (const [j, { distance }] of faces.entries()) expect(distance).toBeCloseTo(other.faces[j]?.distance ?? 9, 3);
  }
  return { here };
}

function byName(lines: string): (RecognizeAnswer & { picture: string })[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RecognizeAnswer & { picture: string })
    .map((answer) => ({ ...answer, picture: answer.picture.replace(/.*\//, '') }))
    .sort((a, b) => (a.picture < b.picture ? -1 : 1));
}

/** What a button saves. */
export async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}
