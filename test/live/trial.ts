// The live test's steps. Each runs a command as a user types it, and checks its answer. The last one destroys everything.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Charge, costUsd } from '../../tools/remote/cost.ts';
import { invokeAtOnce, leftOf } from './account.ts';
import type { LiveOptions } from './options.ts';

const PHOTOS = 'node_modules/@vladmandic/face-api/demo';
/** To the eye, the woman in the middle of sample3 is on the right of sample1 too, and not in sample2. */
const [HERS, TOO, NOT] = ['sample3.jpg', 'sample1.jpg', 'sample2.jpg'].map((name) => join(PHOTOS, name)) as [
  string,
  string,
  string,
];
const CROWD = 50;
/** Below what a new account may have. */
const OTHER_MEMORY_MB = 2048;
/** Calls of deploy's own try-outs and of training, whose charge no command tells: three deploys of six, and one. */
const UNTOLD_CALLS = 19;
/** A program that was told to end has this long to tidy up. */
const TIDY_MS = 30_000;
const DESTROY_TRIES = 2;

interface Deployed {
  account: string;
  region: string;
  functions: Record<'trainer' | 'recognizer', { arn: string; alias: string }>;
  steps: { action: string; text: string }[];
  verified: boolean;
}

interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number | undefined;
}

export class Trial {
  readonly stage: string;
  passed = 0;
  isEnding = false;
  readonly #options: LiveOptions;
  readonly #stop: AbortSignal;
  readonly #say: (text: string) => void;
  /** Holds the record of this deployment alone, and a model for as long as this runs. */
  readonly #folder: string;
  readonly #charges: Charge[] = [];

  constructor(stage: string, options: LiveOptions, stop: AbortSignal, say: (text: string) => void) {
    this.stage = stage;
    this.#options = options;
    this.#stop = stop;
    this.#say = say;
    this.#folder = mkdtempSync(join(tmpdir(), 'fr-live-'));
  }

