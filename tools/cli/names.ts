// File names and people's names: from the bytes that the system has, to text, to what is safe to show. A name may hold any
// byte but NUL, so it may be no UTF-8, move a terminal's cursor, or turn the text behind it around.

/** A byte that is no part of UTF-8 text stands in a name as one of these: 0xdc00 + the byte (Python's surrogateescape). */
const LONE_BYTE = 0xdc00;
const LONE_BYTES = /[\udc80-\udcff]/g;

const REPLACEMENT = '\ufffd';

// Controls, line and paragraph ends, what is invisible or changes the direction of text, and halves of a character.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]/gu;

/** A name as text, which encodeName turns back into these very bytes. */
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

/** The character of UTF-8 text at a place and its bytes; a byte that begins none stands for itself. */
function characterAt(buffer: Buffer, at: number): [character: string, size: number] {
  for (let size = 1; size <= 4; size += 1) {
    const piece = buffer.subarray(at, at + size);
    const text = piece.toString('utf8');
    if (piece.length === size && Buffer.from(text).equals(piece)) return [text, size];
  }
  return [String.fromCharCode(LONE_BYTE + (buffer[at] as number)), 1];
}

/** What the file system takes for a name: text, or bytes where they are no UTF-8. */
export function encodeName(name: string): string | Buffer {
  return name.search(LONE_BYTES) < 0 ? name : nameBytes(name);
}

/** The bytes of a name, as it was. */
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
 * A name as GNU ls shows it on a terminal: as it is where that is safe, else quoted so that a shell reads the name itself,
 * what is unsafe as the octal numbers of its bytes: 'a'$'\033''[31m.jpg'.
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

/** Text for people on one line, from wherever: what could do something to a terminal is shown as `?`. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replace(UNSAFE, '?');
}

/** JSON on one line, in ASCII where a character is unsafe to show. A byte that is no text is `\udc80` to `\udcff`. */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
