// The trainer as its image runs it; Dockerfile.trainer bundles this file.

import { handler } from '../trainer.ts';
import { serve } from './runtime.ts';
import { warmSidecar } from './warm.ts';

void serve(handler, warmSidecar);
