// Runs ffmpeg and ffprobe, which are not ours, on a film that nobody vouches for.
import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { ConfigError, ImageError } from '../../handler/errors.ts';
import { explain } from '../cli/input.ts';
import { encodeName } from '../cli/names.ts';

/**
 * The kinds of file that may be opened. Others can name further files and servers (playlists, lists of pictures), or are
 * no films.
 */
const DEMUXERS = 'mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,mxf,nut,ivf,h264,hevc,dv,rm';
/** More for a single purpose is refused: a frame of 8K with 10 bits a sample is 200 MB. */
const MOST_ALLOCATED_BYTES = 2 ** 29;
const MOST_THREADS = 16;

/** An open film. */
export interface OpenFilm {
  path: string;
  file: FileHandle;
  /** Larger pictures are refused. */
  maxPixels: number;
}

/** Words that both programs take before all others. The film has to be their standard input: inputOf. */
export function inputWords({ path, maxPixels }: OpenFilm): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-max_alloc', String(MOST_ALLOCATED_BYTES)],
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', DEMUXERS, '-max_pixels', String(maxPixels)],
    ...['-threads', String(Math.min(MOST_THREADS, availableParallelism()))],
    // Its name is never read as anything else, and may hold any byte.
    ...['-i', process.platform === 'win32' ? `file:${path}` : 'file:/dev/stdin'],
  ];
}

/** The film as a program's standard input: the open file itself, so that it can be read from any place. */
export function inputOf({ file }: OpenFilm): 3 {
  return file.fd as 3; // execa takes any descriptor; its types know a few
}

/** Opens a film for both programs. Close it afterwards. */
export function openFilm(film: string): Promise<FileHandle> {
  return open(encodeName(film), 'r');
}

/** @throws RequestError that says why a film cannot be opened. */
export function explainOpening(error: unknown): never {
  throw explain(error as NodeJS.ErrnoException);
}

/** @throws ConfigError when a program is not there. */
export function refuseMissing(error: unknown): void {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'EACCES') return;
  throw new ConfigError(
    'films need the programs ffmpeg and ffprobe, and they are not installed here: apt-get install ffmpeg (elsewhere: https://ffmpeg.org)',
  );
}

/** A film that cannot be read at all. */
export function unreadable(why: string): ImageError {
  return new ImageError(`the film cannot be read: ${why}`);
}
