// fr-recognize over many pictures, ended and run again: what it remembers, and what it prints.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { formatModel } from '../../handler/matching/vectors.ts';
import { DIST, scratchFolder, start } from '../helpers.ts';
import { type PlantedFace, planted, plantedEnvironment, plantFolder, vectorOf } from '../planted.ts';

const ann: PlantedFace = { looks: [{ 0: 1 }] };
const other: PlantedFace = { box: [30, 10, 50, 30], looks: [{ 5: 1 }] };

/** An album of four pictures, Ann's model, and a diary of what the sidecar is asked. */
async function album() {
  const folder = await scratchFolder();
  const pictures = join(folder, 'album');
  plantFolder(pictures, {
    'a.png': { faces: [ann] },
    'b.png': { faces: [other, ann] },
    'c.png': { refused: 'its end is missing' },
    'd.png': { faces: [] },
  });
  const model = join(folder, 'ann.csv');
  writeFileSync(model, formatModel([vectorOf({ 0: 1 })]));
  const diary = join(folder, 'diary');
  const state = join(folder, 'state');
  const env = { ...plantedEnvironment(folder), FR_FIXTURE_DIARY: diary, XDG_STATE_HOME: state };
  const run = async (...options: string[]) => {
    writeFileSync(diary, '');
    const { stdout, stderr, exitCode } = await start('fr-recognize', [model, pictures, ...options], { env });
    const asked = readFileSync(diary, 'utf8').split('\n').length - 1;
    const remembered = Number(/: (\d+) of \d+ answered by the journal/.exec(stderr)?.[1] ?? 0);
    return { stdout, stderr, exitCode, asked, remembered };
  };
  const journals = () =>
    readdirSync(join(state, 'serverless-face-recognition')).map((name) =>
      join(state, 'serverless-face-recognition', name),
    );
  return { folder, pictures, model, env, run, journals };
}

test('a second run asks nothing again and prints the same, refusals and durations included', {
  timeout: 180_000,
}, async () => {
  const { run } = await album();
  const first = await run('--json');
  expect([first.asked, first.remembered, first.exitCode]).toEqual([4, 0, 2]);
  const second = await run('--json');
  expect([second.asked, second.remembered, second.exitCode]).toEqual([0, 4, 2]);
  expect(second.stdout).toBe(first.stdout);
  expect(second.stderr).toBe(
    first.stderr.replace(
      '\nfr-recognize: matched',
      '\nfr-recognize: 4 of 4 answered by the journal: --forget judges them again\nfr-recognize: matched',
    ),
  );
  const text = await run();
  expect([text.asked, text.stdout.split('\n').map((line) => line.split('\t')[1])]).toEqual([
    0,
    ['True', 'True', 'False'],
  ]);
});

test('changed pictures, models and options are judged anew; renamed pictures are not', {
  timeout: 180_000,
}, async () => {
  const { run, pictures, model } = await album();
  await run();
  expect((await run('--threshold', '0.1')).asked).toBe(4);
  expect((await run('--thorough')).asked).toBe(4);
  writeFileSync(join(pictures, 'd.png'), planted({ faces: [other] }));
  writeFileSync(join(pictures, 'e.png'), planted({ faces: [ann] }));
  const changed = await run();
  expect([changed.asked, changed.remembered]).toEqual([1, 4]);
  expect(changed.stdout).toMatch(/e\.png\tTrue$/);
  writeFileSync(model, formatModel([vectorOf({ 0: 1, 1: 0.1 })]));
  expect((await run()).asked).toBe(5);
});

test('drawings, reports, explanations and tables are the same of a remembered picture', {
  timeout: 180_000,
}, async () => {
  const { run, folder } = await album();
  const shown: unknown[] = [];
  for (const round of ['one', 'two']) {
    const drawn = join(folder, round);
    mkdirSync(drawn);
    const report = join(folder, 'report.html');
    const { stdout, stderr } = await run('--explain', '--csv', '--annotate', drawn, '--report', report);
    const said = stderr.replace(/^.*answered by the journal.*\n/m, '');
    const page = readFileSync(report, 'utf8')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(drawn, 'DRAWN');
    shown.push({
      stdout,
      said,
      page,
      drawings: readdirSync(drawn).map((name) => readFileSync(join(drawn, name), 'base64')),
    });
  }
  expect(shown[1]).toEqual(shown[0]);
});

