// What the person deploying asks for: the command line, checked.
import { parseArgs } from 'node:util';
import { DeployError } from './failure.ts';
import { type Architecture, LAMBDA_ARCHITECTURES, localArchitecture, MAX_STAGE_LENGTH, STAGE } from './names.ts';
import { readArchitecture, readArn, readTags, readVariables, readWhole } from './option-values.ts';

/** What deploy and destroy share. */
export interface Target {
  region?: string | undefined;
  profile?: string | undefined;
  stage?: string | undefined;
  yes: boolean;
  json: boolean;
}

export interface Settings extends Target {
  /** An OCI image layout with both images; without it they are built. */
  images?: string | undefined;
  base?: string | undefined;
  architecture: Architecture;
  memoryMb: number;
  timeoutS: number;
  snapStart: boolean;
  tags: Record<string, string>;
  /** The command lines stay on this machine unless they are told otherwise. */
  keepLocal: boolean;
  /** Environment variables of both functions. */
  env: Record<string, string>;
  /** An execution role that exists and is not ours; without it one is made. */
  role?: string | undefined;
  /** The permissions boundary of the role that is made. */
  boundary?: string | undefined;
  plan: boolean;
  verify: boolean;
}

/** One virtual processor, by AWS's own account of how it scales processors with memory. */
const DEFAULT_MEMORY_MB = 1769;
/** A picture takes a second or two of one processor; the rest is for the largest pictures and a first start. */
const DEFAULT_TIMEOUT_S = 60;

const TARGET_OPTIONS = {
  region: { type: 'string' },
  profile: { type: 'string' },
  stage: { type: 'string' },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const TARGET_HELP = `  --region REGION      the SDK's own setting (AWS_REGION, or the profile's)
  --profile NAME       credentials of ~/.aws; without it the SDK's own (AWS_PROFILE, the environment, ...)
  --stage NAME         functions beside those of other stages: recognize_face-NAME and so on
`;
const COMMON_HELP = `  --yes                do not ask; needed where nobody can be asked
  --json               print one JSON object of what was done
`;

export const DEPLOY_HELP = `npm run deploy -- [options]
  puts both functions on AWS, or changes what differs from what is there; an option not given has its default again
${TARGET_HELP}  --arch x86_64|arm64  the processor (this machine's); amd64 is x86_64
  --memory MB          128 to 10240 (${DEFAULT_MEMORY_MB}: one virtual processor)
  --timeout S          1 to 900 (${DEFAULT_TIMEOUT_S}); the search for faces gets 2 s less, so that it ends with a reason
  --env K=V            an environment variable of both functions; may be given several times
  --snapstart          start from snapshots: the alias only
  --tags K=V,...       put on everything, beside our own; may be given several times
  --role ARN           run the functions as this role, which exists; none is made, changed or deleted
  --permissions-boundary ARN
                       the boundary of the role that is made
  --images DIR         deploy these images, an OCI layout as npm run images leaves it in build/images; needs no Docker
  --base IMAGE         build on this image and not on node:24-bookworm-slim
  --keep-local         fr-train and fr-recognize stay on this machine unless they are given --remote
  --plan               print what would be done and the policy it needs, and do nothing: no image is built
  --verify             only try out what is deployed
${COMMON_HELP}`;

export const DESTROY_HELP = `npm run destroy -- [options]
  deletes everything that npm run deploy made for the stage
${TARGET_HELP}${COMMON_HELP}`;

/** @returns undefined when help is asked for. @throws DeployError naming the option that cannot be used. */
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
