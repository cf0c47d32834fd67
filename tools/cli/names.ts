// Turns names of files and people into text, and into what is safe to show. A name may hold any byte but NUL, so it may not be
// UTF-8, and may move a terminal's cursor or reverse the text after it.
import { UNSAFE } from '../../deploy/shell/one-line.ts';

/** In a name, a byte that is not UTF-8 becomes 0xdc00 + the byte (Python's surrogateescape). */
const LONE_BYTE = 0xdc00;
const LONE_BYTES = /[\udc80-\udcff]/g;

const REPLACEMENT = '\ufffd';

/** A name as text. encodeName gives the same bytes back. */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes(REPLACEMENT) || Buffer.from(text).equals(buffer)) return text;
  let name = '';
  for (let at = 0; at < buffer.length; ) {
    const [character, size] = characterAt(buffer, at);
    name += character;
    at += size;
  }
  return name;
}

/** The character at a place in UTF-8 text, and its size in bytes. An invalid byte is a character by itself. */
function characterAt(buffer: Buffer, at: number): [character: string, size: number] {
  for (let size = 1; size <= 4; size += 1) {
    const piece = buffer.subarray(at, at + size);
    const text = piece.toString('utf8');
    if (piece.length === size && Buffer.from(text).equals(piece)) return [text, size];
  }
  return [String.fromCharCode(LONE_BYTE + (buffer[at] as number)), 1];
}

/** A name for the file system: as text, or as bytes if it is not UTF-8. */
export function encodeName(name: string): string | Buffer {
  return name.search(LONE_BYTES) < 0 ? name : nameBytes(name);
}

/** The original bytes of a name. */
export function nameBytes(name: string): Buffer {
  const bytes: Buffer[] = [];
  let from = 0;
  for (const { 0: lone, index } of name.matchAll(LONE_BYTES)) {
    if (isSecondHalf(name, index)) continue;
    bytes.push(Buffer.from(name.slice(from, index)), Buffer.from([lone.charCodeAt(0) - LONE_BYTE]));
    from = index + 1;
  }
  return Buffer.concat([...bytes, Buffer.from(name.slice(from))]);
}

function isSecondHalf(name: string, index: number): boolean {
  const before = name.charCodeAt(index - 1);
  return before >= 0xd800 && before <= 0xdbff;
}

/**
 * A name as GNU ls shows it on a terminal. A safe name stays as it is. Any other is quoted so that a shell reads the name
 * itself, with unsafe bytes in octal: 'a'$'\033''[31m.jpg'.
 */
export function showName(name: string): string {
  if (name.search(UNSAFE) < 0) return name;
  const quoted = name
    .replaceAll("'", "'\\''")
    .replace(
      new RegExp(`(?:${UNSAFE.source})+`, 'gu'),
      (unsafe) => `'$'${[...nameBytes(unsafe)].map(escapeByte).join('')}''`,
    );
  return `'${quoted}'`.replace(/^''(?=.)/, '').replace(/(?<=.)''$/, '');
}

const ESCAPES: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };

function escapeByte(byte: number): string {
  return ESCAPES[byte] ?? `\\${byte.toString(8).padStart(3, '0')}`;
}

/** JSON on one line, in ASCII where a character is unsafe to show. A byte that is not text is `\udc80` to `\udcff`. */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
