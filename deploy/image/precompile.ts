// Runs inside an image's build, by Node 24 as it stands: a function's bundle answers one event as it will on Lambda. The
// code that V8 compiled for it is saved beside it, for handler/lambda/start.cjs.
//
//   node --hash-seed=1 --random-seed=1 --no-concurrent-recompilation --no-concurrent-sparkplug precompile.ts \
//     trainer|recognizer BUNDLE
//
// These flags make the code the same in every build: background compilers would change it whenever they finish.
// FR_SIDECAR names the sidecar.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { drawNobody } from './portrait.ts';

const [name = '', filename = ''] = process.argv.slice(2);

/** The event: a picture with one face, and for the recognizer a model of two rows that are like no face's. */
async function makeEvent(): Promise<object> {
  const base64_image = (await drawNobody()).toString('base64');
  if (name === 'trainer') return { base64_image };
  const row = (first: number): string => Array.from({ length: 128 }, (_, i) => ((first + i) / 1000).toString()).join();
  return { base64_image, query_facevectors: Buffer.from(`${row(1)}\n${row(2)}\n`).toString('base64') };
}

/** Serves a Runtime API with one event. Resolves when the function asks for a second one, rejects when it fails. */
function answerOne(event: object, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path.endsWith('/error')) {
        request.on('data', (chunk) => reject(new Error(String(chunk))));
      } else if (path.endsWith('/response')) {
        request.resume().on('end', () => response.writeHead(202).end());
      } else if (asked++ === 0) {
        const ours = { 'lambda-runtime-aws-request-id': 'one', 'lambda-runtime-deadline-ms': Date.now() + 60_000 };
        response.writeHead(200, ours).end(JSON.stringify(event));
      } else {
        resolve();
      }
    });
    server.listen(0, '127.0.0.1', () => {
      process.env.AWS_LAMBDA_RUNTIME_API = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      start();
    });
  });
}

const event = await makeEvent();
const source = readFileSync(filename, 'latin1');
const script = new Script(source, { filename });
await answerOne(event, () => script.runInThisContext()(createRequire(filename), filename));
// V8 writes a digest of its flags into the code and checks it at the start, where Node has none of these flags.
for (const flag of ['--hash-seed=0', '--concurrent-recompilation', '--concurrent-sparkplug']) setFlagsFromString(flag);
writeFileSync(filename.replace(/\.js$/, '.cache'), script.createCachedData());
process.exit(); // the function and its sidecar would wait for the next event
