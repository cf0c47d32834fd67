// The live test itself, as a process on the tests' AWS with images that only pretend: what it says and what it leaves.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { emptyAccount, type Invocation, type Outcome } from '../aws/account.ts';
import { pretend } from '../aws/deployer.ts';
import { awsEnvironment, describeWithAws, startAws } from '../aws/helpers.ts';
import { writeLayout } from '../aws/images.ts';
import type { AwsService } from '../aws/service.ts';
import type { Settings } from '../aws/settings.ts';
import { demoPhoto, ROOT } from '../helpers.ts';
import { bundleLive } from './bundle.ts';

const FOLDER = join(ROOT, 'build', `live-test-${process.pid}`);
const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };
const CONSENT = '--yes-this-costs-money';
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** What is right for the two pictures that the live test sends. */
const RIGHT = new Map([
  [digest(readFileSync(demoPhoto(1))), 'True'],
  [digest(readFileSync(demoPhoto(2))), 'False'],
]);

/** Answers as the real functions do: to deploy's try-out, and to the live test's pictures. */
async function act(invocation: Pick<Invocation, 'name' | 'payload'>): Promise<Outcome> {
  const outcome = await pretend(invocation);
  const { base64_image } = JSON.parse(invocation.payload.toString('utf8'));
  const face_present = RIGHT.get(digest(Buffer.from(base64_image, 'base64')));
  const answer = { ...JSON.parse(outcome.text), ...(face_present === undefined ? {} : { face_present }), advice: [] };
  return { ...outcome, text: JSON.stringify(answer) };
}

function isStranger({ payload }: Pick<Invocation, 'payload'>): boolean {
  const { query_facevectors = '' } = JSON.parse(payload.toString('utf8'));
  const rows = Buffer.from(query_facevectors, 'base64').toString('utf8').split('\n');
  return rows.filter((row) => row !== '' && !row.startsWith('#')).length === 1;
}

let layout = '';

beforeAll(async () => {
  await bundleLive(FOLDER);
  layout = await writeLayout(join(FOLDER, 'images'), 'amd64', {
    trainer: { content: 'trainer' },
    recognizer: { content: 'recognizer' },
  });
});
afterAll(() => rm(FOLDER, { recursive: true, force: true }));

/** Starts the live test, with empty images. */
function startLive(service: AwsService, words: string[] = [CONSENT]) {
  const all = [...words, '--arch', 'x86_64', '--', '--images', layout];
  return execa(process.execPath, [join(FOLDER, 'live.mjs'), ...all], {
    cwd: ROOT,
    env: { ...awsEnvironment(service), AWS_MAX_ATTEMPTS: '3' },
    reject: false,
  });
}

// Each test is up to a dozen processes, one after the other.
vi.setConfig({ testTimeout: 240_000 });

