// The live test with the real images, run by the tests' AWS as Lambda would: the only run here that checks real answers.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAMBDA_ARCHITECTURES, localArchitecture } from '../../deploy/names.ts';
import { emptyAccount } from '../aws/account.ts';
import { awsEnvironment, WHY_NO_AWS } from '../aws/helpers.ts';
import { AwsService } from '../aws/service.ts';
import { Storage } from '../aws/storage.ts';
import { ROOT } from '../helpers.ts';
import { bundleLive } from '../live/bundle.ts';
import { describeContainers, packImages, theEngine } from './helpers.ts';
import { Runner } from './lambda.ts';

/** Ten times what it takes on two idle processors. */
const LIMIT_MS = 400_000;
const TIDY_MS = 60_000;
const FOLDER = join(ROOT, 'build', `live-container-${process.pid}`);

describeContainers('npm run test:live, with the real images,', () => {
  let storage: Storage;
  let service: AwsService;
  let runner: Runner;

  beforeAll(async () => {
    if (WHY_NO_AWS) throw new Error(WHY_NO_AWS);
    await bundleLive(FOLDER);
    await packImages(join(FOLDER, 'images'));
    storage = await Storage.start();
    runner = new Runner(theEngine(), storage);
    service = await AwsService.start({ storage, run: runner.run });
  });

  afterAll(async () => {
    await runner?.stop();
    await service?.stop();
    await storage?.stop();
    await rm(FOLDER, { recursive: true, force: true });
  });

  test('passes, and leaves nothing', async () => {
    const consent = ['--yes-this-costs-money', '--arch', LAMBDA_ARCHITECTURES[localArchitecture()]];
    const words = [join(FOLDER, 'live.mjs'), ...consent, '--', '--images', join(FOLDER, 'images')];
    const env = awsEnvironment(service);
    // When told to end, it first destroys what it deployed.
    const bound = { timeout: LIMIT_MS, forceKillAfterDelay: TIDY_MS };
    const { exitCode, stderr } = await execa(process.execPath, words, { cwd: ROOT, env, reject: false, ...bound });
    process.stderr.write(`${stderr}\n`);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/\nlive: 9 passed, 0 failed$/);
    expect(service.account).toEqual(emptyAccount());
  });
});
