// Measures what it is worth to judge an appearance in a film by the mean of its faces, on films made of photographs.
//
//   npm run films -- FOLDER [--only PART] [--people N] [--crf N]
//
// FOLDER holds a folder a person. The first photo of everybody is enrolled. Of the first N people the second photo becomes a
// part of a film: three seconds in which it moves, grows and is compressed by H.264. The parts follow each other by cuts.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { processConfig } from '../../handler/config.ts';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { prepareProbe } from '../../handler/probe.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { byFace } from '../../handler/sidecar/faces.ts';
import { SidecarPool } from '../../handler/sidecar/pool.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { type Appearance, Following, type Seen } from '../film/following.ts';
import { Frames } from '../film/frames.ts';
import { inOrder } from '../film/in-order.ts';
import { probe as probeFilm } from '../film/probe.ts';
import { Histogram } from './metrics.ts';
import { loadPhotos } from './photos.ts';
import type { Photo } from './trials.ts';

const PART_S = 3;
const EVERY_S = 0.5;
const RATES = [1e-3, 1e-4];
/** A photo of this many pixels becomes so much larger: a face of 55 pixels then has 115. */
const [SMALL, LARGE] = [120, 260];

/** A face of a frame: its part of the film, and itself as it is judged when it is alone. */
interface Face extends Seen {
  part: number;
  alone: Subject;
}

interface Found {
  part: number;
  appearance: Appearance<Face>;
  faces: Face[];
}

async function main(): Promise<number> {
  const {
    _: [folder],
    only,
    people: most,
    crf,
  } = yargs(hideBin(process.argv))
    .demandCommand(1, 1)
    .options({
      only: { type: 'string', default: '' },
      people: { type: 'number', default: 300 },
      crf: { type: 'number', default: 35 },
    })
    .strict()
    .parseSync();
  const photos = byPerson(await loadPhotos(String(folder), { only }));
  const pairs = photos.filter((all) => all.length > 1);
  const cohort = shippedCohort();
  const models = pairs.map(([first]) =>
    prepare(
      (first as Photo).rows.map(({ vector }) => vector),
      cohort,
    ),
  );
  const shown = pairs.slice(0, most).map(([, second]) => join(String(folder), (second as Photo).path));
  const film = await makeFilm(shown, crf);
  try {
    const appearances = await follow(join(film, 'film.mkv'));
    report(appearances, models, shown.length);
  } finally {
    await rm(film, { recursive: true });
  }
  return EXIT.match;
}

function byPerson(photos: readonly Photo[]): Photo[][] {
  const people = new Map<number, Photo[]>();
  for (const photo of photos) people.set(photo.person, [...(people.get(photo.person) ?? []), photo]);
  return [...people.values()];
}

/** Makes film.mkv in a folder of its own, 640 x 360 pixels, 12 frames a second. */
async function makeFilm(photos: readonly string[], crf: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-films-'));
  const size = `'trunc((${SMALL}+${LARGE - SMALL}*t/${PART_S})/2)*2'`;
  const moves = `[1]scale=w=-2:h=${size}:eval=frame[photo];[0][photo]overlay=x='(W-w)*t/${PART_S}':y='(H-h)/2',format=yuv420p`;
  for (const [i, photo] of photos.entries()) {
    await execa('ffmpeg', [
      ...['-nostdin', '-loglevel', 'error', '-threads', '1', '-f', 'lavfi'],
      ...['-i', `color=gray:size=640x360:rate=12:duration=${PART_S}`, '-loop', '1', '-framerate', '12', '-i', photo],
      ...[
        '-filter_complex',
        moves,
        '-t',
        String(PART_S),
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-crf',
        String(crf),
      ],
      join(folder, `${i}.mkv`),
    ]);
  }
  const list = join(folder, 'list.txt');
  await writeFile(list, photos.map((_, i) => `file '${i}.mkv'\nduration ${PART_S}\n`).join(''));
  const words = ['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', join(folder, 'film.mkv')];
  await execa('ffmpeg', ['-nostdin', '-loglevel', 'error', ...words]);
  return folder;
}

