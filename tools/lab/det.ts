// Distances -> a picture of the DET curve: false non-match rate over false match rate, both on logarithmic axes.
import sharp from 'sharp';
import { letter } from '../lettering.ts';
import type { Histogram } from './metrics.ts';

const SIDE = 720;
const MARGIN = 90;
// Powers of ten at the ends of each axis.
const FMR_AXIS = { from: -6, to: 0 };
const FNMR_AXIS = { from: -3, to: 0 };
const INK = '#222';
const TEXT = 18;

const STEPS_PER_POWER = 20;

/** Writes a png. */
export async function drawDet(file: string, genuine: Histogram, impostor: Histogram): Promise<void> {
  const points = detPoints(genuine, impostor)
    .filter(({ fnmr }) => fnmr >= 10 ** FNMR_AXIS.from)
    .map(({ fmr, fnmr }) => `${across(Math.log10(fmr)).toFixed(1)},${down(Math.log10(fnmr)).toFixed(1)}`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
    <rect width="${SIDE}" height="${SIDE}" fill="#fff"/>${await grid()}
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

async function grid(): Promise<string> {
  const lines: string[] = [];
  const labels = [label('FMR', SIDE / 2, SIDE - 30), label('FNMR', MARGIN - 40, MARGIN - 30)];
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    lines.push(`<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#bbb"/>`);
  };
  for (let power = FMR_AXIS.from; power <= FMR_AXIS.to; power += 1) {
    line(across(power), MARGIN, across(power), SIDE - MARGIN);
    labels.push(label(`1e${power}`, across(power), SIDE - MARGIN + TEXT + 6));
  }
  for (let power = FNMR_AXIS.from; power <= FNMR_AXIS.to; power += 1) {
    line(MARGIN, down(power), SIDE - MARGIN, down(power));
    labels.push(label(`1e${power}`, MARGIN - 36, down(power) + TEXT / 3));
  }
  return [...lines, ...(await Promise.all(labels))].join('');
}

/** Text around a middle, on a baseline. */
async function label(text: string, middle: number, baseline: number): Promise<string> {
  const { svg, width } = await letter(text);
  return `<g transform="translate(${middle - (width * TEXT) / 2} ${baseline}) scale(${TEXT})" fill="${INK}">${svg}</g>`;
}
