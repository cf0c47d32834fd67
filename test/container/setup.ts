// Prepares the container tests: starts an installed engine if none runs, and builds both images.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { buildImage, openWorkshop } from '../../deploy/image/build.ts';
import { type Engine, findEngine } from '../../deploy/image/engine.ts';
import { FUNCTIONS, type FunctionName, localArchitecture } from '../../deploy/names.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absent, with the reason, where no engine can be had. */
    engine: Engine | undefined;
    noEngine: string;
    /** Image ids. */
    images: Record<FunctionName, string>;
  }
}

const START_MS = 60_000;

export default async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { engine, why, stop } = await getEngine();
  provide('engine', engine);
  provide('noEngine', why);
  const ids = { trainer: '', recognizer: '' };
  if (engine) {
    try {
      const say = (text: string): boolean => process.stderr.write(`images: ${text}\n`);
      const workshop = await openWorkshop(engine, localArchitecture(), { onProgress: say });
      for (const name of FUNCTIONS) ids[name] = (await buildImage(workshop, name)).id;
    } catch (error) {
      await stop?.();
      throw error;
    }
  } else if (process.env.CI) {
    throw new Error(`the container tests must run under CI: ${why}`);
  } else {
    process.stderr.write(`the container tests are skipped: ${why}\n`);
  }
  provide('images', ids);
  return stop;
}

async function getEngine(): Promise<{ engine?: Engine; why: string; stop?: () => Promise<void> }> {
  try {
    return { engine: await findEngine(), why: '' };
  } catch (error) {
    const why = (error as Error).message;
    if (process.getuid?.() !== 0 || !why.includes('reaches no engine')) return { why };
  }
  return startEngine();
}

/** Only the process started here is ended, and by its id. */
async function startEngine(): Promise<{ engine?: Engine; why: string; stop?: () => Promise<void> }> {
  mkdirSync('build', { recursive: true });
  const log = createWriteStream('build/dockerd.log');
  // No bridge and no firewall rules: a container or a small machine may not support them.
  const daemon = spawn('dockerd', ['--iptables=false', '--bridge=none'], { stdio: ['ignore', 'pipe', 'pipe'] });
  daemon.stdout.pipe(log);
  daemon.stderr.pipe(log);
  const ended = new Promise<string>((resolve) => {
    daemon.on('error', (error) => resolve(error.message));
    daemon.on('close', (status) => resolve(`dockerd ended with status ${status}: see build/dockerd.log`));
  });
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
  };
  let why = '';
  for (const end = Date.now() + START_MS; Date.now() < end; ) {
    const pause = new Promise<undefined>((wake) => setTimeout(wake, 500));
    const death = await Promise.race([ended, pause]);
    if (death !== undefined) return { why: death };
    try {
      return { engine: await findEngine(), why: '', stop };
    } catch (error) {
      why = (error as Error).message;
    }
  }
  await stop();
  return { why };
}
