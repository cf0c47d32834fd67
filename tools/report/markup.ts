// Escapes text for HTML, and makes links to files.
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nameBytes, showName } from '../cli/names.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** The name of a file or person, quoted like `ls` does, in its own writing direction. */
export function nameHtml(name: string): string {
  return `<bdi>${escapeHtml(showName(name))}</bdi>`;
}

/** JSON for a script element that holds data: no text in it can end the element. */
export function jsonHtml(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** A URL from a folder to a file. Names that are not UTF-8 keep their bytes. */
export function hrefFrom(folder: string, path: string): string {
  const way = relative(folder, path);
  if (isAbsolute(way)) return pathToFileURL(way).href; // another disk on Windows
  const parts = way.split(sep).map((part) => (part === '..' ? part : [...nameBytes(part)].map(inUrl).join('')));
  return ['.', ...parts].join('/');
}

function inUrl(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A word of a command line as a POSIX shell reads it. */
export function shellWord(word: string): string {
  const shown = showName(word);
  if (shown !== word || /^[\w@%+=:,./-]+$/.test(word)) return shown;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
