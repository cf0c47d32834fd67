// Pictures a second over time, as an SVG: answered, what the environments could answer, and the goal.
import { letter } from '../../../tools/lettering.ts';

/** What was seen at a second of the run. */
export interface Second {
  s: number;
  /** Pictures answered so far. */
  done: number;
  environments: number;
  busy: number;
  throttled: number;
  failed: number;
  calls: number;
  /** Processor time of the stand-in, ms. */
  theirs: number;
  /** Processor time of the client, ms. */
  cpuMs: number;
  memoryMb: number;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [760, 320, 70, 44, 26];
const INK = '#333';
const TEXT = 13;
const GOAL = 1_000;
/** Between the numbers of the axis. */
const STEP = 500;
/** Around letters, so that a line behind them does not cross them out; in ems. */
const HALO = 0.35;

export async function plot(seconds: readonly Second[]): Promise<string> {
  const rates = seconds.map(({ s, done }, i) => {
    const before = seconds[i - 1] ?? { s: 0, done: 0 };
    return { s, rate: Math.max(0, (done - before.done) / Math.max(0.1, s - before.s)) };
  });
  // What the client's processor alone would allow, were it busy all the time: the floor of the time.
  const last = seconds.at(-1);
  const floor = last && last.cpuMs > 0 ? last.done / (last.cpuMs / 1000) : 0;
  const [endS, highest] = [Math.max(1, last?.s ?? 1), Math.max(GOAL, floor, ...rates.map(({ rate }) => rate))];
  const top = STEP * Math.ceil(highest / STEP);
  const x = (s: number): number => LEFT + (s / endS) * (WIDTH - LEFT - 20);
  const y = (rate: number): number => HEIGHT - BOTTOM - (rate / top) * (HEIGHT - BOTTOM - TOP);
  const points = rates.map(({ s, rate }) => `${x(s).toFixed(1)},${y(rate).toFixed(1)}`).join(' ');
  const across = (rate: number, style: string): string =>
    `<path d="M${LEFT} ${y(rate)}H${WIDTH - 20}" fill="none" ${style}/>`;
  const parts = [
    '<title>Pictures a second over time</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 20}" fill="none" stroke="${INK}"/>`,
    across(GOAL, 'stroke="#b30" stroke-dasharray="6 4"'),
    across(floor, 'stroke="#06a" stroke-dasharray="2 4"'),
    `<polyline points="${points}" fill="none" stroke="#080" stroke-width="2"/>`,
    await label('goal: 1,000', LEFT + 42, y(GOAL) - 7, '#b30'),
    await label(`one core without a pause: ${Math.round(floor)}`, WIDTH - 140, y(floor) + 17, '#06a'),
    await label('pictures a second', LEFT + 60, TOP - 8, INK),
    await label('seconds', WIDTH - 50, HEIGHT - 8, INK),
  ];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(await label(String(Math.round(share * endS)), x(share * endS), HEIGHT - BOTTOM + 18, INK));
  }
  for (let rate = 0; rate <= top; rate += STEP) parts.push(await label(String(rate), LEFT - 28, y(rate) + 4, INK));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">${parts.join('\n')}</svg>\n`;
}

/** Text around a middle, on a baseline, as outlines. */
async function label(text: string, middle: number, baseline: number, colour: string): Promise<string> {
  const { svg, width } = await letter(text);
  return `<g transform="translate(${middle - (width * TEXT) / 2} ${baseline}) scale(${TEXT})" fill="${colour}" stroke="#fff" stroke-width="${HALO}" stroke-linejoin="round" paint-order="stroke">${svg}</g>`;
}
