// The settings, read from the environment once and checked.
import * as z from 'zod/mini';
import { ConfigError } from './errors.ts';
import { findProgram } from './program.ts';

const wanted = 'a whole number above 0 is needed';
const wholeNumber = z.coerce.number(wanted).check(z.int(wanted), z.positive(wanted));

const Environment = z.object({
  /** The sidecar program. */
  FR_SIDECAR: z.optional(z.string().check(z.minLength(1, 'a path is needed'))),
  /** Milliseconds the sidecar may take for one picture, including the sidecar's start. */
  FR_TIMEOUT_MS: z._default(wholeNumber.check(z.maximum(2 ** 31 - 1, 'a Node timer holds at most 2147483647')), 30_000),
  /** A picture with more pixels is refused from its header. The sidecar's integers are made for 1e9 at most. */
  FR_MAX_PIXELS: z._default(wholeNumber.check(z.maximum(1e9, 'it can be at most 1000000000')), 50_000_000),
  /** A picture of more bytes is refused before it is read. */
  FR_MAX_BYTES: z._default(wholeNumber, 64 * 2 ** 20),
});

export interface Config {
  readonly sidecarPath: string;
  /** The file of the networks' weights. Undefined where the sidecar finds it by itself. */
  readonly weightsPath?: string | undefined;
  readonly timeoutMs: number;
  readonly maxPixels: number;
  readonly maxBytes: number;
}

/** Throws ConfigError naming the variable that cannot be used. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    throw new ConfigError(`${name}=${environment[name]} cannot be used: ${issue?.message}`);
  }
  const { FR_SIDECAR, FR_TIMEOUT_MS, FR_MAX_PIXELS, FR_MAX_BYTES } = parsed.data;
  const { path, weightsPath } = FR_SIDECAR === undefined ? findProgram() : { path: FR_SIDECAR };
  return {
    sidecarPath: path,
    ...(weightsPath !== undefined && { weightsPath }),
    timeoutMs: FR_TIMEOUT_MS,
    maxPixels: FR_MAX_PIXELS,
    maxBytes: FR_MAX_BYTES,
  };
}

let config: Config | undefined;

/** The process's settings, read at the first call. Throws ConfigError. */
export function processConfig(): Config {
  config ??= readConfig(process.env);
  return config;
}
