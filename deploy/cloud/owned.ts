// Which tags and environment variables are ours, so that those which others set by hand are told apart and kept. Pure.
import type { Tags } from './aws/tags.ts';

/** A variable of our functions: the names of the variables that deploy sets, with commas between them. */
export const ENV_MARK = 'FR_SET_BY_DEPLOY';
/** A tag of all we make: the keys given with --tags. An equals sign is between them, which no such key can hold. */
const TAG_MARK = 'fr:tags';

/** The value of our tag that names the user's. */
export function tagList(tags: Tags): string {
  return Object.keys(tags).sort().join('=');
}

/** The user's tags, the one that names them, and the two that say whose a thing is. */
export function allTags(users: Tags, names: Tags): Tags {
  const list = tagList(users);
  return { ...users, ...(list === '' ? {} : { [TAG_MARK]: list }), ...names };
}

export interface TagChanges {
  set: Tags;
  /** Keys of tags that an earlier deploy set and this one does not. */
  remove: string[];
}

/** What makes the tags of a thing as wanted. Tags that others gave it stay. */
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

/** All variables that a function is to have: ours, the list of ours, and what others set on it. */
export function allVariables(ours: Record<string, string>, there: Record<string, string> = {}): Record<string, string> {
  return { ...variablesByHand(there), ...ours, [ENV_MARK]: Object.keys(ours).sort().join(',') };
}