test('--forget judges everything again and leaves no journal', { timeout: 120_000 }, async () => {
  const { run, journals, env } = await album();
  await run();
  expect(journals()).toHaveLength(1);
  const again = await run('--forget');
  expect([again.asked, journals()]).toEqual([4, []]);
  await run();
  const alone = await start('fr-recognize', ['--forget'], { env });
  expect([alone.stderr, alone.exitCode, journals()]).toEqual(['fr-recognize: 1 journal was deleted', 0, []]);
});

test('the journal holds no path, no picture and no vector, and only its owner can read it', {
  timeout: 60_000,
}, async () => {
  const { run, journals, pictures } = await album();
  await run('--explain');
  const [journal] = journals() as [string];
  expect(statSync(journal).mode & 0o777).toBe(0o600);
  const text = readFileSync(journal, 'utf8');
  expect(text).not.toContain(pictures);
  expect(text).not.toContain('a.png');
  expect(text).not.toMatch(/vector|(-?\d\.\d+,){20}/);
  for (const picture of readdirSync(pictures)) {
    expect(text).not.toContain(readFileSync(join(pictures, picture)).toString('base64').slice(20, 60));
  }
});

test('--journal names its file; one that is a picture is refused and stays', { timeout: 120_000 }, async () => {
  const { run, folder, pictures } = await album();
  const file = join(folder, 'here.journal');
  await run('--journal', file);
  expect((await run('--journal', file)).remembered).toBe(4);
  const picture = join(pictures, 'a.png');
  const before = readFileSync(picture);
  const refused = await run('--journal', picture);
  expect([refused.stderr.split('\n').at(-1), refused.exitCode]).toEqual([
    `fr-recognize: ${picture}: is not a journal: choose another name, or a new file`,
    2,
  ]);
  expect(readFileSync(picture).equals(before)).toBe(true);
});

test('where the journal is full the run goes on without one, and what it holds is found again', {
  timeout: 120_000,
}, async () => {
  const { run, pictures, model, env, journals } = await album();
  const small = ['-c', 'ulimit -f 4; exec "$@"', 'sh', process.execPath, join(DIST, 'tools/fr-recognize.js')]; // 2 kB, or 4
  for (let i = 0; i < 8; i += 1)
    writeFileSync(join(pictures, `e${i}.png`), planted({ faces: [{ looks: [{ 5: 1, 6: i / 100 }] }] }));
  const words = [model, pictures, '--jobs', '1'];
  const { stdout, stderr, exitCode } = await execa('sh', [...small, ...words], { env, reject: false });
  expect(stdout.split('\n')).toHaveLength(11);
  expect(exitCode).toBe(2); // for the picture that cannot be used
  expect(stderr.match(/: from here on this run keeps no journal: its file cannot be written \(EFBIG\)/g)).toHaveLength(
    1,
  );
  expect(journals()).toHaveLength(1);
  const again = await run();
  expect(again.stdout).toBe(stdout);
  expect(again.remembered).toBeGreaterThan(0);
  expect(again.remembered + again.asked).toBe(12);
});

test('one picture keeps no journal; where none can be kept the run goes on, and says so', {
  timeout: 120_000,
}, async () => {
  const { run, pictures, model, env, folder } = await album();
  const one = await start('fr-recognize', [model, join(pictures, 'a.png')], { env });
  expect(one.stdout).toBe('True');
  expect(readdirSync(folder)).not.toContain('state');
  writeFileSync(env.XDG_STATE_HOME, 'a file where the folder should be');
  const { stderr, exitCode, asked } = await run();
  expect(stderr).toMatch(/^fr-recognize: this run keeps no journal, so it cannot be taken up later: /m);
  expect([exitCode, asked]).toEqual([2, 4]);
});
