// The pictures being searched: boxes and verdicts, and the slider that chooses another rate.
import type { RecognizeAnswer } from '../../../handler/answers.ts';
import { count, rateText } from '../../report/words.ts';
import { acceptFiles, type Given, isPicture } from './drop.ts';
import { download, find, make } from './elements.ts';
import type { Engine } from './engine.ts';
import { messageOf, type Person } from './person.ts';
import { type Shown, showPicture } from './picture.ts';
import type { Reader } from './reading.ts';
import { faceWords, OWN_STOP, RATES, verdictsAt } from './verdicts.ts';

interface Searched {
  /** The worker keeps its faces under this number. */
  number: number;
  given: Given;
  item: HTMLElement;
  shown?: Shown;
  /** Whether the worker has looked at it. */
  looked: boolean;
  thorough: boolean;
  answer?: RecognizeAnswer | undefined;
  problem?: string | undefined;
}

export class Search {
  readonly #engine: Engine;
  readonly #reader: Reader;
  readonly #person: Person;
  readonly #list = find('#judged');
  readonly #slider = find<HTMLInputElement>('#rate');
  readonly #onlyMatches = find<HTMLInputElement>('#only-matches');
  #pictures: Searched[] = [];
  #next = 0;
  /** Files that were given and are no pictures. */
  #others = 0;
  /** Counts up when what is being judged is not wanted any more. */
  #round = 0;
  #isWorking = false;

  constructor(engine: Engine, reader: Reader, person: Person) {
    this.#engine = engine;
    this.#reader = reader;
    this.#person = person;
    this.#slider.max = String(RATES.length - 1);
    this.#slider.value = String(OWN_STOP);
    this.#slider.addEventListener('input', () => this.#draw());
    this.#onlyMatches.checked = false; // a browser may bring back what it was before a reload
    this.#onlyMatches.addEventListener('change', () => this.#draw());
    find('#as-judged').addEventListener('click', () => {
      this.#slider.value = String(OWN_STOP);
      this.#draw();
    });
    acceptFiles(find('#search .zone'), (files) => void this.add(files));
    find('#stop').addEventListener('click', () => {
      this.#round += 1;
      this.#isWorking = false;
      this.#tell();
    });
    find('#clear').addEventListener('click', () => void this.#clear());
    find('#save-answers').addEventListener('click', () => this.#save());
  }

  /** Adds pictures, and judges them if somebody is enrolled. */
  async add(files: readonly Given[]): Promise<void> {
    const thorough = find<HTMLInputElement>('#thorough').checked;
    find('#results').hidden = false;
    const pictures = files.filter(isPicture);
    this.#others += files.length - pictures.length;
    for (const given of pictures) {
      const item = make('li', {}, make('p', { className: 'name' }, given.path));
      this.#pictures.push({ number: this.#next, given, item, looked: false, thorough });
      this.#next += 1;
      this.#list.append(item);
    }
    await this.judgeAll();
  }

  /** Finds the faces of every picture, and judges them by the model of now. No face is looked for twice. */
  async judgeAll(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    for (const picture of this.#pictures) picture.answer = undefined;
    this.#isWorking = true;
    this.#draw();
    for (const picture of [...this.#pictures]) {
      await this.#judge(picture);
      if (round !== this.#round) return;
      this.#draw();
    }
    this.#isWorking = false;
    this.#tell();
  }

  async #judge(picture: Searched): Promise<void> {
    const { number, given, thorough } = picture;
    picture.problem = undefined;
    try {
      if (!picture.looked) {
        const read = await this.#reader.read(given.file);
        picture.shown ??= await showPicture(given.file, read, `Picture ${given.path}`);
        picture.item.prepend(picture.shown.element);
        await this.#engine.ask('look', { number, picture: read, thorough });
        picture.looked = true;
      }
      const { model } = this.#person;
      if (model !== undefined) picture.answer = await this.#engine.ask('judge', { number, model });
    } catch (error) {
      picture.looked = false;
      picture.problem = messageOf(error);
    }
  }

  #draw(): void {
    const rate = RATES[Number(this.#slider.value)] as number;
    const judged = this.#pictures.filter(({ answer }) => answer !== undefined);
    const { places, words } = verdictsAt(
      rate,
      judged.map(({ answer }) => answer as RecognizeAnswer),
    );
    this.#slider.setAttribute('aria-valuetext', rateText(rate, 0));
    find('#rate-text').textContent = rateText(rate, 0);
    find('#count').textContent = words;
    for (const picture of this.#pictures) {
      const at = judged.indexOf(picture);
      drawOne(picture, places[at] ?? []);
      picture.item.hidden = this.#onlyMatches.checked && !places[at]?.includes('matched');
    }
    this.#tell();
  }

  #tell(): void {
    const all = this.#pictures.length;
    const waits = this.#person.model === undefined;
    const ready = this.#pictures.filter(({ answer, problem, looked }) => answer ?? problem ?? (waits && looked)).length;
    find('#stop').hidden = !this.#isWorking;
    const text = `${ready} of ${all} ${waits ? 'looked at' : 'judged'}${this.#isWorking ? ' ...' : '.'}`;
    const others = this.#others > 0 ? ` ${count(this.#others, 'file')} left alone: no picture by name.` : '';
    const next = waits && !this.#isWorking ? ' Now add a photo of the person.' : '';
    find('#progress-text').textContent = `${text}${others}${next}`;
  }

  async #clear(): Promise<void> {
    this.#round += 1;
    this.#isWorking = false;
    this.#pictures = [];
    this.#others = 0;
    this.#list.replaceChildren();
    find('#results').hidden = true;
    find('#pictures').focus();
    await this.#engine.ask('forget', {});
  }

  /** The same lines as `fr-recognize --json` prints. */
  #save(): void {
    const lines = this.#pictures.flatMap(({ given: { path }, answer, problem }) => {
      if (answer) return [`${JSON.stringify({ picture: path, ...answer, where: 'this page' })}\n`];
      return problem === undefined ? [] : [`${JSON.stringify({ picture: path, error: problem })}\n`];
    });
    download('answers.jsonl', lines.join(''), 'application/jsonl');
  }
}

/** Boxes and words of one picture. */
function drawOne({ answer, problem, item, shown }: Searched, places: ReturnType<typeof verdictsAt>['places'][number]) {
  for (const old of item.querySelectorAll('.box, .said')) old.remove();
  const said = make('div', { className: 'said' });
  const faces = answer?.faces ?? [];
  faces.forEach((face, i) => {
    const place = places[i] ?? 'rest';
    const box = make('div', { className: `box ${place}` });
    if (faces.length > 1) box.append(make('span', { className: 'number' }, String(face.face)));
    shown?.place(box, face.box);
    said.append(make('p', { className: place }, faceWords(face, place, faces.length > 1)));
  });
  if (answer && faces.length === 0) said.append(make('p', {}, 'No face found.'));
  for (const note of answer?.notes ?? []) said.append(make('p', { className: 'quiet' }, note));
  if (problem !== undefined) said.append(make('p', { className: 'refusal' }, problem));
  item.append(said);
}
