// Watches a folder: prints the name of each new picture that shows the person. A camera's uploads, for one.
//
//   node watch-folder.mjs ann.csv uploads/
import { on } from 'node:events';
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { FaceError, recognize } from 'serverless-face-recognition';

const [modelPath = '', folder = '.'] = process.argv.slice(2);
const model = readFileSync(modelPath, 'utf8');
const watcher = watch(folder);
process.once('SIGTERM', () => watcher.close());
console.log('watching');

/** @type {Set<string>} */
const judged = new Set();
for await (const [, filename] of on(watcher, 'change', { close: ['close'] })) {
  if (!filename || judged.has(filename) || !/\.(jpe?g|png|webp)$/i.test(filename)) continue;
  try {
    const { face_present } = await recognize(join(folder, filename), model);
    judged.add(filename);
    if (face_present === 'True') console.log(filename);
  } catch (error) {
    // A picture that is still being written cannot be used yet: its next change tries again.
    if (!(error instanceof FaceError)) throw error;
  }
}
