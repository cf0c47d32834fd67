// The deployer on services that do what people reported of the real ones: it succeeds, or says before the push why it cannot.
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { scratchFolder } from '../helpers.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { type Recipe, writeLayout } from './images.ts';
import type { AwsService } from './service.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';

describeWithAws('npm run deploy', (storage: () => Storage) => {
  let folder: string;
  let service: AwsService;
  beforeEach(async () => {
    folder = await scratchFolder();
  });

  async function deploy(settings: Omit<Settings, 'storage'>, trainer: Partial<Recipe> = {}): Promise<DeployerAnswer> {
    const { fault, temper } = settings;
    service = await startAws(storage(), { run: pretend, ...(fault ? { fault } : {}), ...(temper ? { temper } : {}) });
    const recipes = { trainer: { content: 'trainer', ...trainer }, recognizer: { content: 'recognizer' } };
    const words = [
      '--images',
      await writeLayout(join(folder, 'images'), 'amd64', recipes),
      '--arch',
      'x86_64',
      '--yes',
    ];
    return runDeployer(service, 'up', words, { record: join(folder, 'deployment.json') });
  }

  const live = (): (string | undefined)[] =>
    Object.values(service.account.functions).map(({ aliases }) => aliases.live?.version);

  test('waits until Lambda knows the image and the permission to pull it', async () => {
    const HOUR_MS = 3_600_000;
    let asked = 0;
    const fault: Settings['fault'] = ({ action }) => {
      if (action === 'CreateFunction') asked += 1;
      if (asked === 2) service.temper.policyMs = 0;
      if (asked === 4) service.temper.imageMs = 0;
      return undefined;
    };
    const { exitCode, stderr } = await deploy({ fault, temper: { roleMs: 0, imageMs: HOUR_MS, policyMs: HOUR_MS } });
    expect(exitCode, stderr).toBe(0);
    const said = service.calls.filter(({ action }) => action === 'CreateFunction').map(({ error }) => error);
    expect(said.slice(0, 3)).toEqual([
      'AccessDenied',
      ...['InvalidParameterValueException', 'InvalidParameterValueException'],
    ]);
    expect(live()).toEqual(['1', '1']);
  });

  test('succeeds with a registry that breaks uploads, throttles and fails, once at each of its calls', async () => {
    const seen = new Set<string>();
    const FAULTS: Record<string, ReturnType<NonNullable<Settings['fault']>>> = {
      BatchCheckLayerAvailability: { code: 'TOOMANYREQUESTS', message: 'Rate exceeded', status: 429, retryAfterS: 1 },
      InitiateLayerUpload: { code: 'TOOMANYREQUESTS', message: 'Rate exceeded', status: 429, retryAfterS: 1 },
      UploadLayerPart: { cutAfter: 1 },
      CompleteLayerUpload: { code: 'UNKNOWN', message: 'Internal failure', status: 500 },
      PutImage: { code: 'UNKNOWN', message: 'Service unavailable', status: 503 },
      BatchGetImage: { code: 'UNKNOWN', message: 'Internal failure', status: 500 },
    };
    const fault: Settings['fault'] = ({ service: name, action }) => {
      if (name !== 'registry' || seen.has(action)) return undefined;
      seen.add(action);
      return FAULTS[action];
    };
    const { exitCode, stderr } = await deploy({ fault });
    expect(exitCode, stderr).toBe(0);
    expect([...seen].sort()).toEqual(Object.keys(FAULTS).sort());
    expect(live()).toEqual(['1', '1']);
  });

  test.each([
    [
      'orphan',
      /^deploy: layer 1 of fr-trainer:amd64 in \S+ \(sha256:\w+\) has no\/entry\/content before or without its folder, which Lambda refuses: /,
    ],
    [
      'uncompressed',
      /^deploy: layer 1 of fr-trainer:amd64 in \S+ .* is of the type application\/vnd.docker.image.rootfs.diff.tar, and Lambda takes /,
    ],
  ] as const)('finds before the push what Lambda would find after it (%s)', async (fault, line) => {
    const { exitCode, stderr } = await deploy({}, { fault });
    expect(stderr.split('\n').at(-1)).toMatch(line);
    expect(exitCode).toBe(2);
    expect(service.writes()).toEqual([]);
  });
});
