// What became of the pictures of a bucket -> the answers on standard output, and the counts and costs at the end.
import type { Verdict } from '../../handler/answers.ts';
import type { BucketLine } from '../../handler/bucket.ts';
import { say } from '../cli/cli.ts';
import { type OutputOptions, PROGRAM, printHead, printRecord, statusOf, type Tally } from '../recognition-output.ts';
import { showUsd } from '../remote/cost.ts';
import { bucketCosts } from './cost.ts';
import type { MapDeployment } from './place.ts';
import { type Child, lostItems } from './results.ts';

/** What a command has to show. */
export interface Shown {
  lines: AsyncIterable<BucketLine>;
  /** The batches of the run; none where nothing had to be judged. */
  children: readonly Child[];
}

export interface Printing {
  deployment: MapDeployment;
  bucket: string;
  options: OutputOptions;
}

/** @returns the exit status. */
export async function printAll({ lines, children }: Shown, { deployment, bucket, options }: Printing): Promise<number> {
  const where = `AWS Lambda in ${deployment.region}`;
  const tally: Tally = { True: 0, Unsure: 0, False: 0, refused: 0 };
  let lost = 0;
  printHead(options);
  for await (const { key, answer, error, ms } of lines) {
    const record = { path: `s3://${bucket}/${key}`, where, notes: [], charges: [] };
    if (answer) {
      printRecord({ ...record, answer, durationMs: ms }, true, options);
      tally[answer.face_present as Verdict] += 1;
    } else if (error) {
      printRecord({ ...record, error }, true, options);
      tally.refused += 1;
      if (error.code === 'REMOTE_FAILED') lost += 1;
    }
  }
  if (!options.quiet) say(`${PROGRAM}: ${summary(tally, children, deployment, options)}`);
  if (lost > 0) {
    const were = lost === 1 ? '1 picture was lost with its batch' : `${lost} pictures were lost with their batches`;
    say(`${PROGRAM}: ${were}: MODEL and --resume judge again what was lost`);
  }
  return statusOf(tally);
}

function summary(
  tally: Tally,
  children: readonly Child[],
  deployment: MapDeployment,
  { unsure }: OutputOptions,
): string {
  const sum = (field: 'Judged' | 'Refused' | 'Skipped' | 'Ms'): number =>
    children.reduce((total, child) => total + child[field], 0);
  const [pictures, skipped] = [sum('Judged') + sum('Refused'), sum('Skipped')];
  const calls = children.reduce((total, { Parts }) => total + Math.max(1, Parts.length), 0);
  const keys = pictures + skipped + lostItems(children).length;
  const { True, Unsure, False, refused } = tally;
  const verdicts = `matched ${True}, ${unsure ? `unsure ${Unsure}, ` : ''}judged ${True + Unsure + False}`;
  if (children.length === 0) {
    return True + Unsure + False + refused > 0
      ? `${verdicts}, refused ${refused}; nothing had to be judged, and no run was started`
      : `${verdicts}: there is no picture below this prefix`;
  }
  const costs = bucketCosts({ ms: sum('Ms'), batches: children.length, calls, pictures, keys }, deployment);
  const list = `Lambda ${showUsd(costs.lambda)}, Step Functions ${showUsd(costs.stepFunctions)}, S3 ${showUsd(costs.s3)}`;
  return `${verdicts}, refused ${refused}, skipped ${skipped}; about USD ${showUsd(costs.total)} (${list})`;
}
