// An appearance -> whose it is: the mean of its faces, compared as one face is.
import type { ComputedFrom, Verdict } from '../../handler/answers.ts';
import { galleryThreshold, knowPerson, type Person, UNKNOWN } from '../../handler/identifier.ts';
import { limitsOf, type RecognizeOptions, verdictOn } from '../../handler/judging.ts';
import { falseMatchRate } from '../../handler/matching/calibration.ts';
import { type Cohort, type Comparison, compare, indexOfLeast, type Subject } from '../../handler/matching/matcher.ts';
import { knowModel } from '../../handler/matching/models.ts';
import { computedFrom } from '../../handler/probe.ts';
import { type Looks, nearness } from './nearness.ts';

/** What is said of an appearance. */
export interface Decision {
  /** With a gallery: the person's name, or unknown. */
  name?: string;
  verdict: Verdict;
  /** With a gallery: the nearest person. */
  nearest?: string;
  distance: number;
  false_match_rate: number;
  computed_from: ComputedFrom;
}

export interface Decider {
  threshold: number;
  unsureThreshold: number | undefined;
  /** @param looks what the probe is the mean of. */
  decide(probe: Subject, looks: Looks): Decision;
}

/** @param model one person's, or several people's. @throws ModelError. */
export function decider(
  model: string | readonly Person[],
  cohort: Cohort,
  options: Omit<RecognizeOptions, 'cohort'>,
): Decider {
  return typeof model === 'string' ? ofOne(model, cohort, options) : ofSeveral(model, cohort, options);
}

function ofOne(model: string, cohort: Cohort, options: Omit<RecognizeOptions, 'cohort'>): Decider {
  const { subject } = knowModel(model, cohort, options.onePerson);
  const limits = limitsOf(options);
  return {
    threshold: limits.threshold,
    unsureThreshold: limits.unsure,
    decide: (probe, looks) => {
      const comparison = compareAppearance(probe, looks, subject);
      const { distance } = comparison;
      return {
        verdict: verdictOn(distance, limits),
        distance,
        false_match_rate: falseMatchRate(distance),
        computed_from: computedFrom(probe, subject, comparison),
      };
    },
  };
}

/** Unlike in one picture, a person may have two appearances at a time: a mirror or a photo on the wall shows her too. */
function ofSeveral(people: readonly Person[], cohort: Cohort, options: Omit<RecognizeOptions, 'cohort'>): Decider {
  const subjects = people.map((person) => knowPerson(person, cohort, options.onePerson));
  const threshold = galleryThreshold(people.length, options);
  return {
    threshold,
    unsureThreshold: undefined,
    decide: (probe, looks) => {
      const comparisons = subjects.map((subject) => compareAppearance(probe, looks, subject));
      const at = indexOfLeast(comparisons.map(({ distance }) => distance));
      const [comparison, nearest] = [comparisons[at], people[at]] as [(typeof comparisons)[number], Person];
      const { distance } = comparison;
      const isKnown = distance <= threshold;
      return {
        name: isKnown ? nearest.name : UNKNOWN,
        verdict: isKnown ? 'True' : 'False',
        nearest: nearest.name,
        distance,
        false_match_rate: Math.min(1, Number((people.length * falseMatchRate(distance)).toPrecision(2))),
        computed_from: computedFrom(probe, subjects[at] as Subject, comparison),
      };
    },
  };
}

/** By the background of the pair and of the appearance: its distance has the false match rate of a face's. */
function compareAppearance(probe: Subject, looks: Looks, gallery: Subject): Comparison {
  const { euclidean, background, distance } = compare(probe, gallery);
  const near = nearness(looks);
  return { euclidean, background: background * near, distance: distance / near };
}
