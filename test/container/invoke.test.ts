// Both images under a Runtime API like Lambda's: requests of the original's clients, failures, recovery.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { docker } from '../../deploy/image/engine.ts';
import { imageName, localArchitecture } from '../../deploy/names.ts';
import { DIST, demoPhoto, ROOT, start } from '../helpers.ts';
import { LambdaFunction } from './function.ts';
import { describeContainers, startFunction, theEngine } from './helpers.ts';
import { MAX_PAYLOAD_BYTES } from './runtime-api.ts';

// Each wait for a function has its own limit, at most a minute.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 });

const GROUP = readFileSync(demoPhoto(3));
const OTHERS = readFileSync(demoPhoto(1));
const PHONE = join(ROOT, 'test/fixtures/heic/ann-phone.heic');
const GREY = { width: 64, height: 64, channels: 3, background: '#888' } as const;

/** As Python 2's base64.encodestring writes it: a line break after every 76 letters. */
function python(bytes: Buffer | string): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');
}

/** A PNG whose header promises 10,000 megapixels and which holds none. */
async function bomb(): Promise<Buffer> {
  const png = await sharp({ create: GREY }).png().toBuffer();
  png.writeUInt32BE(100_000, 16);
  png.writeUInt32BE(100_000, 20);
  return png;
}

describeContainers('the trainer as an image', () => {
  let trainer: LambdaFunction;
  const request = { base64_image: python(GROUP), face: 2 };
  let model = '';

  beforeAll(async () => {
    trainer = await startFunction('trainer');
    expect(await trainer.ready()).toBeUndefined();
    model = (await start('fr-train', ['--local', '--face', '2', demoPhoto(3)])).stdout;
  });
  afterAll(() => trainer?.stop());

  const works = async (): Promise<void> => {
    const { kind, text } = await trainer.invoke(request);
    expect(kind, text.slice(0, 500)).toBe('response');
    expect(JSON.parse(text).facevectors.trimEnd()).toBe(model.trimEnd());
  };

  test('has its weights in memory before it asks for an event, so that a SnapStart snapshot contains them', async () => {
    const sidecar = (await trainer.processes()).find(({ name }) => name === 'fr-sidecar');
    const maps = readFileSync(`/proc/${sidecar?.pid}/smaps`, 'utf8');
    const [, residentKb] = /fr-sidecar\.weights\n(?:.*\n)*?Rss:\s+(\d+) kB/.exec(maps) ?? [];
    expect(Number(residentKb) * 1024).toBeGreaterThanOrEqual(statSync(join(DIST, 'native/fr-sidecar.weights')).size);
  });

  test('answers byte for byte what fr-train prints', works);

  test('answers a HEIC of a phone byte for byte as fr-train does', async () => {
    const printed = (await start('fr-train', ['--local', PHONE])).stdout;
    const { kind, text } = await trainer.invoke({ base64_image: python(readFileSync(PHONE)) });
    expect(kind, text.slice(0, 500)).toBe('response');
    expect(JSON.parse(text).facevectors.trimEnd()).toBe(printed.trimEnd());
  });

  test('answers the same after it was frozen for seconds', async () => {
    await new Promise((wake) => setTimeout(wake, 3000));
    await works();
  });

  test.each([
    ['an event that is not JSON', async () => 'not JSON', 'RequestError', 'BAD_REQUEST'],
    ['an event of another type', async () => [1, 2], 'RequestError', 'BAD_REQUEST'],
    ['a picture of another type', async () => ({ base64_image: 7 }), 'RequestError', 'BAD_REQUEST'],
    ['a picture that is not base64', async () => ({ base64_image: '?' }), 'RequestError', 'BAD_REQUEST'],
    ['noise in place of a picture', async () => ({ base64_image: python('noise') }), 'ImageError', 'UNUSABLE_PICTURE'],
    ['a bomb picture', async () => ({ base64_image: python(await bomb()) }), 'ImageError', 'UNUSABLE_PICTURE'],
    [
      'a picture without a face',
      async () => ({ base64_image: python(await sharp({ create: GREY }).png().toBuffer()) }),
      'NoFaceError',
      'NO_FACE',
    ],
    ['a picture of several', async () => ({ base64_image: python(OTHERS) }), 'ManyFacesError', 'MANY_FACES'],
  ])('answers %s with a typed error, and then works', async (_, event, errorType, code) => {
    const { kind, text } = await trainer.invoke(await event());
    const error = JSON.parse(text);
    expect({ kind, errorType: error.errorType, code: error.code }).toEqual({ kind: 'error', errorType, code });
    expect(Object.keys(error)).toEqual(['errorType', 'errorMessage', 'trace', 'code']);
    expect(error.trace[0]).toContain(error.errorMessage);
    await works();
  });

  test('takes an event of 6 MB, and Lambda refuses a larger one', async () => {
    const event = (bytes: number): string => {
      const rest = JSON.stringify({ base64_image: '' }).length;
      return JSON.stringify({ base64_image: 'A'.repeat(Math.floor((bytes - rest) / 4) * 4) });
    };
    const taken = await trainer.invoke(event(MAX_PAYLOAD_BYTES));
    expect(JSON.parse(taken.text).errorType).toBe('ImageError');
    const refused = await trainer.invoke(event(MAX_PAYLOAD_BYTES + 8));
    expect(refused.kind).toBe('refused');
    await works();
  });

  test('recovers when the sidecar is killed', async () => {
    await trainer.thaw();
    for (const { pid, name } of await trainer.processes()) if (name === 'fr-sidecar') process.kill(pid, 'SIGKILL');
    await works();
    const processes = await trainer.processes();
    expect(processes.map(({ name }) => name).sort()).toEqual(['fr-sidecar', 'node']);
    expect(processes.filter(({ state }) => state.startsWith('Z'))).toEqual([]);
  });

  test('runs as an unprivileged user without HOME and writes nothing', async () => {
    const environment = await trainer.evaluate('fs.readFileSync("/proc/1/environ", "utf8")');
    expect(environment).toMatch(/AWS_LAMBDA_RUNTIME_API=/);
    expect(environment).not.toMatch(/HOME=/);
    expect(await trainer.evaluate('process.getuid()')).toBe('993');
    expect(await trainer.evaluate('fs.readdirSync("/tmp").join()')).toBe('');
  });

  test('logs a failure as the official client does, and no picture', async () => {
    const log = await trainer.docker('logs', trainer.id);
    const line = /^\d{4}-.*Z\t[0-9a-f-]{36}\tERROR\tInvoke Error\t(\{"errorType":"NoFaceError".*\})$/m.exec(log);
    expect(JSON.parse(line?.[1] ?? '{}').errorType).toBe('NoFaceError');
    expect(log).not.toContain(GROUP.toString('base64').slice(1000, 1060));
    expect(log.length).toBeLessThan(20_000);
  });
});

