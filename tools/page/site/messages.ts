// What the page asks its worker, and what the worker answers.
import type { RecognizeAnswer, TrainAnswer } from '../../../handler/answers.ts';
import type { Box } from '../../../handler/sidecar/faces.ts';

/** What the worker needs before it can do anything. All of it was fetched by the page. */
export interface Parts {
  /** The WebAssembly sidecar. */
  program: WebAssembly.Module;
  /** fr-sidecar.weights. */
  weights: ArrayBuffer;
  /** handler/cohort.bin. */
  cohort: ArrayBuffer;
}

/** A picture's file, or, with a size, its upright pixels: red, green and blue in a byte each. */
export interface Picture {
  bytes: ArrayBuffer;
  size?: { width: number; height: number };
}

interface Questions {
  open: { question: Parts; answer: null };
  /** A photo of one person -> its model. `face`, from 1, says which of several. */
  enrol: { question: { picture: Picture; face?: number | undefined; thorough: boolean }; answer: TrainAnswer };
  /** Whether a model can be used: photos of two people are refused. */
  check: { question: { model: string }; answer: null };
  /** Finds the faces of a picture, and keeps them in the worker under a number. */
  look: { question: { number: number; picture: Picture; thorough: boolean }; answer: null };
  /** Judges the faces that `look` kept. */
  judge: { question: { number: number; model: string }; answer: RecognizeAnswer };
  /** Forgets all pictures. */
  forget: { question: Record<string, never>; answer: null };
}

export type Kind = keyof Questions;
export type QuestionOf<K extends Kind> = Questions[K]['question'];
export type AnswerOf<K extends Kind> = Questions[K]['answer'];

export type Message = { [K in Kind]: { kind: K; question: QuestionOf<K> } }[Kind];

/** A failure as it crosses to the page. */
export interface Failure {
  /** Of handler/errors.ts; `FAULT` for what is not one of its classes. */
  code: string;
  message: string;
  /** Where the faces are, of MANY_FACES. */
  boxes: Box[];
}

export type Reply = { answer: AnswerOf<Kind> } | { failure: Failure };
