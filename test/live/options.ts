// The live test's command line.
import { parseArgs } from 'node:util';
import { LAMBDA_ARCHITECTURES, type LambdaArchitecture, localArchitecture } from '../../deploy/names.ts';

export interface LiveOptions {
  region?: string | undefined;
  profile?: string | undefined;
  architecture: LambdaArchitecture;
  /** Given to every `npm run deploy`: `--images DIR`, `--permissions-boundary ARN`. */
  more: string[];
}

const CONSENT = '--yes-this-costs-money';

const HELP = `npm run test:live -- ${CONSENT} [--region REGION] [--profile NAME] [--arch x86_64|arm64] [-- OPTIONS OF DEPLOY]
  deploys to your AWS account under a stage of its own, calls the functions about 80 times with photographs that ship
  with an npm package, changes their memory, and destroys all of it again, also after a failure or Ctrl-C.
  It costs less than USD 0.10 at AWS's list prices`;

/** @returns the options, or the message when something that is needed is missing. */
export function readOptions(args: string[]): LiveOptions | string {
  const end = args.indexOf('--');
  const [own, more] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  try {
    const { values } = parseArgs({
      args: own,
      options: {
        'yes-this-costs-money': { type: 'boolean', default: false },
        region: { type: 'string' },
        profile: { type: 'string' },
        arch: { type: 'string', default: LAMBDA_ARCHITECTURES[localArchitecture()] },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return HELP;
    if (!values['yes-this-costs-money']) return `nothing is done without ${CONSENT}\n${HELP}`;
    const architecture = Object.values(LAMBDA_ARCHITECTURES).find((one) => one === values.arch);
    if (!architecture) return `--arch ${values.arch} is not known: x86_64 or arm64`;
    return { region: values.region, profile: values.profile, architecture, more };
  } catch (error) {
    return `${(error as Error).message.split('. ')[0]}: see --help`;
  }
}
