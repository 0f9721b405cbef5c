// Writes the generated parts of README.md by what the built program declares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withGeneratedParts } from '../dist/cli/readme-parts.js';

const file = join(import.meta.dirname, '..', 'README.md');
writeFileSync(file, withGeneratedParts(readFileSync(file, 'utf8')));
