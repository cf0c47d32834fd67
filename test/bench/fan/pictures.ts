// A folder of many pictures that takes the room of a few: names of the same files.
import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILES = 64;
const A_FOLDER = 1_000;

/** Makes the folder anew. What is in a file looks like a JPEG and is noise: nobody decodes it. */
export async function makePictures(folder: string, pictures: number, bytes: number): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let i = 0; i < FILES; i += 1) {
    const path = join(folder, `.${i}`);
    const content = randomBytes(bytes);
    content.write('\xff\xd8\xff', 'latin1');
    await writeFile(path, content);
    files.push(path);
  }
  for (let at = 0; at < pictures; at += A_FOLDER) {
    const inside = join(folder, String(at / A_FOLDER).padStart(4, '0'));
    await mkdir(inside);
    for (let i = at; i < Math.min(pictures, at + A_FOLDER); i += 1) {
      await link(files[i % FILES] as string, join(inside, `${String(i).padStart(7, '0')}.jpg`));
    }
  }
  return folder;
}
