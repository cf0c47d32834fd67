// Measures finding faces: in how many pictures of a folder a face is found, and what it costs.
//
//   npm run finding -- FOLDER [--only PART] [--thorough] [--jobs N]
//
// --only keeps the pictures whose path contains PART. With --jobs 1 the cost is that of a machine that does nothing else. In pictures without people, every face found is false.
import sharp from 'sharp';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { processConfig } from '../../handler/config.ts';
import { ImageError, RequestError } from '../../handler/errors.ts';
import { SidecarPool } from '../../handler/sidecar/pool.ts';
import { overPictures, type Picture } from '../batch/pictures.ts';
import { EXIT, runProgram, say } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { checkJobs } from '../cli/jobs.ts';
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
    jobs,
  } = yargs(hideBin(process.argv))
    .demandCommand(1, 1)
    .options({
      only: { type: 'string', default: '' },
      thorough: { type: 'boolean', default: false },
      jobs: { type: 'number' },
    })
    .strict()
    .parseSync();
  const paths = (await allPicturesIn(String(folder))).filter((path) => path.includes(only));
  if (paths.length === 0)
    throw new RequestError(`${folder}: has no picture whose path contains ${only}: change --only`);
  const found: Tally = { pictures: 0, megapixels: 0, ms: 0 };
  const empty: Tally = { pictures: 0, megapixels: 0, ms: 0 };
  let several = 0;
  const config = processConfig();
  const pool = new SidecarPool(config, checkJobs(jobs));
  const look = async ({ read }: Picture<string>) => {
    const image = await read();
    let startMs = 0;
    const onStart = (): void => {
      startMs = performance.now();
    };
    const faces = await pool.describe(image, { thorough, onStart });
    const ms = performance.now() - startMs;
    const { input, options } = await sharpSource(image);
    const { width, height } = await sharp(input, options).metadata();
    return { faces: faces.length, ms, megapixels: (width * height) / 1e6 };
  };
  const how = { maxBytes: config.maxBytes, atOnce: () => pool.atOnce(), pathOf: (path: string) => path };
  for await (const { item, result, error } of overPictures(paths, look, how)) {
    if (result) {
      add(result.faces > 0 ? found : empty, result.ms, result.megapixels);
      if (result.faces > 1) several += 1;
    } else if (error instanceof ImageError) say(`${item}: left out: ${error.message}`);
    else throw error;
  }
  pool.close();
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
