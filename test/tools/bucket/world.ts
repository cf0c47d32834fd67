// A deployed map over a bucket, on the tests' AWS and a real S3 server, with the rights that a deploy gives; the functions run here.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { onTestFinished, vi } from 'vitest';
import { mapPolicy, mapTrustPolicy, readingStatements } from '../../../deploy/cloud/policy-map.ts';
import { stateMachine } from '../../../deploy/cloud/state-machine.ts';
import { arnsOf, namesOf } from '../../../deploy/names.ts';
import { FaceError } from '../../../handler/errors.ts';
import { judgeBatch } from '../../../handler/lambda/batch.ts';
import type { Means } from '../../../handler/lambda/batch-items.ts';
import type { Role } from '../../aws/account.ts';
import type { Json } from '../../aws/asl.ts';
import { awsEnvironment, startAws } from '../../aws/helpers.ts';
import { type Invoke, MachineRuns } from '../../aws/machine-runs.ts';
import type { Policy, Statement } from '../../aws/policy.ts';
import { S3 } from '../../aws/s3.ts';
import type { AwsService } from '../../aws/service.ts';
import { DEPLOYER, REGION } from '../../aws/settings.ts';
import type { Storage } from '../../aws/storage.ts';
import { scratchFolder, start } from '../../helpers.ts';

const PLACE = { partition: 'aws', account: '123456789012', region: REGION };
const NAMES = namesOf(REGION);
export const ARNS = arnsOf(PLACE, NAMES);
const BUCKETS = [{ bucket: 'photos', prefix: 'in/' }];
const FUNCTION = { accessKeyId: 'ASIAFUNCTION', secretAccessKey: 'of the function', arn: ARNS.role };
const PERSON = {
  accessKeyId: 'AKIAPERSON',
  secretAccessKey: 'of the person',
  arn: 'arn:aws:iam::123456789012:user/person',
};

/** What deploy/README.md says that a person needs who judges buckets. */
const RUNS = 'arn:aws:s3:::photos/in/fr-results/*';
const PERSONS: Statement[] = [
  { Effect: 'Allow', Action: 'states:StartExecution', Resource: ARNS.map.machine },
  {
    Effect: 'Allow',
    Action: ['states:DescribeExecution', 'states:StopExecution', 'states:ListMapRuns', 'states:DescribeMapRun'],
    Resource: [`${ARNS.map.executions}:*`, `${ARNS.map.machine.replace(':stateMachine:', ':mapRun:')}/*`],
  },
  { Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], Resource: RUNS },
];

/** For the forecast, the budget and the journal. */
const LISTING: Statement = {
  ...{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photos' },
  Condition: { StringLike: { 's3:prefix': 'in/*' } },
};

export class World {
  service!: AwsService;
  s3!: S3;
  runs!: MachineRuns;
  record = '';
  /** Judges a picture; a test sets it. */
  judge: Means['judge'] = async () => ({ face_present: 'False', faces: [] }) as never;
  /** Comes before each call of the function. */
  before: (payload: string) => Promise<{ error: string; cause: string } | undefined> = async () => undefined;
  now: () => number = Date.now;
  calls = 0;
  /** Where the person's journals are. */
  state = '';

  static async open(
    storage: Storage,
    { wishes = {}, machinePolicy, mayList = true }: { wishes?: object; machinePolicy?: object; mayList?: boolean } = {},
  ) {
    const world = new World();
    vi.stubEnv('FR_BUCKETS', 'photos/in');
    onTestFinished(() => void vi.unstubAllEnvs());
    world.s3 = await S3.start(['photos']);
    world.service = await startAws(storage);
    world.runs = new MachineRuns(world.s3.client(), () => world.service.account, world.#invoke);
    world.service.executions = world.runs;
    const { machines, roles } = world.service.account;
    const definition = JSON.stringify(stateMachine(PLACE, ARNS));
    machines[NAMES.map.machine] = { name: NAMES.map.machine, createdAt: 0, definition, role: ARNS.map.role, tags: {} };
    roles[NAMES.map.role] = {
      ...{ name: NAMES.map.role, path: '/', id: 'AROA', createdAt: 0, maxSession: 3600, tags: {} },
      trust: JSON.stringify(mapTrustPolicy(PLACE)),
      policies: { map: JSON.stringify(machinePolicy ?? mapPolicy(PLACE, ARNS, BUCKETS)) },
    } satisfies Role;
    const persons: Policy = { Version: '2012-10-17', Statement: mayList ? [...PERSONS, LISTING] : PERSONS };
    world.service.people.push({ ...PERSON, policy: persons });
    world.s3.people.push({ ...PERSON, policy: persons });
    const reading = { Version: '2012-10-17', Statement: readingStatements(PLACE, BUCKETS) };
    world.s3.people.push({ ...FUNCTION, policy: reading });
    world.state = await scratchFolder();
    world.record = join(await scratchFolder(), 'deployment.json');
    const deployment = {
      ...{ account: PLACE.account, region: REGION, functions: ARNS.functions, qualifier: 'live', memoryMb: 1769 },
      ...{ architecture: 'x86_64', commands: 'local' },
      map: { machine: ARNS.map.machine, buckets: BUCKETS, concurrency: 8 },
      ...wishes,
    };
    writeFileSync(world.record, JSON.stringify({ format: 2, deployments: [deployment] }));
    return world;
  }

  /** The function, in this process, with the rights of its role and nothing that it could not have. */
  readonly #invoke: Invoke = async (payload) => {
    this.calls += 1;
    const refusal = await this.before(JSON.stringify(payload));
    if (refusal) return refusal;
    const client = this.s3.client(FUNCTION);
    try {
      const answer = await judgeBatch(payload, {
        store: {
          read: async (Bucket, Key) => {
            const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
            return (await Body?.transformToByteArray()) ?? new Uint8Array();
          },
          write: async (Bucket, Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
        },
        judge: this.judge,
        stop: () => undefined,
        remainingMs: () => 60_000,
        now: () => this.now(),
      });
      return { payload: JSON.parse(JSON.stringify(answer)) as Json };
    } catch (error) {
      const { name, message } = error as Error;
      if (!(error instanceof FaceError)) return { error: name, cause: message };
      return { error: name, cause: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }) };
    }
  };

  async put(objects: Record<string, string | Uint8Array>): Promise<void> {
    const client = this.s3.client();
    const entries = Object.entries(objects);
    for (let from = 0; from < entries.length; from += 50) {
      const some = entries.slice(from, from + 50);
      await Promise.all(some.map(([Key, Body]) => client.send(new PutObjectCommand({ Bucket: 'photos', Key, Body }))));
    }
  }

  remove(Key: string): Promise<unknown> {
    return this.s3.client().send(new DeleteObjectCommand({ Bucket: 'photos', Key }));
  }

  /** Keys of everything that runs left behind. */
  async left(): Promise<string[]> {
    const { Contents = [] } = await this.s3
      .client(DEPLOYER)
      .send(new ListObjectsV2Command({ Bucket: 'photos', Prefix: 'in/fr-results/' }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** fr-recognize as a person runs it, whose rights are those of PERSONS. */
  async run(...words: string[]) {
    const env = {
      ...awsEnvironment(this.service, PERSON),
      ...{ AWS_ENDPOINT_URL_S3: this.s3.url, FR_DEPLOYMENT: this.record, XDG_STATE_HOME: this.state },
    };
    const answer = await start('fr-recognize', words, { env });
    await Promise.all(this.runs.under);
    return answer;
  }
}
