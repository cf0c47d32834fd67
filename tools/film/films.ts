// Which operands of fr-recognize are films: by their first bytes, or by their name where those say nothing.
import { open, stat } from 'node:fs/promises';
import { RequestError } from '../../handler/errors.ts';
import { displayName } from '../cli/cli.ts';
import { VIDEO } from '../cli/folders.ts';
import { HEAD_BYTES, isPicture } from '../cli/input.ts';
import { encodeName } from '../cli/names.ts';

/** First bytes of MP4 and QuickTime, Matroska and WebM, AVI, Flash, Ogg, Windows Media, MPEG programme streams and MXF. */
const FILM_BYTES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: files begin with them
  /^(.{4}(ftyp|moov|mdat|wide)|\x1aE\xdf\xa3|RIFF.{4}AVI |FLV\x01|OggS|0&\xb2u|\0\0\x01[\xba\xb3]|\x06\x0e\+4)/s;
/** An MPEG transport stream has this byte at the start of every packet: of 188 bytes, or of 192 in cameras' files. */
const TRANSPORT_BYTES = /^(G.{187}G|.{4}G.{191}G)/s;

/** Whether operands are films. @throws RequestError when only some are. */
export async function namesFilm(operands: readonly string[]): Promise<boolean> {
  const are = await Promise.all(operands.map(isFilm));
  if (!are.includes(true)) return false;
  const other = operands[are.indexOf(false)];
  if (other === undefined) return true;
  throw new RequestError(
    `${displayName(operands[are.indexOf(true)] as string)} is a film and ${displayName(other)} is not: name them in two commands`,
  );
}

/** Whether an operand is a film's file. A file that is missing, or no file, is none. */
async function isFilm(path: string): Promise<boolean> {
  if (path === '-') return false;
  const head = await headOf(path);
  if (!head || isPicture(head)) return false;
  const text = head.toString('latin1');
  return FILM_BYTES.test(text) || TRANSPORT_BYTES.test(text) || VIDEO.test(path);
}

async function headOf(path: string): Promise<Buffer | undefined> {
  // A pipe is not opened: it would wait for its writer, or let it go on and lose what it writes. No pipe is a film, which has
  // to be read from its end too.
  const about = await stat(encodeName(path)).catch(() => undefined);
  if (!about?.isFile()) return undefined;
  const file = await open(encodeName(path), 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
