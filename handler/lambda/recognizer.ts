// The recognizer's entry in its image: Dockerfile.recognizer bundles this file.
import { handler } from '../recognizer.ts';
import { processPool } from '../sidecar/pool.ts';
import { isBatch, judgeBatch } from './batch.ts';
import type { Store } from './batch-items.ts';
import { type Context, serve } from './runtime.ts';
import { warmMatcher } from './warm.ts';

let store: Store | undefined;

/** Loads the SDK at the first batch: start.cjs gives the bundle a `require` that finds s3.js beside it. */
function theStore(): Store {
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  store ??= (load('./s3.js') as typeof import('./s3.ts')).openStore();
  return store;
}

function answer(event: unknown, context: Context): unknown {
  if (!isBatch(event)) return handler(event, context);
  return judgeBatch(event, {
    store: theStore(),
    judge: handler,
    atOnce: processPool().jobs,
    stop: () => processPool().close(),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
}

void serve(answer, warmMatcher);
