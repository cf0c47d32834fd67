// A film in a report: a timeline of who is seen when, and a strip with a small picture of every appearance.
import { dirname, resolve } from 'node:path';
import { clock } from '../cli/clock.ts';
import type { Moment, Run, Seen, SeenFace } from './contents.ts';
import { CROP_SIDE } from './crops.ts';
import { escapeHtml, hrefFrom, nameHtml } from './markup.ts';
import { NEAR_FACTOR } from './places.ts';
import { image } from './tiles.ts';
import { momentText } from './words.ts';

/** A strip of more is tiresome: then only those are in it that matched, or nearly. */
const MOST_IN_STRIP = 300;
/** Units of the drawing: the width of a whole film, the height of a row and what of it is filled. */
const [WIDTH, ROW, BAR] = [1000, 26, 18];

type Appearance = SeenFace & { moment: Moment };
type Standing = 'matched' | 'near' | 'rest';

/** One section a film; nothing where pictures were judged. */
export function stripsHtml({ films, faces }: Seen, run: Run, reportPath: string): string {
  const folder = dirname(resolve(reportPath));
  return films
    .map(({ path, endS }, film) => {
      const all = faces.filter((face): face is Appearance => face.moment?.film === film);
      const href = hrefFrom(folder, path);
      return `<section class="film" aria-labelledby="film${film}">
<h2 id="film${film}"><a href="${escapeHtml(href)}">${nameHtml(path)}</a> <span class="count">${clock(endS)}</span></h2>
${timelineHtml(all, run, endS)}
${stripHtml(all, run, href)}
</section>`;
    })
    .join('\n');
}

function standingOf({ matched, rate }: SeenFace, { ownRate }: Run): Standing {
  if (matched) return 'matched';
  return rate <= NEAR_FACTOR * ownRate ? 'near' : 'rest';
}

/** A row a person who is seen, and one for all others. The list below says the same in words. */
function timelineHtml(all: readonly Appearance[], run: Run, endS: number): string {
  const rows = new Map<string, Appearance[]>();
  for (const face of all) {
    const name = standingOf(face, run) === 'rest' ? '' : (run.people[face.person] ?? '');
    rows.set(name, [...(rows.get(name) ?? []), face]);
  }
  const names = [...rows.keys()].sort((a, b) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1));
  const drawn = names.map((name) => {
    const bars = (rows.get(name) ?? []).map((face) => barHtml(face, standingOf(face, run), endS)).join('');
    const label = name === '' ? 'others' : nameHtml(name);
    return `<dt>${label}</dt><dd><svg viewBox="0 0 ${WIDTH} ${ROW}" preserveAspectRatio="none" width="100%" height="${ROW}" aria-hidden="true">${bars}</svg></dd>`;
  });
  return drawn.length === 0 ? '' : `<dl class="timeline">${drawn.join('\n')}</dl>`;
}

function barHtml({ moment }: Appearance, standing: Standing, endS: number): string {
  const x = (seconds: number) => Number(((WIDTH * seconds) / Math.max(endS, moment.to, 1e-3)).toFixed(1));
  const width = Math.max(2, x(moment.to) - x(moment.from)).toFixed(1);
  return `<rect class="${standing}" x="${x(moment.from)}" y="${(ROW - BAR) / 2}" width="${width}" height="${BAR}"><title>${whenText(moment)}</title></rect>`;
}

function stripHtml(all: readonly Appearance[], run: Run, href: string): string {
  const isLong = all.length > MOST_IN_STRIP;
  const shown = isLong ? all.filter((face) => standingOf(face, run) !== 'rest') : all;
  const items = shown.map((face) => {
    const standing = standingOf(face, run);
    const name =
      standing === 'rest' ? (run.gallery ? 'unknown' : `not ${run.people[0] ?? ''}`) : run.people[face.person];
    const mark = { matched: '✓', near: '?', rest: '✗' }[standing];
    return `<li class="${standing}"><a class="face" href="${escapeHtml(href)}#t=${face.moment.from}">${image(face.crop, CROP_SIDE)}
<span class="who">${mark} ${nameHtml(name ?? '')}</span><span class="rate" title="${whenText(face.moment)}">${momentText(face.moment)}</span></a></li>`;
  });
  if (items.length === 0) return '<p>Nobody to show.</p>';
  const note = isLong ? `<p>Of ${all.length} appearances the strip shows those that match, or nearly.</p>` : '';
  return `${note}<ol class="faces strip">${items.join('')}</ol>`;
}

function whenText({ from, to }: Moment): string {
  return `${clock(from)} to ${clock(to)}`;
}
