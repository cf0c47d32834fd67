// One class for each way to fail. A failed invocation answers the class's name as `errorType`, with `code` and `reason`
// beside it, so a client can make the same error of it.

import type { FaceReport } from './answers.ts';

/** Base of every failure that a user can see. `message` is one line: what failed, on what, and what to do. */
export class FaceError extends Error {
  /** Stable, upper-case; finer than the class. */
  readonly code: string;

  constructor(name: string, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    // Set by hand: a bundler may rename classes, and Lambda reads the name.
    this.name = name;
    this.code = code;
  }
}

/** The event or the command line is not what the protocol asks for. */
export class RequestError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('RequestError', 'BAD_REQUEST', message, options);
  }
}

export type ImageCode = 'UNUSABLE_PICTURE' | 'FACE_TOO_SMALL' | 'FACE_TOO_BLURRED';

/** The picture cannot be decoded, is above a limit, or its face is too poor to train on. */
export class ImageError extends FaceError {
  constructor(message: string, code: ImageCode = 'UNUSABLE_PICTURE', options?: ErrorOptions) {
    super('ImageError', code, message, options);
  }
}

/** Training needs a face and the picture shows none. */
export class NoFaceError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('NoFaceError', 'NO_FACE', message, options);
  }
}

/** Training needs exactly one face and the picture shows several, or not the one that was asked for. */
export class ManyFacesError extends FaceError {
  /** The faces found, for drawing them; none after a call to AWS Lambda. */
  readonly faces: readonly FaceReport[];

  constructor(message: string, faces: readonly FaceReport[] = [], options?: ErrorOptions) {
    super('ManyFacesError', 'MANY_FACES', message, options);
    this.faces = faces;
  }
}

export type ModelCode = 'BAD_MODEL' | 'OTHER_EMBEDDER' | 'OTHER_PERSON';

/** A model (or cohort) is not readable, was made by another network, or mixes two people. */
export class ModelError extends FaceError {
  constructor(message: string, code: ModelCode = 'BAD_MODEL', options?: ErrorOptions) {
    super('ModelError', code, message, options);
  }
}

export const SIDECAR_REASONS = ['missing', 'timeout', 'signal', 'exit', 'output'] as const;

export type SidecarReason = (typeof SIDECAR_REASONS)[number];

/** The sidecar could not be started, took too long, died, or sent an answer that cannot be read. */
export class SidecarError extends FaceError {
  readonly reason: SidecarReason;

  constructor(reason: SidecarReason, message: string, options?: ErrorOptions) {
    super('SidecarError', `SIDECAR_${reason.toUpperCase()}`, message, options);
    this.reason = reason;
  }
}

/** A setting (an environment variable or a recorded deployment) cannot be used. */
export class ConfigError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('ConfigError', 'BAD_CONFIG', message, options);
  }
}

/** A request of several pictures ran out of time, or of room for answers, before this one. It can be asked for again. */
export class UndoneError extends FaceError {
  constructor(message = 'the function had no time left for this picture: ask for it again', options?: ErrorOptions) {
    super('UndoneError', 'UNDONE', message, options);
  }
}

/** Whether every picture would fail like this, because of settings or installation. */
export function stopsEverything(error: unknown): boolean {
  return error instanceof ConfigError || (error instanceof SidecarError && error.reason === 'missing');
}

/** A failure as answers have it. */
export interface FailureFields {
  errorType: string;
  errorMessage: string;
  code?: string;
  reason?: SidecarReason;
}

/** The class, message, code and reason of a failure, by the names that answers use. */
export function describeFailure(error: Error): FailureFields {
  return {
    errorType: error.name,
    errorMessage: error.message,
    ...(error instanceof FaceError && { code: error.code }),
    ...(error instanceof SidecarError && { reason: error.reason }),
  };
}
