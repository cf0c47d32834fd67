// `npm run bench:fan`: fr-recognize on Lambda with many pictures, against a stand-in that scales as Lambda does, over TLS. Prints a
// table, writes each second to build/bench/fan/run.csv and a plot to build/bench/fan/plot.svg.
// --simulate: no run, but a table of what a million pictures would take
// --pictures 100000  --bytes 150000  --latency 20  --ms 154: of a picture in the function  --cold 1500: ms of a start there
// --program dist/tools/fr-recognize.js: another to measure, such as an installed package's
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { leadingTo, recordDeployments } from '../../tools/remote/recorded.ts';
import type { Counts } from '../../tools/remote/scaling-lambda.ts';
import { millionTable } from './million.ts';
import { makePictures } from './pictures.ts';
import { plot, type Second } from './plot.ts';

const number = (byDefault: number) => ({ type: 'string', default: String(byDefault) }) as const;
const { values } = parseArgs({
  options: {
    simulate: { type: 'boolean' },
    pictures: number(100_000),
    bytes: number(150_000),
    latency: number(20),
    ms: number(154),
    cold: number(1500),
    most: number(1000),
    program: { type: 'string', default: 'dist/tools/fr-recognize.js' },
  },
});
if (values.simulate) {
  process.stdout.write(millionTable());
  process.exit();
}
const [pictures, bytes] = [Number(values.pictures), Number(values.bytes)];
const folder = join('build', 'bench', 'fan');
await mkdir(folder, { recursive: true });

function say(text: string): void {
  process.stderr.write(`bench:fan: ${text}\n`);
}

/** Processor time of a process in ms, user and system, and its memory in MB; undefined when it is gone. */
async function usage(pid: number): Promise<{ cpuMs: number; memoryMb: number } | undefined> {
  try {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8'))
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]];
    return { cpuMs: 10 * (user + system), memoryMb: (pages * 4096) / 1e6 };
  } catch {
    return undefined;
  }
}

say(`${pictures} pictures of ${bytes} bytes`);
const source = await makePictures(join(folder, 'pictures'), pictures, bytes);
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 -subj /CN=localhost';
await execa('openssl', [
  'req',
  ...request.split(' '),
  '-addext',
  'subjectAltName=DNS:localhost',
  '-keyout',
  key,
  '-out',
  cert,
]);
const settings = {
  latencyMs: Number(values.latency),
  msPerPicture: Number(values.ms),
  coldMs: Number(values.cold),
  most: Number(values.most),
};
const standIn = execa('node', [join(folder, 'stand-in.mjs'), key, cert, JSON.stringify(settings)], {
  buffer: false,
  stderr: 'inherit',
  reject: false,
});
const lines = createInterface({ input: standIn.stdout });
let counts: (Counts & { cpuMs: number }) | undefined;
const port = await new Promise<number>((resolve) => {
  lines.on('line', (line) => {
    const told = JSON.parse(line);
    if (told.port) resolve(told.port);
    else counts = told;
  });
});

const record = join(process.cwd(), folder, 'deployment.json');
recordDeployments(record, [{ memoryMb: 1769 }]);
const model = join(folder, 'model.csv');
await rm(join(folder, 'serverless-face-recognition'), { recursive: true, force: true }); // an earlier run's journal
await writeFile(model, `${Array.from({ length: 128 }, () => '0.5').join(',')}\n`);
const env = { ...leadingTo(`https://localhost:${port}`, record), NODE_EXTRA_CA_CERTS: cert, XDG_STATE_HOME: folder };
const answers = join(folder, 'answers.txt');
const started = performance.now();
const run = execa('node', [values.program, model, source], { env, buffer: false, reject: false });
run.stdout.pipe(createWriteStream(answers));
run.stderr.on('data', (text: Buffer) => process.stderr.write(text));
const seconds: Second[] = [];
let last = { cpuMs: 0, memoryMb: 0 };
const timer = setInterval(async () => {
  last = (await usage(run.pid as number)) ?? last;
  const {
    pictures: done = 0,
    environments = 0,
    throttled = 0,
    failed = 0,
    calls = 0,
    busy = 0,
    cpuMs: theirs = 0,
  } = counts ?? {};
  seconds.push({
    s: (performance.now() - started) / 1000,
    done,
    environments,
    busy,
    throttled,
    failed,
    calls,
    theirs,
    ...last,
  });
}, 1_000);
const { exitCode } = await run;
const wall = (performance.now() - started) / 1000;
clearInterval(timer);
await new Promise((resolve) => setTimeout(resolve, 1_100));
standIn.kill();
await standIn;

const keys = Object.keys(seconds[0] ?? {}) as (keyof Second)[];
const rows = seconds.map((second) => keys.map((name) => Number(second[name].toFixed(2))).join(','));
await writeFile(join(folder, 'run.csv'), [keys.join(','), ...rows, ''].join('\n'));
await writeFile(join(folder, 'plot.svg'), await plot(seconds));
const judged = (await readFile(answers, 'utf8')).split('\n').filter((line) => line.endsWith('\tFalse')).length;
const peak = Math.max(...seconds.map(({ memoryMb }) => memoryMb));
const warm = seconds.filter(({ done }) => done > 0.2 * pictures && done < 0.95 * pictures);
const [a, b] = [warm[0], warm.at(-1)];
const rate = a && b && b.s > a.s ? (b.done - a.done) / (b.s - a.s) : Number.NaN;
const cores = a && b && b.s > a.s ? (b.cpuMs - a.cpuMs) / 1000 / (b.s - a.s) : Number.NaN;
process.stdout.write(
  [
    '| | |',
    '|---|---|',
    `| pictures answered | ${judged} of ${pictures}, exit status ${exitCode} |`,
    `| seconds in all | ${wall.toFixed(1)} |`,
    `| pictures a second once warm | ${rate.toFixed(0)} |`,
    `| the client's processor, a picture | ${((1000 * last.cpuMs) / pictures).toFixed(0)} us |`,
    `| the client's processor once warm, cores | ${cores.toFixed(2)} |`,
    `| the client's processor at 1,000 pictures a second, of two cores | ${((100 * last.cpuMs) / pictures / 2).toFixed(0)} % |`,
    `| the client's memory at most | ${peak.toFixed(0)} MB |`,
    `| calls, throttled, failed | ${counts?.calls}, ${counts?.throttled}, ${counts?.failed} |`,
    `| environments | ${counts?.environments} |`,
    `| the stand-in's processor, a picture | ${((1000 * (counts?.cpuMs ?? 0)) / pictures).toFixed(0)} us |`,
    '',
  ].join('\n'),
);
await rm(join(folder, 'pictures'), { recursive: true, force: true });
process.exitCode = judged === pictures ? 0 : 1;
