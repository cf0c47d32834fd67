// The trainer and the recognizer on AWS Lambda: requests from pictures and options, answers checked.
import * as z from 'zod';
import { type Deployment, describePlace } from '../../deploy/cloud/record.ts';
import type { IdentifyAnswer, RecognizeAnswer, TrainAnswer } from '../../handler/answers.ts';
import type { Person } from '../../handler/identifier.ts';
import { say } from '../cli/cli.ts';
import { Caller } from './caller.ts';
import { Budget } from './cost.ts';
import { FanOut } from './fan-out.ts';
import { forecast } from './forecast.ts';
import type { Backend, BackendChoice, Listener, RecognizeOptions } from './invoke.ts';
import { openLambda } from './lambda.ts';
import { fitRequest, modelFields, optionFields, rescale, scaledBox } from './payload.ts';
import { runStatus } from './status.ts';
import type { Judged } from './task.ts';
import { Window } from './window.ts';

const TrainAnswerText = z.looseObject({ facevectors: z.string(), advice: z.array(z.string()) });
const VerdictText = z.enum(['True', 'False', 'Unsure']);
const RecognizeAnswerText = z.looseObject({
  face_present: VerdictText,
  faces: z.array(z.looseObject({ verdict: VerdictText, distance: z.number() })),
});
const IdentifyAnswerText = z.looseObject({
  face_present: VerdictText,
  faces: z.array(z.looseObject({ name: z.string(), distance: z.number() })),
});

export async function openRemote(deployment: Deployment, choice: BackendChoice): Promise<Backend> {
  const { region, functions } = deployment;
  const { onNote = say } = choice;
  const budget = new Budget(choice.budget);
  const lambda = await openLambda(deployment);
  const caller = new Caller({ lambda, region, onNote });
  const window = new Window(choice.concurrency);
  const recognizer = new FanOut({ caller, arn: functions.recognizer, budget, window });
  const trainer = new FanOut({ caller, arn: functions.trainer, budget, window: new Window(choice.concurrency) });
  const judgedBy = rememberLast();

  const judge = async (image: Uint8Array, judged: Judged, listener: Listener): Promise<unknown> => {
    const { image: fitted, scale } = await fitRequest(image, judged.json, listener.onNote).catch((error: Error) => {
      recognizer.expect(-1);
      throw error;
    });
    return rescale((await recognizer.submit(fitted, judged, listener)) as RecognizeAnswer, scale);
  };
  return {
    where: `AWS Lambda in ${region}`,
    notices: describe(deployment),
    isDoneAtAnswer: true,
    expect: (more) => recognizer.expect(more),
    atOnce: () => recognizer.atOnce(),
    train: async (image, { face, box, thorough }, listener = {}) => {
      const json = (scale: number) => JSON.stringify({ face, box: box && scaledBox(box, scale), thorough });
      const { image: fitted, scale } = await fitRequest(image, json(1), listener.onNote);
      const answer = await trainer.submit(fitted, { json: json(scale), answer: TrainAnswerText }, listener);
      return rescale(answer as TrainAnswer, scale);
    },
    recognize: (image, model, options, listener = {}) =>
      judge(image, judgedBy(model, options), listener) as Promise<RecognizeAnswer>,
    identify: (image, people, options, listener = {}) =>
      judge(image, judgedBy(people, options), listener) as Promise<IdentifyAnswer>,
    forecast: (upcoming) => forecast(upcoming, deployment, window.limit),
    status: () => runStatus(recognizer.measured, budget.spentUsd),
    close: () => {
      trainer.close();
      recognizer.close();
      lambda.close();
    },
  };
}

/** What pictures are judged by. The same for all pictures of a run, so that they may travel together; a model is encoded once. */
function rememberLast(): (model: string | readonly Person[], options: RecognizeOptions) => Judged {
  let last: { model: unknown; options: string; judged: Judged } | undefined;
  return (model, asked) => {
    const rest = optionFields(model, asked);
    const options = JSON.stringify(rest);
    if (last?.model === model && last.options === options) return last.judged;
    const answer = typeof model === 'string' ? RecognizeAnswerText : IdentifyAnswerText;
    const judged = { json: asciiJson({ ...modelFields(model), ...rest }), answer };
    last = { model, options, judged };
    return judged;
  };
}

/** JSON whose length is its number of bytes: names of people may hold any character. */
function asciiJson(value: object): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}

function describe(deployment: Deployment): string[] {
  const where = `running on AWS Lambda: ${describePlace(deployment)}`;
  const { unverified } = deployment;
  if (unverified === undefined) return [where];
  return [where, `the last try-out of this deployment failed (${unverified}): run npm run deploy again`];
}
