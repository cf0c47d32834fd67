// The HTML of one face, one picture without a face, or one refused picture.
import { LEAST_FMR } from '../../handler/matching/calibration.ts';
import { shownName } from '../cli/paths.ts';
import type { Faceless, Part, Refusal } from './contents.ts';
import { CROP_SIDE } from './crops.ts';
import { escapeHtml } from './markup.ts';
import type { PagePicture } from './page-data.ts';
import { momentText, rateText } from './words.ts';

/** Face number `i` of a part. The page's script finds it by its id and moves it between the lists. */
export function faceTile({ data, faces }: Part, i: number): string {
  const { distance, rate, picture, face, person, crop, moment } = faces[i] as Part['faces'][number];
  const { shown } = data.pictures[picture] as PagePicture;
  const label = moment ? momentText(moment) : shownName(shown);
  const name = data.oneEach ? `<span class="who"><bdi>${escapeHtml(data.people[person] ?? '')}</bdi></span>` : '';
  return `<li id="f${i}"><button type="button" class="face">${image(crop, CROP_SIDE)}${name}
<span class="distance"><span class="unseen">distance </span>${distance.toFixed(3)}</span>
<span class="rate"><span class="unseen">false match rate </span>${rateText(rate, LEAST_FMR)}</span>
<span class="file" title="${escapeHtml(shown)}"><span class="unseen">${moment ? 'appearance' : 'face'} ${face} of </span><bdi>${escapeHtml(label)}</bdi></span>
<span class="mark"></span></button></li>`;
}

/** A picture in which no face was found. */
export function facelessTile({ data }: Part, { picture, small }: Faceless): string {
  const { shown, href } = data.pictures[picture] as PagePicture;
  const inside = `${image(small, CROP_SIDE)}<span class="file" title="${escapeHtml(shown)}"><bdi>${escapeHtml(shownName(shown))}</bdi></span>`;
  return `<li>${href ? `<a class="face" href="${escapeHtml(href)}">${inside}</a>` : `<span class="face">${inside}</span>`}</li>`;
}

/** A picture that could not be judged, and why. */
export function refusedRow({ data }: Part, { picture, message }: Refusal): string {
  const { shown, href } = data.pictures[picture] as PagePicture;
  const name = `<bdi>${escapeHtml(shown)}</bdi>`;
  return `<li>${href ? `<a href="${escapeHtml(href)}">${name}</a>` : name}: ${escapeHtml(message)}</li>`;
}

/** An image inside the file itself. */
export function image(webp: Buffer | undefined, side: number): string {
  if (!webp) return '<span class="crop blank">no preview</span>';
  return `<img class="crop" alt="" loading="lazy" decoding="async" width="${side}" height="${side}" src="data:image/webp;base64,${webp.toString('base64')}">`;
}
