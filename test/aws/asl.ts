// A small interpreter of the Amazon States Language: what our state machine uses of it, by AWS's specification and
// documentation, and nothing else. A field that it does not know is a fault of the test, so that none passes unseen.
//
// It is no judge of AWS. test/aws/map-run.test.ts holds it against answers recorded from AWS.
import { randomUUID } from 'node:crypto';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Fields = Record<string, Json>;

/** A failure that Retry and Catch may name. */
export class StatesError extends Error {
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.error = error;
  }
}

export interface StatesText {
  StartAt: string;
  States: Record<string, Fields>;
}

export interface World {
  /** Does a task. `resource` is without `arn:PARTITION:states:::`. */
  task(resource: string, parameters: Fields): Promise<Json>;
  map(state: Fields, input: Json, context: Fields): Promise<Json>;
}

const FIELDS: Record<string, string[]> = {
  Choice: ['Choices', 'Default'],
  Pass: ['Parameters', 'Next', 'End'],
  Task: ['Resource', 'Parameters', 'ResultPath', 'OutputPath', 'Retry', 'Catch', 'Next', 'End'],
  Fail: ['ErrorPath', 'CausePath'],
  Map: [
    ...['Label', 'ItemReader', 'ItemSelector', 'ItemBatcher', 'MaxConcurrencyPath', 'ToleratedFailurePercentage'],
    ...['ItemProcessor', 'ResultWriter', 'ResultPath', 'Catch', 'Next'],
  ],
};

/** What goes from state to state, and into and out of a child, may have so many bytes. */
const MOST_BYTES = 256 * 1024;
/** A state machine that goes round for ever ends a test. */
const MOST_STEPS = 1_000;

/** A reference path such as `$.a.b[0]`, `$$.Execution.StartTime`; undefined where nothing is. */
function at(path: string, input: Json, context: Fields): Json | undefined {
  const [root, rest] = path.startsWith('$$') ? [context, path.slice(2)] : [input, path.slice(1)];
  if (!path.startsWith('$') || !/^(\.\w+|\[\d+\])*$/.test(rest))
    throw new Error(`the interpreter knows no path ${path}`);
  let value: Json | undefined = root;
  for (const [, name, index] of rest.matchAll(/\.(\w+)|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = name === undefined ? (value as Json[])[Number(index)] : (value as Fields)[name];
  }
  return value;
}

function needed(path: string, input: Json, context: Fields): Json {
  const found = at(path, input, context);
  if (found !== undefined) return found;
  throw new StatesError('States.ParameterPathFailure', `The JSONPath '${path}' could not be found in the input`);
}

/** Parameters, ItemSelector and the like: a name that ends with `.$` has a path for a value. */
export function fill(template: Json, input: Json, context: Fields): Json {
  if (Array.isArray(template)) return template.map((one) => fill(one, input, context));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), needed(String(value), input, context)]
        : [name, fill(value, input, context)],
    ),
  );
}

/** Runs the states to an end. @throws StatesError when they fail. */
export async function interpret(text: StatesText, input: Json, context: Fields, world: World): Promise<Json> {
  let [name, value] = [text.StartAt, input];
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const state = text.States[name];
    if (!state) throw new Error(`there is no state ${name}`);
    const strange = Object.keys(state).find(
      (field) => !['Type', ...(FIELDS[String(state.Type)] ?? [])].includes(field),
    );
    if (strange) throw new Error(`the interpreter knows no ${strange} in ${name}, a ${String(state.Type)}`);
    refuseLarge(value, name);
    if (state.Type === 'Fail') {
      const [error, cause] = [state.ErrorPath, state.CausePath].map((path) => String(at(String(path), value, context)));
      throw new StatesError(error ?? '', cause ?? '');
    }
    if (state.Type === 'Choice') {
      name = choose(state, value, context);
      continue;
    }
    const [output, next] = await perform(state, value, context, world);
    value = output;
    refuseLarge(value, name);
    if (next === undefined) return value;
    name = next;
  }
  throw new Error(`the machine has not ended after ${MOST_STEPS} states`);
}

function refuseLarge(value: Json, name: string): void {
  if (Buffer.byteLength(JSON.stringify(value)) <= MOST_BYTES) return;
  const text = `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  throw new StatesError('States.DataLimitExceeded', text);
}

function choose(state: Fields, value: Json, context: Fields): string {
  for (const choice of state.Choices as Fields[]) {
    const { Variable, IsPresent, Next, ...rest } = choice;
    if (IsPresent !== true || Object.keys(rest).length > 0)
      throw new Error('the interpreter knows only IsPresent: true');
    if (at(String(Variable), value, context) !== undefined) return String(Next);
  }
  return String(state.Default);
}

type Step = [output: Json, next: string | undefined];

async function perform(state: Fields, value: Json, context: Fields, world: World): Promise<Step> {
  const next = state.End === true ? undefined : String(state.Next);
  const work = async (): Promise<Json> => {
    if (state.Type === 'Map') return world.map(state, value, context);
    const parameters = state.Parameters === undefined ? value : fill(state.Parameters, value, context);
    if (state.Type === 'Pass') return parameters;
    return world.task(String(state.Resource).replace(/^arn:[a-z-]+:states:::/, ''), parameters as Fields);
  };
  let result: Json;
  try {
    result = await withRetries(work, (state.Retry ?? []) as Fields[]);
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    const caught = ((state.Catch ?? []) as Fields[]).find((one) => names(one, error));
    if (!caught) throw error;
    const told = { Error: error.error, Cause: error.message };
    return [put(caught.ResultPath, value, told), String(caught.Next)];
  }
  const output = put(state.ResultPath, value, result);
  return [state.OutputPath === undefined ? output : needed(String(state.OutputPath), output, context), next];
}

/** Retries without their waits. The first retrier that names an error is the one that counts. */
async function withRetries(work: () => Promise<Json>, retriers: Fields[]): Promise<Json> {
  const used = new Map<Fields, number>();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      const retrier = retriers.find((one) => names(one, error));
      const tries = used.get(retrier as Fields) ?? 0;
      if (!retrier || tries >= Number(retrier.MaxAttempts ?? 3)) throw error;
      used.set(retrier, tries + 1);
    }
  }
}

/** States.ALL does not stand for States.DataLimitExceeded, and States.TaskFailed not for States.Timeout (AWS's documentation). */
function names(handler: Fields, { error }: StatesError): boolean {
  const listed = handler.ErrorEquals as string[];
  if (listed.includes(error)) return true;
  if (error === 'States.DataLimitExceeded' || error === 'States.Runtime') return false;
  return listed.includes('States.ALL') || (listed.includes('States.TaskFailed') && error !== 'States.Timeout');
}

/** Puts a result where ResultPath says: null keeps the input, without it the result is the output. */
function put(path: Json | undefined, input: Json, result: Json): Json {
  if (path === undefined) return result;
  if (path === null) return input;
  const [, name] = /^\$\.(\w+)$/.exec(String(path)) ?? [];
  if (name === undefined) throw new Error(`the interpreter knows no ResultPath ${String(path)}`);
  return { ...(input as Fields), [name]: result };
}

/** The items of a batch, at most so many and so many bytes; a batch has at least one. */
export function inBatches(items: readonly Json[], most: number, mostBytes: number): Json[][] {
  const batches: Json[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = batches.at(-1);
    if (!last || last.length >= most || bytes + size > mostBytes) {
      batches.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return batches;
}

export function newRunId(): string {
  return randomUUID();
}
