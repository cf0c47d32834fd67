// A batch of keys: what is judged, what is left, and what one bad object costs.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BucketLine } from '../../../handler/bucket.ts';
import { ImageError, ModelError, RequestError, SidecarError } from '../../../handler/errors.ts';
import { isBatch, judgeBatch } from '../../../handler/lambda/batch.ts';
import type { Means, Store } from '../../../handler/lambda/batch-items.ts';
import { handler } from '../../../handler/recognizer.ts';
import { newSealKey, seal } from '../../../handler/seal.ts';
import { processSidecar } from '../../../handler/sidecar/sidecar.ts';
import { train } from '../../../handler/trainer.ts';
import { ROOT } from '../../helpers.ts';

const RUN = 'in/fr-results/run-1/';

class Memory implements Store {
  readonly objects = new Map<string, Uint8Array>();
  readonly reads: string[] = [];
  fail: (key: string) => string | undefined = () => undefined;

  async read(_bucket: string, key: string): Promise<Uint8Array> {
    this.reads.push(key);
    const found = this.objects.get(key);
    const name = this.fail(key) ?? (found ? undefined : 'NoSuchKey');
    if (name !== undefined) throw Object.assign(new Error('S3 says no'), { name });
    return found as Uint8Array;
  }

  async write(_bucket: string, key: string, content: string): Promise<void> {
    this.objects.set(key, Buffer.from(content));
  }
}

let store: Memory;
let seals = 0;

