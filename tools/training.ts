// fr-train's work: photos of one person -> one model.

import { shippedCohort } from '../handler/cohort.ts';
import { processConfig } from '../handler/config.ts';
import { ModelError, RequestError } from '../handler/errors.ts';
import { oddOneOut, prepare } from '../handler/matcher.ts';
import { type FaceVector, formatModel, parseModel } from '../handler/vectors.ts';
import { displayName, EXIT, on, say } from './cli.ts';
import { type Charge, showUsd } from './cost.ts';
import { readInput } from './input.ts';
import { announce, type Backend, openBackend, type Place } from './invoke.ts';
import { checkDestination, saveWhole } from './output.ts';
import { Progress } from './progress.ts';

export interface Training extends Place {
  face?: number | undefined;
  thorough?: boolean | undefined;
  output?: string | undefined;
  quiet?: boolean | undefined;
}

/** Trains on every photo; the first that cannot be used ends it, and nothing is written. */
export async function trainOnPhotos(photos: readonly string[], options: Training): Promise<number> {
  if (options.face !== undefined && photos.length > 1) {
    throw new RequestError('--face chooses a face in one photo: give one photo, or crop the others');
  }
  if (photos.filter((photo) => photo === '-').length > 1) {
    throw new RequestError('standard input is one photo: name the others');
  }
  const output = options.output === '-' ? undefined : options.output;
  if (output !== undefined) await checkDestination(output, photos);
  const { maxBytes } = processConfig();
  const backend = await openBackend(options);
  try {
    announce('fr-train', backend, options.quiet);
    const models = await trainEach(photos, maxBytes, backend, options);
    if (models.length > 1) refuseOtherPeople(photos, models);
    const model = formatModel(models.flat());
    if (output === undefined) process.stdout.write(model);
    else saveWhole(output, model);
    return EXIT.match;
  } finally {
    backend.close();
  }
}

async function trainEach(
  photos: readonly string[],
  maxBytes: number,
  backend: Backend,
  { face, thorough, quiet }: Training,
): Promise<FaceVector[][]> {
  const progress = new Progress(photos.length, quiet ? undefined : process.stderr);
  const models: FaceVector[][] = [];
  try {
    for (const photo of photos) {
      const onNote = (text: string): void => {
        progress.clear();
        if (!quiet) say(`fr-train: ${displayName(photo)}: ${text}`);
      };
      const onCharge = ({ billedMs, costUsd }: Charge): void => {
        onNote(`AWS Lambda billed ${billedMs} ms: USD ${showUsd(costUsd)}`);
      };
      const train = async () =>
        backend.train(await readInput(photo, maxBytes), { face, thorough }, { onNote, onCharge });
      const { facevectors, advice, notes = [] } = await on(displayName(photo), train);
      [...notes, ...advice].forEach(onNote);
      models.push(parseModel(facevectors));
      progress.advance();
    }
  } finally {
    progress.clear();
  }
  return models;
}

function refuseOtherPeople(photos: readonly string[], models: readonly FaceVector[][]): void {
  const cohort = shippedCohort();
  const odd = oddOneOut(models.map((model) => prepare(model, cohort)));
  if (odd === undefined) return;
  const others = photos.length === 2 ? displayName(photos[1 - odd] as string) : 'the other photos';
  throw new ModelError(
    `${displayName(photos[odd] as string)}: shows someone else than ${others}: leave it out, or train each person apart`,
    'OTHER_PERSON',
  );
}