  /** @throws at the first step that does not go as it should. */
  async run(): Promise<void> {
    const deployed = await this.#step('deploys, and its own try-out passes', () => this.#deploy([]));
    this.#say(`account ${deployed.account}, Region ${deployed.region}, stage ${this.stage}`);
    await this.#step('has nothing to do when deployed again', async () => {
      expectEqual('steps', (await this.#deploy([])).steps, []);
    });
    const model = join(this.#folder, 'model.csv');
    await this.#step('trains on one face of a group', async () => {
      const { exitCode, stderr } = await this.#command('fr-train', ['--face', '2', '-o', model, HERS]);
      if (exitCode !== 0) throw new Error(`fr-train ends with status ${exitCode}: ${stderr}`);
      for (const word of [deployed.account, deployed.region, this.stage]) expectIn(stderr, word);
    });
    await this.#step('answers True for another picture that shows her', () => this.#recognize(model, TOO, 'True'));
    await this.#step('answers False for a picture that does not', () => this.#recognize(model, NOT, 'False'));
    await this.#step(`answers ${CROWD} pictures that come at once`, () => this.#crowd(model, deployed));
    await this.#step(`changes the memory to ${OTHER_MEMORY_MB} MB and nothing else`, async () => {
      const { steps } = await this.#deploy(['--memory', String(OTHER_MEMORY_MB)]);
      const actions = new Set(steps.map(({ action }) => action));
      expectEqual('actions', [...actions].sort(), ['publish', 'updateConfiguration']);
    });
    await this.#step('answers True with that memory, at its price', async () => {
      const { billedMs, costUsd: cost } = await this.#recognize(model, TOO, 'True');
      const right = costUsd(billedMs, OTHER_MEMORY_MB, this.#options.architecture);
      if (Math.abs(cost - right) > 1e-9) throw new Error(`the call cost USD ${cost}, and should USD ${right}`);
    });
  }

  /** Destroys the stage, whatever is there of it, and looks whether it is gone. Gives whether it is; throws nothing. */
  async end(): Promise<boolean> {
    this.isEnding = true;
    let why = '';
    for (let tries = 0; tries < DESTROY_TRIES; tries += 1) {
      const { exitCode, stderr } = await this.#program('deploy/down.js', ['--yes', ...this.#target()], { show: true });
      try {
        const left = await leftOf(this.stage, this.#options);
        why = left.length > 0 ? `left of stage ${this.stage}: ${left.join(', ')}` : '';
        if (why === '' && exitCode !== 0) why = `npm run destroy ends with status ${exitCode}`;
      } catch (error) {
        why = `what is left of stage ${this.stage} cannot be looked up: ${(error as Error).message}`;
      }
      if (why === '') break;
      this.#say(`${why} (${stderr.trim().split('\n').at(-1)})`);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    if (why === '') {
      this.passed += 1;
      this.#say('ok  is destroyed: AWS itself knows of no function, log group, role or repository of it');
      return true;
    }
    this.#say(`FAILED: ${why}: it may cost money: npm run destroy -- ${this.#target().join(' ')}`);
    return false;
  }

  /** What all of it cost, a line. */
  cost(): string {
    const count = this.#charges.length;
    if (count === 0) return 'it cost next to nothing: no call of a function was charged to our knowledge';
    const told = this.#charges.reduce((sum, { costUsd: one }) => sum + one, 0);
    const untold = (told / count) * UNTOLD_CALLS;
    const usd = (sum: number): string => `USD ${sum.toFixed(4)}`;
    return (
      `it cost about ${usd(told + untold)} at AWS's list prices, without the free tier: ${usd(told)} for ${count} calls as ` +
      `Lambda reports them, about ${usd(untold)} for ${UNTOLD_CALLS} whose report nobody sees; keeping the images for ` +
      'minutes is less than USD 0.0001'
    );
  }

  async #step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#stop.throwIfAborted();
    const startMs = performance.now();
    try {
      const result = await work();
      this.passed += 1;
      this.#say(`ok  ${title} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`);
      return result;
    } catch (cause) {
      throw new Error(`${title}: ${(cause as Error).message}`, { cause });
    }
  }

  #target(): string[] {
    const { region, profile } = this.#options;
    return [
      ...['--stage', this.stage],
      ...(region === undefined ? [] : ['--region', region]),
      ...(profile === undefined ? [] : ['--profile', profile]),
    ];
  }

  async #deploy(words: string[]): Promise<Deployed> {
    const { architecture, more } = this.#options;
    const all = ['--yes', '--json', '--arch', architecture, ...this.#target(), ...more, ...words];
    const { exitCode, stdout } = await this.#program('deploy/up.js', all, { show: true, stop: this.#stop });
    expectEqual('exit status of npm run deploy', exitCode, 0);
    const deployed = JSON.parse(stdout) as Deployed;
    expectEqual('verified', deployed.verified, true);
    return deployed;
  }

  #command(program: string, words: string[]): Promise<Ran> {
    const all = ['--remote', '--stage', this.stage, ...words];
    return this.#program(`tools/${program}.js`, all, { show: false, stop: this.#stop });
  }

  async #recognize(model: string, picture: string, right: 'True' | 'False'): Promise<Charge> {
    const { exitCode, stdout, stderr } = await this.#command('fr-recognize', ['--json', model, picture]);
    if (exitCode !== 0 && exitCode !== 1) throw new Error(`fr-recognize ends with status ${exitCode}: ${stderr}`);
    const { face_present, billed_ms, cost_usd } = JSON.parse(stdout);
    expectEqual('answer and exit status', [face_present, exitCode], [right, right === 'True' ? 0 : 1]);
    if (billed_ms === undefined) throw new Error('the answer does not say what it cost');
    const charge = { billedMs: billed_ms, costUsd: cost_usd };
    this.#charges.push(charge);
    return charge;
  }

  async #crowd(model: string, { functions: { recognizer } }: Deployed): Promise<void> {
    const query_facevectors = readFileSync(model).toString('base64');
    const [shown, other] = [TOO, NOT].map((path) => readFileSync(path).toString('base64'));
    const rights = Array.from({ length: CROWD }, (_, index) => (index % 2 === 0 ? 'True' : 'False'));
    const events = rights.map((right) => ({ base64_image: right === 'True' ? shown : other, query_facevectors }));
    const target = { ...this.#options, arn: recognizer.arn, alias: recognizer.alias };
    const called = await invokeAtOnce(events, target, this.#stop);
    this.#charges.push(...called.flatMap(({ charge }) => charge ?? []));
    expectEqual(
      'answers',
      called.map(({ answer }) => answer.face_present ?? `${answer.errorType}: ${answer.errorMessage}`),
      rights,
    );
    const retries = called.reduce((sum, one) => sum + one.retries, 0);
    const slowest = Math.max(...called.map(({ ms }) => ms)) / 1000;
    this.#say(`    the slowest was answered after ${slowest.toFixed(1)} s; ${retries} calls were sent again`);
  }

  /** Runs one of the product's programs, in a group of its own: Ctrl-C reaches this process alone, which decides. */
  async #program(path: string, words: string[], { show, stop }: { show: boolean; stop?: AbortSignal }): Promise<Ran> {
    const { stdout, stderr, exitCode, isCanceled } = await execa(process.execPath, [join('dist', path), ...words], {
      env: { FR_DEPLOYMENT: join(this.#folder, 'deployment.json'), FR_REMOTE: '', FR_STAGE: '' },
      stdin: 'ignore',
      stderr: show ? ['pipe', 'inherit'] : 'pipe',
      detached: true,
      reject: false,
      forceKillAfterDelay: TIDY_MS,
      ...(stop ? { cancelSignal: stop } : {}),
    });
    if (isCanceled) throw new Error('stopped');
    return { stdout, stderr, exitCode };
  }
}

function expectEqual(what: string, there: unknown, right: unknown): void {
  const [is, should] = [JSON.stringify(there), JSON.stringify(right)];
  if (is !== should) throw new Error(`${what}: ${is} in place of ${should}`);
}

function expectIn(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`'${part}' is not in '${text}'`);
}
