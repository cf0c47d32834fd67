// Numbers and sentences of a report. The writer and the page's script share them.

import { clock } from '../cli/clock.ts';
import type { Moment } from './contents.ts';
import type { PageData } from './page-data.ts';
import { countChanges, countMatches, type Place } from './places.ts';

/** A false match rate as text. Rates below `least` were not measured. */
export function rateText(rate: number, least: number): string {
  if (rate < least) return `below ${least.toExponential()}`;
  return rate < 1e-3 ? rate.toExponential() : String(rate);
}

/** `1 face`, `2,000 faces`. */
export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

/** What the threshold's line says. The distance is known for the rate of the run only. */
export function lineText(rate: number, { ownRate, rates, threshold }: PageData): string {
  const distance = rate === ownRate ? `, distance ${threshold}` : '';
  return `threshold: false match rate ${rateText(rate, rates[0] ?? 0)}${distance}`;
}

/** What changes at a rate, as one sentence. */
export function changeText(rate: number, before: readonly Place[], after: readonly Place[], data: PageData): string {
  const { faces, pictures } = countMatches(after, data.all);
  const verb = faces === 1 ? 'matches' : 'match';
  const matches = data.films
    ? `${count(faces, 'appearance')} ${verb}`
    : `${count(faces, 'face')} in ${count(pictures, 'picture')} ${verb}`;
  const changes = countChanges(before, after);
  const verdicts = `${count(changes, 'verdict')} would change`;
  const change = rate === data.ownRate ? 'as judged' : verdicts;
  return `${matches} at ${rateText(rate, data.rates[0] ?? 0)}: ${change}.`;
}

/** When an appearance begins and how long it lasts: `0:00:08, 4.0 s`. Short enough for what stands under a small picture. */
export function momentText({ from, to }: Pick<Moment, 'from' | 'to'>): string {
  return `${clock(from).slice(0, -'.000'.length)}, ${(to - from).toFixed(1)} s`;
}
