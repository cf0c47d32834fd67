// Runs inside an image: how long its function takes to start and to answer first, in turns with `node -e 0`. Prints
// JSON: the medians, in milliseconds. Words: the event's file, the rounds, and the function's command line.
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

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; end: Promise<unknown> } {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  return { child, end: new Promise((resolve) => child.on('close', resolve)) };
}

async function measure(): Promise<Times> {
  const api = new RuntimeApi();
  await api.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.server.address() as { port: number };
  const beforeNode = performance.now();
  await run([process.execPath, '-e', '0']).end;
  const start = performance.now();
  const { child, end } = run(command, { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` });
  await api.idle();
  const ready = performance.now();
  const { kind, body } = await api.invoke(event);
  const answered = performance.now();
  if (kind !== 'response') throw new Error(`no answer but ${kind}: ${body.slice(0, 500)}`);
  await api.invoke(event);
  const again = performance.now();
  child.kill('SIGKILL');
  await end;
  api.server.closeAllConnections();
  api.server.close();
  return { node: start - beforeNode, init: ready - start, first: answered - ready, second: again - answered };
}

const all: Times[] = [];
for (let i = 0; i < Number(rounds); i += 1) all.push(await measure());
const median = (key: keyof Times): number => all.map((times) => times[key]).sort((a, b) => a - b)[all.length >> 1] ?? 0;
process.stdout.write(
  JSON.stringify({ node: median('node'), init: median('init'), first: median('first'), second: median('second') }),
);
