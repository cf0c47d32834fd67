// What is published: manifests, types, the bundle and its licences. test/packages.sh installs the packed files.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerTypes } from '../../../tools/packages/answer-types.ts';
import { bundle, COMMANDS } from '../../../tools/packages/bundle.ts';
import { bundledNotices } from '../../../tools/packages/licences.ts';
import {
  mainManifest,
  OPTIONAL,
  PLATFORMS,
  platformManifest,
  readCloneManifest,
  weightsManifest,
} from '../../../tools/packages/manifests.ts';
import { overBudget } from '../../../tools/packages/pack.ts';
import { ROOT, scratchFolder } from '../../helpers.ts';

const clone = readCloneManifest(ROOT);
const ANN = join(ROOT, 'test/fixtures/ann.jpg');
/** Most bytes of JavaScript that `--version` may read: twice what an empty Node start costs would be far more. */
const MOST_START_BYTES = 220_000;

describe('the manifests', () => {
  const main = mainManifest(clone);
  const others = [
    weightsManifest(clone, 'fr-sidecar.weights'),
    ...PLATFORMS.map((each) => platformManifest(clone, each)),
  ];

  test('run nothing at install time, and hold what a list allows', () => {
    for (const manifest of [main, ...others]) {
      expect(manifest).not.toHaveProperty('scripts');
      expect(manifest).not.toHaveProperty('private');
      expect(manifest).toMatchObject({ version: clone.version, publishConfig: { access: 'public', provenance: true } });
      expect(manifest.files).toContain('THIRD-PARTY-LICENSES');
    }
  });

  test('pin the packages that belong to it exactly, and each is made', () => {
    const wanted = { ...(main.dependencies as object), ...(main.optionalDependencies as object) };
    expect(wanted).toEqual(Object.fromEntries(others.map(({ name, version }) => [name, version])));
    for (const [i, platform] of PLATFORMS.entries()) {
      const [os, cpu] = platform.split('-');
      expect(others[i + 1]).toMatchObject({ os: [os], cpu: [cpu] });
    }
  });

  test('ask for what only some commands need as optional peers, at the versions of the clone', () => {
    expect(Object.keys(main.peerDependencies as object)).toEqual(OPTIONAL);
    for (const [name, { optional }] of Object.entries(
      main.peerDependenciesMeta as Record<string, { optional: boolean }>,
    )) {
      expect(optional).toBe(true);
      expect((main.peerDependencies as Record<string, string>)[name]).toBe(clone.dependencies[name]);
    }
  });

  test('have a budget each, which a larger package exceeds', () => {
    for (const { name, version } of [main, ...others]) {
      const about = { name, version, file: '', unpacked: 0, files: [], integrity: '' };
      expect(overBudget({ ...about, packed: 1 })).toEqual([]);
      expect(overBudget({ ...about, packed: 1e9 })).toEqual([expect.stringContaining(`${name}: packed is 1000000000`)]);
    }
  });
});

test("the answers' types are those of their schemas", async () => {
  const folder = await scratchFolder();
  const schema = JSON.parse(await readFile(join(ROOT, 'handler/schema.json'), 'utf8'));
  await writeFile(join(folder, 'answers.d.ts'), answerTypes(schema));
  const names = ['TrainAnswer', 'RecognizeAnswer', 'IdentifyAnswer', 'SeveralAnswer', 'Failure', 'FaceReport'];
  names.push('JudgedFace', 'NamedFace', 'Verdict', 'ComputedFrom', 'Explanation');
  const checks = names.map(
    (name) => `both<Ours.${name}, Theirs.${name}>(true); both<Theirs.${name}, Ours.${name}>(true);`,
  );
  const source = `import type * as Theirs from '${join(ROOT, 'handler/answers.ts')}';
    import type * as Ours from './answers.d.ts';
    declare function both<A, B>(fits: A extends B ? true : false): void;
    ${checks.join('\n')}
    both<Ours.Failure, Theirs.TrainAnswer>(false);`;
  await writeFile(join(folder, 'check.ts'), source);
  const compilerOptions = { noEmit: true, allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false };
  const settings = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions,
    files: ['check.ts'],
    include: [],
    exclude: [],
  };
  Object.assign(compilerOptions, { rootDir: '/', typeRoots: [join(ROOT, 'node_modules/@types')] });
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const { stdout, exitCode } = await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { reject: false });
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
});

