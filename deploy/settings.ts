// What the person deploying asks for: the command line, checked.
import { parseArgs } from 'node:util';
import { DeployError } from './failure.ts';
import {
  ARCHITECTURES,
  type Architecture,
  LAMBDA_ARCHITECTURES,
  localArchitecture,
  MAX_STAGE_LENGTH,
  STAGE,
} from './names.ts';

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
  plan: boolean;
  verify: boolean;
}

/** One virtual processor, by AWS's own account of how it scales processors with memory. */
const DEFAULT_MEMORY_MB = 1769;
/** Twice what the handler gives one picture (FR_TIMEOUT_MS), for a first start. */
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
${TARGET_HELP}  --arch x86_64|arm64  the processor (this machine's)
  --memory MB          128 to 10240 (${DEFAULT_MEMORY_MB}: one virtual processor)
  --timeout S          1 to 900 (${DEFAULT_TIMEOUT_S})
  --snapstart          start from snapshots: the alias only
  --tags K=V,...       put on everything, beside our own
  --images DIR         deploy these images, an OCI layout as npm run images leaves it in build/images; needs no Docker
  --base IMAGE         build on this image and not on node:24-bookworm-slim
  --keep-local         fr-train and fr-recognize stay on this machine unless they are given --remote
  --plan               print what would be done and the policy it needs, and do nothing
  --verify             only try out what is deployed
${COMMON_HELP}`;

export const DESTROY_HELP = `npm run destroy -- [options]
  deletes everything that npm run deploy made for the stage
${TARGET_HELP}${COMMON_HELP}`;

/** @returns undefined when help is asked for. @throws DeployError naming the option that cannot be used. */
export function readSettings(args: string[]): Settings | undefined {
  const { values } = parse(() =>
    parseArgs({
      args,
      options: {
        ...TARGET_OPTIONS,
        arch: { type: 'string', default: LAMBDA_ARCHITECTURES[localArchitecture()] },
        memory: { type: 'string', default: String(DEFAULT_MEMORY_MB) },
        timeout: { type: 'string', default: String(DEFAULT_TIMEOUT_S) },
        snapstart: { type: 'boolean', default: false },
        tags: { type: 'string', default: '' },
        images: { type: 'string' },
        base: { type: 'string' },
        'keep-local': { type: 'boolean', default: false },
        plan: { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
      },
    }),
  );
  if (values.help) return undefined;
  return {
    ...checkTarget(values),
    images: values.images,
    base: values.base,
    architecture: architecture(values.arch),
    memoryMb: whole('--memory', values.memory, 128, 10_240),
    timeoutS: whole('--timeout', values.timeout, 1, 900),
    snapStart: values.snapstart,
    tags: tags(values.tags),
    keepLocal: values['keep-local'],
    plan: values.plan,
    verify: values.verify,
  };
}

/** @returns undefined when help is asked for. @throws DeployError. */
export function readTarget(args: string[]): Target | undefined {
  const { values } = parse(() => parseArgs({ args, options: TARGET_OPTIONS }));
  return values.help ? undefined : checkTarget(values);
}

function parse<T>(read: () => T): T {
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

function architecture(name: string): Architecture {
  const found = ARCHITECTURES.find((one) => LAMBDA_ARCHITECTURES[one] === name || one === name);
  if (!found) throw new DeployError(`--arch ${name} is not known: x86_64 or arm64`);
  return found;
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new DeployError(`${option} ${text} cannot be used: a whole number from ${least} to ${most}`);
}

function tags(text: string): Record<string, string> {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='));
  const found: Record<string, string> = {};
  for (const [key = '', ...value] of pairs) {
    if (key === '' || value.length === 0 || /^(aws|fr):/i.test(key)) {
      throw new DeployError(`--tags ${text} cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:`);
    }
    found[key] = value.join('=');
  }
  return found;
}
