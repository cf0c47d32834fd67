// Escapes text for HTML, and makes links to files.
import nodePath, { type PlatformPath } from 'node:path';
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
export function hrefFrom(folder: string, path: string, paths: PlatformPath = nodePath): string {
  const way = paths.relative(folder, path);
  if (paths.isAbsolute(way)) return hrefOfOtherDisk(way);
  return ['.', ...way.split(paths.sep).map((part) => (part === '..' ? part : inUrlAll(part)))].join('/');
}

/** Only Windows has them, as paths that begin with a drive, or with two backslashes and a server, which is then the URL's host. */
function hrefOfOtherDisk(path: string): string {
  const [disk = '', ...parts] = path.replace(/^\\+/, '').split('\\');
  const isDrive = /^[A-Za-z]:$/.test(disk);
  return [isDrive ? `file:///${disk}` : `file://${inUrlAll(disk)}`, ...parts.map(inUrlAll)].join('/');
}

function inUrlAll(part: string): string {
  return [...nameBytes(part)].map(inUrl).join('');
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
