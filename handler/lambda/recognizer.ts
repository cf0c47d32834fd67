// The recognizer's entry in its image: Dockerfile.recognizer bundles this file.
import { handler } from '../recognizer.ts';
import { serve } from './runtime.ts';
import { warmMatcher } from './warm.ts';

void serve(handler, warmMatcher);