/** The subject of a part is its largest face. */
async function follow(path: string): Promise<Found[]> {
  const config = processConfig();
  const cohort = shippedCohort();
  const pool = new SidecarPool(config);
  const file = await open(path);
  const film = { path, file, maxPixels: config.maxPixels };
  const facts = await probeFilm(film);
  const frames = new Frames({ film, facts, everyS: EVERY_S, maxBytes: config.maxBytes });
  const members = new Map<Appearance<Face>, Face[]>();
  const following = new Following<Face>({
    cohort,
    everyS: EVERY_S,
    isBetter: () => false,
    onFace: (face, appearance) => members.set(appearance, [...(members.get(appearance) ?? []), face]),
  });
  const look = async (frame: { image: Buffer; timeS: number; isCut: boolean }) => {
    const found = byFace(await pool.describe(frame.image, { probe: true }));
    const part = Math.floor(frame.timeS / PART_S + 1e-6);
    const faces = found.map((looks): Face => {
      const alone = prepareProbe(looks, cohort);
      return { part, alone, box: (looks[0] as (typeof looks)[number]).box, vector: alone.unit, turn: alone.turn };
    });
    return { ...frame, faces: faces.sort((a, b) => width(b) - width(a)).slice(0, 1) };
  };
  for await (const frame of inOrder(frames, look, () => pool.atOnce())) following.add(frame);
  following.finish(facts.endS ?? 0);
  pool.close();
  await file.close();
  return [...members].map(([appearance, faces]) => ({ part: (faces[0] as Face).part, appearance, faces }));
}

function width({ box }: Seen): number {
  return box.right - box.left;
}

/** Distances of one way to judge: of true pairs, and of pairs of strangers. */
class Way {
  readonly genuine = new Histogram();
  readonly impostors = new Histogram();

  add(distances: readonly number[], person: number): void {
    for (const [i, distance] of distances.entries()) (i === person ? this.genuine : this.impostors).add(distance);
  }

  line(name: string): string {
    const rates = RATES.map((rate) => percent(this.genuine.rateAt(this.impostors.thresholdAt(rate))));
    const own = thresholdFor(DEFAULT_FMR);
    const shown = (this.impostors.rateAt(own) / DEFAULT_FMR).toFixed(2);
    return `${name}: TMR ${rates.join(' and ')} at FMR ${RATES.join(' and ')}; at our threshold TMR ${percent(this.genuine.rateAt(own))}, FMR ${shown} times nominal`;
  }
}

function report(found: readonly Found[], models: readonly Subject[], parts: number): void {
  const cohort = shippedCohort();
  const [single, best, mean] = [new Way(), new Way(), new Way()];
  const mixed = found.filter(({ part, faces }) => faces.some((face) => face.part !== part)).length;
  const seen = new Set(found.flatMap(({ faces }) => faces.map(({ part }) => part)));
  for (const { part, appearance, faces } of found) {
    const alone = faces.map((face) => models.map((model) => compare(face.alone, model).distance));
    for (const [i, distances] of alone.entries()) single.add(distances, (faces[i] as Face).part);
    best.add(
      models.map((_, i) => Math.min(...alone.map((distances) => distances[i] as number))),
      part,
    );
    const together = appearance.subject(cohort);
    mean.add(
      models.map((model) => compare(together, model).distance),
      part,
    );
  }
  const frames = found.reduce((sum, { faces }) => sum + faces.length, 0);
  console.log(
    `parts ${parts}, with a face ${seen.size}; appearances ${found.length}, of two people ${mixed}; faces ${frames}; models ${models.length}`,
  );
  console.log(single.line('each frame alone'));
  console.log(best.line('the best frame of an appearance'));
  console.log(mean.line('the mean of an appearance'));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

await runProgram('films', main);
