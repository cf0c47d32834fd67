// A picture as the page shows it: small, upright, with a box on every face.
import type { Box } from '../../../handler/sidecar/faces.ts';
import { make } from './elements.ts';
import type { Picture } from './messages.ts';

/** Pixels across. A folder holds many pictures, and a browser keeps the pixels of each one that it shows. */
const MOST_WIDTH = 720;

export interface Shown {
  element: HTMLElement;
  /** Puts an element over a face. Pixels are the upright picture's. */
  place(element: HTMLElement, box: Box): void;
}

/**
 * Draws a picture into an element. One that the browser cannot draw leaves an empty frame, and boxes have no place there.
 *
 * @param picture what was read of the file: its pixels, if they were decoded here.
 * @param says what the picture is, for who cannot see it.
 */
export async function showPicture(file: Blob, { bytes, size: decoded }: Picture, says: string): Promise<Shown> {
  const canvas = make('canvas', { role: 'img', ariaLabel: says });
  const element = make('div', { className: 'picture' }, canvas);
  const source = decoded ? thinned(bytes, decoded) : file;
  const drawn = await draw(source, canvas);
  const size = decoded ?? drawn;
  if (!drawn) canvas.replaceWith(make('p', { className: 'blank' }, 'This browser cannot show the picture.'));
  const place = (over: HTMLElement, box: Box): void => {
    if (!drawn || !size) return;
    const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
    const [right, bottom] = [Math.min(size.width, box.right), Math.min(size.height, box.bottom)];
    const percent = (part: number, whole: number): string => `${(100 * part) / whole}%`;
    over.style.left = percent(left, size.width);
    over.style.top = percent(top, size.height);
    over.style.width = percent(right - left, size.width);
    over.style.height = percent(bottom - top, size.height);
    element.append(over);
  };
  return { element, place };
}

/** The size of the upright picture, or nothing when the browser cannot read it. */
async function draw(
  source: Blob | ImageData,
  canvas: HTMLCanvasElement,
): Promise<{ width: number; height: number } | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  } catch {
    return undefined;
  }
  const { width, height } = bitmap;
  canvas.width = Math.min(MOST_WIDTH, width);
  canvas.height = Math.max(1, Math.round((canvas.width * height) / width));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { width, height };
}

/** Every n-th pixel of each side: enough of them for a canvas. */
function thinned(rgb: ArrayBuffer, { width, height }: { width: number; height: number }): ImageData {
  const every = Math.max(1, Math.floor(width / (2 * MOST_WIDTH)));
  const few = new ImageData(Math.ceil(width / every), Math.ceil(height / every));
  const from = new Uint8Array(rgb);
  let to = 0;
  for (let y = 0; y < height; y += every) {
    for (let x = 0; x < width; x += every, to += 4) {
      const at = 3 * (y * width + x);
      few.data.set([from[at] as number, from[at + 1] as number, from[at + 2] as number, 255], to);
    }
  }
  return few;
}
