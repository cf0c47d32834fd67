// Completion scripts, as a shell runs them.
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { completionScript } from '../../../tools/cli/completion.ts';
import { DIST, scratchFolder, start } from '../../helpers.ts';

type Program = Parameters<typeof start>[0];
const ONE_COMMAND = 'serverless-face-recognition';

async function scriptOf(program: Program | typeof ONE_COMMAND, shell: string): Promise<string> {
  const { stdout, exitCode } = await start(program as Program, ['--completion'], { env: { SHELL: `/bin/${shell}` } });
  expect(exitCode).toBe(0);
  return stdout;
}

/** What bash offers for the last word, with the script of `program`. */
async function inBash(program: Program | typeof ONE_COMMAND, words: readonly string[]): Promise<string[]> {
  const name = words[0] === 'npx' ? '_complete_after_npx' : `_complete_${program}`;
  const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const script = `${await scriptOf(program, 'bash')}\n${set}; ${name}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await execa('bash', ['-c', script], { cwd: await scratchFolder() });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

test.each(['fr-train', 'fr-recognize', 'fr-group', 'fr-model', 'fr-cohort'] as const)(
  '%s completes options in bash, in any folder, by itself and after npx',
  async (program) => {
    const own = { 'fr-group': '--least', 'fr-model': '--photos', 'fr-cohort': '--audit' } as Record<string, string>;
    const some = ['--help', '--version', '--completion', own[program] ?? '--remote'];
    for (const before of [[], ['npx']]) {
      expect(await inBash(program, [...before, program, '--'])).toEqual(expect.arrayContaining(some));
    }
  },
);

test('names of files are left to bash', async () => {
  for (const word of ['par', '']) expect(await inBash('fr-train', ['fr-train', word])).toEqual([]);
});

test("the one command completes its commands, and then a command's options", async () => {
  expect(await inBash(ONE_COMMAND, [ONE_COMMAND, ''])).toEqual(
    expect.arrayContaining(['train', 'recognize', 'group', 'model', 'cohort']),
  );
  expect(await inBash(ONE_COMMAND, [ONE_COMMAND, 're'])).toEqual(['recognize']);
  expect(await inBash(ONE_COMMAND, [ONE_COMMAND, 'recognize', '--gal'])).toEqual(['--gallery']);
  expect(await inBash(ONE_COMMAND, ['npx', ONE_COMMAND, 'train', '--one'])).toEqual(['--one-person']);
  expect(await inBash(ONE_COMMAND, [ONE_COMMAND, 'recognize', 'par'])).toEqual([]);
  expect(await inBash(ONE_COMMAND, [ONE_COMMAND, 'dance', '--'])).toEqual([]);
});

test('a completion of npx that is there already stays, and other commands after npx are none of ours', async () => {
  expect(await inBash('fr-train', ['npx', 'cowsay', '--'])).toEqual([]);
  const script = `complete -F _theirs npx\n${await scriptOf('fr-train', 'bash')}\ncomplete -p npx`;
  expect((await execa('bash', ['-c', script])).stdout).toBe('complete -F _theirs npx');
});

test('an installation that is gone says nothing when a word is completed', async () => {
  const script = completionScript('fr-gone', 'file:///no/such/place/fr-gone.js', '/bin/bash');
  const ask = 'COMP_WORDS=(fr-gone --); COMP_CWORD=1; _complete_fr-gone; echo "[$COMPREPLY]"';
  expect(await execa('bash', ['-c', `${script}\n${ask}`])).toMatchObject({ stdout: '[]', stderr: '' });
});

test('a folder whose name means something to a shell is named as it is', async () => {
  const folder = join(await scratchFolder(), 'a "b" $HOME `c` \\d');
  await mkdir(folder);
  await symlink(join(DIST, 'tools/fr-train.js'), join(folder, 'fr-train.js'));
  await copyFile(join(DIST, '../package.json'), join(folder, 'package.json'));
  const script = completionScript('fr-train', pathToFileURL(join(folder, 'fr-train.js')).href, '/bin/bash');
  const ask = 'COMP_WORDS=(fr-train --one); COMP_CWORD=1; _complete_fr-train; echo "$COMPREPLY"';
  expect((await execa('bash', ['-c', `${script}\n${ask}`])).stdout).toBe('--one-person');
});

test.each(['zsh', 'fish'])('there is a script for %s, for each command and for npx', async (shell) => {
  for (const program of ['fr-recognize', ONE_COMMAND] as const) {
    const script = await scriptOf(program, shell);
    expect(script).toContain(`SHELL=${shell} node "${join(DIST, 'tools', `${program}.js`)}" --get-yargs-completions`);
    expect(script).toMatch(/\bnpx\b/);
  }
});
