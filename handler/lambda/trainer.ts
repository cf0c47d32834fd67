// The trainer's entry in its image: Dockerfile.trainer bundles this file.
import { handler } from '../trainer.ts';
import { serve } from './runtime.ts';
import { warmSidecar } from './warm.ts';

void serve(handler, warmSidecar);
