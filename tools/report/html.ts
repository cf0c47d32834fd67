// Writes one part of a report as HTML. The file is complete in itself; only links lead to the pictures.
import { basename } from 'node:path';
import type { Part, Run, Seen } from './contents.ts';
import { asset, BIOMETRIC_BANNER, documentHtml } from './document.ts';
import { ENROLLED_SIDE } from './enrolled.ts';
import { escapeHtml, jsonHtml, nameHtml } from './markup.ts';
import { NEAR_FACTOR, type Place, placesAt } from './places.ts';
import { stripsHtml } from './strip.ts';
import { facelessTile, faceTile, image, refusedRow } from './tiles.ts';
import { changeText, count, lineText } from './words.ts';

/** What the head of a report says. */
export interface Head {
  run: Run;
  /** Enrolled photos by the person's number, as WebP. */
  photos: ReadonlyMap<number, Buffer | undefined>;
  /** Facts of the run, such as command, time, software and cost: pairs of term and text. */
  facts: readonly (readonly [term: string, text: string])[];
  /** Why the report is incomplete, if it is. */
  unfinished?: string | undefined;
}

const MARK_HELP = 'Keys: arrows move, Enter opens, y is the person, n is not, s skips.';

/** The files' names: out.html, out-2.html, ... */
export function partName(path: string, part: number): string {
  return part === 0 ? path : path.replace(/(\.html?)?$/i, (end) => `-${part + 1}${end}`);
}

/** The page of part number `index`, from 0. */
export function pageHtml(parts: readonly Part[], index: number, seen: Seen, head: Head, path: string): string {
  const part = parts[index] as Part;
  const body = `<header>
${BIOMETRIC_BANNER}
${head.unfinished ? `<p class="banner">${escapeHtml(head.unfinished)}</p>` : ''}
<h1>${escapeHtml(titleOf(head.run))}</h1>
${factsHtml(head, seen)}
</header>
<main>
${index === 0 ? stripsHtml(seen, head.run, path) : ''}
${controlsHtml(part, head)}
${partLinks(parts, index, path)}
${panelsHtml(part, head, seen)}
</main>
${dialogHtml()}`;
  return documentHtml({
    title: titleOf(head.run),
    body,
    script: { text: asset('page.js'), data: jsonHtml(part.data) },
  });
}

function titleOf({ people, gallery, films }: Run): string {
  return gallery
    ? `Who is in these ${films ? 'films' : 'pictures'}? ${count(people.length, 'person').replace('persons', 'people')} looked for`
    : `Where is ${people[0]}?`;
}

function photoHtml({ run, photos }: Head, person: number): string {
  const photo = photos.get(person);
  if (!photo) return '';
  const caption = `enrolled: ${nameHtml(run.people[person] ?? '')}`;
  return `<figure class="enrolled">${image(photo, ENROLLED_SIDE)}<figcaption>${caption}</figcaption></figure>`;
}

