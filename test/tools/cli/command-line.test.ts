// Arguments, help, version: what answers before any work is done.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editDistance } from '../../../tools/cli/arguments.ts';
import { ROOT, start } from '../../helpers.ts';

const VERSION = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

describe.each(['fr-train', 'fr-recognize'] as const)('%s', (program) => {
  test('prints help with examples on standard output', async () => {
    const { stdout, stderr, exitCode } = await start(program, ['--help']);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Exit status:');
    expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  });

  test('wraps each paragraph of the help once, at the width of the terminal', async () => {
    const { stdout } = await start(program, ['--help']);
    const [before = '', after = ''] = stdout.split(/^Options:[\s\S]*?^(?=Exit status:)/m);
    const lines = `${before}\n${after}`.split('\n').filter((line) => !line.startsWith(`${program} `));
    for (const [i, line] of lines.entries()) {
      const [next = ''] = (lines[i + 1] ?? '').split(' ');
      if (line !== '' && next !== '') expect(`${line} ${next}`.length, line).toBeGreaterThan(80);
    }
    expect(lines.length).toBeGreaterThan(5);
  });

  test("prints the package's version", async () => {
    const { stdout, exitCode } = await start(program, ['--version']);
    expect({ stdout, exitCode }).toEqual({ stdout: VERSION, exitCode: 0 });
  });

  test('--version --json says what is inside', async () => {
    const { stdout, exitCode } = await start(program, ['--version', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      version: VERSION,
      embedder: 'dlib-resnet-v1',
      sidecar: { kind: expect.stringMatching(/^(native|named)$/) },
      node: process.versions.node,
      optional: { sharp: true, '@fontsource-variable/noto-sans': true, 'libheif-js': true },
    });
    expect(exitCode).toBe(0);
  });

  test.each([
    ['--halp', `${program}: there is no option --halp: did you mean --help?`],
    ['--lcoal', `${program}: there is no option --lcoal: did you mean --local?`],
    ['--rem', `${program}: there is no option --rem: did you mean --remote?`],
    ['--zebra', `${program}: there is no option --zebra: see ${program} --help`],
    ['-z', `${program}: there is no option -z: see ${program} --help`],
    ['--no-local', `${program}: there is no option --no-local: see ${program} --help`],
  ])('refuses %s in one line', async (argument, line) => {
    const { stdout, stderr, exitCode } = await start(program, ['a', 'b', argument]);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: line, exitCode: 2 });
  });

  test('refuses --local together with --remote', async () => {
    const { stderr, exitCode } = await start(program, ['package.json', 'b', '--local', '--remote']);
    expect(stderr).toBe(`${program}: --local and --remote cannot be used together: use one of them`);
    expect(exitCode).toBe(2);
  });

  test('refuses --remote where no deployment is recorded', async () => {
    const { stderr, exitCode } = await start(program, ['a', 'b', '--remote']);
    expect(stderr).toBe(`${program}: no deployment is recorded here: run npm run deploy`);
    expect(exitCode).toBe(2);
  });
});

test.each([
  [['fr-train'], 'fr-train: which photo? fr-train PHOTO...: see fr-train --help'],
  [['fr-train', 'a', '--face'], 'fr-train: --face needs a value: see fr-train --help'],
  [['fr-train', 'a', '-o'], 'fr-train: -o needs a value: see fr-train --help'],
  [['fr-train', 'a', '--face', '1.5'], 'fr-train: --face needs a whole number from 1 up: see fr-train --help'],
  [['fr-train', 'a', '--face', 'two'], 'fr-train: --face needs a whole number from 1 up: see fr-train --help'],
  [
    ['fr-train', 'a', 'b', '--face', '1'],
    'fr-train: --face chooses a face in one photo: give one photo, or crop the others',
  ],
  [['fr-recognize'], 'fr-recognize: which model and picture? fr-recognize MODEL PICTURE...: see fr-recognize --help'],
  [['fr-recognize', 'a'], 'fr-recognize: which picture? fr-recognize MODEL PICTURE...: see fr-recognize --help'],
  [['fr-recognize', 'a', 'b', '--jsn'], 'fr-recognize: there is no option --jsn: did you mean --json?'],
  [
    ['fr-recognize', 'a', 'b', '--threshold', '-1'],
    'fr-recognize: --threshold needs a number above 0: see fr-recognize --help',
  ],
  [
    ['fr-recognize', 'a', 'b', '--threshold', 'x'],
    'fr-recognize: --threshold needs a number above 0: see fr-recognize --help',
  ],
  [['fr-recognize', '-', '-'], 'fr-recognize: standard input is one model or one picture: name the others'],
] as const)('%j fails with its one line', async ([program, ...args], line) => {
  const { stdout, stderr, exitCode } = await start(program, args);
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: line, exitCode: 2 });
});

test.each([
  ['json', 'json', 0],
  ['jsn', 'json', 1],
  ['josn', 'json', 1],
  ['treshold', 'threshold', 1],
  ['', 'abc', 3],
])('%s and %s are %i edits apart', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
});
