// The original picture of a face, with its box, in the platform's own dialog.
import type { PageData, PageFace } from '../page-data.ts';
import { rateText } from '../words.ts';
import { isMarkKey, type Marks } from './marks.ts';
import { find, findAll } from './page-elements.ts';

const UNREADABLE =
  'This browser cannot show the picture: it was moved, or is of a kind that the browser does not know.';

export class Viewer {
  readonly #data: PageData;
  readonly #tiles: readonly HTMLLIElement[];
  readonly #marks: Marks;
  readonly #dialog = find<HTMLDialogElement>('#viewer');
  readonly #original = find<HTMLImageElement>('#original');
  readonly #box = find('#box');
  #shown = 0;
  #isOriginal = false;

  constructor(data: PageData, tiles: readonly HTMLLIElement[], marks: Marks) {
    this.#data = data;
    this.#tiles = tiles;
    this.#marks = marks;
    this.#original.addEventListener('load', () => this.#isOriginal && this.#placeBox());
    this.#original.addEventListener('error', () => this.#showCrop());
    for (const button of findAll('[data-key]', this.#dialog)) {
      button.addEventListener('click', () => this.#press(button.dataset.key ?? ''));
    }
    this.#dialog.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key === 'Escape') return; // the dialog's own
      if (this.#press(event.key)) event.preventDefault();
    });
    this.#dialog.addEventListener('close', () => {
      this.#original.removeAttribute('src'); // 12 megapixels need not stay decoded
      find('.face', this.#tiles[this.#shown]).focus();
    });
  }

  /** Shows the original of face `i`. */
  open(i: number): void {
    const { all, from, pictures } = this.#data;
    const { face, seat, distance } = this.#data.faces[i] as PageFace;
    const { shown, href, isStill } = pictures[all.picture[from + i] ?? 0] as PageData['pictures'][number];
    this.#shown = i;
    find('#viewer-title').textContent =
      `${isStill ? 'appearance' : 'face'} ${face}${seat ? ` (${seat})` : ''} of ${shown}`;
    const rate = rateText(all.rate[from + i] ?? 0, this.#data.rates[0] ?? 0);
    const said = this.#marks.textOf(i);
    find('#viewer-note').textContent =
      `Compared with ${this.#marks.nameOf(i)}: distance ${distance.toFixed(3)}, false match rate ${rate}. ${said}`;
    const link = find<HTMLAnchorElement>('#open');
    link.hidden = href === undefined;
    this.#box.hidden = true;
    this.#isOriginal = href !== undefined && !isStill;
    for (const button of findAll('[data-key="y"], [data-key="n"], [data-key="s"]', this.#dialog)) {
      button.hidden = isStill ?? false;
    }
    link.textContent = isStill ? 'Open the film there' : 'Open the picture';
    this.#original.alt = `The picture ${shown}`;
    if (href !== undefined) link.href = href;
    if (this.#isOriginal) this.#original.src = href ?? '';
    else this.#showCrop(isStill ? '' : UNREADABLE);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #press(key: string): boolean {
    if (isMarkKey(key)) {
      this.#marks.set(this.#shown, key);
      this.#step(1);
    } else if (key === 'ArrowRight') this.#step(1);
    else if (key === 'ArrowLeft') this.#step(-1);
    else if (key === 'Escape') this.#dialog.close();
    else return false;
    return true;
  }

  /** The next face of those that the open tab shows. */
  #step(by: number): void {
    const order = findAll<HTMLLIElement>('.panel.chosen .faces > li').map((tile) => this.#tiles.indexOf(tile));
    const next = order[order.indexOf(this.#shown) + by];
    if (next === undefined) this.#dialog.close();
    else this.open(next);
  }

  /** In parts of the picture, so that the box stays where it is at any size. */
  #placeBox(): void {
    const { naturalWidth: width, naturalHeight: height } = this.#original;
    const [left, top, right, bottom] = (this.#data.faces[this.#shown] as PageFace).box;
    const { style } = this.#box;
    style.left = `${(100 * left) / width}%`;
    style.top = `${(100 * top) / height}%`;
    style.width = `${(100 * (right - left)) / width}%`;
    style.height = `${(100 * (bottom - top)) / height}%`;
    this.#box.hidden = false;
  }

  #showCrop(note = UNREADABLE): void {
    const crop = this.#tiles[this.#shown]?.querySelector('img')?.src;
    if (!crop || this.#original.src === crop) return;
    this.#isOriginal = false;
    find('#viewer-note').append(` ${note}`);
    this.#original.src = crop;
  }
}
