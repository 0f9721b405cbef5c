import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError, type Option } from 'commander';
import { addApply } from './commands/apply.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addFields } from './commands/fields.ts';
import { addGet } from './commands/get.ts';
import { addPlan } from './commands/plan.ts';
import { addProfile } from './commands/profile.ts';
import { addResume } from './commands/resume.ts';
import { addRetry } from './commands/retry.ts';
import { addRuns } from './commands/runs.ts';
import { addSandbox } from './commands/sandbox.ts';
import { addSet } from './commands/set.ts';
import { addUndo } from './commands/undo.ts';
import { addVendors } from './commands/vendors.ts';
import { surviveClosedPipes } from './commands/output.ts';
import { toolVersion } from './commands/version.ts';

/** The program. The one place that turns an error into words and an exit code. */

const greeting = `
Three things people do with it:
  oppatch set ID amount=42000              one edit from the terminal
  oppatch apply edits.csv                  a file of edits, checked, confirmed, every row accounted for
  oppatch apply edits.csv --yes --json     the same from cron

New here?
  oppatch sandbox                          practice servers of all four vendors
  oppatch profile add                      your own account; asks for all it needs
  oppatch plan edits.csv                   before → after of every field, without sending it
`;

export function createProgram(): Command {
  const program = new Command('oppatch')
    .description('Bulk edits of sales opportunities: Microsoft Partner Center, Raze, LeadSquared and Close.')
    .version(toolVersion(), '-V, --version')
    .addHelpText('after', greeting)
    .showSuggestionAfterError(true)
    .configureHelp({ optionDescription })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  const add = [
    addApply,
    addPlan,
    addSet,
    addGet,
    addFields,
    addVendors,
    addRuns,
    addResume,
    addRetry,
    addUndo,
    addProfile,
    addDoctor,
    addSandbox,
    addCompletion,
  ];
  for (const one of add) one(program);
  for (const command of allCommands(program)) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .showSuggestionAfterError(true);
  }
  return program;
}

/** Choices and defaults behind the description, where there is something to say: lists begin empty. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const notes: string[] = [];
  if (argChoices !== undefined) notes.push(argChoices.join(', '));
  if (typeof defaultValue === 'number' || typeof defaultValue === 'string') notes.push(`default ${defaultValue}`);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

async function main(words: readonly string[]): Promise<void> {
  surviveClosedPipes();
  const program = createProgram();
  if (words.length === 0) {
    process.stdout.write(program.helpInformation() + greeting);
    return;
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const { tellError } = await import('./commands/tell-error.ts');
    process.exitCode = await tellError(error, words);
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

// What lives is some 30 MB, whatever the length of a file; V8 would let the heap grow to several times that before it looks.
setFlagsFromString('--heap-growing-percent=100');

await main(process.argv.slice(2));
