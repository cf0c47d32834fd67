// A Lambda of your own: who of the people in MODELS is in a picture that was put into a bucket? Bundle it with the packages that
// it imports, and the folder of models, as a zip file. The sidecar stays warm between calls.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from 'serverless-face-recognition';

const folder = process.env.MODELS ?? 'models';
const people = readdirSync(folder)
  .filter((file) => file.endsWith('.csv'))
  .map((file) => ({ name: file.slice(0, -'.csv'.length), model: readFileSync(join(folder, file)) }));

/**
 * @param {{ picture: string }} event the picture as base64, as API Gateway passes it on; of S3, read the object's body instead
 * @returns {Promise<{ names: string[] }>}
 */
export async function handler({ picture }) {
  const { faces } = await identify(Buffer.from(picture, 'base64'), people);
  return { names: faces.map(({ name }) => name).filter((name) => name !== 'unknown') };
}
