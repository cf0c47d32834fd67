// The recognizer's bundle as its image starts it: what reads S3 is a file beside it, which only a batch of keys needs.
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { RuntimeApi } from '../../container/runtime-api.ts';
import { ROOT, scratchFolder } from '../../helpers.ts';
import { SIDECAR } from '../helpers.ts';

/** As Dockerfile.recognizer makes them. */
async function makeTask(): Promise<string> {
  const folder = await scratchFolder();
  const common = { absWorkingDir: ROOT, bundle: true, platform: 'node', format: 'cjs', target: 'node20' } as const;
  await build({
    ...{ ...common, entryPoints: ['handler/lambda/recognizer.ts'], outfile: join(folder, 'bundle.js') },
    banner: { js: '(function(require,file){const url=require("node:url").pathToFileURL(file);' },
    ...{ footer: { js: '})' }, define: { 'import.meta.url': 'url' } },
  });
  await build({ ...common, entryPoints: ['handler/lambda/s3.ts'], outfile: join(folder, 's3.js') });
  copyFileSync(join(ROOT, 'handler/lambda/start.cjs'), join(folder, 'start.cjs'));
  copyFileSync(join(ROOT, 'handler/cohort.bin'), join(folder, 'cohort.bin'));
  return folder;
}

const BATCH = {
  BatchInput: { bucket: 'photos', results: { bucket: 'photos', run: '' }, job: { key: '', seal: '' } },
  Items: [{ key: 'a.jpg', size: 1, etag: '' }],
  ...{ First: '', Parts: [], Pass: 0, Judged: 0, Refused: 0, Skipped: 0, Ms: 0, Started: new Date().toISOString() },
};

test('a start and a picture need no S3 client, and the first batch loads it', async () => {
  const folder = await makeTask();
  expect(readFileSync(join(folder, 'bundle.js'), 'utf8')).not.toContain('GetObjectCommand');
  const api = new RuntimeApi();
  await api.listen({ port: 0, host: '127.0.0.1' });
  const host = `127.0.0.1:${(api.server.address() as AddressInfo).port}`;
  const env = { AWS_LAMBDA_RUNTIME_API: host, FR_SIDECAR: SIDECAR, AWS_REGION: 'eu-west-1', FR_BUCKETS: 'other' };
  const running = execa(process.execPath, [join(folder, 'start.cjs')], { env, reject: false });
  onTestFinished(async () => {
    running.kill();
    api.server.closeAllConnections();
    api.server.close();
    await running;
  });
  const ask = async (event: object): Promise<{ errorType: string; errorMessage: string }> =>
    JSON.parse((await api.invoke(JSON.stringify(event))).body);
  rmSync(join(folder, 's3.js'));
  expect(await ask({ base64_image: 'AAAA', query_facevectors: 'AAAA' })).toMatchObject({ errorType: 'ModelError' });
  expect((await ask(BATCH)).errorMessage).toContain("Cannot find module './s3.js'");
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    entryPoints: ['handler/lambda/s3.ts'],
    outfile: join(folder, 's3.js'),
  });
  expect((await ask(BATCH)).errorMessage).toContain('a key is outside the buckets of this deployment');
});
