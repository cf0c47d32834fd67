// Measures finding faces: in how many pictures of a folder a face is found, and what it costs.
//
//   npm run finding -- FOLDER [--only PART] [--thorough]
//
// --only keeps the pictures whose path contains PART. In pictures without people, every face found is false.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { processConfig } from '../../handler/config.ts';
import { ImageError, RequestError } from '../../handler/errors.ts';
import { Sidecar } from '../../handler/sidecar.ts';
import { EXIT, runProgram, say } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { encodeName } from '../cli/names.ts';
import { sharpSource } from '../cli/sharp-source.ts';

/** Of the pictures with a face, or of those without. */
interface Tally {
  pictures: number;
  megapixels: number;
  ms: number;
}

async function main(): Promise<number> {
  const {
    _: [folder],
    only,
    thorough,
  } = yargs(hideBin(process.argv))
    .demandCommand(1, 1)
    .options({ only: { type: 'string', default: '' }, thorough: { type: 'boolean', default: false } })
    .strict()
    .parseSync();
  const paths = (await allPicturesIn(String(folder))).filter((path) => path.includes(only));
  if (paths.length === 0)
    throw new RequestError(`${folder}: has no picture whose path contains ${only}: change --only`);
  const found: Tally = { pictures: 0, megapixels: 0, ms: 0 };
  const empty: Tally = { pictures: 0, megapixels: 0, ms: 0 };
  let several = 0;
  const sidecar = new Sidecar(processConfig());
  for (const path of paths) {
    const image = readFileSync(encodeName(path));
    const startMs = performance.now();
    const faces = await sidecar.describe(image, { thorough }).catch((error: unknown) => {
      if (!(error instanceof ImageError)) throw error;
      say(`${path}: left out: ${error.message}`);
    });
    const ms = performance.now() - startMs;
    if (faces === undefined) continue;
    const { input, options } = await sharpSource(image);
    const { width, height } = await sharp(input, options).metadata();
    add(faces.length > 0 ? found : empty, ms, (width * height) / 1e6);
    if (faces.length > 1) several += 1;
  }
  sidecar.close();
  const all = found.pictures + empty.pictures;
  console.log(
    `${all} pictures: a face in ${found.pictures} (${((100 * found.pictures) / all).toFixed(2)} %), several in ${several}`,
  );
  console.log(`with a face ${cost(found)}; without ${cost(empty)}`);
  return EXIT.match;
}

function add(tally: Tally, ms: number, megapixels: number): void {
  tally.pictures += 1;
  tally.ms += ms;
  tally.megapixels += megapixels;
}

/** The time includes decoding and vectors. */
function cost({ pictures, megapixels, ms }: Tally): string {
  if (pictures === 0) return 'none';
  return `${(ms / pictures).toFixed(0)} ms a picture, ${(ms / megapixels).toFixed(0)} ms a megapixel`;
}

await runProgram('finding', main);
