// Many hostile pictures through one worker with limited address space: each ends soon, with little memory and one line.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { nobody, portrait, SIDECAR } from '../helpers.ts';
import { jpegs } from '../hostile/jpeg.ts';
import { others } from '../hostile/others.ts';
import { pngs } from '../hostile/png.ts';

const MAX_BYTES = 600e6;
const ADDRESS_SPACE_KIB = 750 * 1024; // includes the program, the weights and the threads' stacks
const MAX_MS = 30_000;
const OWN_TIMEOUT_MS = 20_000;
// Sanitizers use terabytes of address space, so it cannot be limited.
const SANITIZED = readFileSync(SIDECAR).includes('__asan_init');

interface Answer {
  status: number;
  text: string;
  notes: string;
}

/** A worker, used by its own protocol. */
class RawWorker {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(words: string[], addressSpaceKib?: number) {
    const bound = addressSpaceKib === undefined ? '' : `ulimit -v ${addressSpaceKib} && `;
    const script = `ulimit -c unlimited 2>/dev/null; ${bound}exec "$0" "$@"`;
    this.#process = spawn('sh', ['-c', script, SIDECAR, '--worker', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin.on('error', () => undefined);
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.#process.on('close', () => this.#wake());
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  async ask(picture: Buffer, words = ''): Promise<Answer> {
    this.#process.stdin.write(`${picture.length}${words}\n`);
    this.#process.stdin.write(picture);
    const deadline = AbortSignal.timeout(MAX_MS);
    const late = () => this.#wake();
    deadline.addEventListener('abort', late);
    const head = await this.#take(() => this.#received.indexOf('\n') + 1 || undefined, deadline);
    const [, status, size, noteSize = 0] =
      /^([0123]) (\d+)(?: (\d+))?\n$/.exec(head) ?? expect.fail(`answered ${head}`);
    const text = await this.#take(() => Number(size), deadline);
    const notes = await this.#take(() => Number(noteSize), deadline);
    deadline.removeEventListener('abort', late);
    expect(this.#received).toHaveLength(0);
    return { status: Number(status), text, notes };
  }

  /** Waits until `size` gives a number, then for that many bytes. */
  async #take(size: () => number | undefined, deadline: AbortSignal): Promise<string> {
    for (;;) {
      const wanted = size();
      if (wanted !== undefined && this.#received.length >= wanted) {
        const text = this.#received.toString('utf8', 0, wanted);
        this.#received = this.#received.subarray(wanted);
        return text;
      }
      if (deadline.aborted) expect.fail(`no answer within ${MAX_MS} ms`);
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        expect.fail(`the worker has ended (${this.#process.exitCode ?? this.#process.signalCode})`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The peak memory of a process, in bytes. */
function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function isOneClearLine(text: string): boolean {
  return text.length > 10 && text.length < 300 && !/\p{Cc}/u.test(text);
}

test('each of 400 hostile pictures soon ends with one line and little memory, and a good picture after it is answered', {
  timeout: 600_000,
}, async () => {
  if (SANITIZED) console.log('the sidecar is sanitized: its address space is not bounded, nor its memory judged');
  const good = await (await portrait('ann', 130)).jpeg().toBuffer();
  const zoo = [...pngs(), ...(await jpegs(await (await portrait('ann', 432)).png().toBuffer())), ...(await others())];
  expect(zoo.length).toBeGreaterThan(400);
  const worker = new RawWorker(['--timeout-ms', String(OWN_TIMEOUT_MS)], SANITIZED ? undefined : ADDRESS_SPACE_KIB);
  const expected = await worker.ask(good);
  expect(expected).toMatchObject({ status: 0, notes: '' });
  const statuses = [0, 0, 0, 0];
  const wrong: string[] = [];
  let slowest = { name: '', ms: 0 };
  let largest = { name: 'the good picture', bytes: peakBytes(worker.pid) };
  for (const { name, make, heavy } of zoo) {
    const picture = await make();
    const startMs = performance.now();
    const { status, text } = await worker.ask(picture, ' --probe');
    const ms = performance.now() - startMs;
    const bytes = peakBytes(worker.pid);
    if (ms > slowest.ms) slowest = { name, ms };
    if (bytes > largest.bytes) largest = { name, bytes };
    statuses[status] = (statuses[status] as number) + 1;
    if (status === 0 ? !text.startsWith('left,top,') : !isOneClearLine(text)) wrong.push(`${name}: says ${text}`);
    if (status === 3 && !heavy) wrong.push(`${name}: took ${ms.toFixed(0)} ms`);
    if ((await worker.ask(good)).text !== expected.text)
      wrong.push(`${name}: the good picture has another answer after it`);
  }
  const [used, outOfMemory, refused, late] = statuses;
  console.log(
    `${zoo.length} hostile pictures: ${used} used, ${refused} refused, ${outOfMemory} out of memory, ${late} out of time; ` +
      `slowest ${slowest.name}: ${(slowest.ms / 1000).toFixed(1)} s; most memory ${(largest.bytes / 1e6).toFixed(0)} MB: ${largest.name}`,
  );
  expect(wrong).toEqual([]);
  expect(slowest.ms).toBeLessThan(MAX_MS);
  if (!SANITIZED) expect(largest.bytes).toBeLessThan(MAX_BYTES);
  expect(used).toBeGreaterThan(30);
  expect(refused).toBeGreaterThan(200);
});

test('a picture that takes too long is refused, and the worker keeps running', async () => {
  const worker = new RawWorker(['--timeout-ms', '1']);
  const noise = await nobody(800).png().toBuffer();
  const pid = worker.pid;
  for (let i = 0; i < 3; i += 1) {
    expect(await worker.ask(noise)).toEqual({
      status: 3,
      text: 'the picture takes more than 0.001 s: shrink it or raise the limit',
      notes: '',
    });
  }
  expect(peakBytes(pid)).toBeGreaterThan(0);
});

test('a picture that needs too much memory is read to its end and refused, and the next is answered', async () => {
  const worker = new RawWorker(['--max-bytes', String(2 ** 40)], SANITIZED ? undefined : 300 * 1024);
  const good = await (await portrait('ann', 130)).jpeg().toBuffer();
  const { text } = await worker.ask(good);
  // More than the address space holds; sent for real.
  expect(await worker.ask(Buffer.alloc(320 * 2 ** 20))).toMatchObject(
    SANITIZED ? { status: 2 } : { status: 1, text: 'out of memory: use a smaller picture or give more memory' },
  );
  expect(await worker.ask(good)).toEqual({ status: 0, text, notes: '' });
});

test('of more than 1,000 faces the best-scored are kept, and a note says so', async () => {
  const worker = new RawWorker(['--timeout-ms', '100000']);
  // Large enough that HOG finds the faces: of places found only by BlazeFace, at most 300 are confirmed.
  const input = await (await portrait('ann', 130)).png().toBuffer();
  const background = { create: { width: 130 * 40, height: 130 * 40, channels: 3, background: '#888' } } as const;
  const crowd = await sharp(background)
    .composite([{ input, tile: true }])
    .jpeg()
    .toBuffer();
  const { status, text, notes } = await worker.ask(crowd);
  expect(status).toBe(0);
  expect(text.trimEnd().split('\n')).toHaveLength(1 + 1_000);
  expect(notes).toBe('the picture may show more faces: only the 1000 that the detector is surest of are used\n');
});

test('a sidecar that crashes leaves no core file', async () => {
  const worker = new RawWorker([]);
  await worker.ask(Buffer.from('text'));
  const limits = readFileSync(`/proc/${worker.pid}/limits`, 'utf8');
  expect(limits).toMatch(/^Max core file size +0 +0 /m);
});
