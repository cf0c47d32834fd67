// Runs inside an image: measures a function's start and first answers, in turns with `node -e 0`. Prints JSON with the least of
// each in milliseconds of processor time, which stays steady when wall time doubles on a busy machine. Arguments: the event's
// file, the number of rounds, and the function's command line.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { RuntimeApi } from './runtime-api.ts';

const [eventPath = '', rounds = '', ...command] = process.argv.slice(2);
const event = readFileSync(eventPath);

interface Times {
  node: number;
  init: number;
  first: number;
  second: number;
}

/** Milliseconds of processor time that this container has used, all its processes together. */
function spent(): number {
  try {
    return Number(/^usage_usec (\d+)$/m.exec(readFileSync('/sys/fs/cgroup/cpu.stat', 'utf8'))?.[1]) / 1e3;
  } catch {
    return Number(readFileSync('/sys/fs/cgroup/cpuacct/cpuacct.usage', 'utf8')) / 1e6; // cgroups version 1
  }
}

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; end: Promise<unknown> } {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  return { child, end: new Promise((resolve) => child.on('close', resolve)) };
}

async function measure(): Promise<Times> {
  const api = new RuntimeApi();
  await api.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.server.address() as { port: number };
  const beforeNode = spent();
  await run([process.execPath, '-e', '0']).end;
  const start = spent();
  const { child, end } = run(command, { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` });
  await api.idle();
  const ready = spent();
  const { kind, body } = await api.invoke(event);
  const answered = spent();
  if (kind !== 'response') throw new Error(`no answer but ${kind}: ${body.slice(0, 500)}`);
  await api.invoke(event);
  const again = spent();
  child.kill('SIGKILL');
  await end;
  api.server.closeAllConnections();
  api.server.close();
  return { node: start - beforeNode, init: ready - start, first: answered - ready, second: again - answered };
}

const all: Times[] = [];
for (let i = 0; i < Number(rounds); i += 1) all.push(await measure());
// The least of each: anything above it is other work on this machine.
const least = (key: keyof Times): number => Math.min(...all.map((times) => times[key]));
process.stdout.write(
  JSON.stringify({ node: least('node'), init: least('init'), first: least('first'), second: least('second') }),
);
