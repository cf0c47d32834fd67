// The page's worker: the WebAssembly sidecar, and the decisions of handler/. It fetches nothing, and its policy would not let it.

import { enrol } from '../../../handler/enrolling.ts';
import { FaceError, ImageError, ManyFacesError, RequestError, SidecarError } from '../../../handler/errors.ts';
import { judge } from '../../../handler/judging.ts';
import { parseCohort } from '../../../handler/matching/cohort.ts';
import type { Cohort } from '../../../handler/matching/matcher.ts';
import { knowModel } from '../../../handler/matching/models.ts';
import { type Face, parseFaces } from '../../../handler/sidecar/faces.ts';
import { openCore } from './core.ts';
import type { AnswerOf, Failure, Kind, Message, Parts, Picture, QuestionOf, Reply } from './messages.ts';

interface Looked {
  rows: Face[];
  notes: string[];
}

let core: ReturnType<typeof openCore>;
let cohort: Cohort;
const pictures = new Map<number, Looked>();

type Work = { [K in Kind]: (question: QuestionOf<K>) => AnswerOf<K> | Promise<AnswerOf<K>> };

const WORK: Work = {
  open({ program, weights, cohort: bytes }: Parts) {
    core = openCore(program, weights);
    cohort = parseCohort(new Uint8Array(bytes));
    return null;
  },
  enrol({ picture, face, thorough }) {
    const { rows, notes } = lookAt(picture, `--augment${face === undefined ? '' : ` --face ${face}`}`, thorough);
    return enrol(rows, face, notes);
  },
  check({ model }) {
    knowModel(model, cohort);
    return null;
  },
  look({ number, picture, thorough }) {
    pictures.set(number, lookAt(picture, '--probe', thorough));
    return null;
  },
  judge({ number, model }) {
    const looked = pictures.get(number);
    if (!looked) throw new RequestError('the picture is not known any more: add it again');
    return judge(looked.rows, knowModel(model, cohort), cohort, {}, looked.notes);
  },
  forget() {
    pictures.clear();
    return null;
  },
};

function lookAt({ bytes, size }: Picture, words: string, thorough: boolean): Looked {
  const question = `${size ? `--pixels ${size.width}x${size.height} ` : ''}${words}${thorough ? ' --thorough' : ''}`;
  const { status, text, notes } = core.describe(new Uint8Array(bytes), question);
  if (status === 2) throw new ImageError(`the picture cannot be used: ${text}`);
  if (status === 3) throw new SidecarError('timeout', 'the picture takes too long: shrink it');
  if (status !== 0) throw new SidecarError('exit', `the sidecar failed: ${text}`);
  return { rows: parseFaces(text), notes: notes.split('\n').filter(Boolean) };
}

function toFailure(error: unknown): Failure {
  const boxes = error instanceof ManyFacesError ? error.faces.map(({ box }) => box) : [];
  if (error instanceof FaceError) return { code: error.code, message: error.message, boxes };
  return { code: 'FAULT', message: error instanceof Error ? error.message : String(error), boxes };
}

self.onmessage = async ({ data: { kind, question } }: MessageEvent<Message>) => {
  let reply: Reply;
  try {
    reply = { answer: await (WORK[kind] as (question: unknown) => AnswerOf<Kind>)(question) };
  } catch (error) {
    reply = { failure: toFailure(error) };
  }
  self.postMessage(reply);
};
