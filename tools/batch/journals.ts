// Where journals and vectors are kept, what a question is, and how long its answers are kept.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectVersion } from '../../deploy/project.ts';
import { processConfig } from '../../handler/config.ts';
import { EMBEDDER } from '../../handler/matching/embedder.ts';

/** A file that nothing was added to for so long is deleted. */
const KEPT_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;

/** The folder of journals: $XDG_STATE_HOME/serverless-face-recognition, or below ~/.local/state. */
function journalFolder(): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'serverless-face-recognition');
}

/** The folder of vectors: $XDG_CACHE_HOME/serverless-face-recognition, or below ~/.cache. */
function vectorFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'serverless-face-recognition');
}

/** The file for a question in the folder of journals, which is made. Deletes journals that are too old. */
export function journalFile(question: string): string {
  return fileIn(journalFolder(), '.journal', question);
}

/** Deletes every journal of the folder of journals. Returns how many there were. */
export function forgetJournals(): number {
  return forgetIn(journalFolder(), '.journal');
}

/** Whose vectors a file holds: of every face of pictures, for fr-group, or of photos that are enrolled, for --gallery. */
export type VectorsOf = 'pictures' | 'people';

/** The file for a question in the folder of vectors, which is made. Deletes files that are too old. */
export function vectorFile(of: VectorsOf, question: string): string {
  return fileIn(vectorFolder(), `.${of}.vectors`, question);
}

/** Deletes the files of vectors. Returns how many there were. */
export function forgetVectors(of: VectorsOf): number {
  return forgetIn(vectorFolder(), `.${of}.vectors`);
}

function fileIn(folder: string, ending: string, question: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of filesIn(folder, ending)) {
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > KEPT_DAYS * DAY_MS) rmSync(path, { force: true });
  }
  return join(folder, `${createHash('sha256').update(question).digest('hex').slice(0, 16)}${ending}`);
}

function forgetIn(folder: string, ending: string): number {
  const paths = filesIn(folder, ending);
  for (const path of paths) rmSync(path, { force: true });
  return paths.length;
}

function filesIn(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith(ending) ? [join(folder, name)] : []));
  } catch {
    return [];
  }
}

/**
 * All that an answer depends on beside the picture, as one text: what was asked, and which program answers. A build of
 * one's own has no version of its own, so its files count.
 *
 * @param asked models, cohort and options that change an answer.
 */
export function questionOf(asked: object): string {
  const { sidecarPath, weightsPath, maxPixels, maxBytes } = processConfig();
  const handler = fileURLToPath(new URL('../../handler/', import.meta.url));
  const program = [projectVersion(), EMBEDDER, scriptsIn(handler), stamp(sidecarPath), stamp(weightsPath)];
  return JSON.stringify({ asked, program, maxPixels, maxBytes });
}

function stamp(path = ''): string {
  const about = statSync(path, { throwIfNoEntry: false });
  return about ? `${about.size} ${about.mtimeMs}` : '';
}

/** One digest of all scripts below a folder. */
export function scriptsIn(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.[jt]s$/.test(name)) hash.update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}
