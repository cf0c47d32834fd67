// Films on AWS Lambda: a small server that speaks its Invoke runs the real handlers.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { handler } from '../../../handler/recognizer.ts';
import { processSidecar } from '../../../handler/sidecar/sidecar.ts';
import { demoPhoto, scratchFolder, start, WOMAN } from '../../helpers.ts';
import { LambdaServer } from '../remote/lambda-server.ts';
import { makeFilm } from './make-film.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Whether the function is one of before there were films. */
let isOld = false;
/** The calls that were made. A command that gives up leaves some behind. */
const calls: Promise<unknown>[] = [];
const server = new LambdaServer(async (_, event) => {
  const { vectors, ...asked } = event as { vectors?: boolean };
  const call = handler(isOld ? asked : { ...asked, vectors });
  calls.push(call);
  return { status: 200, body: await call };
});

beforeAll(() => server.listen());
afterAll(async () => {
  await Promise.all(calls);
  server.close();
  processSidecar().close();
});

test('a film is judged there to the same bytes of JSON, and by an older function not at all', async () => {
  const folder = await scratchFolder();
  const [model, film] = [join(folder, 'ann.csv'), join(folder, 'film.mp4')];
  const parts = [
    { photo: demoPhoto(1), seconds: 0.6 },
    { photo: WOMAN, seconds: 0.6 },
  ];
  await Promise.all([start('fr-train', ['--local', WOMAN, '-o', model]), makeFilm(film, parts)]);
  const env = await server.deployed();
  const here = await start('fr-recognize', ['--local', '--json', model, film], { env });
  const there = await start('fr-recognize', ['--json', model, film], { env });
  expect(there.stdout).toBe(here.stdout);
  expect(there.stdout).toContain('"verdict":"True"');
  expect(there.exitCode).toBe(0);
  expect(there.stderr).toContain('running on AWS Lambda: account 123456789012, Region eu-west-1');
  expect(there.stderr).toContain('on AWS Lambda in eu-west-1');
  expect(server.calls[0]?.fields).toContain('vectors');
  isOld = true;
  const old = await start('fr-recognize', ['-q', '--json', model, film], { env });
  expect(old.stderr.split('\n').at(-1)).toBe(
    'fr-recognize: the deployed functions do not know films yet: run npm run deploy again, or add --local',
  );
  expect([old.stdout, old.exitCode]).toEqual(['', 2]);
});
