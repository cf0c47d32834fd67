// README.md's table of the library against index.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../../handler/index.ts';
import { ROOT } from '../helpers.ts';

const source = readFileSync(join(ROOT, 'handler/index.ts'), 'utf8');
const readme = readFileSync(join(ROOT, 'handler/README.md'), 'utf8');
/** `| `call(arguments)` | gives |`, below the heading. */
const [table = ''] = (readme.split('## As a library')[1] ?? '').split('\n## ');
const CALLS = [...table.matchAll(/^\| `(\w+)\((.*)\)` \|/gm)];
const OPTIONS_OF: Record<string, string> = {
  train: 'TrainOptions',
  recognize: 'RecognizeOptions',
  identify: 'IdentifyOptions',
  openSidecar: 'SidecarOptions',
};

/** An interface's members, those that it inherits among them. */
function membersOf(name: string): string[] {
  const found = new RegExp(`^export interface ${name}(?: extends (\\w+))? \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source);
  if (!found) throw new Error(`handler/index.ts has no interface ${name}`);
  const own = [...(found[2] ?? '').matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member as string);
  return [...own, ...(found[1] ? membersOf(found[1]) : [])];
}

test('names every call that the library has', () => {
  const calls = Object.entries(library).flatMap(([name, value]) => (/^class\b/.test(String(value)) ? [] : [name]));
  expect(CALLS.map(([, name]) => name).sort()).toEqual(calls.sort());
});

test('every class that it exports is a failure, and is in the table of failures', () => {
  const classes = Object.entries(library).filter(([, value]) => /^class\b/.test(String(value)));
  for (const [name, value] of classes) {
    expect((value as unknown as typeof Error).prototype instanceof library.FaceError || name === 'FaceError').toBe(
      true,
    );
    if (name !== 'FaceError') expect(readme).toMatch(new RegExp(`^\\|.*\`${name}\``, 'm'));
  }
});

test.each(Object.entries(OPTIONS_OF))('names every option of %s, and no other', (call, options) => {
  const [, , words = ''] = CALLS.find(([, name]) => name === call) ?? [];
  // The last braces are the options; `identify` has some before, of a person.
  const named = words.slice(words.lastIndexOf('{') + 1, words.lastIndexOf('}')).split(',');
  expect(named.map((word) => word.trim()).sort()).toEqual(membersOf(options).sort());
});
