import { Command, type Option } from 'commander';
import { addApply } from './commands/apply.ts';
import { addComplete } from './commands/complete.ts';
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
import { addTemplate } from './commands/template.ts';
import { addUndo } from './commands/undo.ts';
import { addVendors } from './commands/vendors.ts';
import { toolVersion } from '../app/session/version.ts';
import { vendorTitles } from './flags/vendor-words.ts';
import type { Invocation } from './invocation.ts';

const uses = `
Three things people do with it:
  oppatch set ID amount=42000              one edit from the terminal
  oppatch apply edits.csv                  a file of edits: checked, asked, sent
  oppatch apply edits.csv --yes --json     the same from cron

New here?
  oppatch sandbox                          practice servers of all vendors
  oppatch profile add                      your own account; asks for all it needs
  oppatch template edits.csv               a file to fill in, with its field names
  oppatch plan edits.csv                   before → after of every field, unsent
`;

/** The program, with every command. One source for `--help`, completion and the manual page. */
export function createProgram(invocation: Invocation): Command {
  const { stdout, stderr } = invocation.host;
  const output = {
    writeOut: (text: string) => void stdout.write(text),
    writeErr: (text: string) => void stderr.write(text),
    outputError: () => undefined,
    getOutHelpWidth: () => (stdout.isTTY === true ? stdout.columns : undefined) ?? 80,
    getErrHelpWidth: () => (stderr.isTTY === true ? stderr.columns : undefined) ?? 80,
  };
  const program = new Command('oppatch')
    .description(`Bulk edits of sales opportunities: ${vendorTitles}.`)
    .version(toolVersion(), '-V, --version')
    .addHelpText('after', uses)
    .showSuggestionAfterError(true)
    .configureHelp({ optionDescription })
    .configureOutput(output)
    .exitOverride();
  const add = [
    addApply,
    addPlan,
    addSet,
    addGet,
    addFields,
    addTemplate,
    addVendors,
    addRuns,
    addResume,
    addRetry,
    addUndo,
    addProfile,
    addDoctor,
    addSandbox,
    addCompletion,
    addComplete,
  ];
  for (const one of add) one(program, invocation);
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput(output).showSuggestionAfterError(true);
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