describe('the bundle', () => {
  let folder: string;
  let metafile: Awaited<ReturnType<typeof bundle>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...mainManifest(clone), type: 'module' }));
    metafile = await bundle(ROOT, join(folder, 'dist'), OPTIONAL);
  });

  afterAll(() => rm(folder, { recursive: true }));

  /** The files that an entry reads before it does anything, and the packages. */
  function startOf(entry: string): { bytes: number; packages: string[] } {
    const outputs = new Map(Object.entries(metafile.outputs).map(([path, about]) => [path.split('/').at(-1), about]));
    const read = new Set<string>();
    const packages = new Set<string>();
    for (const queue = [`${entry}.js`]; queue.length > 0; ) {
      const name = queue.pop() as string;
      const about = outputs.get(name);
      if (read.has(name) || !about) continue;
      read.add(name);
      for (const { path, kind, external } of about.imports) {
        if (kind !== 'import-statement') continue;
        if (external) packages.add(path);
        else queue.push(path.split('/').at(-1) as string);
      }
    }
    const bytes = [...read].reduce((sum, name) => sum + (outputs.get(name)?.bytes ?? 0), 0);
    return { bytes, packages: [...packages].filter((name) => OPTIONAL.some((one) => name.startsWith(one))) };
  }

  test.each([...Object.keys(COMMANDS), 'index'])('%s loads no optional package at its start', (entry) => {
    expect(startOf(entry).packages).toEqual([]);
    expect(startOf(entry).bytes).toBeGreaterThan(500);
  });

  test.each(Object.keys(COMMANDS))('%s --version reads little', (entry) => {
    expect(startOf(entry).bytes).toBeLessThan(MOST_START_BYTES);
  });

  test('is the same when it is made again', async () => {
    const again = join(await scratchFolder(), 'dist');
    await bundle(ROOT, again, OPTIONAL);
    const files = await readdir(again);
    expect(files.sort()).toEqual((await readdir(join(folder, 'dist'))).sort());
    for (const file of files) {
      expect(await readFile(join(again, file)), file).toEqual(await readFile(join(folder, 'dist', file)));
    }
  });

  test('has the licence of every package in it', async () => {
    const text = await bundledNotices(ROOT, metafile, []);
    for (const name of ['execa', 'yargs', 'zod', 'csv-parse']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(text.match(/^={72}$/gm)?.length).toBeGreaterThan(20);
    expect(text).toMatch(/Permission is hereby granted/);
  });

  test('a command that needs a package says which line installs it', async () => {
    const model = join(folder, 'she.csv');
    await mkdir(join(folder, 'dist/handler'), { recursive: true });
    await writeFile(join(folder, 'dist/handler/cohort.bin'), await readFile(join(ROOT, 'handler/cohort.bin')));
    const run = (name: string, ...words: string[]) =>
      execa(process.execPath, [join(folder, 'dist', `${name}.js`), ...words], {
        env: { FR_SIDECAR: join(ROOT, 'dist/native/fr-sidecar'), FR_REMOTE: '0' },
        cwd: dirname(model),
        reject: false,
      });
    expect(await run('fr-train', '-q', '-o', model, ANN)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run('fr-recognize', '-q', model, ANN)).toMatchObject({ exitCode: 0, stdout: 'True' });
    const words = ['recognize', '-q', '--annotate', 'out.png', model, ANN];
    const { stderr, exitCode } = await run('serverless-face-recognition', ...words);
    expect(stderr).toMatch(
      /^fr-recognize: --annotate needs npm packages that are not installed here: run npm install sharp@\S+ fontkit@\d/,
    );
    expect(stderr.split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect((await run('serverless-face-recognition', 'dance')).stderr).toBe(
      'serverless-face-recognition: there is no command "dance": see serverless-face-recognition --help',
    );
  });
});
