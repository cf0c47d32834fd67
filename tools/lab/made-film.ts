// Photos of people -> a film of them, and its appearances as fr-recognize would see them.
//
// Each photo becomes a part: some seconds in which it moves, grows and is compressed by H.264. The parts follow each other by cuts.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { processConfig } from '../../handler/config.ts';
import type { Subject } from '../../handler/matching/matcher.ts';
import { prepareProbe } from '../../handler/probe.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { byFace, type Face } from '../../handler/sidecar/faces.ts';
import { SidecarPool } from '../../handler/sidecar/pool.ts';
import { type Appearance, Following, type Seen } from '../film/following.ts';
import { type Frame, Frames } from '../film/frames.ts';
import { inOrder } from '../film/in-order.ts';
import { probe as probeFilm } from '../film/probe.ts';

/** Seconds of a part: by its place, one after the other, so that there are appearances of few frames and of many. */
const PARTS_S = [0.5, 1.5, 3, 6];
const EVERY_S = 0.5;
const RATE = 12;
/** A photo is so many pixels wide at first and at last: a face of LFW then has 55 and 115. */
const [SMALL, LARGE] = [120, 260];

/** A face of a frame: the part of the film that it is in, and itself as it is judged when it is alone. */
export interface MadeFace extends Seen {
  part: number;
  alone: Subject;
}

export interface Made {
  /** Number of the photo that it is of: that of its first face. */
  part: number;
  appearance: Appearance<MadeFace>;
  faces: MadeFace[];
}

/** Makes a film of the photos, follows the faces in it, and deletes it. @param crf how hard H.264 compresses: 18 is good, 35 hard. */
export async function appearancesOf(photos: readonly string[], crf: number): Promise<Made[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-films-'));
  try {
    await makeFilm(photos, crf, folder);
    return await follow(join(folder, 'film.mkv'), photos.length);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function secondsOf(part: number): number {
  return PARTS_S[part % PARTS_S.length] as number;
}

/** Makes film.mkv in a folder, 640 x 360 pixels. */
async function makeFilm(photos: readonly string[], crf: number, folder: string): Promise<void> {
  const numbers = photos.keys();
  const work = async (): Promise<void> => {
    for (const part of numbers)
      await makePart(photos[part] as string, secondsOf(part), crf, join(folder, `${part}.mkv`));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const list = join(folder, 'list.txt');
  await writeFile(list, photos.map((_, part) => `file '${part}.mkv'\nduration ${secondsOf(part)}\n`).join(''));
  const words = ['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', join(folder, 'film.mkv')];
  await execa('ffmpeg', ['-nostdin', '-loglevel', 'error', ...words]);
}

async function makePart(photo: string, seconds: number, crf: number, path: string): Promise<void> {
  const size = `'trunc((${SMALL}+${LARGE - SMALL}*t/${seconds})/2)*2'`;
  const grow = `[1]scale=w=${size}:h=-2:eval=frame[photo]`;
  const move = `[0][photo]overlay=x='(W-w)*t/${seconds}':y='(H-h)/2',format=yuv420p`;
  await execa('ffmpeg', [
    ...['-nostdin', '-loglevel', 'error', '-threads', '1'],
    ...['-f', 'lavfi', '-i', `color=gray:size=640x360:rate=${RATE}:duration=${seconds}`],
    ...['-loop', '1', '-framerate', String(RATE), '-i', photo, '-filter_complex', `${grow};${move}`],
    ...['-t', String(seconds), '-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), path],
  ]);
}

async function follow(path: string, parts: number): Promise<Made[]> {
  const config = processConfig();
  const cohort = shippedCohort();
  const pool = new SidecarPool(config);
  const file = await open(path);
  const film = { path, file, maxPixels: config.maxPixels };
  const facts = await probeFilm(film);
  const frames = new Frames({ film, facts, everyS: EVERY_S, maxBytes: config.maxBytes });
  const members = new Map<Appearance<MadeFace>, MadeFace[]>();
  const following = new Following<MadeFace>({
    cohort,
    everyS: EVERY_S,
    isBetter: () => false,
    onFace: (face, appearance) => members.set(appearance, [...(members.get(appearance) ?? []), face]),
  });
  const partAt = partsByTime(parts);
  const look = async (frame: Frame) => {
    const part = partAt(frame.timeS);
    const found = byFace(await pool.describe(frame.image, { probe: true }));
    const faces = found.map((looks): MadeFace => {
      const alone = prepareProbe(looks, cohort);
      return { part, alone, box: (looks[0] as Face).box, vector: alone.unit, turn: alone.turn };
    });
    return { ...frame, faces: faces.sort((a, b) => width(b) - width(a)).slice(0, 1) };
  };
  try {
    for await (const frame of inOrder(frames, look, () => pool.atOnce())) following.add(frame);
    following.finish(facts.endS ?? 0);
  } finally {
    pool.close();
    await file.close();
  }
  return [...members].map(([appearance, faces]) => ({ part: (faces[0] as MadeFace).part, appearance, faces }));
}

/** Which part is shown at a time. */
function partsByTime(parts: number): (timeS: number) => number {
  const ends: number[] = [];
  for (let part = 0; part < parts; part += 1) ends.push((ends.at(-1) ?? 0) + secondsOf(part));
  return (timeS) => {
    const part = ends.findIndex((end) => timeS + 1e-3 < end);
    return part < 0 ? parts - 1 : part;
  };
}

function width({ box }: Seen): number {
  return box.right - box.left;
}