function factsHtml({ facts, run }: Head, { pictures, films, faces, faceless, refused }: Seen): string {
  const of = run.films
    ? `${count(films.length, 'film')}, ${count(faces.length, 'appearance')}`
    : `${count(pictures.length, 'picture')}, ${count(faces.length, 'face')}`;
  const seen = `${of}; ${faceless.length} without a face, ${refused.length} refused`;
  const rows = [[run.films ? 'films' : 'pictures', seen] as const, ...facts].map(
    ([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`,
  );
  return `<details class="facts"><summary>How this was made: ${seen}</summary><dl>${rows.join('')}</dl></details>`;
}

function controlsHtml({ data }: Part, head: Head): string {
  const own = data.rates.indexOf(data.ownRate);
  const places = placesAt(data.ownRate, data.all, data);
  return `<section class="controls" aria-label="False match rate and corrections">
${head.run.gallery ? '' : photoHtml(head, 0)}
<div class="settings">
<p class="slider" hidden><label for="rate">False match rate to accept</label>
<input type="range" id="rate" min="0" max="${data.rates.length - 1}" step="1" value="${own}">
<button type="button" id="as-judged">As judged</button></p>
<p id="change" aria-live="polite">${changeText(data.ownRate, places, places, data)}</p>
<p class="marking" hidden><span class="keys">${MARK_HELP} </span><span id="marked" aria-live="polite">Nothing marked.</span>
<button type="button" id="save" disabled>Save corrections</button></p>
</div>
</section>`;
}

function partLinks(parts: readonly Part[], index: number, path: string): string {
  if (parts.length === 1) return '';
  const links = parts.map((_, i) =>
    i === index
      ? `<strong aria-current="page">${i + 1}</strong>`
      : `<a href="${escapeHtml(encodeURIComponent(basename(partName(path, i))))}">${i + 1}</a>`,
  );
  return `<nav aria-label="Parts of this report">Part ${links.join(' ')} of ${parts.length}: the best faces come first. Corrections are saved part by part.</nav>`;
}

/** The panels of the four tabs. Without a script they stand one below the other. */
function panelsHtml(part: Part, head: Head, seen: Seen): string {
  const { data } = part;
  const { run } = head;
  const places = placesAt(data.ownRate, data.all, data).slice(data.from, data.from + data.faces.length);
  const tiles = (place: Place, person?: number): string =>
    part.faces
      .map((face, i) => (places[i] === place && (person ?? face.person) === face.person ? faceTile(part, i) : ''))
      .join('');
  const shownPeople = data.people
    .map((_, person) => person)
    .filter((person) => !run.gallery || part.faces.some((face) => face.person === person));
  const sections = shownPeople.map(
    (person) => `<section class="person" data-person="${person}" aria-labelledby="p${person}">
<h3 id="p${person}">${nameHtml(data.people[person] ?? '')} <span class="count"></span></h3>
${run.gallery ? photoHtml(head, person) : ''}
<ul class="faces matched">${tiles('matched', person)}</ul>
<p class="line"><span>${lineText(data.ownRate, data)}</span></p>
<h4 class="near-title">Near misses: up to ${NEAR_FACTOR} times the rate</h4>
<ul class="faces near">${tiles('near', person)}</ul>
<p class="none">No near miss.</p>
</section>`,
  );
  const rest = `<ul class="faces rest">${tiles('rest')}</ul>`;
  const unknown = `<section class="person unknown" aria-labelledby="unknown"><h3 id="unknown">unknown <span class="count"></span></h3>${rest}</section>`;
  const faceless = `<ul class="faces">${part.faceless.map((one) => facelessTile(part, one)).join('')}</ul>`;
  const refused = `<ul class="refused">${part.refused.map((one) => refusedRow(part, one)).join('')}</ul>`;
  const people = `<div id="people">${sections.join('')}</div>`;
  const panels: [id: string, title: string, content: string][] = run.gallery
    ? [['person', 'People', people + unknown]]
    : [
        ['person', run.people[0] ?? '', people],
        ['others', 'Others', rest],
      ];
  panels.push(['faceless', `No face (${seen.faceless.length})`, faceless]);
  panels.push(['refused', `Refused (${seen.refused.length})`, refused]);
  return panels
    .map(
      ([id, title, content]) =>
        `<section class="panel" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title" class="panel-title">${nameHtml(title)}</h2>
<p class="empty">Nothing here.</p>${content}</section>`,
    )
    .join('\n');
}

function dialogHtml(): string {
  return `<dialog id="viewer" aria-labelledby="viewer-title">
<h2 id="viewer-title"></h2>
<div class="stage"><img id="original" alt=""><div id="box"></div></div>
<p id="viewer-note"></p>
<p class="buttons"><button type="button" data-key="y">Yes, same person (y)</button>
<button type="button" data-key="n">No (n)</button>
<button type="button" data-key="s">Skip (s)</button>
<a id="open" target="_blank">Open the picture</a>
<button type="button" data-key="Escape">Close</button></p>
</dialog>`;
}
