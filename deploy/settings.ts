// Reads and checks the command lines of deploy and destroy.
import { parseArgs } from 'node:util';
import { DeployError } from './failure.ts';
import {
  type Architecture,
  type BucketPlace,
  LAMBDA_ARCHITECTURES,
  localArchitecture,
  MAX_STAGE_LENGTH,
  STAGE,
} from './names.ts';
import { readArchitecture, readArn, readBuckets, readTags, readVariables, readWhole } from './option-values.ts';

/** The settings that deploy and destroy share. */
export interface Target {
  region?: string | undefined;
  profile?: string | undefined;
  stage?: string | undefined;
  yes: boolean;
  json: boolean;
}

export interface Settings extends Target {
  /** An OCI image layout with both images. Without it they are built. */
  images?: string | undefined;
  base?: string | undefined;
  architecture: Architecture;
  memoryMb: number;
  timeoutS: number;
  snapStart: boolean;
  tags: Record<string, string>;
  /** The command lines stay on this machine unless an option or the environment sends them to AWS. */
  keepLocal: boolean;
  /** Environment variables of both functions. */
  env: Record<string, string>;
  /** Where the functions may read pictures. With any, the map over a bucket is deployed. */
  buckets: BucketPlace[];
  /** An execution role that exists already. Without it one is made. */
  role?: string | undefined;
  /** The permissions boundary of the role that is made. */
  boundary?: string | undefined;
  plan: boolean;
  verify: boolean;
}

/** At this memory a function has one virtual processor, by AWS's documentation. */
const DEFAULT_MEMORY_MB = 1769;
/** A picture takes a second or two on one processor. The largest pictures and a cold start need the rest. */
const DEFAULT_TIMEOUT_S = 60;

const TARGET_OPTIONS = {
  region: { type: 'string' },
  profile: { type: 'string' },
  stage: { type: 'string' },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const TARGET_HELP = `  --region REGION      default: the SDK's setting (AWS_REGION, the profile's)
  --profile NAME       credentials from ~/.aws; default: the SDK's setting
                       (AWS_PROFILE, the environment, ...)
  --stage NAME         a deployment beside others: recognize_face-NAME etc.
`;
const COMMON_HELP = `  --yes                do not ask; needed without a terminal
  --json               print what was done as one JSON object
`;

export const DEPLOY_HELP = `npm run deploy -- [options]
  makes both functions on AWS, or changes what differs; an option that is not
  given goes back to its default
${TARGET_HELP}  --arch x86_64|arm64  the processor (default: this machine's); amd64 is x86_64
  --memory MB          128 to 10240 (default ${DEFAULT_MEMORY_MB}: one virtual processor)
  --timeout S          1 to 900 (default ${DEFAULT_TIMEOUT_S}); the search for faces stops 2 s
                       earlier, to say why
  --env K=V            an environment variable of both functions; may be given
                       several times
  --buckets NAME[/PREFIX],...
                       fr-recognize may judge the pictures of these buckets
                       where they are, with a Step Functions Distributed Map;
                       answers go to PREFIX/fr-results/
  --snapstart          the alias starts from snapshots
  --tags K=V,...       more tags for everything that is made; may be given
                       several times
  --role ARN           run the functions as this existing role; no role is
                       made, changed or deleted
  --permissions-boundary ARN
                       the boundary of the role that is made
  --images DIR         deploy the images in this OCI layout (npm run images
                       leaves one in build/images); needs no Docker
  --base IMAGE         build on this image instead of node:24-bookworm-slim
  --keep-local         fr-train and fr-recognize stay on this machine unless
                       you give them --remote
  --plan               print what would be done and the policy it needs;
                       changes and builds nothing
  --verify             only try out what is deployed
${COMMON_HELP}`;

export const DESTROY_HELP = `npm run destroy -- [options]
  deletes everything that npm run deploy made for the stage
${TARGET_HELP}${COMMON_HELP}`;

/** @returns undefined when help is asked for. @throws DeployError that names the option that cannot be used. */
export function readSettings(args: string[]): Settings | undefined {
  const { values } = readOptions(() =>
    parseArgs({
      args,
      options: {
        ...TARGET_OPTIONS,
        arch: { type: 'string', default: LAMBDA_ARCHITECTURES[localArchitecture()] },
        memory: { type: 'string', default: String(DEFAULT_MEMORY_MB) },
        timeout: { type: 'string', default: String(DEFAULT_TIMEOUT_S) },
        snapstart: { type: 'boolean', default: false },
        tags: { type: 'string', multiple: true, default: [] },
        env: { type: 'string', multiple: true, default: [] },
        buckets: { type: 'string', multiple: true, default: [] },
        role: { type: 'string' },
        'permissions-boundary': { type: 'string' },
        images: { type: 'string' },
        base: { type: 'string' },
        'keep-local': { type: 'boolean', default: false },
        plan: { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
      },
    }),
  );
  if (values.help) return undefined;
  const boundary = readArn('--permissions-boundary', 'policy', values['permissions-boundary']);
  const role = readArn('--role', 'role', values.role);
  if (role !== undefined && boundary !== undefined) {
    throw new DeployError('--permissions-boundary is for a role that is made: leave it out, or leave out --role');
  }
  const buckets = readBuckets(values.buckets);
  if (role !== undefined && buckets.length > 0) {
    throw new DeployError('--buckets needs roles that are made, one with the right to read them: leave out --role');
  }
  return {
    ...checkTarget(values),
    images: values.images,
    base: values.base,
    architecture: readArchitecture(values.arch),
    memoryMb: readWhole('--memory', values.memory, 128, 10_240),
    timeoutS: readWhole('--timeout', values.timeout, 1, 900),
    snapStart: values.snapstart,
    keepLocal: values['keep-local'],
    tags: readTags(values.tags),
    env: readVariables(values.env),
    buckets,
    role,
    boundary,
    plan: values.plan,
    verify: values.verify,
  };
}

/** @returns undefined when help is asked for. @throws DeployError. */
export function readTarget(args: string[]): Target | undefined {
  const { values } = readOptions(() => parseArgs({ args, options: TARGET_OPTIONS }));
  return values.help ? undefined : checkTarget(values);
}

/** Reads a command line. @throws DeployError in parseArgs's words. */
export function readOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DeployError(`${(error as Error).message.split('. ')[0]}: see --help`);
  }
}

function checkTarget({ region, profile, stage, yes, json }: Target): Target {
  if (stage !== undefined && !(STAGE.test(stage) && stage.length <= MAX_STAGE_LENGTH)) {
    throw new DeployError(
      `--stage ${stage} cannot be used: up to ${MAX_STAGE_LENGTH} lower-case letters and digits, words joined by -, a letter first`,
    );
  }
  if (region !== undefined && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    throw new DeployError(`--region ${region} is not a Region: one is eu-west-1`);
  }
  return { region, profile, stage, yes, json };
}
