// What a run over a bucket costs, by AWS's list prices.
import type { Deployment } from '../../deploy/cloud/record.ts';
import { costUsd, showUsd } from '../remote/cost.ts';
import { count, showSeconds, usualMs } from '../remote/forecast.ts';
import type { Counts } from './aws.ts';
import { BATCH } from './execution.ts';

/**
 * List prices in USD of most Regions, without free tiers (2026): https://aws.amazon.com/step-functions/pricing/ and
 * https://aws.amazon.com/s3/pricing/. A child that starts is a transition of its parent; an Express child is billed as a request
 * and for its time, with 64 MB, the smallest step.
 */
const TRANSITION_USD = 25e-6;
const EXPRESS_REQUEST_USD = 1e-6;
const EXPRESS_GB_SECOND_USD = 0.0000166667;
const EXPRESS_GB = 1 / 16;
const GET_USD = 0.4e-6;
const PUT_OR_LIST_USD = 5e-6;
const KEYS_A_LISTING = 1000;

export interface Spent {
  /** Milliseconds of the function, in all batches. */
  ms: number;
  batches: number;
  /** Calls of the function, each of which wrote one object of answers. */
  calls: number;
  pictures: number;
  /** Keys that were listed. */
  keys: number;
}

export interface Costs {
  lambda: number;
  stepFunctions: number;
  s3: number;
  total: number;
}

/** The list of costs. Restarts after throttles, and starts of environments, are not in it: the run does not tell of them. */
export function bucketCosts(
  spent: Spent,
  { memoryMb, architecture }: Pick<Deployment, 'memoryMb' | 'architecture'>,
): Costs {
  const { ms, batches, calls, pictures, keys } = spent;
  const requestUsd = costUsd(0, memoryMb, architecture);
  const lambda = costUsd(ms, memoryMb, architecture) + (calls - 1) * requestUsd;
  const express = batches * EXPRESS_REQUEST_USD + (ms / 1000) * EXPRESS_GB * EXPRESS_GB_SECOND_USD;
  const stepFunctions = batches * TRANSITION_USD + express;
  const s3 = pictures * GET_USD + (calls + Math.ceil(keys / KEYS_A_LISTING)) * PUT_OR_LIST_USD;
  return { lambda, stepFunctions, s3, total: lambda + stepFunctions + s3 };
}

/**
 * What a run costs, as far as can be told while it runs: AWS tells what a batch took only at its end, so an environment counts as
 * busy for as long as its batch is under way, and a batch under way as whole.
 */
export class Spending {
  readonly #deployment: Pick<Deployment, 'memoryMb' | 'architecture'>;
  #ms = 0;
  #lastMs = 0;

  constructor(deployment: Pick<Deployment, 'memoryMb' | 'architecture'>) {
    this.#deployment = deployment;
  }

  /** In USD, with what is under way. Each call tells how the run stands then. */
  usd({ total, done, running }: Counts, elapsedMs: number): number {
    this.#ms += running * (elapsedMs - this.#lastMs);
    this.#lastMs = elapsedMs;
    const pictures = Math.min(total, done + running * BATCH);
    const msPerPicture = done > 0 ? this.#ms / done : usualMs(this.#deployment);
    const batches = Math.ceil(pictures / BATCH);
    const ms = Math.max(this.#ms, pictures * msPerPicture);
    return bucketCosts({ ms, batches, calls: batches, pictures, keys: total }, this.#deployment).total;
  }
}

/** Until the bucket is listed and the first environments have started. */
const START_S = 5;

/**
 * What a run will take, said before it begins: `100,000 pictures in the bucket: about 1,000 batches and USD 0.53, 25 s`.
 *
 * @param objects that are listed, pictures and others.
 */
export function forecastRun(
  pictures: number,
  objects: number,
  deployment: Pick<Deployment, 'memoryMb' | 'architecture'>,
  concurrency: number,
): { text: string; usd: number } {
  const batches = Math.ceil(pictures / BATCH);
  const ms = pictures * usualMs(deployment);
  const { total } = bucketCosts({ ms, batches, calls: batches, pictures, keys: objects }, deployment);
  const seconds = START_S + ms / 1000 / Math.max(1, Math.min(concurrency, batches));
  const text = `${count(pictures)} pictures in the bucket: about ${count(batches)} ${batches === 1 ? 'batch' : 'batches'} and USD ${showUsd(total)}, ${showSeconds(seconds)}`;
  return { text, usd: total };
}
