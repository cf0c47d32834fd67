// Our warm recognizer as a peer of the benchmark: an event as Lambda passes it to an answer as Lambda takes it, by the
// handler and the sidecar that ship. The model is the picture's own face, in memory only.
import { readdirSync, readFileSync } from 'node:fs';
import { serve } from './js-peer.ts';

const FROM = `${process.cwd()}/dist/handler`;
const { handler }: typeof import('../../handler/recognizer.ts') = await import(`${FROM}/recognizer.js`);
const trainer: typeof import('../../handler/trainer.ts') = await import(`${FROM}/trainer.js`);

const WARM_UP = 30; // events, until the compiler of JavaScript has done
const events = new Map<string, string>();
let sidecar = ''; // its process

async function handle(event = ''): Promise<number> {
  const answer = JSON.parse(JSON.stringify(await handler(JSON.parse(event))));
  return answer.face_present === 'True' ? answer.faces.length : 0;
}

async function prepare(path: string): Promise<void> {
  if (events.has(path)) return;
  const base64_image = readFileSync(path).toString('base64');
  const { facevectors } = await trainer.handler({ base64_image });
  const query_facevectors = Buffer.from(facevectors).toString('base64');
  events.set(path, JSON.stringify({ base64_image, query_facevectors }));
  sidecar = readdirSync('/proc').find(isChild) ?? '';
  for (let i = 0; i < WARM_UP; i += 1) await handle(events.get(path));
}

function isChild(pid: string): boolean {
  try {
    return new RegExp(`\\) . ${process.pid} `).test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // no process
  }
}

/** Processor time of the sidecar, which works on one thread here. */
function sidecarMs(): number {
  return Number(readFileSync(`/proc/${sidecar}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
}

await serve({ handle: (path) => handle(events.get(path)) }, { prepare, otherMs: sidecarMs });
process.exit(); // the sidecar would keep it
