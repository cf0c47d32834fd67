// The slider: faces move between the lists as the false match rate changes.
import type { PageData } from '../page-data.ts';
import { type Place, placesAt } from '../places.ts';
import { changeText, count, lineText, rateText } from '../words.ts';
import { find, findAll } from './page-elements.ts';
import { offerFirstFaces } from './walk.ts';

export class Drawing {
  readonly #data: PageData;
  readonly #tiles: readonly HTMLLIElement[];
  readonly #slider = find<HTMLInputElement>('#rate');
  readonly #sections = findAll('section.person[data-person]');
  readonly #judged: readonly Place[];
  readonly #lists = new Map<string, HTMLElement>();

  constructor(data: PageData, tiles: readonly HTMLLIElement[]) {
    this.#data = data;
    this.#tiles = tiles;
    this.#judged = placesAt(data.ownRate, data.all, data);
  }

  start(): void {
    const own = String(this.#data.rates.indexOf(this.#data.ownRate));
    this.#slider.value = own; // a browser may bring back where it stood before a reload
    this.#slider.addEventListener('input', () => this.#draw());
    find('#as-judged').addEventListener('click', () => {
      this.#slider.value = own;
      this.#draw();
    });
    find('.slider').hidden = false;
    this.#draw();
  }

  #draw(): void {
    const data = this.#data;
    const rate = data.rates[Number(this.#slider.value)] ?? data.ownRate;
    const places = placesAt(rate, data.all, data);
    this.#move(places.slice(data.from, data.from + data.faces.length));
    this.#slider.setAttribute('aria-valuetext', rateText(rate, data.rates[0] ?? 0));
    find('#change').textContent = changeText(rate, this.#judged, places, data);
    for (const line of findAll('.line > span')) line.textContent = lineText(rate, data);
    this.#countSections(places);
    for (const panel of findAll('.panel')) find('.empty', panel).hidden = panel.querySelector('li') !== null;
    offerFirstFaces();
  }

  /** From the last face to the first, so that each is put before the one that follows it in its list. */
  #move(places: readonly Place[]): void {
    const following = new Map<Element, HTMLLIElement>();
    for (let i = this.#tiles.length - 1; i >= 0; i -= 1) {
      const tile = this.#tiles[i] as HTMLLIElement;
      const list = this.#listFor(places[i] as Place, this.#data.all.person[this.#data.from + i] as number);
      if (tile.parentElement !== list) list.insertBefore(tile, following.get(list) ?? null);
      following.set(list, tile);
    }
  }

  #listFor(place: Place, person: number): HTMLElement {
    const selector = place === 'rest' ? '.faces.rest' : `section[data-person="${person}"] .faces.${place}`;
    const list = this.#lists.get(selector) ?? find(selector);
    this.#lists.set(selector, list);
    return list;
  }

  /** Biggest first; who has neither a match nor a near miss is not shown, unless it is the only one asked for. */
  #countSections(places: readonly Place[]): void {
    const matches = new Map<number, number>();
    places.forEach((place, i) => {
      const person = this.#data.all.person[i] as number;
      if (place === 'matched') matches.set(person, (matches.get(person) ?? 0) + 1);
    });
    const sized = this.#sections.map((section) => ({
      section,
      size: matches.get(Number(section.dataset.person)) ?? 0,
    }));
    for (const { section, size } of sized) {
      find('.count', section).textContent = count(size, this.#data.films ? 'appearance' : 'face');
      section.hidden = this.#data.oneEach && section.querySelector('li') === null;
    }
    const unknown = document.querySelector('.unknown .count');
    if (unknown)
      unknown.textContent = count(
        places.filter((place) => place === 'rest').length,
        this.#data.films ? 'appearance' : 'face',
      );
    const people = find('#people');
    const ordered = [...sized].sort((a, b) => b.size - a.size).map(({ section }) => section);
    if (ordered.some((section, i) => section !== people.children[i])) people.append(...ordered);
  }
}
