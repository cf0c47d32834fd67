// Distances -> a picture of the DET curve: false non-match rate over false match rate, both on logarithmic axes.
import sharp from 'sharp';
import { letter } from '../strokes.ts';
import type { Histogram } from './metrics.ts';

const SIDE = 720;
const MARGIN = 90;
// Powers of ten at the ends of each axis.
const FMR_AXIS = { from: -6, to: 0 };
const FNMR_AXIS = { from: -3, to: 0 };
const INK = '#222';

const STEPS_PER_POWER = 20;

/** Writes a png. Labels are strokes, since a fresh machine has no font. */
export async function drawDet(file: string, genuine: Histogram, impostor: Histogram): Promise<void> {
  const points = detPoints(genuine, impostor)
    .filter(({ fnmr }) => fnmr >= 10 ** FNMR_AXIS.from)
    .map(({ fmr, fnmr }) => `${across(Math.log10(fmr)).toFixed(1)},${down(Math.log10(fnmr)).toFixed(1)}`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
    <rect width="${SIDE}" height="${SIDE}" fill="#fff"/>${grid()}
    <polyline points="${points.join(' ')}" fill="none" stroke="#0072b2" stroke-width="3"/></svg>`;
  await sharp(Buffer.from(svg)).png().toFile(file);
}

/** The curve: at false match rates from 1e-6 to 1, twenty a power of ten, the part of the genuine pairs that is missed. */
export function detPoints(genuine: Histogram, impostor: Histogram): { fmr: number; fnmr: number }[] {
  const steps = (FMR_AXIS.to - FMR_AXIS.from) * STEPS_PER_POWER;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const fmr = 10 ** (FMR_AXIS.from + step / STEPS_PER_POWER);
    return { fmr, fnmr: 1 - genuine.rateAt(impostor.thresholdAt(fmr)) };
  });
}

/** Pixels from the left edge, of a power of ten. */
function across(power: number): number {
  return MARGIN + ((power - FMR_AXIS.from) / (FMR_AXIS.to - FMR_AXIS.from)) * (SIDE - 2 * MARGIN);
}

/** Pixels from the upper edge, of a power of ten. */
function down(power: number): number {
  return SIDE - MARGIN - ((power - FNMR_AXIS.from) / (FNMR_AXIS.to - FNMR_AXIS.from)) * (SIDE - 2 * MARGIN);
}

function grid(): string {
  const marks: string[] = [];
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    marks.push(`<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#bbb"/>`);
  };
  for (let power = FMR_AXIS.from; power <= FMR_AXIS.to; power += 1) {
    line(across(power), MARGIN, across(power), SIDE - MARGIN);
    marks.push(label(`1E${power}`, across(power) - 20, SIDE - MARGIN + 14));
  }
  for (let power = FNMR_AXIS.from; power <= FNMR_AXIS.to; power += 1) {
    line(MARGIN, down(power), SIDE - MARGIN, down(power));
    marks.push(label(`1E${power}`, MARGIN - 58, down(power) - 6));
  }
  return [...marks, label('FMR', SIDE / 2 - 25, SIDE - 40), label('FNMR', 12, MARGIN - 40)].join('');
}

function label(text: string, x: number, y: number): string {
  return `<g transform="translate(${x} ${y}) scale(2)" fill="none" stroke="${INK}" stroke-width="0.8"
    stroke-linecap="round" stroke-linejoin="round">${letter(text).svg}</g>`;
}
