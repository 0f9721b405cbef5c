import { writeSync } from 'node:fs';
import { CommanderError } from 'commander';
import { surviveClosedPipes } from './app/session/output.ts';
import { createProgram } from './cli/program.ts';

/** The one place that turns an error into words and an exit code. */

async function main(words: readonly string[]): Promise<void> {
  surviveClosedPipes();
  if (words.length === 0) {
    const { greet } = await import('./cli/greet.ts');
    await greet();
    return;
  }
  try {
    await createProgram().parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const [{ tellError }, { usageError }] = await Promise.all([
      import('./app/session/tell-error.ts'),
      import('./cli/usage-error.ts'),
    ]);
    const explained = error instanceof CommanderError ? usageError(createProgram(), error, words) : error;
    process.exitCode = await tellError(explained, words);
  }
}

/** What Node ends with where nothing is left that could settle what is waited for: a defect, which must not pass in silence. */
const unsettledExit = 13;
process.once('exit', (code) => {
  if (code !== unsettledExit) return;
  process.exitCode = 1;
  writeSync(
    2,
    'oppatch came to a halt in the middle of its work: a defect of the tool. Nothing that was sent is lost; `oppatch resume` goes on.\n',
  );
});

await main(process.argv.slice(2));
