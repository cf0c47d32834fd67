// Small films of the demo's photographs, made by ffmpeg.
import { execa } from 'execa';

/** The look of a part of a film: a photograph fitted into the frame, a pan over it, or nobody. */
export interface Part {
  photo?: string;
  /** The photo goes from the left edge to the right. */
  pans?: boolean;
  seconds: number;
}

export interface Made {
  width?: number;
  height?: number;
  fps?: number;
  /** Words before the name of the film. */
  words?: readonly string[];
}

/** Runs ffmpeg. It must be there: apt-get install ffmpeg. */
export async function ffmpeg(...words: string[]): Promise<void> {
  await execa('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...words]);
}

/** Writes a film whose parts follow each other by cuts. */
export async function makeFilm(path: string, parts: readonly Part[], made: Made = {}): Promise<string> {
  const { width = 640, height = 480, fps = 25, words = [] } = made;
  const inputs = parts.flatMap(({ photo, seconds }) =>
    photo === undefined
      ? ['-f', 'lavfi', '-t', String(seconds), '-i', `color=navy:size=${width}x${height}:rate=${fps}`]
      : ['-loop', '1', '-framerate', String(fps), '-t', String(seconds), '-i', photo],
  );
  const looks = parts.map(({ pans, seconds }, i) => {
    const still = `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1`;
    const pan = `scale=-2:${height},pad=iw+${width}:${height}:${width / 2}:0,crop=${width}:${height}:x='(iw-ow)*t/${seconds}':y=0`;
    return `[${i}]${pans ? pan : still},setsar=1,format=yuv420p[p${i}]`;
  });
  const joined = `${parts.map((_, i) => `[p${i}]`).join('')}concat=n=${parts.length}:v=1[film]`;
  await ffmpeg(
    ...inputs,
    ...['-filter_complex', [...looks, joined].join(';'), '-map', '[film]', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...words,
    path,
  );
  return path;
}
