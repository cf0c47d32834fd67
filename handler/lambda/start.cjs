// What an image starts: runs the bundle beside this file, from the code that V8 compiled of it when the image was built
// (deploy/image/precompile.ts). That takes 12 ms of processor time off a start of 65: V8 need not read the source again.
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

/** There is none in an image that was built on another processor. @returns {Buffer | undefined} */
function readCompiled() {
  try {
    return readFileSync(`${__dirname}/bundle.cache`);
  } catch {
    return undefined;
  }
}

const filename = `${__dirname}/bundle.js`;
// ASCII, as esbuild writes it. Code that another V8 compiled, or of another source, V8 sets aside by itself.
const bundle = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: readCompiled() });
bundle.runInThisContext()(require, filename);
