// Builds a report during a run: collects each picture's answer and small pictures of the faces in memory, and writes the
// page at the end or when the run is stopped.
import type { IdentifyAnswer, JudgedFace, RecognizeAnswer } from '../../handler/answers.ts';
import { seatTexts } from '../../handler/rows.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import { replaceWhole } from '../cli/output.ts';
import { type Moment, partsOf, type Run, type Seen, type SeenFace } from './contents.ts';
import { CROP_SIDE, cutCrops, shrinkWhole } from './crops.ts';
import { type Head, pageHtml, partName } from './html.ts';

export interface ReportPlan {
  /** Path of the first file; the others are named after it. */
  path: string;
  run: Omit<Run, 'threshold'>;
  /** How many pictures the run has. */
  total: number;
  /** Facts for the head, read when the report is written. */
  facts: () => Head['facts'];
  /** The enrolled photo of a person, by its number, as WebP. */
  photoOf: (person: number) => Buffer | undefined | Promise<Buffer | undefined>;
}

/** A judged face, or an appearance. */
type Judged = Pick<JudgedFace, 'face' | 'box' | 'distance' | 'false_match_rate' | 'verdict'> & {
  nearest?: string | undefined;
};

/** An appearance in a film. */
export type Appeared = Omit<Judged, 'face'> & { appearance: number; from: number; to: number; best: number };

export class Report {
  readonly #plan: ReportPlan;
  readonly #seen: Seen = { pictures: [], films: [], faces: [], faceless: [], refused: [] };
  readonly #photos = new Map<number, Buffer | undefined>();
  readonly #stopped = (): void => this.#writeUnfinished();
  #threshold = 0;
  #cutting: Promise<void> = Promise.resolve();

  constructor(plan: ReportPlan) {
    this.#plan = plan;
    process.once('exit', this.#stopped); // also after Ctrl-C: the report then holds what was judged so far
  }

  /** Adds a judged picture. Waits until the one before it is cut up, so that pictures do not pile up in memory. */
  async add(path: string, image: Uint8Array, answer: RecognizeAnswer | IdentifyAnswer): Promise<void> {
    await this.#cutting;
    this.#threshold = answer.threshold;
    const picture = this.#number(path);
    const seats = seatTexts(answer.faces.map(({ box }) => box));
    const faces = answer.faces.map((face, i) => ({ ...this.#toSeen(picture, face), seat: seats[i] }));
    this.#seen.faces.push(...faces);
    if (faces.length === 0) this.#seen.faceless.push({ picture });
    this.#cutting = this.#cut(image, faces, picture);
  }

  /** Adds an appearance in the film that endFilm() then tells of, with a frame of it and where the face is in that. */
  async addAppearance(path: string, seen: Appeared, still: { image: Uint8Array; box: Box }): Promise<void> {
    await this.#cutting;
    const { from, to, best } = seen;
    const moment: Moment = { film: this.#seen.films.length, from, to, best };
    const picture = this.#number(path);
    const face: SeenFace = { ...this.#toSeen(picture, { ...seen, face: seen.appearance }), moment };
    this.#seen.faces.push(face);
    const inFrame = { ...face, box: still.box };
    this.#cutting = this.#cut(still.image, [inFrame], picture).then(() => {
      face.crop = inFrame.crop;
    });
  }

  /** The film of the last appearances has ended. */
  endFilm(path: string, endS: number, threshold: number): void {
    this.#threshold = threshold;
    const film = this.#seen.films.push({ path, endS }) - 1;
    if (!this.#seen.faces.some(({ moment }) => moment?.film === film)) {
      this.#seen.faceless.push({ picture: this.#number(path) });
    }
  }

  /** Adds a picture that could not be judged. */
  refuse(path: string, message: string): void {
    this.#seen.refused.push({ picture: this.#number(path), message });
  }

  /** Writes the report and returns the names of its files. @throws RequestError when it cannot be written. */
  async finish(): Promise<string[]> {
    await this.#cutting;
    if (!this.#plan.run.gallery) await this.#pin(0);
    const files = this.#write();
    process.removeListener('exit', this.#stopped);
    return files;
  }

  #number(path: string): number {
    return this.#seen.pictures.push(path) - 1;
  }

  #toSeen(picture: number, face: Judged): SeenFace {
    return {
      picture,
      face: face.face,
      box: face.box,
      distance: face.distance,
      rate: face.false_match_rate,
      matched: face.verdict === 'True',
      person: face.nearest === undefined ? 0 : this.#plan.run.people.indexOf(face.nearest),
    };
  }

  /** A picture that sharp cannot read is listed without a preview. */
  async #cut(image: Uint8Array, faces: readonly SeenFace[], picture: number): Promise<void> {
    try {
      if (faces.length === 0) {
        const small = await shrinkWhole(image, CROP_SIDE);
        Object.assign(this.#seen.faceless.find((one) => one.picture === picture) ?? {}, { small });
        return;
      }
      const crops = await cutCrops(
        image,
        faces.map(({ box }) => box),
      );
      faces.forEach((face, i) => {
        face.crop = crops[i];
      });
    } catch {
      // its tile says so
    }
    for (const { person, matched } of faces) if (matched) await this.#pin(person);
  }

  async #pin(person: number): Promise<void> {
    if (!this.#photos.has(person)) this.#photos.set(person, await this.#plan.photoOf(person));
  }

  #writeUnfinished(): void {
    const { pictures, films } = this.#seen;
    if (pictures.length === 0) return;
    const done = this.#plan.run.films ? films.length : pictures.length;
    this.#write(
      `The run was stopped after ${done} of ${this.#plan.total} ${this.#plan.run.films ? 'films' : 'pictures'}. This report holds what it had judged by then.`,
    );
  }

  #write(unfinished?: string): string[] {
    const { path, facts } = this.#plan;
    const run: Run = { ...this.#plan.run, threshold: this.#threshold };
    const head: Head = { run, photos: this.#photos, facts: facts(), unfinished };
    const parts = partsOf(this.#seen, run, path);
    return parts.map((_, i) => {
      const file = partName(path, i);
      replaceWhole(file, pageHtml(parts, i, this.#seen, head, path));
      return file;
    });
  }
}
