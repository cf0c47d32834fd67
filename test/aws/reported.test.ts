// The tests' AWS does what people reported of the real services and other stand-ins do not. Each source stands where it is done.
import * as ecr from '@aws-sdk/client-ecr';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import {
  AT_ONCE,
  type Clients,
  connect,
  createFunction,
  createRepository,
  prepare,
  pushRecipe,
  REPOSITORY,
  refusal,
} from './clients.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { tinyImage } from './images.ts';
import type { Settings } from './settings.ts';

describeWithAws("the tests' AWS", (storage) => {
  async function open(settings: Omit<Settings, 'storage'> = {}): Promise<Clients> {
    return connect(await startAws(storage(), settings));
  }

  /** A request to the repository's place in the registry. */
  async function asker({ ecr: client, service }: Clients) {
    const { authorizationData } = await client.send(new ecr.GetAuthorizationTokenCommand({}));
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
    const base = `http://${service.registryHost}/v2/${REPOSITORY}/`;
    return (method: string, place: string, options: RequestInit = {}): Promise<Response> =>
      fetch(new URL(place, base), {
        method,
        redirect: 'manual',
        ...options,
        headers: { authorization, 'content-type': 'application/octet-stream', ...options.headers },
      });
  }

  test('answers 201 to the bytes of a layer, refuses them from 0 again, and ignores a second chunk', async () => {
    const clients = await open();
    await clients.ecr.send(createRepository());
    const ask = await asker(clients);
    const upload = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? '';
    const first = await ask('PATCH', upload, { body: 'twelve bytes' });
    expect([first.status, first.headers.get('range')]).toEqual([201, '0-11']);
    const place = first.headers.get('location') ?? '';
    const again = await ask('PATCH', place, { body: 'twelve bytes' });
    expect(again.status).toBe(416);
    expect(await again.json()).toEqual({
      errors: [{ code: 'BLOB_UPLOAD_INVALID', message: 'First byte of the layer part is 0 instead of 12' }],
    });
    const chunk = await ask('PATCH', place, { body: 'more', headers: { 'content-range': '12-15' } });
    expect([chunk.status, chunk.headers.get('range')]).toEqual([201, '0-11']);
  });

  test('remembers the bytes of an upload whose connection broke', async () => {
    let isCut = false;
    const fault: Settings['fault'] = ({ action }) => {
      if (action !== 'UploadLayerPart' || isCut) return undefined;
      isCut = true;
      return { cutAfter: 4 };
    };
    const clients = await open({ fault });
    await clients.ecr.send(createRepository());
    const ask = await asker(clients);
    const upload = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? '';
    await expect(ask('PATCH', upload, { body: 'twelve bytes' })).rejects.toThrow('fetch failed');
    expect((await ask('PATCH', upload, { body: 'twelve bytes' })).status).toBe(416);
  });

  test('redirects a request for a blob to a store, which refuses a password', async () => {
    const clients = await open();
    await prepare(clients);
    const ask = await asker(clients);
    const [layer] = tinyImage({ content: 'one' }).blobs;
    for (const method of ['HEAD', 'GET']) {
      const told = await ask(method, `blobs/${layer?.digest}`);
      expect(told.status).toBe(307);
      const link = told.headers.get('location') ?? '';
      expect(new URL(link).host).not.toBe(clients.service.registryHost);
      expect((await fetch(link, { method })).status).toBe(200);
      expect((await ask(method, link)).status).toBe(400);
    }
    expect((await ask('HEAD', `blobs/sha256:${'0'.repeat(64)}`)).status).toBe(404);
  });

  test('tells a client that pushes too fast how long to wait', async () => {
    const fault: Settings['fault'] = ({ service }) =>
      service === 'registry'
        ? { code: 'TOOMANYREQUESTS', message: 'Rate exceeded', status: 429, retryAfterS: 2 }
        : undefined;
    const clients = await open({ fault });
    await clients.ecr.send(createRepository());
    const told = await (await asker(clients))('POST', 'blobs/uploads/');
    expect([told.status, told.headers.get('retry-after')]).toEqual([429, '2']);
  });

  test('knows an image and the permission to pull it only after some time', async () => {
    const HOUR_MS = 3_600_000;
    const clients = await open({ temper: { ...AT_ONCE, imageMs: HOUR_MS, policyMs: HOUR_MS } });
    const uri = await prepare(clients);
    const make = (): Promise<string> => refusal(clients.lambda.send(createFunction(uri)));
    expect(await make()).toMatch(/^AccessDeniedException: Lambda does not have permission to access the ECR image\./);
    clients.service.temper.policyMs = 0;
    expect(await make()).toMatch(/^InvalidParameterValueException: Source image \S+ does not exist\./);
    clients.service.temper.imageMs = 0;
    expect(await make()).toBe('no refusal');
  });

  test.each([
    ['orphan', 'MissingParentDirectory: Parent directory does not exist for file: no/entry/content'],
    ['uncompressed', 'ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:'],
  ] as const)('accepts an image with a fault (%s), and then reports it by the state Failed', async (fault, reason) => {
    const clients = await open({ temper: AT_ONCE });
    const uri = await prepare(clients, { content: 'one', fault });
    await clients.lambda.send(createFunction(uri));
    const about = (): Promise<lambda.GetFunctionConfigurationCommandOutput> =>
      clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName: 'sees' }));
    expect(await about()).toMatchObject({
      State: 'Failed',
      StateReasonCode: 'InvalidImage',
      StateReason: expect.stringContaining(reason),
    });
    await clients.lambda.send(new lambda.DeleteFunctionCommand({ FunctionName: 'sees' }));
    const good = await pushRecipe(clients, { content: 'good' }, 'good');
    await clients.lambda.send(createFunction(good.uri));
    await clients.lambda.send(new lambda.UpdateFunctionCodeCommand({ FunctionName: 'sees', ImageUri: uri }));
    expect(await about()).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'Failed',
      LastUpdateStatusReasonCode: 'InvalidImage',
    });
  });

  test('reports the tag that was asked for, and the digest that runs', async () => {
    const clients = await open({ temper: AT_ONCE });
    const uri = await prepare(clients);
    const asked = uri.replace(/@.*/, ':one');
    await clients.lambda.send(createFunction(asked));
    const { Code } = await clients.lambda.send(new lambda.GetFunctionCommand({ FunctionName: 'sees' }));
    expect(Code).toMatchObject({ ImageUri: asked, ResolvedImageUri: uri });
  });
});
