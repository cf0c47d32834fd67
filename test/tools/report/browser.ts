// Real Chromium for the tests of pages, and runs of fr-recognize whose answers are known beforehand.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { formatModel } from '../../../handler/matching/vectors.ts';
import { start } from '../../helpers.ts';
import { type Look, type PlantedFace, plantedEnvironment, plantFolder, vectorOf } from '../../planted.ts';

export const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
// As root it has no sandbox; it must not look for its maker's hosts.
const SILENT = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...SILENT];

export async function openBrowser(): Promise<Browser> {
  if (PROGRAM === undefined) throw new Error('Chromium is missing: apt-get install chromium');
  return chromium.launch({ executablePath: PROGRAM, args: FLAGS });
}

/** A page of a file, and what it asked for and complained of. */
export async function openPage(browser: Browser, file: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => errors.push(message.text()));
  await page.goto(pathToFileURL(file).href);
  return { page, requests, errors };
}

/** A look whose cosine with look { 0: 1 } is given. */
export function lookAt(cosine: number): Look {
  return { 0: cosine, 1: Math.sqrt(1 - cosine * cosine) };
}

export function faceAt(...looks: Look[]): PlantedFace {
  return { looks };
}

/** Writes the model of a person whose vectors are all the same look. */
export function modelOf(look: Look): string {
  return formatModel(Array.from({ length: 8 }, () => vectorOf(look)));
}

/** Runs fr-recognize on planted pictures, in the folder where they lie. */
export async function recognizePlanted(folder: string, pictures: Parameters<typeof plantFolder>[1], words: string[]) {
  plantFolder(join(folder, 'album'), pictures);
  return start('fr-recognize', words, { cwd: folder, env: plantedEnvironment(folder) });
}

/** What axe-core has to complain of. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}

/** The text of an element. */
export function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).innerText();
}
