// What a person says of faces: yes, no, or nothing. Kept in the page alone, until it is saved as corrections.json.
import type { Correction, Corrections, PageData } from '../page-data.ts';
import { count } from '../words.ts';
import { find } from './page-elements.ts';

export const MARK_KEYS = ['y', 'n', 's'] as const;
export type MarkKey = (typeof MARK_KEYS)[number];

export function isMarkKey(key: string): key is MarkKey {
  return (MARK_KEYS as readonly string[]).includes(key);
}

export class Marks {
  readonly #data: PageData;
  readonly #tiles: readonly HTMLLIElement[];
  readonly #same = new Map<number, boolean>();
  #unsaved = false;

  constructor(data: PageData, tiles: readonly HTMLLIElement[]) {
    this.#data = data;
    this.#tiles = tiles;
    if (data.films) return;
    find('.marking').hidden = false;
    find('#save').addEventListener('click', () => this.#save());
    window.addEventListener('beforeunload', (event) => {
      if (this.#unsaved) event.preventDefault();
    });
  }

  /** `s` takes an earlier mark back. */
  set(i: number, key: MarkKey): void {
    if (this.#data.films) return;
    if (key === 's') this.#same.delete(i);
    else this.#same.set(i, key === 'y');
    this.#unsaved = this.#same.size > 0;
    const text = this.textOf(i);
    find('.mark', this.#tiles[i]).textContent = text;
    const said = text === '' ? 'Skipped.' : `Marked: ${text}.`;
    find('#marked').textContent = `${said} ${count(this.#same.size, 'face')} marked.`;
    find<HTMLButtonElement>('#save').disabled = this.#same.size === 0;
  }

  /** What is said of a face. In words, not by colour alone. */
  textOf(i: number): string {
    const same = this.#same.get(i);
    if (same === undefined) return '';
    return same ? `✓ ${this.nameOf(i)}` : `✗ not ${this.nameOf(i)}`;
  }

  /** Whom the face was compared with. */
  nameOf(i: number): string {
    return this.#data.people[this.#data.all.person[this.#data.from + i] ?? 0] ?? '';
  }

  #save(): void {
    const corrections: Corrections = {
      version: 1,
      folder: this.#data.folder,
      corrections: [...this.#same].sort(([a], [b]) => a - b).map(([i, same]) => this.#correction(i, same)),
    };
    const link = document.createElement('a');
    link.download = 'corrections.json';
    link.href = URL.createObjectURL(
      new Blob([`${JSON.stringify(corrections, null, 1)}\n`], { type: 'application/json' }),
    );
    link.click();
    this.#unsaved = false;
    find('#marked').textContent = `${count(corrections.corrections.length, 'face')} saved in corrections.json.`;
  }

  #correction(i: number, same_person: boolean): Correction {
    const { face, box } = this.#data.faces[i] as PageData['faces'][number];
    const [left, top, right, bottom] = box;
    const picture = this.#data.pictures[this.#data.all.picture[this.#data.from + i] ?? 0]?.path ?? '';
    return { picture, face, box: { left, top, right, bottom }, person: this.nameOf(i), same_person };
  }
}
