// Which deployment a command runs on: the command line says it, or the environment, or the record; and whose account it is.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { start, WOMAN } from '../../helpers.ts';
import { LambdaServer } from './lambda-server.ts';

const VECTOR = `${Array.from({ length: 128 }, () => '0.5').join(',')}\n`;
/** Up to nine processes a test, on a machine with other work. */
const SLOW_MS = 240_000;
const HERE = 'fr-train: running on this machine';
const there = (stage: string, region = 'eu-west-1'): string =>
  `fr-train: running on AWS Lambda: account 123456789012, Region ${region}, stage ${stage}`;

// No photograph is judged here: every trainer answers alike, so what counts is whether and where it was called.
const server = new LambdaServer(async () => ({ status: 200, body: { facevectors: VECTOR, advice: [] } }));

beforeAll(() => server.listen());
beforeEach(() => server.reset());
afterAll(() => server.close());

interface Went {
  /** The first line on standard error. */
  line: string | undefined;
  exitCode: number | undefined;
  /** The function that was called. */
  called: string | undefined;
}

/** Trains, and says where that happened. */
async function train(env: Record<string, string>, ...words: string[]): Promise<Went> {
  server.calls = [];
  const { stderr, exitCode } = await start('fr-train', [WOMAN, ...words], { env });
  const called = /functions\/(.*)\/invocations/.exec(server.calls[0]?.path ?? '')?.[1]?.split(':function:')[1];
  return { line: stderr.split('\n')[0], exitCode, called };
}

const local: Went = { line: HERE, exitCode: 0, called: undefined };
const remote = (line: string, called: string): Went => ({ line, exitCode: 0, called });
const refused = (line: string): Went => ({ line: `fr-train: ${line}`, exitCode: 2, called: undefined });

