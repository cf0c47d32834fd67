// What tests of deploys share: each test's own service, folder and record, tiny images, and runs of the deployer.
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import { scratchFolder } from '../helpers.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { type Recipe, writeLayout } from './images.ts';
import type { AwsService } from './service.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';

export class Deploying {
  readonly #storage: () => Storage;
  folder = '';
  record = '';
  /** Set by open(). */
  service!: AwsService;

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  async open(settings: Omit<Settings, 'storage'> = {}): Promise<void> {
    this.service = await startAws(this.#storage(), { run: pretend, ...settings });
  }

  /** A layout of both images; equal recipes are equal images. */
  images(trainer: Partial<Recipe> = {}, recognizer: Partial<Recipe> = {}): Promise<string> {
    const name = JSON.stringify([trainer, recognizer]).replace(/\W+/g, '-');
    return writeLayout(join(this.folder, name), 'amd64', {
      trainer: { content: 'trainer', ...trainer },
      recognizer: { content: 'recognizer', ...recognizer },
    });
  }

  /** Runs the deployer to a good end and forgets the calls before it. */
  async run(program: 'up' | 'down', ...words: string[]): Promise<DeployerAnswer> {
    this.service.calls.length = 0;
    const more = program === 'up' ? ['--arch', 'x86_64', '--yes'] : ['--yes'];
    const answer = await runDeployer(this.service, program, [...words, ...more], { record: this.record });
    expect(answer.exitCode, answer.stderr).toBe(0);
    return answer;
  }
}

/** Tests of deploys on the tests' AWS. Each test has its own folder. */
export function describeDeploying(title: string, body: (own: Deploying) => void): void {
  describeWithAws(title, (storage) => {
    const own = new Deploying(storage);
    beforeEach(async () => {
      own.folder = await scratchFolder();
      own.record = join(own.folder, 'deployment.json');
    });
    body(own);
  });
}
