// Writes the manual page from the built program. SOURCE_DATE_EPOCH (seconds) makes it the same on every day.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processHost } from '../dist/host.js';
import { manPage } from '../dist/cli/man-page.js';
import { createProgram, everyCommand } from '../dist/cli/program.js';
import { toolVersion } from '../dist/app/session/version.js';

const commands = await everyCommand();

const epoch = process.env['SOURCE_DATE_EPOCH'];
const when = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
const page = manPage(createProgram({ host: processHost, end: () => undefined }, commands), {
  version: toolVersion(),
  date: when.toISOString().slice(0, 10),
});
writeFileSync(join(import.meta.dirname, 'oppatch.1'), page);