beforeEach(() => {
  store = new Memory();
  vi.stubEnv('FR_BUCKETS', 'other,photos/in');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A new run's event; each has its own sealed request, since a function keeps the last one. */
function event(keys: string[], job: object = { query_facevectors: 'AAAA' }, more: object = {}) {
  const key = newSealKey();
  seals += 1;
  const name = `${RUN}job-${seals}.sealed`;
  store.objects.set(name, seal(JSON.stringify(job), key));
  return {
    BatchInput: { bucket: 'photos', results: { bucket: 'photos', run: RUN }, job: { key: name, seal: key } },
    Items: keys.map((one) => ({ key: one, size: 10, etag: `"${one}"` })),
    ...{ First: '', Parts: [], Pass: 0, Judged: 0, Refused: 0, Skipped: 0, Ms: 0, Started: new Date().toISOString() },
    ...more,
  };
}

function means(more: Partial<Means> = {}): Means {
  const judge = async () => ({ face_present: 'True', faces: [] }) as never;
  return { store, judge, stop: () => undefined, remainingMs: () => 60_000, ...more };
}

function lines(part: string | undefined): BucketLine[] {
  const text = Buffer.from(store.objects.get(RUN + part) ?? []).toString('utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const put = (...keys: string[]): void => {
  for (const key of keys) store.objects.set(key, Buffer.from(key));
};

test('judges a real picture as the recognizer does, with a sealed model', async () => {
  const picture = readFileSync(`${ROOT}/test/fixtures/ann.jpg`);
  store.objects.set('in/ann.jpg', picture);
  const { facevectors } = await train(picture);
  const query_facevectors = Buffer.from(facevectors).toString('base64');
  const batch = await judgeBatch(event(['in/ann.jpg'], { query_facevectors }), means({ judge: handler }));
  expect(batch).toMatchObject({ Items: [], Judged: 1, Refused: 0, Skipped: 0, Pass: 1 });
  const alone = await handler({ query_facevectors, base64_image: picture.toString('base64') });
  expect(lines(batch.Parts[0])).toEqual([
    { key: 'in/ann.jpg', etag: '"in/ann.jpg"', answer: alone, ms: expect.any(Number) },
  ]);
  processSidecar().close();
});

test('a bad, a vanished, an archived and a too large object cost only their own answers', async () => {
  put('in/a.jpg', 'in/bad.jpg', 'in/old.jpg', 'in/z.jpg');
  store.fail = (key) => (key === 'in/old.jpg' ? 'InvalidObjectState' : undefined);
  const judge = async ({ base64_image = '' }: { base64_image?: string }) => {
    if (Buffer.from(base64_image, 'base64').toString() === 'in/bad.jpg') throw new ImageError('is noise');
    return { face_present: 'False', faces: [] } as never;
  };
  const asked = event(['in/a.jpg', 'in/bad.jpg', 'in/gone.jpg', 'in/huge.jpg', 'in/old.jpg', 'in/z.jpg']);
  (asked.Items[3] as { size: number }).size = 2 ** 40;
  const batch = await judgeBatch(asked, means({ judge }));
  expect(batch).toMatchObject({ Items: [], Judged: 2, Refused: 4 });
  expect(lines(batch.Parts[0]).map(({ key, answer, error }) => [key, answer?.face_present ?? error?.message])).toEqual([
    ['in/a.jpg', 'False'],
    ['in/bad.jpg', 'is noise'],
    ['in/gone.jpg', 'is gone since the bucket was listed'],
    ['in/huge.jpg', expect.stringMatching(/^is larger than/)],
    ['in/old.jpg', 'is archived: restore it first'],
    ['in/z.jpg', 'False'],
  ]);
  expect(store.reads).not.toContain('in/huge.jpg');
});

test('an empty object costs only its own answer', async () => {
  const model = Buffer.from(`${Array.from({ length: 128 }, () => '0.5').join(',')}\n`).toString('base64');
  store.objects.set('in/empty', new Uint8Array());
  put('in/noise.jpg');
  const asked = event(['in/empty', 'in/noise.jpg'], { query_facevectors: model });
  const batch = await judgeBatch(asked, means({ judge: handler }));
  expect(batch).toMatchObject({ Items: [], Judged: 0, Refused: 2 });
  expect(lines(batch.Parts[0]).map(({ error }) => error?.message)).toEqual([
    'the picture cannot be used: the file is empty',
    expect.stringMatching(/^the picture cannot be used: /),
  ]);
  processSidecar().close();
});

test('a picture that the end of its child cuts short is asked for again, and then told that it came too late', async () => {
  put('in/a.jpg');
  const judge = () => new Promise<never>(() => undefined);
  const Started = new Date(Date.now() - 240_000 + 100).toISOString();
  const first = await judgeBatch(event(['in/a.jpg'], undefined, { Started }), means({ judge }));
  expect(first).toMatchObject({ Items: [{ key: 'in/a.jpg' }], Refused: 0 });
  const second = await judgeBatch(first, means({ judge }));
  expect(second.Parts.flatMap(lines)[0]?.error?.message).toContain('was not judged within four minutes');
});

test('skips what is no picture by its name, as in a folder, without reading it', async () => {
  const pictures = ['in/a.JPG', 'in/b.hif', 'in/c.jfif', 'in/d.heif', 'in/plain'];
  put(...pictures, 'in/notes.txt', 'in/.a.jpg');
  const batch = await judgeBatch(event(['in/', 'in/.a.jpg', ...pictures, 'in/notes.txt', 'in/x.tar.gz']), means());
  expect(batch).toMatchObject({ Judged: 5, Skipped: 4 });
  expect(store.reads).not.toContain('in/notes.txt');
});

test('gives back the keys for which there was no time, and they are judged in the next pass', async () => {
  const keys = ['in/a.jpg', 'in/b.jpg', 'in/c.jpg', 'in/d.jpg'];
  put(...keys);
  let nowMs = Date.now();
  const judge = async () => {
    nowMs += 20_000;
    return { face_present: 'False', faces: [] } as never;
  };
  const endMs = nowMs + 45_000;
  const first = await judgeBatch(event(keys), means({ judge, now: () => nowMs, remainingMs: () => endMs - nowMs }));
  expect(first.Items.map(({ key }) => key)).toEqual(['in/d.jpg']);
  const second = await judgeBatch(first, means({ now: () => nowMs }));
  expect(second).toMatchObject({ Items: [], Judged: 4, Pass: 2 });
  expect(second.Parts.flatMap(lines).map(({ key }) => key)).toEqual(keys);
});

test('ends a picture that takes longer than the call, and gives back the others', async () => {
  put('in/a.jpg', 'in/b.jpg', 'in/c.jpg');
  let stopped = 0;
  const slow = 'in/b.jpg';
  const judge = async ({ base64_image = '' }: { base64_image?: string }) =>
    Buffer.from(base64_image, 'base64').toString() === slow
      ? new Promise<never>(() => undefined)
      : ({ face_present: 'False', faces: [] } as never);
  const stop = () => {
    stopped += 1;
  };
  const first = await judgeBatch(event(['in/a.jpg', slow, 'in/c.jpg']), means({ judge, stop, remainingMs: () => 200 }));
  expect(first.Items.map(({ key }) => key)).toEqual([slow, 'in/c.jpg']);
  // Alone it had all the time there is: it gets an error, and is not asked for again.
  const second = await judgeBatch(first, means({ judge, stop, remainingMs: () => 200 }));
  expect(second.Parts.flatMap(lines).at(1)?.error).toMatchObject({ code: 'SIDECAR_TIMEOUT' });
  expect([...second.Parts.flatMap(lines), ...second.Items].map(({ key }) => key)).toEqual([
    'in/a.jpg',
    slow,
    'in/c.jpg',
  ]);
  expect(stopped).toBe(2);
});

test('judges as many side by side as the function has cores, and writes the answers in the order of the keys', async () => {
  const keys = ['in/a.jpg', 'in/b.jpg', 'in/c.jpg', 'in/d.jpg', 'in/e.jpg'];
  put(...keys);
  let [underWay, most] = [0, 0];
  const judge = async ({ base64_image = '' }: { base64_image?: string }) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const isFirst = Buffer.from(base64_image, 'base64').toString() === 'in/a.jpg';
    await new Promise((resolve) => setTimeout(resolve, isFirst ? 60 : 10));
    underWay -= 1;
    return { face_present: 'False', faces: [] } as never;
  };
  const batch = await judgeBatch(event(keys), means({ judge, atOnce: 2 }));
  expect([most, batch.Judged]).toEqual([2, 5]);
  expect(lines(batch.Parts[0]).map(({ key }) => key)).toEqual(keys);
  expect(store.reads.filter((key) => key.endsWith('.jpg'))).toEqual(keys);
});

test('with two side by side, one that takes longer than the call costs its neighbour nothing', async () => {
  const keys = ['in/a.jpg', 'in/b.jpg', 'in/c.jpg'];
  put(...keys);
  let stopped = 0;
  const judge = async ({ base64_image = '' }: { base64_image?: string }) => {
    if (Buffer.from(base64_image, 'base64').toString() !== 'in/a.jpg')
      return { face_present: 'False', faces: [] } as never;
    return new Promise<never>(() => undefined);
  };
  const stop = () => {
    stopped += 1;
  };
  const batch = await judgeBatch(event(keys), means({ judge, stop, atOnce: 2, remainingMs: () => 200 }));
  expect(batch).toMatchObject({ Items: [], Judged: 2, Refused: 1 });
  expect(lines(batch.Parts[0])[0]).toMatchObject({ key: 'in/a.jpg', error: { code: 'SIDECAR_TIMEOUT' } });
  expect(stopped).toBe(1);
});

test('asks again for what S3 does not give for now, and not for ever', async () => {
  put('in/a.jpg', 'in/b.jpg');
  store.fail = (key) => (key === 'in/a.jpg' ? 'SlowDown' : undefined);
  const first = await judgeBatch(event(['in/a.jpg', 'in/b.jpg']), means());
  expect(first).toMatchObject({ Judged: 1, Items: [{ key: 'in/a.jpg' }] });
  const last = await judgeBatch({ ...first, Pass: 8 }, means());
  expect(last).toMatchObject({ Items: [], Refused: 1 });
});

test('four minutes after the child began, the keys that are left get an error each', async () => {
  put('in/a.jpg', 'in/b.jpg');
  const Started = new Date(Date.now() - 250_000).toISOString();
  const batch = await judgeBatch(event(['in/a.jpg', 'in/b.jpg'], undefined, { Started }), means());
  expect(batch).toMatchObject({ Items: [], Judged: 0, Refused: 2 });
});

test('a batch that runs twice writes the same object', async () => {
  put('in/a.jpg', 'in/b.jpg');
  const asked = event(['in/a.jpg', 'in/b.jpg']);
  const [one, two] = [await judgeBatch(asked, means()), await judgeBatch(asked, means())];
  expect(two.Parts).toEqual(one.Parts);
  expect([...store.objects.keys()].filter((key) => key.includes('/parts/'))).toHaveLength(1);
});

test.each([
  ['a key outside the deployed prefix', { Items: [{ key: 'out/a.jpg', size: 1, etag: '' }] }],
  ['a bucket that is not deployed', { BatchInput: { bucket: 'secret' } }],
  ['results outside the folder of results', { BatchInput: { results: { bucket: 'photos', run: 'in/elsewhere/' } } }],
  ['more than 100 keys', { Items: Array.from({ length: 101 }, (_, i) => ({ key: `in/${i}.jpg`, size: 1, etag: '' })) }],
  ['a field of another type', { Parts: 'none' }],
] as [string, { BatchInput?: object; Items?: object[]; Parts?: unknown }][])('refuses %s', async (_what, change) => {
  const asked = event(['in/a.jpg']);
  const changed = { ...asked, ...change, BatchInput: { ...asked.BatchInput, ...change.BatchInput } };
  await expect(judgeBatch(changed, means())).rejects.toThrow(RequestError);
  expect(store.reads).toEqual([]);
});

test('reads nothing where no bucket was deployed', async () => {
  vi.stubEnv('FR_BUCKETS', '');
  await expect(judgeBatch(event(['in/a.jpg']), means())).rejects.toThrow('--buckets');
});

test.each([
  ['a model that cannot be used', async () => Promise.reject(new ModelError('is of two people')), ModelError],
  ['a sidecar that is not there', async () => Promise.reject(new SidecarError('missing', 'is gone')), SidecarError],
])('fails as a whole for %s', async (_what, judge, kind) => {
  put('in/a.jpg');
  await expect(judgeBatch(event(['in/a.jpg']), means({ judge }))).rejects.toThrow(kind);
});

test('a sealed request that is gone, or is none, fails in one line', async () => {
  const asked = event(['in/a.jpg']);
  store.objects.delete(asked.BatchInput.job.key);
  await expect(judgeBatch(asked, means())).rejects.toThrow('the model of this run cannot be read (NoSuchKey)');
  await expect(judgeBatch(event(['in/a.jpg'], { fmr: 7 }), means())).rejects.toThrow('fmr');
});

test('tells a batch from a picture', () => {
  expect([event([]), {}, null, 'text', { base64_image: '' }].map(isBatch)).toEqual([true, false, false, false, false]);
});
