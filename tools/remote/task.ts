// A picture on its way to a function and back.
import type * as z from 'zod';
import type { Charge } from './cost.ts';
import type { Waiting } from './grouping.ts';

/** What pictures are judged by. Pictures with the same object may travel together. */
export interface Judged {
  /** The request's other fields, an object as JSON. */
  json: string;
  answer: z.ZodType;
}

/** Is told of one picture's call. */
export interface TaskListener {
  onCharge?: ((charge: Charge) => void) | undefined;
  onStart?: (() => void) | undefined;
}

export interface Task extends Waiting {
  judged: Judged;
  listener: TaskListener;
  sinceMs: number;
  /** How often a function gave it back. */
  undone: number;
  /** How often a function died of its request. */
  deaths: number;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}
