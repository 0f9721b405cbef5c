import { Command, Help, type Option } from 'commander';
import type { Invocation } from './command-parts.ts';
import { addApply } from './commands/apply.ts';
import { addComplete } from './commands/complete.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addFields } from './commands/fields.ts';
import { addGet } from './commands/get.ts';
import { addList } from './commands/list.ts';
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
import { groupOptions, inGroupOrder } from './flags/option-groups.ts';
import { vendorTitles } from './flags/vendor-words.ts';

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

/** In the order of the help. */
const commands = {
  apply: addApply,
  plan: addPlan,
  set: addSet,
  get: addGet,
  list: addList,
  fields: addFields,
  template: addTemplate,
  vendors: addVendors,
  runs: addRuns,
  resume: addResume,
  retry: addRetry,
  undo: addUndo,
  profile: addProfile,
  doctor: addDoctor,
  sandbox: addSandbox,
  completion: addCompletion,
  complete: addComplete,
} as const satisfies Readonly<Record<string, (program: Command, invocation: Invocation) => void>>;

/**
 * The program, with every command. One source for `--help`, completion and the manual page. Where `word` names a command, with that one only: the others
 * and all their options are not made to be thrown away. The completion scripts are written from all of them.
 */
export function createProgram(invocation: Invocation, word?: string): Command {
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
    .configureHelp({ optionDescription, visibleOptions, groupItems })
    .configureOutput(output)
    .exitOverride();
  const named = Object.entries(commands).filter(([name]) => name === word && name !== 'completion');
  for (const [, add] of named.length > 0 ? named : Object.entries(commands)) add(program, invocation);
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput(output).showSuggestionAfterError(true);
    groupOptions(command);
  }
  return program;
}

/** Choices and defaults behind the description, where there is something to say: lists begin empty. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const notes: string[] = [];
  if (argChoices !== undefined) notes.push(argChoices.join(' | '));
  if (typeof defaultValue === 'number' || typeof defaultValue === 'string') notes.push(`default ${defaultValue}`);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

function visibleOptions(this: Help, command: Command): Option[] {
  return inGroupOrder(Help.prototype.visibleOptions.call(this, command));
}

/** The groups in the order of what is shown: commander takes them in the order in which the options were added. */
function groupItems<Item extends Command | Option>(
  _added: readonly Item[],
  shown: Item[],
  group: (item: Item) => string,
): Map<string, Item[]> {
  return new Help().groupItems(shown, shown, group);
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
