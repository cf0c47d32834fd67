// A server that people send a picture to: POST /recognize with the picture's bytes as the body. In Express, `request` is the same stream.
//
//   node upload-server.mjs ann.csv 8080
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { FaceError, ImageError, openSidecar } from 'serverless-face-recognition';

const [modelPath = '', port = '8080'] = process.argv.slice(2);
const model = readFileSync(modelPath, 'utf8');
const sidecar = openSidecar({ maxBytes: 10 * 2 ** 20 });

const server = createServer(async (request, response) => {
  const send = (/** @type {number} */ status, /** @type {object} */ body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.method !== 'POST' || request.url !== '/recognize') return send(404, { error: 'POST /recognize' });
  const gone = new AbortController();
  response.on('close', () => gone.abort()); // whoever asked has left: give the picture up
  try {
    const { face_present, faces } = await sidecar.recognize(request, model, { signal: gone.signal });
    send(200, { face_present, faces: faces.map(({ box, verdict }) => ({ box, verdict })) });
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!(error instanceof FaceError)) throw error;
    // The sender's picture, or our own installation: only the first is the sender's business.
    if (error instanceof ImageError) send(422, { error: error.message });
    else send(500, { error: error.code });
  }
});

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});
process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await sidecar.close();
});
