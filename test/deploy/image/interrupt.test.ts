// A build as a real process, with the test's own docker: it says what it is doing, and Ctrl-C leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DIST, scratchFolder } from '../../helpers.ts';

/**
 * A docker that has BuildKit and one image, notes its calls, and sleeps in the call it is told to: it lives until it is
 * ended, as a build of minutes would.
 */
const DOCKER = `#!/bin/sh
echo "$*" >> "$FR_FAKE/calls"
case "$*" in
  *--help) echo ' --secret';;
  version*) echo '1 1';;
  'network ls'*) echo bridge;;
esac
case "$*" in "$FR_SLEEP_IN"*)
  echo '#7 [build 3/9] RUN compile everything' >&2
  echo $$ > "$FR_FAKE/pid"
  exec sleep 600
esac
case "$*" in
  'image inspect'*) test "$FR_SLEEP_IN" != pull && echo sha256:0;;
  'image save'*) echo 'no such image' >&2; exit 1;;
esac
`;

interface Build {
  /** The docker that sleeps. */
  docker: number;
  said: () => string;
  end: (signal: NodeJS.Signals) => Promise<number | null>;
  folder: string;
}

/** Starts npm run images in a folder of its own. */
async function startImages(call: string): Promise<{ child: ChildProcess; said: () => string; folder: string }> {
  const folder = await scratchFolder();
  for (const name of ['bin', 'tmp', 'work', 'fake']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin/docker'), DOCKER);
  chmodSync(join(folder, 'bin/docker'), 0o755);
  for (const name of ['trainer', 'recognizer']) writeFileSync(join(folder, `work/Dockerfile.${name}`), '');
  const child = spawn(process.execPath, [join(DIST, 'deploy/images.js')], {
    cwd: join(folder, 'work'),
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      TMPDIR: join(folder, 'tmp'),
      FR_FAKE: join(folder, 'fake'),
      FR_SLEEP_IN: call,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return { child, said: () => text, folder };
}

/** Waits until docker sleeps in `call`. */
async function startBuild(call: string): Promise<Build> {
  const { child, said, folder } = await startImages(call);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const pid = join(folder, 'fake/pid');
  while (!existsSync(pid) || readFileSync(pid, 'utf8') === '') {
    if (child.exitCode !== null) throw new Error(said());
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const docker = Number(readFileSync(pid, 'utf8'));
  onTestFinished(() => {
    if (isRunning(docker)) process.kill(docker, 'SIGKILL');
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await ended)[0];
  };
  return { docker, said, end, folder };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['building', 'build --progress', 'SIGINT', 130],
  ['building', 'build --progress', 'SIGTERM', 143],
  ['unpacking what was built', 'image save', 'SIGINT', 130],
  ['pulling the base image', 'pull', 'SIGINT', 130],
] as const)(
  'a build stopped while %s (docker %s, %s) leaves no folder, tag, draft or docker',
  async (_what, call, signal, status) => {
    const { docker, end, said, folder } = await startBuild(call);
    expect(await end(signal), said()).toBe(status);
    expect(isRunning(docker)).toBe(false);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(readdirSync(join(folder, 'work/build/images')).filter((name) => name !== 'blobs')).toEqual([]);
    const calls = readFileSync(join(folder, 'fake/calls'), 'utf8').trim().split('\n');
    const tagged = calls.flatMap((line) => /--tag (\S+-as-built-\d+)/.exec(line)?.[1] ?? []);
    for (const tag of tagged) expect(calls).toContain(`image rm ${tag}`);
    expect(tagged).toHaveLength(call === 'pull' ? 0 : 1);
    expect(said()).not.toMatch(/internal error|^\s+at /m);
  },
);

test('a long build is never silent for ten seconds, and names its current step', async () => {
  const { said, end } = await startBuild('build --progress');
  expect(said()).toContain('images:   build the image of the trainer ...');
  const quiet = said().length;
  const limit = performance.now() + 10_000;
  while (said().length === quiet && performance.now() < limit) await new Promise((wake) => setTimeout(wake, 100));
  expect(said()).toMatch(
    /images: {3}build the image of the trainer \.\.\. [89] s: \[build 3\/9\] RUN compile everything/,
  );
  await end('SIGTERM');
});

test('a docker that cannot save its image is one clear line and status 2', async () => {
  const { child, said, folder } = await startImages('nothing');
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said()).toMatch(/images: an image could not be read or loaded: .*no such image/);
  expect(said()).not.toMatch(/internal error|^\s+at /m);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});
