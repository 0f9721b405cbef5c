import { afterAll } from 'vitest';
import { cleanUp } from './clean-up.ts';

// Vitest runs this before each file.
afterAll(cleanUp);
