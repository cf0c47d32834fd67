// The whole way with the real images: deploy to the tests' AWS, whose Lambda runs what was pushed, use, destroy.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveImage, withFolder } from '../../deploy/image/archive.ts';
import { docker } from '../../deploy/image/engine.ts';
import { packLayers } from '../../deploy/image/pack.ts';
import { imageName, LAMBDA_ARCHITECTURES, localArchitecture } from '../../deploy/names.ts';
import { emptyAccount } from '../aws/account.ts';
import { runDeployer } from '../aws/deployer.ts';
import { awsEnvironment, WHY_NO_AWS } from '../aws/helpers.ts';
import { inventory } from '../aws/inventory.ts';
import { AwsService } from '../aws/service.ts';
import { DEPLOYER } from '../aws/settings.ts';
import { Storage } from '../aws/storage.ts';
import { demoPhoto, start, WOMAN } from '../helpers.ts';
import { describeContainers, packImages, theEngine } from './helpers.ts';
import { Runner } from './lambda.ts';

const ARCHITECTURE = localArchitecture();
const GROUP = demoPhoto(1);
const WHERE = 'running on AWS Lambda: account 123456789012, Region eu-west-1, stage (none)';

describeContainers('a deployment of the real images', () => {
  let folder: string;
  let layout: string;
  let record: string;
  let storage: Storage;
  let service: AwsService;
  let runner: Runner;

  beforeAll(async () => {
    if (WHY_NO_AWS) throw new Error(WHY_NO_AWS);
    folder = await mkdtemp(join(tmpdir(), 'fr-deploy-'));
    [layout, record] = [join(folder, 'images'), join(folder, 'deployment.json')];
    await packImages(layout);
    storage = await Storage.start();
    runner = new Runner(theEngine(), storage);
    service = await AwsService.start({
      storage,
      run: runner.run,
      temper: { pendingMs: 300, updateMs: 300, roleMs: 500 },
    });
  });

  afterAll(async () => {
    await runner?.stop();
    await service?.stop();
    await storage?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(program: 'up' | 'down', ...words: string[]): Promise<{ stdout: string; stderr: string }> {
    service.calls.length = 0;
    const up = ['--images', layout, '--arch', LAMBDA_ARCHITECTURES[ARCHITECTURE]];
    const all = [...(program === 'up' ? up : []), '--yes', ...words];
    const answer = await runDeployer(service, program, all, { record });
    expect(answer.exitCode, answer.stderr).toBe(0);
    return answer;
  }

  /** The environment in which the command lines find the deployment. */
  const there = (): Record<string, string> => ({ ...awsEnvironment(service), FR_DEPLOYMENT: record });

  test('deploys with no more than the policy that --plan prints, and tries it out', async () => {
    const { stdout } = await run('up', '--plan');
    service.people[0] = { ...DEPLOYER, policy: JSON.parse(stdout) };
    const { stderr } = await run('up', '--snapstart');
    expect(stderr).toContain('verified on live: trains a drawn face, recognises it, and no stranger');
    expect(stderr).toContain('verified unqualified');
    process.stderr.write(`${stderr}\n`);
  });

  test('trains and recognises there, and answers byte for byte as on this machine', async () => {
    const trainer = await Promise.all(
      ['--remote', '--local'].map((place) => start('fr-train', [WOMAN, place, '-q'], { env: there() })),
    );
    expect(trainer[0]?.stderr).toBe(`fr-train: ${WHERE}`);
    expect(trainer[0]?.stdout === trainer[1]?.stdout).toBe(true);
    const model = join(folder, 'woman.csv');
    await writeFile(model, `${trainer[0]?.stdout}\n`);
    for (const [photo, verdict, status] of [
      [WOMAN, 'True', 0],
      [GROUP, 'False', 1],
    ] as const) {
      const [remote, local] = await Promise.all(
        ['--remote', '--local'].map((place) => start('fr-recognize', [model, photo, place, '-q'], { env: there() })),
      );
      expect(remote?.stdout).toBe(verdict);
      expect(remote?.stderr).toBe(`fr-recognize: ${WHERE}`);
      expect([remote?.stdout, '', remote?.exitCode]).toEqual([local?.stdout, local?.stderr, status]);
    }
    const [remote, local] = await Promise.all(
      ['--remote', '--local'].map((place) => start('fr-train', [GROUP, place, '-q'], { env: there() })),
    );
    expect(remote?.stderr).toContain('faces found and one is needed');
    expect([remote?.stderr, remote?.exitCode]).toEqual([`fr-train: ${WHERE}\n${local?.stderr}`, 2]);
  });

  test('writes nothing when nothing has changed', async () => {
    await run('up', '--snapstart');
    expect(service.writes()).toEqual([]);
  });

  test('changes only the code when a handler has changed', async () => {
    const changed = await changeHandler(folder);
    try {
      await withFolder(async (saved) => {
        const { configuration, layers } = await saveImage(theEngine(), changed, saved);
        const paths = layers.map((layer) => join(saved, layer));
        await packLayers(configuration, paths, imageName('trainer', ARCHITECTURE), layout);
      });
    } finally {
      await docker(theEngine(), ['image', 'rm', changed]);
    }
    await run('up', '--snapstart');
    const writes = service.writes();
    expect(writes.filter((call) => call.startsWith('lambda:'))).toEqual([
      ...['lambda:UpdateFunctionCode', 'lambda:PublishVersion', 'lambda:UpdateAlias'],
    ]);
    // Only the changed layer and the configuration: the rest was there.
    expect(writes.filter((call) => call === 'registry:CompleteLayerUpload')).toHaveLength(2);
  });

  test('changes only the configuration when the memory has changed', async () => {
    await run('up', '--snapstart', '--memory', '2048');
    const change = ['lambda:UpdateFunctionConfiguration', 'lambda:PublishVersion', 'lambda:UpdateAlias'];
    // Both functions are changed at the same time, so their calls are interleaved.
    expect(service.writes().sort()).toEqual([...change, ...change].sort());
    const model = join(folder, 'woman.csv');
    const json = await start('fr-recognize', [model, WOMAN, '--remote', '--json', '-q'], { env: there() });
    const { billed_ms: billedMs, cost_usd: costUsd } = JSON.parse(json.stdout);
    // 2 GB, and AWS's list price of a GB-second and of a request.
    const gbSecondUsd = ARCHITECTURE === 'arm64' ? 0.0000133334 : 0.0000166667;
    expect(billedMs).toBeGreaterThan(0);
    expect(costUsd).toBeCloseTo((billedMs / 1000) * 2 * gbSecondUsd + 0.0000002, 9);
  });

  test('is destroyed completely, and another stage stays as it is', async () => {
    const before = inventory(service.account);
    service.people[0] = DEPLOYER;
    const record2 = join(folder, 'dev.json');
    const words = ['--images', layout, '--arch', LAMBDA_ARCHITECTURES[ARCHITECTURE], '--stage', 'dev', '--yes'];
    const dev = await runDeployer(service, 'up', words, { record: record2 });
    expect(dev.exitCode, dev.stderr).toBe(0);
    const destroyed = await runDeployer(service, 'down', ['--stage', 'dev', '--yes'], { record: record2 });
    expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    expect(inventory(service.account)).toEqual(before);
    await run('down');
    expect(service.account).toEqual(emptyAccount());
    const { stderr, exitCode } = await start('fr-train', [WOMAN, '--remote', '-q'], { env: there() });
    expect(stderr).toBe('fr-train: no deployment is recorded here: run npm run deploy');
    expect(exitCode).toBe(2);
  });
});

/** An image of the trainer whose handler has a comment more. Gives its name. */
async function changeHandler(folder: string): Promise<string> {
  const base = imageName('trainer', ARCHITECTURE);
  const name = `fr-trainer-changed-${process.pid}`;
  const place = 'handler/bundle.js';
  const id = await docker(theEngine(), ['create', base]);
  const file = join(folder, 'bundle.js');
  await docker(theEngine(), ['cp', `${id}:/var/task/${place}`, file]);
  await docker(theEngine(), ['rm', id]);
  await writeFile(file, `${await readFile(file, 'utf8')}// changed\n`);
  const dockerfile = `FROM ${base}\nCOPY bundle.js /var/task/${place}\n`;
  await writeFile(join(folder, 'Dockerfile.changed'), dockerfile);
  await writeFile(join(folder, 'Dockerfile.changed.dockerignore'), '*\n!bundle.js\n');
  await docker(theEngine(), ['build', '--file', join(folder, 'Dockerfile.changed'), '--tag', name, folder]);
  return name;
}
