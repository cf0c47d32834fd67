// fr-train's work: photos of one person -> one model.

import { shippedCohort } from '../handler/cohort.ts';
import { processConfig } from '../handler/config.ts';
import { ModelError, RequestError } from '../handler/errors.ts';
import { textBeside } from '../handler/numbers.ts';
import { findRift, STRANGER_DISTANCE } from '../handler/rift.ts';
import { type FaceVector, formatModel, parseModel } from '../handler/vectors.ts';
import { displayName, EXIT, on, say } from './cli/cli.ts';
import { readInput } from './cli/input.ts';
import { checkDestination, saveWhole } from './cli/output.ts';
import { ProgressLine } from './cli/progress-line.ts';
import { type Charge, showUsd } from './remote/cost.ts';
import { announce, type Backend, type BackendChoice, openBackend } from './remote/invoke.ts';

export interface Training extends BackendChoice {
  face?: number | undefined;
  thorough?: boolean | undefined;
  /** Accepts photos that seem to show two people. */
  onePerson?: boolean | undefined;
  output?: string | undefined;
  quiet?: boolean | undefined;
}

/** Trains on every photo. If one cannot be used, the run ends and nothing is written. */
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
    if (!options.onePerson) refuseOtherPeople(photos, models);
    const model = formatModel(models.flat());
    if (output === undefined) process.stdout.write(model);
    else await saveWhole(output, model);
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
  const progress = new ProgressLine(photos.length, quiet ? undefined : process.stderr);
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
  const rift = findRift(models, shippedCohort());
  if (rift === undefined) return;
  const [photo, other] = rift.pair.map((index) => displayName(photos[index] as string));
  const others = rift.odd.length === 1 && photos.length > 2 ? 'the other photos' : other;
  const apart = `${textBeside(rift.distance, STRANGER_DISTANCE, 2)} apart, where one person's photos are at most ${STRANGER_DISTANCE}`;
  throw new ModelError(
    `${photo}: shows someone else than ${others}, ${apart}: leave it out, train each person separately, or insist with --one-person`,
    'OTHER_PERSON',
  );
}
