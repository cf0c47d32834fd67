// The person who is looked for: photos become a model, with the coach's words; a saved model is opened; the model is kept as a file.
import type { TrainAnswer } from '../../../handler/answers.ts';
import { seatTexts } from '../../../handler/rows.ts';
import type { Box } from '../../../handler/sidecar/faces.ts';
import { acceptFiles, type Given } from './drop.ts';
import { download, find, make } from './elements.ts';
import { type Engine, EngineError } from './engine.ts';
import type { Picture } from './messages.ts';
import { type Shown, showPicture } from './picture.ts';
import type { Reader } from './reading.ts';

/** A photo that was enrolled, or a model that was opened. */
interface Part {
  /** Rows of the model, as CSV. */
  csv: string;
  element: HTMLElement;
}

export class Person {
  readonly #engine: Engine;
  readonly #reader: Reader;
  readonly #onChange: () => void;
  readonly #list = find('#enrolled');
  readonly #status = find('#person-status');
  #parts: Part[] = [];
  /** Why the parts together cannot be used. */
  #problem: string | undefined;
  #waiting = 0;

  /** @param onChange is called when the model is another one. */
  constructor(engine: Engine, reader: Reader, onChange: () => void) {
    this.#engine = engine;
    this.#reader = reader;
    this.#onChange = onChange;
    acceptFiles(find('#person .zone'), (files) => void this.add(files));
    find('#save').addEventListener('click', () => this.#save());
    find('#start-over').addEventListener('click', () => {
      for (const { element } of this.#parts) element.remove();
      this.#list.replaceChildren();
      this.#parts = [];
      void this.#changed();
    });
  }

  /** The model CSV, or nothing while there is none that can be used. */
  get model(): string | undefined {
    return this.#problem === undefined ? this.#joined : undefined;
  }

  /** Models of one person joined end to end are one model. */
  get #joined(): string | undefined {
    return this.#parts.length === 0 ? undefined : this.#parts.map(({ csv }) => csv).join('');
  }

  /** Enrols photos, and opens models. */
  async add(files: readonly Given[]): Promise<void> {
    this.#waiting += files.length;
    this.#tell();
    for (const given of files) {
      if (/\.csv$/i.test(given.file.name)) await this.#open(given);
      else await this.#enrol(given);
      this.#waiting -= 1;
      this.#tell();
    }
    await this.#changed();
  }

  async #open({ file, path }: Given): Promise<void> {
    const item = make('li', {}, make('p', { className: 'name' }, path));
    this.#list.append(item);
    try {
      const csv = await file.text();
      await this.#engine.ask('check', { model: csv });
      item.append(make('p', {}, 'A model that was saved before.'));
      this.#take(item, csv.endsWith('\n') ? csv : `${csv}\n`);
      const name = find<HTMLInputElement>('#name');
      if (name.value === name.defaultValue) name.value = file.name.replace(/\.csv$/i, '').slice(0, name.maxLength);
    } catch (error) {
      this.#refuse(item, error);
    }
  }

  async #enrol({ file, path }: Given): Promise<void> {
    const item = make('li', {}, make('p', { className: 'name' }, path));
    this.#list.append(item);
    try {
      const picture = await this.#reader.read(file);
      const shown = await showPicture(file, picture, `Photo ${path}`);
      item.prepend(shown.element);
      await this.#train(file, picture, item, shown);
    } catch (error) {
      this.#refuse(item, error);
    }
  }

  async #train(file: File, picture: Picture, item: HTMLElement, shown: Shown, face?: number): Promise<void> {
    try {
      const answer = await this.#engine.ask('enrol', { picture, face, thorough: false });
      shown.place(make('div', { className: 'box matched' }), answer.face.box);
      item.append(coach(answer));
      this.#take(item, answer.facevectors);
    } catch (error) {
      if (error instanceof EngineError && error.code === 'MANY_FACES' && error.boxes.length > 0) {
        this.#offerFaces(error.boxes, file, item, shown);
      } else {
        this.#refuse(item, error);
      }
    }
  }

  /** A button over every face: who of them is meant? */
  #offerFaces(boxes: readonly Box[], file: File, item: HTMLElement, shown: Shown): void {
    const question = make('p', { className: 'refusal' }, `${boxes.length} faces found: choose the person.`);
    const seats = seatTexts(boxes);
    const buttons = boxes.map((box, i) => {
      const seat = seats[i] === undefined ? '' : ` (${seats[i]})`;
      const button = make('button', { type: 'button', className: 'box choose', ariaLabel: `Face ${i + 1}${seat}` });
      button.append(make('span', { className: 'number' }, String(i + 1)));
      button.addEventListener('click', async () => {
        for (const other of [...buttons, question]) other.remove();
        await this.#train(file, await this.#reader.read(file), item, shown, i + 1);
        await this.#changed();
      });
      shown.place(button, box);
      return button;
    });
    item.append(question, this.#removeButton(item));
  }

  #take(item: HTMLElement, csv: string): void {
    this.#parts.push({ csv, element: item });
    item.querySelector('.remove')?.remove();
    item.append(this.#removeButton(item));
  }

  #refuse(item: HTMLElement, error: unknown): void {
    item.append(make('p', { className: 'refusal' }, messageOf(error)));
    item.querySelector('.remove')?.remove();
    item.append(this.#removeButton(item));
  }

  #removeButton(item: HTMLElement): HTMLElement {
    const name = item.querySelector('.name')?.textContent ?? '';
    const button = make('button', { type: 'button', className: 'remove', ariaLabel: `Remove ${name}` }, 'Remove');
    button.addEventListener('click', () => {
      item.remove();
      this.#parts = this.#parts.filter(({ element }) => element !== item);
      find('#photos').focus(); // the button that had the focus is gone
      void this.#changed();
    });
    return button;
  }

  async #changed(): Promise<void> {
    const model = this.#joined;
    this.#problem = undefined;
    if (model !== undefined) {
      try {
        await this.#engine.ask('check', { model });
      } catch (error) {
        this.#problem = messageOf(error);
      }
    }
    find('#keep').hidden = this.model === undefined;
    this.#tell();
    this.#onChange();
  }

  #tell(): void {
    const many = this.#parts.length;
    const working = this.#waiting > 0 ? 'Looking for the face ...' : undefined;
    const ready = many > 0 ? `The model is ready: ${many} ${many === 1 ? 'photo' : 'photos'}.` : '';
    this.#status.classList.toggle('refusal', this.#problem !== undefined);
    this.#status.textContent = this.#problem ?? working ?? ready;
  }

  #save(): void {
    const { model } = this;
    const name =
      find<HTMLInputElement>('#name')
        .value.replace(/[\p{Cc}/\\:*?"<>|]/gu, '')
        .trim() || 'person';
    if (model !== undefined) download(`${name}.csv`, model, 'text/csv');
  }
}

/** What the coach says of a photo. */
function coach({ advice, notes = [] }: TrainAnswer): HTMLElement {
  const lines = [...notes, ...advice];
  if (lines.length === 0) return make('p', { className: 'praise' }, '✓ A good photo.');
  return make('ul', { className: 'advice' }, ...lines.map((line) => make('li', {}, line)));
}

/** A failure in words for the page: handler/ words its messages for the commands. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/, or insist with --one-person.*$/, '')
    .replace(/; try --thorough| or raise FR_\w+/, '')
    .replace('train each person separately', 'remove one of them');
}
