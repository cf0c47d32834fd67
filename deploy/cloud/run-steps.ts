// Carries out a plan's steps before the person's eyes: what both functions need one by one, then each function's own
// steps, side by side.
import { DeployError } from '../failure.ts';
import { FUNCTIONS, type FunctionName } from '../names.ts';
import type { Progress, Tell } from '../progress.ts';
import { explain } from '../terminal.ts';
import type { Action, Step } from './steps.ts';

export interface Done extends Omit<Step, 'of'> {
  function?: FunctionName | undefined;
  ms: number;
}

type Apply = (step: Step, tell: Tell) => Promise<void>;

/** Of one function and yet done for both: the second image finds the layers of the first already sent. */
const IN_TURN: readonly Action[] = ['pushImage', 'spareImage'];

/** @throws what kept a step from its end. What is of the other function is done all the same. */
export async function runSteps(progress: Progress, steps: readonly Step[], apply: Apply): Promise<Done[]> {
  const isOwn = (step: Step): boolean => step.of !== undefined && !IN_TURN.includes(step.action);
  const done: Done[] = [];
  const run = async (some: readonly Step[]): Promise<void> => {
    for (const step of some) done.push(await runStep(progress, step, apply));
  };
  await run(steps.filter((step) => !isOwn(step)));
  const ends = await Promise.allSettled(
    FUNCTIONS.map((name) => run(steps.filter((step) => isOwn(step) && step.of === name))),
  );
  const [first, second] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (second !== undefined) throw new DeployError(`${explain(first)}; and ${explain(second)}`, { cause: first });
  if (first !== undefined) throw first;
  return done;
}

async function runStep(progress: Progress, step: Step, apply: Apply): Promise<Done> {
  const { ms } = await progress.task(step.text, (tell) => apply(step, tell));
  return { action: step.action, function: step.of, text: step.text, ms };
}

/** Every step, one after the other, whatever becomes of those before. The reasons of those that failed come back. */
export async function trySteps(
  progress: Progress,
  steps: readonly Step[],
  apply: Apply,
): Promise<{ done: Done[]; failed: Map<string, string> }> {
  const done: Done[] = [];
  const failed = new Map<string, string>();
  for (const step of steps) {
    try {
      done.push(await runStep(progress, step, apply));
    } catch (error) {
      failed.set(step.text, explain(error));
    }
  }
  return { done, failed };
}
