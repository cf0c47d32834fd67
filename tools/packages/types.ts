// The library's types: what the compiler declares of handler/index.ts, and of the files that it names.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { answerTypes } from './answer-types.ts';

const LIBRARY = 'index';
/** Its types are made with zod, which a user need not have: they are made from schema.json instead. */
const ANSWERS = 'answers';

/**
 * Writes `index.d.ts` and what it imports.
 *
 * @param root the clone.
 * @param work a folder for what the compiler writes.
 */
export async function writeTypes(root: string, folder: string, work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  await mkdir(folder, { recursive: true });
  const settings = join(work, 'tsconfig.json');
  const declarations = join(work, 'declarations');
  const compilerOptions = {
    declaration: true,
    emitDeclarationOnly: true,
    sourceMap: false,
    rootDir: root,
    outDir: declarations,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const files = [join(root, `handler/${LIBRARY}.ts`)];
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [], exclude: [], files };
  await writeFile(settings, JSON.stringify(project));
  await execa(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', settings], { cwd: root });
  const schema = JSON.parse(await readFile(join(root, 'handler/schema.json'), 'utf8'));
  const written = new Set<string>();
  for (const names = [LIBRARY]; names.length > 0; ) {
    const name = names.pop() as string;
    if (written.has(name)) continue;
    written.add(name);
    const path = join(declarations, 'handler', `${name}.d.ts`);
    const text = name === ANSWERS ? answerTypes(schema) : await readFile(path, 'utf8');
    for (const [, other = ''] of text.matchAll(/ from '\.\/([\w-]+)\.ts'/g)) names.push(other);
    await writeFile(join(folder, `${name}.d.ts`), text.replaceAll(/( from '\.\/[\w-]+)\.ts'/g, "$1.js'"));
  }
}
