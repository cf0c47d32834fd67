// fr-recognize on s3://, against the deployed machine's own text: a real S3 server, real processes, and every right checked.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test, vi } from 'vitest';
import { mapPolicy } from '../../../deploy/cloud/policy-map.ts';
import { handler } from '../../../handler/recognizer.ts';
import { processSidecar } from '../../../handler/sidecar/sidecar.ts';
import { describeWithAws } from '../../aws/helpers.ts';
import { ROOT, scratchFolder, start } from '../../helpers.ts';
import { ARNS, World } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

const FIXTURES = join(ROOT, 'test/fixtures');
const ARN = /fr-recognize --resume (arn:aws:states:\S+)/;

let csv = '';
beforeAll(async () => {
  csv = (await start('fr-train', ['--local', join(FIXTURES, 'ann.jpg')])).stdout;
});

/** A model that can be read. What it says does not matter where the answers are planted. */
async function anyModel(): Promise<string> {
  const path = join(await scratchFolder(), 'ann.csv');
  writeFileSync(path, csv);
  return path;
}

/** By the test's own clock each picture takes 25 s of a call's minute. */
function takeLong(world: World): void {
  let clockMs = Date.now();
  world.now = () => clockMs;
  world.judge = async () => {
    clockMs += 25_000;
    return { face_present: 'False', faces: [] } as never;
  };
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `in/${String(i).padStart(5, '0')}.jpg`);