describeContainers('the recognizer as an image', () => {
  let recognizer: LambdaFunction;
  let model: Buffer;

  beforeAll(async () => {
    recognizer = await startFunction('recognizer');
    expect(await recognizer.ready()).toBeUndefined();
    const { stdout } = await start('fr-train', ['--local', '--face', '2', demoPhoto(3)]);
    model = Buffer.from(stdout);
  });
  afterAll(() => recognizer?.stop());

  test.each([1, 2, 3])('answers demo photograph %i byte for byte as the handler here does', async (number) => {
    const photo = readFileSync(demoPhoto(number));
    const event = { base64_image: python(photo), query_facevectors: python(model), explain: true };
    const { kind, text } = await recognizer.invoke(event);
    expect(kind, text.slice(0, 500)).toBe('response');
    const { handler } = await import('../../handler/recognizer.ts');
    expect(text).toBe(JSON.stringify(await handler(event)));
    const { processSidecar } = await import('../../handler/sidecar/sidecar.ts');
    processSidecar().close();
  });

  test('answers an AVIF', async () => {
    const avif = await sharp(demoPhoto(3)).avif({ effort: 0 }).toBuffer();
    const { kind, text } = await recognizer.invoke({ base64_image: python(avif), query_facevectors: python(model) });
    expect(kind, text.slice(0, 500)).toBe('response');
    expect(JSON.parse(text)).toMatchObject({ face_present: 'True' });
  });

  test('answers False where there is no face', async () => {
    const grey = await sharp({ create: GREY }).png().toBuffer();
    const { text } = await recognizer.invoke({ base64_image: python(grey), query_facevectors: python(model) });
    expect(JSON.parse(text).face_present).toBe('False');
  });

  test('answers a damaged model with ModelError', async () => {
    const { text } = await recognizer.invoke({ base64_image: python(OTHERS), query_facevectors: python('1,2,3') });
    expect(JSON.parse(text).errorType).toBe('ModelError');
  });

  test('can be timed out by Lambda, and a new environment works', async () => {
    const event = { base64_image: python(OTHERS), query_facevectors: python(model) };
    await recognizer.thaw();
    for (const { pid, name } of await recognizer.processes()) if (name === 'fr-sidecar') process.kill(pid, 'SIGSTOP');
    const { kind, text } = await recognizer.invoke(event, { timeoutMs: 2000 });
    expect(kind, text).toBe('timeout');
    expect(JSON.parse(text).errorMessage).toMatch(/Task timed out after 2.00 seconds$/);
    await recognizer.stop(); // Lambda drops the environment
    recognizer = await startFunction('recognizer');
    expect((await recognizer.invoke(event)).kind).toBe('response');
  });
});

