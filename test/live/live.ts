// `npm run test:live`: the product's own commands on a real AWS account, from deploy to an empty account again. It
// needs an account or an emulator, and ends with what it cost.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { readOptions } from './options.ts';
import { Trial } from './trial.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

function say(text: string): void {
  process.stderr.write(`live: ${text}\n`);
}

/** Gives the exit status: 0 all passed, 1 something failed, 2 not run, 128 + the signal's number when stopped. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  const stop = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  const trial = new Trial(`live-${randomBytes(4).toString('hex')}`, options, stop.signal, say);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const again = stoppedBy !== undefined || trial.isEnding;
      stoppedBy ??= signal;
      say(again ? `stage ${trial.stage} is being destroyed: wait` : `stopped: destroying stage ${trial.stage} first`);
      stop.abort();
    });
  }
  let failed = 0;
  try {
    await trial.run();
  } catch (error) {
    failed += 1;
    say(stop.signal.aborted ? 'the rest is not run' : `FAILED: ${(error as Error).message}`);
  }
  const isGone = await trial.end();
  if (!isGone) failed += 1;
  say(trial.cost());
  say(`${trial.passed} passed, ${failed} failed`);
  if (isGone && stoppedBy) return 128 + constants.signals[stoppedBy];
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
