// A filled folder -> the file that npm publishes, and its figures against the budgets.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../deploy/project.ts';
import { SCOPE } from '../../handler/program.ts';

/** A packed package. Sizes in bytes. */
export interface Packed {
  name: string;
  version: string;
  /** Path of the file. */
  file: string;
  packed: number;
  unpacked: number;
  files: string[];
  /** SHA-512, as npm's lock files have it. */
  integrity: string;
}

type Budget = Record<'packed' | 'unpacked' | 'files', number>;

/** Packs with npm, which leaves out times and owners: the same folder gives the same bytes. */
export async function pack(folder: string, destination: string): Promise<Packed> {
  const words = ['pack', folder, '--pack-destination', destination, '--json', '--ignore-scripts'];
  const { stdout } = await execa('npm', words, { env: { npm_config_loglevel: 'error' } });
  const [about] = JSON.parse(stdout) as [
    { name: string; version: string; size: number; unpackedSize: number; files: { path: string }[]; integrity: string },
  ];
  const { name, version, size, unpackedSize, files, integrity } = about;
  const file = join(destination, `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`);
  return { name, version, file, packed: size, unpacked: unpackedSize, files: files.map(({ path }) => path), integrity };
}

/** What is above its budget, a line each. */
export function overBudget({ name, packed, unpacked, files }: Packed): string[] {
  const budgets = JSON.parse(readFileSync(join(projectRoot(), 'tools/packages/budgets.json'), 'utf8'));
  const budget = budgets[name.replace(`${SCOPE}/`, '')] as Budget | undefined;
  if (!budget) return [`${name} has no budget: add it to tools/packages/budgets.json`];
  const now: Budget = { packed, unpacked, files: files.length };
  return (Object.keys(now) as (keyof Budget)[])
    .filter((kind) => now[kind] > budget[kind])
    .map((kind) => `${name}: ${kind} is ${now[kind]}, and the budget is ${budget[kind]}`);
}