describeWithAws('fr-recognize MODEL s3://', (storage) => {
  test('prints what a folder of the same pictures prints, and leaves neither model nor vector', async () => {
    const world = await World.open(storage());
    world.judge = handler;
    const folder = join(await scratchFolder(), 'in');
    mkdirSync(folder);
    for (const name of ['ann.jpg', 'party.jpg']) cpSync(join(FIXTURES, name), join(folder, name));
    writeFileSync(join(folder, 'broken.jpg'), 'no picture');
    writeFileSync(join(folder, 'notes.txt'), 'no picture either');
    const files = ['ann.jpg', 'broken.jpg', 'notes.txt', 'party.jpg'];
    await world.put(Object.fromEntries(files.map((name) => [`in/${name}`, readFileSync(join(folder, name))])));
    const model = await anyModel();
    const there = await world.run(model, 's3://photos/in/', '--json', '--explain', '--concurrency', '2');
    const here = await start('fr-recognize', ['--local', model, folder, '--json', '--explain']);
    const plain = (text: string, before: string) =>
      text.split('\n').map((line) => {
        const { picture, where: _where, duration_ms: _ms, ...rest } = JSON.parse(line);
        return { picture: picture.slice(before.length), ...rest };
      });
    expect(there.stderr).toContain('account 123456789012, Region eu-west-1');
    expect(plain(there.stdout, 's3://photos/in/')).toEqual(plain(here.stdout, `${folder}/`));
    expect([there.exitCode, here.exitCode]).toEqual([2, 2]);
    expect(there.stderr).toMatch(/matched \d, judged 2, refused 1, skipped 1; about USD 0\.\d+ \(Lambda/);
    const left = await world.left();
    expect(left.filter((key) => key.endsWith('.sealed'))).toEqual([]);
    // Nothing that a run leaves holds a vector, and no history does.
    const row =
      readFileSync(model, 'utf8')
        .split('\n')
        .find((line) => !line.startsWith('#')) ?? '';
    const texts = await Promise.all(
      left.map(async (Key) => {
        const { Body } = await world.s3.client().send(new GetObjectCommand({ Bucket: 'photos', Key }));
        return Body?.transformToString();
      }),
    );
    const [, arn = ''] = ARN.exec(there.stderr) ?? [];
    const history = JSON.stringify(world.runs.describe(arn));
    expect(JSON.parse((world.runs.describe(arn) as { input: string }).input)).toMatchObject({
      concurrency: 2,
      batch: 100,
    });
    for (const text of [...texts, history]) expect(text).not.toContain(row.slice(0, 60));
    processSidecar().close();
  });

  test('judges what is a picture of 1,050 keys, once and in order, through throttles, a timeout, a child that runs twice and a key that vanishes', async () => {
    const world = await World.open(storage());
    // Every seventh is a picture; the others are listed, and not read.
    const keys = names(1_050).map((key, i) => (i % 7 === 0 ? key : key.replace('.jpg', '.txt')));
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    const match = keys[770] as string;
    world.judge = async (event) => {
      const { base64_image } = event as { base64_image: string };
      const isHer = Buffer.from(base64_image, 'base64').toString() === match;
      return { face_present: isHer ? 'True' : 'False', faces: [] } as never;
    };
    let [throttles, timeouts] = [5, 1];
    world.before = async (payload) => {
      if (throttles-- > 0) return { error: 'Lambda.TooManyRequestsException', cause: 'Rate Exceeded.' };
      if (payload.includes(keys[455] as string) && timeouts-- > 0) {
        return { error: 'Sandbox.Timedout', cause: '{"errorMessage":"Task timed out after 60.00 seconds"}' };
      }
      await world.remove(keys[1_043] as string);
      return undefined;
    };
    world.runs.twice = (index) => index === 3;
    const { stdout, stderr, exitCode } = await world.run(await anyModel(), 's3://photos/in');
    const rest = keys.filter((key) => key.endsWith('.jpg') && key !== keys[1_043]);
    expect(stdout.split('\n'), stderr.slice(0, 2000)).toEqual(
      rest.map((key) => `s3://photos/${key}\t${key === match ? 'True' : 'False'}`),
    );
    expect(stderr).toContain(`s3://photos/${keys[1_043]}: cannot be read: it is gone, or the function may not read it`);
    expect(stderr).toContain('matched 1, judged 149, refused 1, skipped 900;');
    expect(exitCode).toBe(2);
    expect(world.calls).toBe(11 + 5 + 1 + 1);
  });

  test('a batch that no call can judge is said, and judged again with MODEL and --resume', async () => {
    const world = await World.open(storage());
    const keys = names(130);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    let isDown = true;
    world.before = async (payload) =>
      isDown && payload.includes(keys[120] as string)
        ? { error: 'Runtime.ExitError', cause: '{"errorMessage":"RequestId: 1 Error: Runtime exited"}' }
        : undefined;
    const model = await anyModel();
    const first = await world.run(model, 's3://photos/in/');
    expect(first.stdout.split('\n')).toHaveLength(100);
    expect(first.stderr).toContain(
      'was not judged: its batch failed (Runtime.ExitError: RequestId: 1 Error: Runtime exited)',
    );
    expect(first.stderr).toContain('30 pictures were lost with their batches');
    expect(first.exitCode).toBe(2);
    // The picture that kills the function costs no other a second time: each is alone in its batch.
    const [, arn = ''] = ARN.exec(first.stderr) ?? [];
    const again = await world.run(model, '--resume', arn);
    expect(again.stdout.split('\n')).toHaveLength(129);
    expect(again.stderr).toContain('1 picture was lost with its batch');
    isDown = false;
    const callsBefore = world.calls;
    const last = await world.run(model, '--resume', arn);
    expect(last.stdout.split('\n')).toEqual(keys.map((key) => `s3://photos/${key}\tFalse`));
    expect([last.exitCode, world.calls - callsBefore]).toEqual([1, 30]);
    expect((await world.left()).filter((key) => key.endsWith('.sealed'))).toEqual([]);
  });

  test('--detach prints the ARN and goes, and --resume prints the answers without a model', async () => {
    const world = await World.open(storage());
    await world.put({ 'in/a.jpg': 'a', 'in/b.jpg': 'b', 'out/c.jpg': 'c' });
    const left = await world.run(await anyModel(), 's3://photos/in/', '--detach', '--quiet');
    expect(left.stdout).toMatch(/^arn:aws:states:eu-west-1:123456789012:execution:recognize_bucket:\S+$/);
    expect([left.exitCode, left.stderr.includes(`fr-recognize --resume ${left.stdout}`)]).toEqual([0, true]);
    const back = await world.run('--resume', left.stdout, '--quiet');
    expect(back.stdout).toBe('s3://photos/in/a.jpg\tFalse\ns3://photos/in/b.jpg\tFalse');
    expect(back.exitCode).toBe(1);
  });

  test('keys that one call cannot finish are judged by the next', async () => {
    const world = await World.open(storage());
    const keys = names(6);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    takeLong(world);
    const { stdout } = await world.run(await anyModel(), 's3://photos/in/', '--quiet');
    expect(stdout.split('\n')).toEqual(keys.map((key) => `s3://photos/${key}\tFalse`));
    expect(world.calls).toBe(2);
  });

  test('a run that fails has forgotten its model, and says why', async () => {
    const policy = mapPolicy({ partition: 'aws', account: '123456789012', region: 'eu-west-1' }, ARNS, [
      { bucket: 'photos', prefix: 'in/' },
    ]);
    const Statement = policy.Statement.filter(({ Sid }) => !Sid.startsWith('List'));
    const world = await World.open(storage(), { machinePolicy: { ...policy, Statement } });
    await world.put({ 'in/a.jpg': 'a' });
    const { stderr, exitCode } = await world.run(await anyModel(), 's3://photos/in/');
    expect(stderr).toMatch(/the run failed \(States\.ItemReaderFailed: .*not authorized to perform: s3:ListBucket/);
    expect([exitCode, await world.left()]).toEqual([2, []]);
  });

  test('says that there is nothing below a prefix, and starts nothing', async () => {
    const world = await World.open(storage());
    await world.put({ 'in/none/notes.txt': 'no picture' });
    const { stdout, stderr, exitCode } = await world.run(await anyModel(), 's3://photos/in/none/');
    expect([stdout, exitCode, world.calls]).toEqual(['', 1, 0]);
    expect(stderr).toContain('there is no picture below this prefix');
  });

  test('says what a run will take before it starts, and starts none above --budget', async () => {
    const world = await World.open(storage());
    const keys = names(120);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    const model = await anyModel();
    const refused = await world.run(model, 's3://photos/in/', '--budget', '0.0003');
    expect(refused.stderr).toMatch(/120 pictures in the bucket: about 2 batches and USD 0\.0006\d, \d+ s/);
    expect(refused.stderr).toContain('the budget of USD 0.0003 is less than this run will probably cost, USD 0.0006');
    expect([refused.exitCode, world.calls, await world.left()]).toEqual([2, 0, []]);
    const { stdout } = await world.run(model, 's3://photos/in/', '--budget', '0.001', '--quiet');
    expect(stdout.split('\n')).toHaveLength(120);
  });

  test('stops a run that turns out to be dearer than --budget, and keeps its answers', async () => {
    const world = await World.open(storage());
    const keys = names(6);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    // The sealed model is listed too. The first call judges some of the keys. The next would take until somebody stops it.
    takeLong(world);
    world.before = async () => {
      if (world.calls === 1 || isOver) return undefined;
      const isRunning = () => world.runs.statuses().includes('RUNNING');
      await vi.waitUntil(() => !isRunning(), { timeout: 120_000, interval: 100 });
      return { error: 'Stopped', cause: 'by the person' };
    };
    let isOver = false;
    const model = await anyModel();
    const stopped = await world.run(model, 's3://photos/in/', '--budget', '0.0003');
    expect(stopped.stderr).toMatch(
      /more than --budget, and was stopped after 0 of 7 keys: raise it and run this again/,
    );
    expect([stopped.stdout, stopped.exitCode]).toEqual(['', 2]);
    expect((await world.left()).filter((key) => key.endsWith('.sealed'))).toEqual([]);
    isOver = true;
    const again = await world.run(model, 's3://photos/in/', '--budget', '1');
    expect(again.stderr).toMatch(/[1-5] of 6 answered by the journal/);
    expect(again.stdout.split('\n')).toEqual(keys.map((key) => `s3://photos/${key}\tFalse`));
  });

  test('judges again what changed, and nothing else, unless the question is another', async () => {
    const world = await World.open(storage());
    const keys = names(4);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    const judged: string[] = [];
    world.judge = async (event) => {
      const text = Buffer.from((event as { base64_image: string }).base64_image, 'base64').toString();
      judged.push(text);
      return { face_present: text === 'new' ? 'True' : 'False', faces: [] } as never;
    };
    const model = await anyModel();
    const first = await world.run(model, 's3://photos/in/');
    await world.put({ [keys[1] as string]: 'new', 'in/later.jpg': 'later' });
    judged.length = 0;
    const second = await world.run(model, 's3://photos/in/');
    expect(judged.sort()).toEqual(['later', 'new']);
    expect(second.stderr).toContain('3 of 5 answered by the journal');
    const verdicts = ['False', 'True', 'False', 'False'];
    expect(second.stdout.split('\n')).toEqual([
      ...keys.map((key, i) => `s3://photos/${key}\t${verdicts[i]}`),
      's3://photos/in/later.jpg\tFalse',
    ]);
    judged.length = 0;
    const third = await world.run(model, 's3://photos/in/');
    expect([judged, third.stdout, third.exitCode]).toEqual([[], second.stdout, 0]);
    expect(third.stderr).toContain('nothing had to be judged, and no run was started');
    await world.run(model, 's3://photos/in/', '--fmr', '1e-3');
    expect(judged).toHaveLength(5);
    await world.run(model, 's3://photos/in/', '--forget');
    expect(judged).toHaveLength(10);
    expect(first.exitCode).toBe(1);
  });

  test('takes up a run that was started before and not read', async () => {
    const world = await World.open(storage());
    const keys = names(30);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    const model = await anyModel();
    await world.run(model, 's3://photos/in/', '--detach');
    const { stdout, stderr } = await world.run(model, 's3://photos/in/');
    expect(stderr).toContain('taking up the run that was started before');
    expect(stdout.split('\n')).toEqual(keys.map((key) => `s3://photos/${key}\tFalse`));
    expect(world.calls).toBe(1);
  });

  test('a run is resumed by its own model, and by no other', async () => {
    const world = await World.open(storage());
    const keys = names(3);
    await world.put(Object.fromEntries(keys.map((key) => [key, key])));
    const model = await anyModel();
    const { stdout: arn } = await world.run(model, 's3://photos/in/', '--detach');
    const other = join(await scratchFolder(), 'bob.csv');
    writeFileSync(other, csv.split('\n').slice(0, 2).join('\n'));
    for (const words of [[other], [model, '--fmr', '1e-3']]) {
      const refused = await world.run(...words, '--resume', arn);
      expect(refused.stderr).toContain('was started with another model, or with other options');
      expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    }
    const back = await world.run(model, '--resume', arn);
    expect(back.stdout.split('\n')).toEqual(keys.map((key) => `s3://photos/${key}\tFalse`));
  });

  test('without the right to list it judges all, and says what is missing', async () => {
    const world = await World.open(storage(), { mayList: false });
    await world.put({ 'in/a.jpg': 'a' });
    const model = await anyModel();
    const refused = await world.run(model, 's3://photos/in/', '--budget', '1');
    expect(refused.stderr).toContain('which --budget needs: allow it, or leave out --budget');
    const { stdout, stderr } = await world.run(model, 's3://photos/in/');
    expect(stdout).toBe('s3://photos/in/a.jpg\tFalse');
    expect(stderr).toContain('may not list s3://photos/in/ (s3:ListBucket), so there is no forecast');
  });

  test.each([
    ['a bucket that was not deployed', ['s3://other/in/'], 'is not in what this deployment may read (s3://photos/in/)'],
    ['a prefix that was not deployed', ['s3://photos/out/'], 'is not in what this deployment may read'],
    ['no bucket', ['s3://'], 's3:// names no bucket'],
    ['--local', ['s3://photos/in/', '--local'], '--local cannot be used for pictures in a bucket'],
    ['--jobs', ['s3://photos/in/', '--jobs', '2'], '--jobs cannot be used for pictures in a bucket'],
    [
      'no number of batches',
      ['s3://photos/in/', '--concurrency', '0'],
      '--concurrency needs a whole number from 1 to 1000',
    ],
    ['--annotate', ['s3://photos/in/', '--annotate', 'x'], '--annotate cannot be used for pictures in a bucket'],
    ['a picture beside it', ['s3://photos/in/', 'a.jpg'], 'one s3://BUCKET/PREFIX/ at a time'],
    ['--detach without a bucket', ['a.jpg', '--detach'], '--detach is for pictures in a bucket'],
    ['another ARN', ['--resume', 'arn:aws:lambda:x'], 'is not the ARN of a run'],
    [
      'a run of another machine',
      ['--resume', `${ARNS.map.executions}-dev:2026-run`],
      'is not a run of this deployment: choose the --stage',
    ],
    [
      'a run that is not there',
      ['--resume', `${ARNS.map.executions}:2026-gone`],
      'there is no such run: check the ARN after --resume',
    ],
  ])('refuses %s, and starts nothing', async (_what, words, message) => {
    const world = await World.open(storage());
    const { stderr, exitCode, stdout } = await world.run(await anyModel(), ...words);
    expect([exitCode, stdout, stderr.includes(message)], stderr).toEqual([2, '', true]);
    expect(await world.left()).toEqual([]);
    expect(world.service.calls.filter(({ action }) => action === 'StartExecution')).toEqual([]);
  });

  test('says how to deploy where no bucket was deployed', async () => {
    const world = await World.open(storage(), { wishes: { map: undefined } });
    const { stderr, exitCode } = await world.run(await anyModel(), 's3://photos/in/');
    expect(stderr).toContain('this deployment may read no bucket: run npm run deploy -- --buckets NAME/PREFIX');
    expect(exitCode).toBe(2);
  });
});
