// SIGKILL in the middle of a run over many pictures: run again, it prints what an undisturbed run prints, and asks nothing
// twice but what was under way. FR_KILLS=50 (npm run test:kills) takes 500 pictures and so many random moments.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatModel } from '../../handler/matching/vectors.ts';
import { scratchFolder, start } from '../helpers.ts';
import { type Plant, plantedEnvironment, plantFolder, vectorOf } from '../planted.ts';
import { LambdaServer } from './remote/lambda-server.ts';

const KILLS = Number(process.env.FR_KILLS ?? 3);
const PICTURES = process.env.FR_KILLS === undefined ? 40 : 500;
const JOBS = 2;
/** How long an answer takes: long enough for a kill to come before the last. */
const ANSWER_MS = 15;

/** Digests of the pictures that a stand-in for Lambda was asked about. */
const asked: string[] = [];

const server = new LambdaServer(async (_name, event) => {
  const { images = [] } = event as { images?: string[] };
  const all = 'base64_image' in (event as object) ? [(event as { base64_image: string }).base64_image] : images;
  asked.push(...all.map((image) => digest(Buffer.from(image, 'base64'))));
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  const answers = all.map((image) => ({ ...NOBODY, threshold: Buffer.from(image, 'base64').length / 1e6 }));
  const log =
    'REPORT RequestId: 1\tDuration: 9.01 ms\tBilled Duration: 10 ms\tMemory Size: 1024 MB\tMax Memory Used: 99 MB\n';
  const headers = { 'x-amz-log-result': Buffer.from(log).toString('base64') };
  return { status: 200, headers, body: 'base64_image' in (event as object) ? (answers[0] as object) : { answers } };
});

const NOBODY = { face_present: 'False', embedder: 'dlib-resnet-v1', faces: [] };

beforeAll(() => server.listen());
afterAll(() => server.close());

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An album in which every picture is another, and some cannot be used. */
async function album() {
  const folder = await scratchFolder();
  const pictures = join(folder, 'album');
  const plants = Array.from({ length: PICTURES }, (_, i): [string, Plant] => {
    const looks = [{ [i % 3]: 1, 100: i / 1000 }];
    return [`${String(i).padStart(4, '0')}.png`, i % 17 === 5 ? { refused: `damage ${i}` } : { faces: [{ looks }] }];
  });
  plantFolder(pictures, Object.fromEntries(plants));
  const model = join(folder, 'ann.csv');
  writeFileSync(model, formatModel([vectorOf({ 0: 1 })]));
  const digests = new Map(
    plants.map(([name]) => [join(pictures, name), digest(readFileSync(join(pictures, name)))] as const),
  );
  return { folder, model, pictures, digests };
}

/** Kills a run once so many lines stand on its standard output. Gives the pictures it had answered. */
async function runUntil(lines: number, words: string[], env: Record<string, string>): Promise<string[]> {
  const run = start('fr-recognize', words, { env });
  let text = '';
  run.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split('\n').length > lines) run.kill('SIGKILL');
  });
  if (lines === 0) setTimeout(() => run.kill('SIGKILL'), 300);
  await run;
  return text.split('\n').flatMap((line) => (line.includes('\t') ? [line.split('\t')[0] as string] : []));
}

/** Moments to kill at, in lines of output: at random, over the whole run. */
function moments(): number[] {
  return Array.from({ length: KILLS }, (_, i) => Math.floor(((i + Math.random()) / KILLS) * PICTURES * 0.9));
}

function repeatedOf(pictures: readonly string[]): string[] {
  return [...new Set(pictures.filter((one, i) => pictures.indexOf(one) !== i))];
}

test('a run here that is killed and run again prints the same, and asks twice only what was under way', {
  timeout: 60_000 + 60_000 * KILLS,
}, async () => {
  const { folder, model, pictures, digests } = await album();
  const diary = join(folder, 'diary');
  const common = { ...plantedEnvironment(folder), FR_FIXTURE_DIARY: diary, FR_FIXTURE_MS: String(ANSWER_MS) };
  const words = [model, pictures, '--jobs', String(JOBS)];
  const undisturbed = await start('fr-recognize', words, { env: { ...common, FR_FIXTURE_MS: '' } });
  for (const [i, lines] of moments().entries()) {
    writeFileSync(diary, '');
    const env = { ...common, XDG_STATE_HOME: join(folder, `state-${i}`) };
    const answered = await runUntil(lines, words, env);
    const resumed = await start('fr-recognize', words, { env: { ...env, FR_FIXTURE_MS: '' } });
    expect(resumed.stdout).toBe(undisturbed.stdout);
    expect(resumed.exitCode).toBe(undisturbed.exitCode);
    const repeated = repeatedOf(readFileSync(diary, 'utf8').trimEnd().split('\n'));
    for (const path of answered) expect(repeated, path).not.toContain(digests.get(path));
    expect(repeated.length).toBeLessThanOrEqual(2 * JOBS); // what is with a sidecar, and what waits for one
  }
});

test('a run at AWS that is killed and run again prints the same, and pays twice only for what was under way', {
  timeout: 60_000 + 60_000 * KILLS,
}, async () => {
  const { folder, model, pictures, digests } = await album();
  const common = { ...(await server.deployed()), AWS_MAX_ATTEMPTS: '4' };
  const words = [model, pictures, '--concurrency', '4', '--csv'];
  const undisturbed = await start('fr-recognize', words, { env: common });
  for (const [i, lines] of moments().entries()) {
    asked.length = 0;
    const env = { ...common, XDG_STATE_HOME: join(folder, `state-${i}`) };
    const answered = await runUntil(lines, [...words.slice(0, -1), '--unordered'], env);
    const resumed = await start('fr-recognize', words, { env });
    expect(resumed.stdout).toBe(undisturbed.stdout);
    const repeated = repeatedOf(asked);
    for (const path of answered) expect(repeated, path).not.toContain(digests.get(path));
  }
});
