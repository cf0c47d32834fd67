// Fits the signs of a spoiled photo (native/align/signs.hh) to photos of people, and writes their weights.
//
//   npm run coach-fit -- FOLDER...
//
// Each FOLDER holds one folder for each person. Every second person is used; `npm run coach` measures on the others. Photos in
// a folder named `profile` show the face turned away. The others are copied with covered eyes and with a covered mouth; the
// copies lie outside the project and are deleted at the end.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { processConfig } from '../../handler/config.ts';
import { NoFaceError, RequestError } from '../../handler/errors.ts';
import { Sidecar } from '../../handler/sidecar/sidecar.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { looksOf, subjectsIn } from './coach-people.ts';
import { fitSign, mirrored } from './linear-sign.ts';
import { covered } from './spoiling.ts';

const CELLS = 10; // native/align/signs.hh: kCells
const NOT_SPOILED = 0.02; // the share of a folder's good photos in which a sign may be seen

const SIGNS = ['turned', 'eyes', 'mouth'] as const;
type Kind = 'good' | (typeof SIGNS)[number];
interface Sample {
  kind: Kind;
  folder: string;
  path: string;
}

async function main(): Promise<number> {
  const folders = process.argv.slice(2);
  if (folders.length === 0) throw new RequestError('name the folders of people to fit to');
  const scratch = mkdtempSync(join(tmpdir(), 'fr-coach-')); // 0700
  try {
    const samples = (await Promise.all(folders.map((folder) => spoilPhotosOf(folder, scratch)))).flat();
    const textures = await texturesOf(samples.map(({ path }) => path));
    const seen = samples
      .map((sample, i) => ({ ...sample, texture: textures[i] ?? [] }))
      .filter(({ texture }) => texture.length > 0);
    for (const sign of SIGNS) {
      const of = (kind: Kind): number[][] =>
        seen.filter((sample) => sample.kind === kind).map(({ texture }) => texture);
      const both = (list: number[][]): number[][] => list.flatMap((texture) => [texture, mirrored(texture, CELLS)]);
      const fitted = fitSign(both(of(sign)), both(of('good')));
      const limits = folders.map((folder) => {
        const good = seen.filter((sample) => sample.kind === 'good' && sample.folder === folder);
        const values = good.map(({ texture }) => fitted.of(texture)).sort((a, b) => a - b);
        return values[Math.ceil(values.length * (1 - NOT_SPOILED))] ?? 0;
      });
      const limit = Math.max(...limits);
      const right = of(sign).filter((texture) => fitted.of(texture) > limit).length;
      console.log(
        `${sign}: ${of(sign).length} photos, ${((100 * right) / of(sign).length).toFixed(1)} % beyond ${limit.toFixed(3)}`,
      );
      const numbers = [...fitted.weights.slice(0, -1), (fitted.weights.at(-1) ?? 0) - limit].map((weight) =>
        weight.toPrecision(4),
      );
      writeFileSync(`native/align/signs_${sign}.inc`, wrapped(numbers));
    }
    return EXIT.match;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function spoilPhotosOf(folder: string, scratch: string): Promise<Sample[]> {
  const sidecar = new Sidecar(processConfig());
  const samples: Sample[] = [];
  for (const [i, { frontal, profile }] of (await subjectsIn(folder)).entries()) {
    if (i % 2 === 0) continue;
    samples.push(...profile.slice(0, 1).map((path) => ({ kind: 'turned' as const, folder, path })));
    for (const path of frontal.slice(0, 1)) {
      const photo = readFileSync(path);
      const [face] = await looksOf(photo, sidecar);
      if (!face) continue;
      samples.push({ kind: 'good', folder, path });
      for (const kind of ['eyes', 'mouth'] as const) {
        const copy = join(scratch, `${samples.length}-${kind}.png`);
        writeFileSync(copy, await covered(kind, i, i % 3 === 0)(photo, face), { mode: 0o600 });
        samples.push({ kind, folder, path: copy });
      }
    }
  }
  sidecar.close();
  return samples;
}

/** Computes textures with the sidecar's own code, in a program built only for this. */
async function texturesOf(paths: readonly string[]): Promise<number[][]> {
  await execa('cmake', ['--build', 'build/native', '--target', 'fr-texture']);
  const programs = join(processConfig().sidecarPath, '..');
  const { stdout } = await execa(join(programs, 'fr-texture'), [join(programs, 'fr-sidecar.weights')], {
    input: paths.map((path) => `${path}\n`).join(''),
  });
  const lines = stdout.split('\n');
  if (lines.length < paths.length - 1) throw new NoFaceError(`${lines.length} textures of ${paths.length} pictures`);
  return paths.map((_, i) => (lines[i] ?? '').split(' ').filter(Boolean).map(Number));
}

function wrapped(numbers: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i < numbers.length; i += 10) lines.push(`${numbers.slice(i, i + 10).join(', ')},\n`);
  return lines.join('');
}

await runProgram('coach-fit', main);
