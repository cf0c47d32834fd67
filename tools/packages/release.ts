// `npm run release -- --check`: whether this commit can be published, without publishing it. Every check runs, and each prints a line.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../deploy/project.ts';
import { FAILED, runProcess } from '../../deploy/shell/run.ts';
import { readCloneManifest } from './manifests.ts';

/** Why this commit cannot be published. */
class ReleaseError extends Error {}

/** The steps of a check, in the order of their cost. A step throws with the reason. */
const STEPS: Record<string, (root: string) => Promise<void>> = {
  'the tree is clean': async (root) => {
    const { stdout } = await execa('git', ['status', '--porcelain'], { cwd: root });
    if (stdout) throw new ReleaseError(`commit or delete: ${stdout.split('\n').slice(0, 3).join(', ')}`);
  },
  'the version is semantic, and CHANGELOG.md says what is in it': async (root) => {
    const { version } = readCloneManifest(root);
    if (!/^\d+\.\d+\.\d+$/.test(version)) throw new ReleaseError(`${version} is not MAJOR.MINOR.PATCH`);
    const text = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
    if (!text.includes(`\n## ${version}`)) throw new ReleaseError(`CHANGELOG.md has no section '## ${version}'`);
  },
  'linter, types and dead code': (root) => runAll(root, 'npm run lint', 'npm run types', 'npm run unused'),
  'the packages are built, within their sizes, with every licence': (root) => runAll(root, 'npm run packages'),
  'a second build gives the same bytes': async (root) => {
    const before = await digests(root);
    await runAll(root, 'node dist/tools/packages/packages.js');
    if ((await digests(root)) !== before)
      throw new ReleaseError('the packed files differ: look at build/packages/contents');
  },
  'the packages install and run on other machines': (root) => runAll(root, 'bash test/packages.sh'),
  'every test': (root) => runAll(root, 'npm test'),
};

await runProcess(
  'release',
  async () => {
    if (process.argv[2] !== '--check') throw new ReleaseError('only --check exists: it publishes nothing');
    const root = projectRoot();
    let failed = 0;
    for (const [what, step] of Object.entries(STEPS)) {
      const why = await step(root).then(
        () => undefined,
        (error: Error) => error.message.split('\n')[0],
      );
      if (why !== undefined) failed += 1;
      process.stdout.write(`${why === undefined ? 'ok' : 'NO'}: ${what}${why === undefined ? '' : `: ${why}`}\n`);
    }
    return failed === 0 ? 0 : FAILED;
  },
  (error) => (error instanceof Error ? error.message : String(error)),
);

/** Runs command lines one after the other; what they print goes to standard error. @throws ReleaseError naming the one that fails. */
async function runAll(root: string, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    const [program = '', ...words] = line.split(' ');
    const { failed } = await execa(program, words, { cwd: root, stdout: 2, stderr: 2, reject: false });
    if (failed) throw new ReleaseError(`${line} failed: its output is above`);
  }
}

/** A digest of every packed file and every bill of materials. */
async function digests(root: string): Promise<string> {
  const folder = join(root, 'build/packages');
  const files = (await readdir(folder)).filter((name) => /\.(?:tgz|cdx\.json)$/.test(name)).sort();
  const lines = files.map(async (name) => {
    const digest = createHash('sha512')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    return `${digest} ${name}`;
  });
  return (await Promise.all(lines)).join('\n');
}
