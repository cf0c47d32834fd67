// Runs the steps of a plan and shows each. First come the steps that both functions need, one by one; then the steps of
// both functions, side by side.
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

/** These steps belong to one function but run one by one: the second image shares layers of the first. */
const IN_TURN: readonly Action[] = ['pushImage', 'spareImage'];

/** Runs all steps. When a step of one function fails, the steps of the other still run. @throws the failure. */
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

/** Runs all steps one by one, also after a failure. Returns the reason of each failure, by the step's text. */
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
