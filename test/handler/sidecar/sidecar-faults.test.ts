// Sidecars that misbehave: each is a program of a few lines in test/fixtures/.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SidecarError, type SidecarReason } from '../../../handler/errors.ts';
import { Sidecar } from '../../../handler/sidecar/sidecar.ts';
import { eventually, isRunning } from '../helpers.ts';

const PICTURE = Buffer.from('any bytes');
const TIMEOUT_MS = 2_000; // enough for a good start of the fixture on a busy machine

let folder: string;
let sidecar: Sidecar;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fr-faults-'));
  vi.stubEnv('FR_FIXTURE_DIARY', join(folder, 'diary'));
});

afterEach(async () => {
  sidecar.close();
  await eventually(() => expect(starts().filter(isRunning)).toEqual([]));
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** A program of test/fixtures/ of which the first `badStarts` processes misbehave. */
function useFixture(program: string, badStarts: number, timeoutMs = 30_000): void {
  vi.stubEnv('FR_FIXTURE_BAD_STARTS', String(badStarts));
  const sidecarPath = program === 'is-a-folder' ? folder : resolve('test/fixtures', `${program}.mjs`);
  sidecar = new Sidecar({ sidecarPath, timeoutMs, maxPixels: 1_000_000, maxBytes: 1_000_000 });
}

/** The process ids of all that were started, in order. */
function starts(): number[] {
  try {
    return readFileSync(join(folder, 'diary'), 'utf8').trimEnd().split('\n').map(Number);
  } catch {
    return []; // nothing was
  }
}

interface Fault {
  program: string;
  reason: SidecarReason;
  says: string;
}

const deaths: Fault[] = [
  { program: 'dies-at-start', reason: 'exit', says: 'the sidecar ended with status 7: no reason' },
  { program: 'dies-on-request', reason: 'exit', says: 'ended with status 1: fr-sidecar: the disk is full' },
  { program: 'dies-silently', reason: 'exit', says: 'ended with status 0: no reason' },
  { program: 'dies-midway', reason: 'exit', says: 'ended with status 1: no reason' },
  { program: 'is-killed', reason: 'signal', says: 'ended by SIGKILL: try again, or give more memory' },
];

const hangs: Fault[] = [
  { program: 'hangs', reason: 'timeout', says: 'took more than 2 s' },
  { program: 'hangs-midway', reason: 'timeout', says: 'took more than 2 s' },
];

const nonsense: Fault[] = [
  { program: 'answers-garbage', reason: 'output', says: 'sent an answer that cannot be read' },
  { program: 'answers-garbage-without-end', reason: 'output', says: 'sent an answer that cannot be read' },
  { program: 'answers-a-huge-size', reason: 'output', says: 'sent an answer that cannot be read' },
  { program: 'answers-twice', reason: 'output', says: 'sent more than one answer' },
  { program: 'answers-a-short-row', reason: 'output', says: 'a row that cannot be read: 9 cells for' },
  { program: 'answers-other-columns', reason: 'output', says: 'a row that cannot be read: column v15 is not a number' },
  { program: 'answers-a-nan', reason: 'output', says: 'a row that cannot be read: column v100 is not a number' },
];

const unusable: Fault[] = [
  {
    program: 'is-not-there',
    reason: 'missing',
    says: 'is-not-there.mjs cannot be started (ENOENT): run npm run setup',
  },
  { program: 'is-a-folder', reason: 'missing', says: 'cannot be started (EACCES): run npm run setup' },
];

async function expectFailure({ program, reason, says }: Fault): Promise<void> {
  const error = await sidecar.describe(PICTURE).then(
    () => expect.fail(`a sidecar that ${program} has answered`),
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(SidecarError);
  expect(error).toMatchObject({ name: 'SidecarError', code: `SIDECAR_${reason.toUpperCase()}`, reason });
  expect((error as SidecarError).message).toContain(says);
  expect((error as SidecarError).message).not.toContain('\n');
}

for (const fault of deaths) {
  const spoken = fault.program.replaceAll('-', ' ');

  test(`a sidecar that ${spoken} is started again, and the picture is answered`, async () => {
    useFixture(fault.program, 1);
    expect(await sidecar.describe(PICTURE)).toHaveLength(1);
    expect(starts()).toHaveLength(2);
  });

  test(`a sidecar that ${spoken} twice is a SidecarError (${fault.reason}), and the next picture is answered`, async () => {
    useFixture(fault.program, 2);
    await expectFailure(fault);
    expect(starts()).toHaveLength(2);
    expect(await sidecar.describe(PICTURE)).toHaveLength(1);
    expect(starts()).toHaveLength(3);
  });
}

for (const fault of nonsense) {
  const spoken = fault.program.replaceAll('-', ' ');

  test(`a sidecar that ${spoken} is a SidecarError (output), and the next picture gets a new one`, async () => {
    useFixture(fault.program, 1);
    await expectFailure(fault);
    expect(starts()).toHaveLength(1);
    expect(await sidecar.describe(PICTURE)).toHaveLength(1);
    expect(starts()).toHaveLength(2);
  });
}

for (const fault of hangs) {
  const spoken = fault.program.replaceAll('-', ' ');

  test(`a sidecar that ${spoken} is ended at the deadline, and the next picture gets a new one`, async () => {
    useFixture(fault.program, 1, TIMEOUT_MS);
    const start = performance.now();
    await expectFailure(fault);
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(TIMEOUT_MS - 10);
    expect(tookMs).toBeLessThan(TIMEOUT_MS + 3_000); // a busy machine may be late
    await eventually(() => expect(starts().filter(isRunning)).toEqual([]));
    expect(await sidecar.describe(PICTURE)).toHaveLength(1);
    expect(starts()).toHaveLength(2);
  });
}

for (const fault of unusable) {
  test(`a sidecar that ${fault.program.replaceAll('-', ' ')} is a SidecarError (missing)`, async () => {
    useFixture(fault.program, 0);
    await expectFailure(fault);
    await expectFailure(fault);
  });
}

test('pictures sent at the same time fail or succeed independently', async () => {
  useFixture('answers-garbage', 1);
  const settled = await Promise.allSettled([1, 2, 3].map(() => sidecar.describe(PICTURE)));
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(starts()).toHaveLength(2);
});

test('a sidecar that gives up on a picture in time is a SidecarError (timeout), and keeps running', async () => {
  useFixture('gives-up', 99);
  for (let i = 0; i < 2; i += 1) {
    await expectFailure({ program: 'gives-up', reason: 'timeout', says: 'took more than 30 s' });
  }
  expect(starts()).toHaveLength(1);
  expect(starts().filter(isRunning)).toHaveLength(1);
});

test('notes on a picture are passed on one at a time, and the next picture is answered', async () => {
  useFixture('adds-notes', 99);
  for (let i = 0; i < 2; i += 1) {
    const notes: string[] = [];
    expect(await sidecar.describe(PICTURE, { onNote: (note) => notes.push(note) })).toHaveLength(1);
    expect(notes).toEqual(['the first note', 'and a second']);
  }
  expect(starts()).toHaveLength(1);
});