describeContainers('an image that cannot start', () => {
  test('tells Lambda why, and ends', async () => {
    const broken = await startFunction('trainer', { env: { FR_SIDECAR: '/nowhere' } });
    const { body = '', headers = {} } = (await broken.ready()) ?? {};
    const status = await broken.docker('wait', broken.id);
    await broken.stop();
    expect(JSON.parse(body)).toMatchObject({ errorType: 'SidecarError', code: 'SIDECAR_MISSING', reason: 'missing' });
    expect(headers['lambda-runtime-function-error-type']).toBe('SidecarError');
    expect(status).toBe('1');
  });
});

describeContainers('a function under test', () => {
  /** Runs work with an image that is the trainer's but for some lines more; then no container of it may be left. */
  async function withImage(lines: string, work: (image: string) => Promise<void>): Promise<void> {
    const image = `fr-invoke-${process.pid}`;
    const recipe = `FROM ${imageName('trainer', localArchitecture())}\n${lines}\n`;
    await docker(theEngine(), ['build', '--network', 'none', '--tag', image, '-'], { input: recipe });
    try {
      await work(image);
      expect(await docker(theEngine(), ['ps', '--all', '--quiet', '--filter', `ancestor=${image}`])).toBe('');
    } finally {
      await docker(theEngine(), ['image', 'rm', image]);
    }
  }

  test('is started only when its Runtime API listens', async () => {
    const slow = "process.argv[1]?.endsWith('runtime-api.ts')&&await(new(Promise)(go=>setTimeout(go,3000)))";
    await withImage(`ENV NODE_OPTIONS="--import=data:text/javascript,${slow}"`, async (image) => {
      const trainer = await LambdaFunction.start(theEngine(), image);
      try {
        expect(await trainer.ready()).toBeUndefined();
      } finally {
        await trainer.stop();
      }
    });
  });

  test('that ends at once ends every wait for it within seconds, and shows its log', async () => {
    const entry = ['/usr/local/bin/node', '-e', "console.error('out of luck'); process.exitCode = 7"];
    await withImage(`ENTRYPOINT ${JSON.stringify(entry)}`, async (image) => {
      const ends = await LambdaFunction.start(theEngine(), image);
      try {
        const startMs = performance.now();
        await expect(ends.ready()).rejects.toThrow(/ended with status 7:\nout of luck/);
        await expect(ends.invoke({})).rejects.toThrow(/ended with status 7:\nout of luck/);
        expect(performance.now() - startMs).toBeLessThan(20_000);
      } finally {
        await ends.stop();
      }
    });
  });

  test('whose Runtime API ends at once is not started, and the log says why', async () => {
    await withImage('ENV NODE_OPTIONS="--require=/nowhere.cjs"', async (image) => {
      const startMs = performance.now();
      const started = LambdaFunction.start(theEngine(), image);
      await expect(started).rejects.toThrow(/Runtime API ended with status 1:.*nowhere\.cjs/s);
      expect(performance.now() - startMs).toBeLessThan(20_000);
    });
  });
});
