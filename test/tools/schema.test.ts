// handler/schema.json: that it is what the schemas say, and that real output of the programs is as it says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { Failure, IdentifyAnswer, RecognizeAnswer, SeveralAnswer, TrainAnswer } from '../../handler/answers.ts';
import { SidecarError } from '../../handler/errors.ts';
import { describeError } from '../../handler/lambda/runtime.ts';
import { handler as recognizer } from '../../handler/recognizer.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { handler as trainer } from '../../handler/trainer.ts';
import { FailedLine, FilmLine, IdentifyLine, RecognizeLine } from '../../tools/cli/json-line.ts';
import { demoPhoto, ROOT, scratchFolder, start, WOMAN } from '../helpers.ts';
import { makeFilm } from './film/make-film.ts';

const SCHEMAS = {
  RecognizeLine,
  IdentifyLine,
  FilmLine,
  FailedLine,
  TrainAnswer,
  RecognizeAnswer,
  IdentifyAnswer,
  SeveralAnswer,
  Failure,
};
const FILE = join(ROOT, 'handler', 'schema.json');

test('schema.json is what the schemas say; npx vitest run -u test/tools/schema.test.ts writes it', async () => {
  const $defs = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema);
      return [name, rest];
    }),
  );
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A line of fr-recognize --json',
    anyOf: ['RecognizeLine', 'IdentifyLine', 'FilmLine', 'FailedLine'].map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs,
  };
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(FILE);
});

const GROUP = demoPhoto(1);

let people: string;
let ann: string;

beforeAll(async () => {
  people = mkdtempSync(join(tmpdir(), 'fr-test-'));
  ann = join(people, 'ann.csv');
  const { exitCode } = await start('fr-train', ['--local', WOMAN, '-o', ann]);
  expect(exitCode).toBe(0);
});

afterAll(() => {
  processSidecar().close();
  rmSync(people, { recursive: true });
});

test.each([
  ['a model', 'RecognizeLine', () => [ann, WOMAN, GROUP]],
  ['a model, explained, with Unsure', 'RecognizeLine', () => [ann, WOMAN, GROUP, '--explain', '--unsure']],
  ['a gallery', 'IdentifyLine', () => ['--gallery', people, WOMAN, GROUP]],
  ['what cannot be judged', 'FailedLine', () => [ann, 'gone.jpg', 'package.json']],
])('--json of %s is as %s says', async (_, name, words) => {
  const { stdout } = await start('fr-recognize', ['--local', '-q', '--json', ...words()]);
  const lines = stdout.split('\n').map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(complaints(line)).toEqual([]);
    expect(complaints(line, name)).toEqual([]);
  }
});

test('--json of films, by a model and by a gallery, is as FilmLine says', async () => {
  const film = await makeFilm(join(await scratchFolder(), 'film.mp4'), [{ photo: WOMAN, seconds: 0.4 }]);
  for (const words of [
    [ann, '--unsure', film],
    ['--gallery', people, film],
  ]) {
    const { stdout } = await start('fr-recognize', ['--local', '-q', '--json', ...words]);
    expect(complaints(JSON.parse(stdout), 'FilmLine')).toEqual([]);
    expect(complaints(JSON.parse(stdout))).toEqual([]);
  }
});

test("the functions' answers are as TrainAnswer, RecognizeAnswer and IdentifyAnswer say", async () => {
  const base64_image = readFileSync(WOMAN).toString('base64');
  const trained = await trainer({ base64_image });
  const model = Buffer.from(trained.facevectors).toString('base64');
  expect(complaints(trained, 'TrainAnswer')).toEqual([]);
  const judged = await recognizer({ base64_image, query_facevectors: model, explain: true });
  expect(complaints(judged, 'RecognizeAnswer')).toEqual([]);
  expect(complaints(await recognizer({ base64_image, gallery: { ann: model } }), 'IdentifyAnswer')).toEqual([]);
});

test('the answer to several pictures is as SeveralAnswer says', async () => {
  const images = [readFileSync(WOMAN).toString('base64'), 'none'];
  const query_facevectors = readFileSync(ann).toString('base64');
  expect(complaints(await recognizer({ images, query_facevectors }), 'SeveralAnswer')).toEqual([]);
});

test('a failure of a function is as Failure says', async () => {
  const failure = await trainer({}).catch(describeError);
  expect(failure).toMatchObject({ errorType: 'RequestError', code: 'BAD_REQUEST' });
  expect(complaints(failure, 'Failure')).toEqual([]);
  expect(complaints(describeError(new SidecarError('timeout', 'took too long')), 'Failure')).toEqual([]);
});

test('the schema refuses a line with an unknown field, a missing one, or a verdict that is no text', async () => {
  const { stdout } = await start('fr-recognize', ['--local', '-q', '--json', ann, WOMAN]);
  const line = JSON.parse(stdout);
  const { threshold, ...without } = line;
  for (const wrong of [{ ...line, score: 1 }, without, { ...line, face_present: true }]) {
    expect(complaints(wrong)).not.toEqual([]);
  }
});

/** What is wrong with a value, by one definition of the file, or by all of it. */
function complaints(value: unknown, name?: string): unknown[] {
  const document = JSON.parse(readFileSync(FILE, 'utf8'));
  const { anyOf, ...definitions } = document;
  const schema = name === undefined ? document : { ...definitions, $ref: `#/$defs/${name}` };
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false }).compile(schema);
  return validate(JSON.parse(JSON.stringify(value))) ? [] : (validate.errors ?? []);
}
