// What things are called: the two functions and their images.

/** The two functions by the name their sources bear. */
export const FUNCTIONS = ['trainer', 'recognizer'] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** The processors Lambda has, as Docker names them. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** An image in the local engine. */
export function imageName(name: FunctionName, architecture: Architecture): string {
  return `fr-${name}:${architecture}`;
}

/** The Dockerfile of an image, from the project's root. */
export function dockerfile(name: FunctionName): string {
  return `Dockerfile.${name}`;
}

/** This machine's processor as Docker names it; amd64 when Lambda has none like it. */
export function localArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}
