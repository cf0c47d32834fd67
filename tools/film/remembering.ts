// What a run over films remembers: every film that was judged whole, so that a run that was ended takes up at the next.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { scriptsIn } from '../batch/journals.ts';
import { explainOpening, openFilm } from './ffmpeg.ts';
import type { Decided, FilmEnd } from './film.ts';

/** A film's answer. It holds no vector and no picture. */
export interface FilmRecord {
  appearances: Omit<Decided, 'still'>[];
  end: Omit<FilmEnd, 'refused' | 'charges'>;
}

/** What a film's answer depends on beside the film and what a picture's depends on. */
export function filmQuestion(everyS: number): object {
  return { everyS, films: scriptsIn(fileURLToPath(new URL('.', import.meta.url))) };
}

/** By which a journal knows a film: a digest of all its bytes. @throws RequestError when it cannot be read. */
export async function filmKey(path: string): Promise<string> {
  const digest = createHash('sha256');
  const file = await openFilm(path).catch(explainOpening);
  try {
    for await (const bytes of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 20 })) digest.update(bytes);
  } catch (error) {
    explainOpening(error);
  } finally {
    await file.close();
  }
  return digest.digest('base64url');
}
