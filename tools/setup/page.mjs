// Makes the script and the style of a report's page, each in one file that needs no other, in dist/.
import { buildSync } from 'esbuild';

buildSync({
  entryPoints: ['tools/report/page/page.ts', 'tools/report/page/page.css'],
  outdir: 'dist/tools/report/page',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2023',
  charset: 'utf8',
  logLevel: 'warning',
});
