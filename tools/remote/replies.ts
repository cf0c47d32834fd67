// A function's reply to a call -> each picture's answer or failure, and the pictures to be sent again.
import { type FaceError, type FailureFields, RequestError, UndoneError } from '../../handler/errors.ts';
import type { Reply } from './lambda.ts';
import { RemoteError, remoteFailure } from './refusals.ts';
import type { Task } from './task.ts';

/** A picture that was given back so often is sent alone: then it has all the time that the function has. */
const MOST_UNDONE = 2;
/** A picture that is alone in its request when the function dies a second time is given up. */
const MOST_DEATHS = 2;

/** What the reply leaves to do. */
export interface Leftover {
  /** In their order. */
  again: Task[];
  /** What all pictures of the call fail with; they have not been told. */
  failure?: FaceError;
  /** The deployed function does not know `images`. */
  isOld?: boolean;
}

/** The function that replied. */
export interface Replier {
  name: string;
  /** Whether a failed call is worth another try. */
  isPatient: () => boolean;
}

/** Tells the pictures that are done with it. */
export function settleReply(group: readonly Task[], reply: Reply, replier: Replier): Leftover {
  const { body, isFailure } = reply;
  if (isFailure) return settleFailure(group, body, replier);
  const answers = group.length === 1 ? [body] : (body as { answers?: unknown } | undefined)?.answers;
  const list = Array.isArray(answers) && answers.length === group.length ? answers : [];
  return { again: group.filter((task, index) => !isDone(task, list[index], replier.name)) };
}

/** False when there was no time for the picture. */
function isDone(task: Task, answer: unknown, name: string): boolean {
  if (isFailureFields(answer)) {
    if (answer.errorType !== UndoneError.name) {
      task.reject(remoteFailure(answer, name));
      return true;
    }
    task.undone += 1;
    if (task.undone >= MOST_UNDONE) task.most = 1;
    return false;
  }
  const parsed = task.judged.answer.safeParse(answer);
  if (parsed.success) task.resolve(parsed.data);
  else task.reject(new RemoteError(`the function ${name} gave an answer of an unknown form: run npm run deploy`));
  return true;
}

/** The function threw or died. */
function settleFailure(group: readonly Task[], body: unknown, { name, isPatient }: Replier): Leftover {
  const failure = remoteFailure(body, name);
  const isOld = failure instanceof RequestError && failure.message.includes('base64_image is missing');
  if (group.length > 1 && isOld) return { again: [...group], isOld };
  if (!(failure instanceof RemoteError)) return { again: [], failure };
  const again = group.filter((task) => mayTryAgain(task, group.length, failure, isPatient));
  for (const task of group) if (!again.includes(task)) task.reject(failure);
  return { again };
}

/** One picture may have killed the function, so several are tried again in smaller groups, and at last each alone. */
function mayTryAgain(task: Task, size: number, failure: RemoteError, isPatient: () => boolean): boolean {
  task.deaths += 1;
  task.most = Math.ceil(size / 2);
  if (size > 1) return true;
  return task.deaths < MOST_DEATHS && isPatient() && !/timed ?out/i.test(failure.message);
}

function isFailureFields(answer: unknown): answer is FailureFields {
  return typeof answer === 'object' && answer !== null && 'errorType' in answer;
}
