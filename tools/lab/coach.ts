// Measures the enrolment coach: what it says about good photos, and about photos made worse in one known way.
//
//   npm run coach -- FOLDER... [--people N]
//
// Each FOLDER holds one folder for each person. Every second person is used: those that coach-fit.ts leaves out. One photo of
// each is enrolled, as it is and made worse in every way, and compared with up to three others. Photos in a folder named
// `profile` show the face turned away.
import { readFileSync } from 'node:fs';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { processConfig } from '../../handler/config.ts';
import { FaceError, ManyFacesError } from '../../handler/errors.ts';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { parseModel } from '../../handler/matching/vectors.ts';
import { prepareProbe } from '../../handler/probe.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { Sidecar } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { looksOf, type Subject as Person, subjectsIn } from './coach-people.ts';
import { blurred, compressed, covered, exposed, type Spoil, shrunk, smeared } from './spoiling.ts';

const PROBES = 3;

/** A way to make a photo worse, and what the coach should then say. */
interface Way {
  name: string;
  expected: RegExp;
  spoil: (person: number) => Spoil;
}

const WAYS: readonly Way[] = [
  ...[60, 42, 38, 34, 30, 26].map((px) => way(`${px} px between the eyes`, /small/, shrunk(px))),
  ...[0.02, 0.035, 0.05, 0.1].map((share) => way(`blur of ${share} eye distances`, /blurred/, blurred(share))),
  ...(['across', 'down', 'askew'] as const).map((to) => way(`smeared ${to} by .25`, /blurred/, smeared(0.25, to))),
  ...[40, 20, 10, 5, 3].map((quality) => way(`JPEG quality ${quality}`, /compressed/, compressed(quality))),
  ...[0.5, 0.25, 0.1].map((times) => way(`light x ${times}`, /dark/, exposed(times))),
  ...[1.5, 2].map((times) => way(`light x ${times}`, /overexposed/, exposed(times))),
  { name: 'bar over the eyes', expected: /eyes covered/, spoil: (i) => covered('eyes', i, true) },
  { name: 'eyes, other covers', expected: /eyes covered/, spoil: (i) => covered('eyes', i, false) },
  { name: 'mask over the mouth', expected: /mouth covered/, spoil: (i) => covered('mouth', i, true) },
  { name: 'mouth, other covers', expected: /mouth covered/, spoil: (i) => covered('mouth', i, false) },
];

function way(name: string, expected: RegExp, spoil: Spoil): Way {
  return { name, expected, spoil: () => spoil };
}

/** The result of enrolling one photo. */
type Outcome = { refused: string } | { advice: string[]; found: number; compared: number };

async function main(): Promise<number> {
  const { _: folders, people } = yargs(hideBin(process.argv))
    .demandCommand(1)
    .options({ people: { type: 'number', default: 100 } })
    .strict()
    .parseSync();
  const sidecar = new Sidecar(processConfig());
  for (const folder of folders.map(String)) {
    const chosen = (await subjectsIn(folder))
      .filter(({ frontal }, i) => i % 2 === 0 && frontal.length > 1)
      .slice(0, people);
    console.log(
      `${folder}: ${chosen.length} people\n| photo | photos | refused | right word | other words | TMR at ${DEFAULT_FMR} with the word | without |\n|---|---|---|---|---|---|---|`,
    );
    const results = new Map<string, Outcome[]>();
    for (const [i, person] of chosen.entries()) {
      for (const [name, outcome] of await outcomesOf(person, i, sidecar))
        results.set(name, [...(results.get(name) ?? []), outcome]);
    }
    const expected = new Map([
      ['as it is', /./],
      ['profile', /turned/],
      ...WAYS.map(({ name, expected }) => [name, expected] as const),
    ]);
    for (const [name, outcomes] of results) console.log(rowOf(name, expected.get(name) as RegExp, outcomes));
  }
  sidecar.close();
  return EXIT.match;
}

async function outcomesOf(
  { frontal, profile }: Person,
  number: number,
  sidecar: Sidecar,
): Promise<[string, Outcome][]> {
  const photo = readFileSync(frontal[0] as string);
  const [face] = await looksOf(photo, sidecar);
  if (!face) return [];
  const probes: Subject[] = [];
  for (const path of frontal.slice(1, 1 + PROBES)) {
    const other = readFileSync(path);
    const looks = await looksOf(other, sidecar, { probe: true });
    if (looks.length > 0) probes.push(prepareProbe(looks, shippedCohort()));
  }
  const outcomes: [string, Outcome][] = [['as it is', await enrol(photo, probes, sidecar)]];
  for (const { name, spoil } of WAYS) {
    outcomes.push([name, await enrol(await spoil(number)(photo, face), probes, sidecar)]);
  }
  for (const path of profile) outcomes.push(['profile', await enrol(readFileSync(path), probes, sidecar)]);
  return outcomes;
}

/** Enrols a photo with the trainer. If it shows several faces, the one nearest the middle is used. */
async function enrol(photo: Buffer, probes: readonly Subject[], sidecar: Sidecar): Promise<Outcome> {
  try {
    const answer = await train(photo, {}, sidecar).catch(async (error: unknown) => {
      if (!(error instanceof ManyFacesError)) throw error;
      return train(photo, { face: (await looksOf(photo, sidecar))[0]?.face }, sidecar);
    });
    const gallery = prepare(parseModel(answer.facevectors), shippedCohort());
    const found = probes.filter((probe) => compare(probe, gallery).distance <= thresholdFor(DEFAULT_FMR)).length;
    return { advice: answer.advice, found, compared: probes.length };
  } catch (error) {
    if (!(error instanceof FaceError)) throw error;
    return { refused: error.message };
  }
}

function rowOf(name: string, expected: RegExp, outcomes: readonly Outcome[]): string {
  const used = outcomes.flatMap((outcome) => ('advice' in outcome ? [outcome] : []));
  const [withIt, without] = [true, false].map((said) =>
    used.filter(({ advice }) => advice.some((line) => expected.test(line)) === said),
  );
  const refused = outcomes.flatMap((outcome) => ('refused' in outcome ? [outcome.refused] : []));
  const inWords = refused.filter((line) => expected.test(line)).length;
  const other = used.filter(({ advice }) => advice.some((line) => !expected.test(line)));
  const share = (part: number, all: number): string => (all === 0 ? '' : `${((100 * part) / all).toFixed(0)} %`);
  const tmr = (some: typeof used = []): string => {
    const compared = some.reduce((sum, one) => sum + one.compared, 0);
    return compared === 0 ? '' : (some.reduce((sum, one) => sum + one.found, 0) / compared).toFixed(2);
  };
  const right = share((withIt?.length ?? 0) + inWords, outcomes.length);
  return `| ${[name, outcomes.length, refused.length, right, share(other.length, used.length), tmr(withIt), tmr(without)].join(' | ')} |`;
}

await runProgram('coach', main);
