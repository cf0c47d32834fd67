// ffprobe -> what a film is: its size as it is shown, and how long it lasts.
import { execa } from 'execa';
import * as z from 'zod/mini';
import { inputOf, inputWords, type OpenFilm, refuseMissing, unreadable } from './ffmpeg.ts';

export interface FilmFacts {
  /** Pixels of the upright picture, as it is shown. */
  width: number;
  height: number;
  /** Seconds from the film's start to the end of its pictures; undefined where its file does not say. */
  endS: number | undefined;
}

const PROBE_MS = 60_000;
const MOST_BYTES = 2 ** 20;

const seconds = z.optional(z.coerce.number());
const Probed = z.object({
  streams: z.array(
    z.object({
      width: z.number().check(z.positive()),
      height: z.number().check(z.positive()),
      sample_aspect_ratio: z.optional(z.string()),
      start_time: seconds,
      duration: seconds,
      side_data_list: z.optional(z.array(z.object({ rotation: z.optional(z.number()) }))),
    }),
  ),
  format: z.object({ start_time: seconds, duration: seconds }),
});

const ENTRIES = [
  'stream=width,height,sample_aspect_ratio,start_time,duration',
  'stream_side_data=rotation',
  'format=start_time,duration',
].join(':');

/** @throws ImageError when it is no film, ConfigError when ffprobe is not installed. */
export async function probe(film: OpenFilm): Promise<FilmFacts> {
  const words = ['-select_streams', 'V:0', '-show_entries', ENTRIES, '-of', 'json'];
  const { stdout, code, failed, timedOut } = await execa('ffprobe', [...inputWords(film), ...words], {
    reject: false,
    stdin: inputOf(film),
    timeout: PROBE_MS,
    maxBuffer: MOST_BYTES,
  });
  if (code) refuseMissing({ code });
  if (timedOut) throw unreadable(`nothing could be learnt of it in ${PROBE_MS / 1000} s: is its disk slow?`);
  const probed = failed ? undefined : Probed.safeParse(JSON.parse(stdout));
  if (!probed?.success)
    throw unreadable('it is no film, or its index is missing, as after a recording that was cut short');
  const [stream] = probed.data.streams;
  if (!stream) throw unreadable('it has no pictures: name another film');
  const { format } = probed.data;
  const startS = (stream.start_time ?? 0) - (format.start_time ?? 0);
  const endS = stream.duration === undefined ? format.duration : startS + stream.duration;
  return { ...shownSize(stream), endS: endS !== undefined && Number.isFinite(endS) ? endS : undefined };
}

type Stream = z.infer<typeof Probed>['streams'][number];

/** Upright, and with square pixels. */
function shownSize({ width, height, sample_aspect_ratio = '', side_data_list = [] }: Stream) {
  const [across = 0, down = 0] = sample_aspect_ratio.split(':').map(Number);
  const wide = across > 0 && down > 0 ? Math.round((width * across) / down) : width;
  const rotation = side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.round(rotation / 90) % 2 === 0 ? { width: wide, height } : { width: height, height: wide };
}