describe('of one deployment', { timeout: SLOW_MS }, () => {
  test('a command goes there, and stays here where an option or the environment says so, the option first', async () => {
    const env = await server.deployed();
    const away = remote(there('(none)'), 'trains');
    expect(await train(env)).toEqual(away);
    expect(await train(env, '--local')).toEqual(local);
    expect(await train({ ...env, FR_REMOTE: '0' })).toEqual(local);
    expect(await train({ ...env, FR_REMOTE: '0' }, '--remote')).toEqual(away);
    expect(await train({ ...env, FR_REMOTE: '1' }, '--local')).toEqual(local);
    expect(await train({ ...env, FR_REMOTE: 'yes' })).toEqual(
      refused("FR_REMOTE is 'yes': set it to 1 (AWS Lambda) or 0 (this machine)"),
    );
  });

  test('a command stays here after --keep-local, until an option or the environment sends it', async () => {
    const env = await server.deployed({ commands: 'local' });
    const away = remote(there('(none)'), 'trains');
    expect(await train(env)).toEqual(local);
    expect(await train(env, '--remote')).toEqual(away);
    expect(await train({ ...env, FR_REMOTE: '1' })).toEqual(away);
  });

  test('the place is named on standard error even where notes are not wanted, and only the place', async () => {
    const { stderr } = await start('fr-train', [WOMAN, '-q'], { env: await server.deployed() });
    expect(stderr).toBe(there('(none)'));
  });

  test('the one there is needs no choosing, stage or not', async () => {
    expect(await train(await server.deployed({ stage: 'dev' }))).toEqual(remote(there('dev'), 'trains_dev'));
  });

  test('neither AWS_REGION nor FR_REGION chooses another', async () => {
    const env = await server.deployed({ region: 'eu-north-1' });
    const elsewhere = { ...env, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', FR_REGION: 'us-east-1' };
    expect(await train(elsewhere)).toEqual(remote(there('(none)', 'eu-north-1'), 'trains'));
    expect(server.calls[0]?.path).toContain('arn:aws:lambda:eu-north-1:123456789012:function:trains');
  });

  test('a command says that the last try-out failed', async () => {
    const env = await server.deployed({ unverified: 'the trainer gives a model of 0 rows, of 8' });
    const { stderr, exitCode } = await start('fr-train', [WOMAN, '-q'], { env });
    expect(stderr.split('\n')).toEqual([
      there('(none)'),
      'fr-train: the last try-out of this deployment failed (the trainer gives a model of 0 rows, of 8): run npm run deploy again',
    ]);
    expect(exitCode).toBe(0);
  });
});

describe('of several deployments', { timeout: SLOW_MS }, () => {
  test('--stage chooses, before FR_STAGE; without either it is the one without a stage', async () => {
    const env = await server.deployed({ stage: 'dev' }, {}, { stage: 'prod' });
    expect(await train(env)).toEqual(remote(there('(none)'), 'trains'));
    expect(await train(env, '--stage', 'dev')).toEqual(remote(there('dev'), 'trains_dev'));
    expect(await train({ ...env, FR_STAGE: 'dev' })).toEqual(remote(there('dev'), 'trains_dev'));
    expect(await train({ ...env, FR_STAGE: 'dev' }, '--stage', 'prod')).toEqual(remote(there('prod'), 'trains_prod'));
    expect(await train({ ...env, FR_STAGE: 'dev' }, '--local')).toEqual(local);
  });

  test('none is taken by chance: the line names them all', async () => {
    const env = await server.deployed({ stage: 'dev' }, { stage: 'prod' });
    const choose = 'choose one with --stage or FR_STAGE, or use --local';
    expect(await train(env)).toEqual(refused(`several deployments are recorded (dev, prod): ${choose}`));
    expect(await train(env, '--local')).toEqual(local);
    const kept = await server.deployed({ stage: 'dev', commands: 'local' }, { stage: 'prod', commands: 'local' });
    expect(await train(kept)).toEqual(local);
    expect(await train(kept, '--remote')).toEqual(refused(`several deployments are recorded (dev, prod): ${choose}`));
  });

  test('one stage in two Regions is chosen by its Region', async () => {
    const env = await server.deployed({ stage: 'dev' }, { stage: 'dev', region: 'us-east-1' }, { region: 'us-east-1' });
    const choose = 'choose one with --stage or FR_STAGE, or use --local';
    expect(await train(env, '--stage', 'dev')).toEqual(
      refused(`several deployments are recorded (dev@eu-west-1, dev@us-east-1): ${choose}`),
    );
    expect(await train(env, '--stage', 'dev@us-east-1')).toEqual(remote(there('dev', 'us-east-1'), 'trains_dev'));
    expect(await train(env, '--stage', '@us-east-1')).toEqual(remote(there('(none)', 'us-east-1'), 'trains'));
  });

  test('a stage that is not there, or not sent to, is refused', async () => {
    const env = await server.deployed({}, { stage: 'dev', commands: 'local' });
    const there = '(there is @eu-west-1, dev): check --stage or FR_STAGE';
    expect(await train(env, '--stage', 'test')).toEqual(refused(`no deployment test is recorded ${there}`));
    expect(await train({ ...env, FR_STAGE: 'test' })).toEqual(refused(`no deployment test is recorded ${there}`));
    expect(await train(env, '--stage', 'dev')).toEqual(
      refused('--stage dev was deployed with --keep-local, so nothing is sent to it: add --remote'),
    );
    expect(await train({ ...env, FR_STAGE: 'dev' })).toEqual(local);
    expect(await train(env, '--stage', 'dev', '--remote')).toMatchObject({ called: 'trains_dev' });
    expect(await train(env, '--stage', 'dev', '--local')).toEqual(
      refused('--local and --stage cannot be used together: use one of them'),
    );
    expect(await train({ ...env, FR_REMOTE: '0' }, '--stage', 'dev')).toEqual(
      refused('--stage dev has no effect while FR_REMOTE=0: add --remote'),
    );
  });
});

describe('the account', { timeout: SLOW_MS }, () => {
  test('is asked for once a run, whatever the pictures, and once it is known they are sent', async () => {
    const env = await server.deployed();
    const { exitCode, stderr } = await start('fr-train', [WOMAN, WOMAN, WOMAN], { env });
    expect(exitCode, stderr).toBe(0);
    expect(server.calls).toHaveLength(3);
    expect(server.identityCalls).toBe(1);
  });

  test('that is another than the deployment is in is refused, with both named, and no picture is sent', async () => {
    server.account = '999999999999';
    const { exitCode, stderr } = await start('fr-train', [WOMAN, WOMAN], { env: await server.deployed() });
    expect(stderr.split('\n')).toEqual([
      there('(none)'),
      'fr-train: these credentials belong to account 999999999999, but the deployment is in account 123456789012, so nothing was sent: set AWS_PROFILE, choose another --stage, or use --local',
    ]);
    expect(exitCode).toBe(2);
    expect(server.calls).toEqual([]);
  });

  test.each(['ExpiredToken', 'InvalidClientTokenId'])(
    'of credentials that AWS refuses is not guessed: %s',
    async (code) => {
      server.account = { status: 403, code };
      const { stderr } = await start('fr-train', [WOMAN, '-q'], { env: await server.deployed() });
      expect(stderr.split('\n')[1]).toBe(
        'fr-train: AWS does not accept the credentials (The token is expired): log in to AWS, or use --local',
      );
      expect(server.calls).toEqual([]);
    },
  );
});

describe('a record', { timeout: SLOW_MS }, () => {
  test('of an older version is refused, since it names no account', async () => {
    const env = await server.deployed();
    const old = { region: 'eu-west-1', trainer: 'trains', recognizer: 'recognizes', qualifier: 'live' };
    writeFileSync(env.FR_DEPLOYMENT as string, JSON.stringify(old));
    const line = `${env.FR_DEPLOYMENT} is of an older version, which names no account: run npm run deploy again, or use --local`;
    expect(await train(env)).toEqual(refused(line));
    expect(await train(env, '--local')).toEqual(local);
    expect(await train({ ...env, FR_REMOTE: '0' })).toEqual(local);
  });

  test('that is missing sends nothing, and a stage of it is refused', async () => {
    expect(await train({})).toEqual(local);
    const line = refused('no deployment is recorded here: run npm run deploy');
    expect(await train({ FR_REMOTE: '1' })).toEqual(line);
    expect(await train({ FR_STAGE: 'dev' })).toEqual(line);
    expect(await train({}, '--stage', 'dev')).toEqual(line);
  });
});