describeWithAws('npm run test:live', (storage) => {
  const begin = (settings: Partial<Settings> = {}): Promise<AwsService> =>
    startAws(storage(), { run: act, temper: AT_ONCE, ...settings });

  test('asks AWS nothing until it is told that it may cost money', async () => {
    const service = await begin();
    const { exitCode, stderr } = await startLive(service, []);
    expect(stderr).toMatch(/^live: nothing is done without --yes-this-costs-money\n/);
    expect({ exitCode, calls: service.calls }).toEqual({ exitCode: 2, calls: [] });
  });

  test('passes each step, sends 50 pictures at once, leaves nothing and says what it cost', async () => {
    const service = await begin();
    const { exitCode, stderr } = await startLive(service);
    expect(exitCode, stderr).toBe(0);
    const steps = [...stderr.matchAll(/^live: ok {2}(.*?)( \([\d.]+ s\))?$/gm)].map(([, title]) => title);
    expect(steps).toEqual([
      'deploys, and its own try-out passes',
      'has nothing to do when deployed again',
      'trains on one face of a group',
      'answers True for another picture that shows her',
      'answers False for a picture that does not',
      'answers 50 pictures that come at once',
      'changes the memory to 2048 MB and nothing else',
      'answers True with that memory, at its price',
      'is destroyed: AWS itself knows of no function, log group, role or repository of it',
    ]);
    expect(stderr).toMatch(/^live: it cost about USD 0\.\d{4} at AWS's list prices/m);
    expect(stderr).toMatch(/\nlive: 9 passed, 0 failed$/);
    // Three deploys of six calls, one training, three pictures, and the fifty.
    expect(service.calls.filter(({ action }) => action === 'Invoke')).toHaveLength(18 + 1 + 3 + 50);
    expect(service.account).toEqual(emptyAccount());
  });

  test('passes in an account that runs few calls at a time and refuses more', async () => {
    let refused = 0;
    const service = await begin({
      fault: ({ action }) => {
        // Of the fifty: what comes first is training, three pictures and deploy's own calls.
        const invoked = service.calls.filter((call) => call.action === 'Invoke').length;
        if (action !== 'Invoke' || invoked < 16 || refused === 150) return undefined;
        refused += 1;
        return { code: 'Throttled', message: 'Rate Exceeded.' };
      },
    });
    const { exitCode, stderr } = await startLive(service);
    expect(stderr).toContain('; 150 calls were sent again\n');
    expect(stderr).not.toContain('Warning');
    expect(exitCode, stderr).toBe(0);
  });

  test('names the step that fails, skips the rest, and destroys nevertheless', async () => {
    const answerTrue = async (invocation: Invocation): Promise<Outcome> => {
      const outcome = await act(invocation);
      return { ...outcome, text: outcome.text.replace('"False"', '"True"') };
    };
    const service = await begin({
      // Deploy's try-out asks about a stranger, the only model of one row.
      run: (invocation) => (isStranger(invocation) ? act(invocation) : answerTrue(invocation)),
    });
    const { exitCode, stderr } = await startLive(service);
    expect(stderr).toContain(
      'live: FAILED: answers False for a picture that does not: answer and exit status: ["True",0] in place of ["False",1]\n',
    );
    expect(stderr).toMatch(/\nlive: 5 passed, 1 failed$/);
    expect(stderr).not.toContain('pictures that come at once');
    expect(exitCode).toBe(1);
    expect(service.account).toEqual(emptyAccount());
  });

  test('destroys when a signal stops it during a deploy, and no signal stops that', async () => {
    let stop = (): void => undefined;
    const service = await begin({
      fault: ({ action }) => {
        if (action === 'CreateFunction' || action === 'DeleteFunction') stop();
        return undefined;
      },
    });
    const live = startLive(service);
    stop = () => void live.kill('SIGINT');
    const { exitCode, stderr } = await live;
    expect(stderr).toMatch(/^live: stopped: destroying stage live-[0-9a-f]{8} first$/m);
    expect(stderr).toMatch(/^live: stage live-[0-9a-f]{8} is being destroyed: wait$/m);
    expect(stderr).toMatch(/^live: ok {2}is destroyed/m);
    expect(exitCode, stderr).toBe(130);
    expect(service.account).toEqual(emptyAccount());
  });

  test('says what is left when it cannot destroy', async () => {
    const service = await begin({
      fault: ({ action }) =>
        action === 'DeleteRepository' ? { code: 'AccessDenied', message: 'no deleting' } : undefined,
    });
    const { exitCode, stderr } = await startLive(service);
    const [, stage] = /stage (live-[0-9a-f]{8})/.exec(stderr) ?? [];
    expect(stderr).toContain(
      `live: FAILED: left of stage ${stage}: repository serverless-face-recognition-${stage}: it may cost money: npm run destroy -- --stage ${stage}\n`,
    );
    expect(exitCode).toBe(1);
    expect(Object.keys(service.account.repositories)).toEqual([`serverless-face-recognition-${stage}`]);
  });
});
