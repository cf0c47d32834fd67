// Tells our tags and environment variables from those that others set by hand, which are kept. Pure.
import type { Tags } from './aws/tags.ts';

/** A variable of our functions. It holds the names of the variables that deploy sets, separated by commas. */
export const ENV_MARK = 'FR_SET_BY_DEPLOY';
/** A tag of everything we make. It holds the keys given with --tags, separated by `=`, which no such key can contain. */
const TAG_MARK = 'fr:tags';

/** The value of our tag that lists the user's tags. */
export function tagList(tags: Tags): string {
  return Object.keys(tags).sort().join('=');
}

/** The user's tags, the tag that lists them, and the two tags that mark a thing as ours. */
export function allTags(users: Tags, names: Tags): Tags {
  const list = tagList(users);
  return { ...users, ...(list === '' ? {} : { [TAG_MARK]: list }), ...names };
}

/** Whether a thing was made by this software for this stage. `marks` are the stage's two tags (names.ts). */
export function isOurs(tags: Tags, marks: Tags): boolean {
  return Object.entries(marks).every(([key, value]) => tags[key] === value);
}

export interface TagChanges {
  set: Tags;
  /** Keys of tags that an earlier deploy set and this one does not set. */
  remove: string[];
}

/** The changes that give a thing the wanted tags. Tags that others gave it stay. */
export function tagChanges(there: Tags, wanted: Tags): TagChanges {
  const list = there[TAG_MARK];
  const ours = list === undefined ? [] : [TAG_MARK, ...list.split('=')];
  return {
    set: Object.fromEntries(Object.entries(wanted).filter(([key, value]) => there[key] !== value)),
    remove: ours.filter((key) => !(key in wanted) && key in there),
  };
}

/** The variables of a function that deploy did not set. */
export function variablesByHand(variables: Record<string, string>): Record<string, string> {
  const ours = new Set([ENV_MARK, ...(variables[ENV_MARK] ?? '').split(',')]);
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !ours.has(name)));
}

/** All variables that a function shall have: ours, the list of ours, and those that others set. */
export function allVariables(ours: Record<string, string>, there: Record<string, string> = {}): Record<string, string> {
  return { ...variablesByHand(there), ...ours, [ENV_MARK]: Object.keys(ours).sort().join(',') };
}
