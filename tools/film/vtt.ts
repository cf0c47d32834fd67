// fr-recognize --vtt: who is seen when, as WebVTT chapters (https://www.w3.org/TR/webvtt1/#chapter-cues).
import { oneLine } from '../../deploy/shell/one-line.ts';
import { clock } from '../cli/clock.ts';

/** Somebody is seen from one second to another. */
export interface Span {
  name: string;
  from: number;
  to: number;
}

/**
 * A chapter for every time in which the same people are seen. Chapters of a film may not overlap, so people who are seen
 * together share one.
 */
export function formatVtt(spans: readonly Span[]): string {
  const cues = chapters(spans).map(
    ({ names, from, to }, i) => `\n${i + 1}\n${cueTime(from)} --> ${cueTime(to)}\n${names.map(cueText).join(', ')}\n`,
  );
  return `WEBVTT\n${cues.join('')}`;
}

interface Chapter {
  names: string[];
  from: number;
  to: number;
}

function chapters(spans: readonly Span[]): Chapter[] {
  const shown = spans.filter(({ from, to }) => to > from);
  const times = [...new Set(shown.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const found: Chapter[] = [];
  for (const [i, from] of times.slice(0, -1).entries()) {
    const to = times[i + 1] as number;
    const names = [...new Set(shown.filter((one) => one.from <= from && one.to >= to).map(({ name }) => name))].sort();
    if (names.length === 0) continue;
    const before = found.at(-1);
    if (before?.to === from && before.names.join('\n') === names.join('\n')) before.to = to;
    else found.push({ names, from, to });
  }
  return found;
}

/** WebVTT wants two digits of hours. */
function cueTime(seconds: number): string {
  return clock(seconds).padStart('00:00:00.000'.length, '0');
}

/** `-->` may not stand in a cue, and `<` and `&` begin markup. */
function cueText(name: string): string {
  return oneLine(name).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
