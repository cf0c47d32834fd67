// Measures the figures of budget.json: an image's size, the files its start opens, and its times.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { saveImage, withFolder } from '../../deploy/image/archive.ts';
import { findBase } from '../../deploy/image/base.ts';
import { docker, type Engine } from '../../deploy/image/engine.ts';
import { localArchitecture } from '../../deploy/names.ts';

export interface Layer {
  /** Digest of the uncompressed content. */
  id: string;
  bytes: number;
  compressedBytes: number;
}

/** The layers of an image, lowest first. @param packed the same layers as a registry holds them. */
export function weigh(engine: Engine, image: string, packed: readonly { size: number }[]): Promise<Layer[]> {
  return withFolder(async (folder) => {
    const { configuration, layers } = await saveImage(engine, image, folder);
    const sizes = await Promise.all(layers.map(async (layer) => (await stat(join(folder, layer))).size));
    return packed.map(({ size: compressedBytes }, i) => {
      return { id: configuration.rootfs.diff_ids[i] as string, bytes: sizes[i] as number, compressedBytes };
    });
  });
}

/** A file or folder of an image. */
export interface Entry {
  /** As `ls -l` shows it: `-rw-r--r--`. */
  mode: string;
  /** Of the last change, in UTC. */
  date: string;
  path: string;
}

/** Everything in an image's layers. */
export function listImage(engine: Engine, image: string): Promise<Entry[]> {
  return withFolder(async (folder) => {
    const { layers } = await saveImage(engine, image, folder);
    const lists = layers.map((layer) => execa('tar', ['tvf', join(folder, layer), '--utc'], { lines: true }));
    return (await Promise.all(lists)).flatMap(({ stdout }) =>
      stdout.map((line) => {
        const [mode = '', , , day, time, path = ''] = line.split(/\s+/);
        return { mode, date: `${day} ${time}`, path };
      }),
    );
  });
}

/** Milliseconds of processor time: `node -e 0`, start to the first wait for an event, the first answer, the second. */
export interface Times {
  node: number;
  init: number;
  first: number;
  second: number;
}

interface Run {
  rounds: number;
  prefix?: string[];
  words?: string[];
}

/** Starts the image's function several times in one confined container, in turns with `node -e 0`. */
export async function time(
  engine: Engine,
  image: string,
  event: unknown,
  { rounds, prefix, words }: Run,
): Promise<Times> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-event-'));
  try {
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'event.json'), JSON.stringify(event));
    const volumes = ['--volume', `${resolve(import.meta.dirname)}:/test:ro`, '--volume', `${folder}:/event:ro`];
    const confined = ['--network', 'none', '--read-only', '--tmpfs', '/tmp:mode=1777', '--user', '993:990'];
    const limits = ['--cpus', '1', '--memory', '1769m', '--entrypoint', '/usr/local/bin/node'];
    const entry = JSON.parse(
      await docker(engine, ['image', 'inspect', '--format', '{{json .Config.Entrypoint}}', image]),
    );
    const command = [...(prefix ?? []), ...(entry as string[])];
    const run = ['run', '--rm', ...volumes, ...confined, ...limits, ...(words ?? []), image];
    return JSON.parse(
      await docker(engine, [...run, '/test/startup.ts', '/event/event.json', String(rounds), ...command]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Files opened and bytes read from files, from the start to the first answers. A mapping counts where it is filled at once. */
export async function trace(engine: Engine, image: string, event: unknown): Promise<{ files: number; bytes: number }> {
  const traced = `${image}-traced`;
  // The image has no package manager, so the tracer is installed in the base image and copied.
  const base = await findBase(engine, localArchitecture());
  const recipe = `FROM ${base} AS tracer
    RUN apt-get update && apt-get install -y --no-install-recommends strace
    FROM ${image}
    COPY --from=tracer /usr/bin/strace /usr/bin/
    COPY --from=tracer /usr/lib /usr/lib`;
  const network = engine.hasBridge ? [] : ['--network=host'];
  await docker(engine, ['build', ...network, '--tag', traced, '-'], { input: recipe });
  const folder = await mkdtemp(join(tmpdir(), 'fr-trace-'));
  try {
    await chmod(folder, 0o777);
    const calls = 'trace=open,openat,read,pread64,readv,preadv,mmap';
    const prefix = ['/usr/bin/strace', '-f', '-y', '-s', '0', '-e', calls, '-o', '/trace/log'];
    const words = ['--volume', `${folder}:/trace`, '--cap-add', 'SYS_PTRACE'];
    await time(engine, traced, event, { rounds: 1, prefix, words });
    return count(await readFile(join(folder, 'log'), 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await docker(engine, ['image', 'rm', traced]);
  }
}

const NO_FILE = /^\/(proc|sys|dev)(\/|$)/;

function count(log: string): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  // Another thread may split a call into two lines: the first has the file, the second the result.
  const unfinished = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) unfinished.set(thread, rest.slice(0, -16));
    const whole = rest.replace(/^<\.\.\. \w+ resumed>/, () => unfinished.get(thread) ?? '');
    const call = whole.replace(/\s*\)\s+= /, ') = ');
    const [, opened] = /^open(?:at)?\(.* = \d+<(\/[^>]*)>$/.exec(call) ?? [];
    if (opened && !NO_FILE.test(opened)) files += 1;
    const [, from, read] = /^p?readv?(?:64)?\(\d+<(\/[^>]*)>.* = (\d+)$/.exec(call) ?? [];
    if (from && !NO_FILE.test(from)) bytes += Number(read);
    const [, mapped] = /^mmap\(NULL, (\d+), .*MAP_POPULATE.*<\/.*\) = 0x/.exec(call) ?? [];
    bytes += Number(mapped ?? 0);
  }
  return { files, bytes };
}
