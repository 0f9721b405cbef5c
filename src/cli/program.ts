import { Command, Help, type Option } from 'commander';
import type { Invocation } from './command-parts.ts';
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

type AddCommand = (program: Command, invocation: Invocation) => void;

/** In the order of the help. Each is loaded when it is asked for. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  apply: async () => (await import('./commands/apply.ts')).addApply,
  plan: async () => (await import('./commands/plan.ts')).addPlan,
  set: async () => (await import('./commands/set.ts')).addSet,
  get: async () => (await import('./commands/get.ts')).addGet,
  list: async () => (await import('./commands/list.ts')).addList,
  fields: async () => (await import('./commands/fields.ts')).addFields,
  template: async () => (await import('./commands/template.ts')).addTemplate,
  vendors: async () => (await import('./commands/vendors.ts')).addVendors,
  runs: async () => (await import('./commands/runs.ts')).addRuns,
  resume: async () => (await import('./commands/resume.ts')).addResume,
  retry: async () => (await import('./commands/retry.ts')).addRetry,
  undo: async () => (await import('./commands/undo.ts')).addUndo,
  profile: async () => (await import('./commands/profile.ts')).addProfile,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  sandbox: async () => (await import('./commands/sandbox.ts')).addSandbox,
  completion: async () => (await import('./commands/completion.ts')).addCompletion,
  complete: async () => (await import('./commands/complete.ts')).addComplete,
};

/**
 * The commands that a command line needs: the one that its first word names, outlines for a list of all, or every one. The completion scripts are written
 * from all of them.
 */
export async function commandsFor(invocation: Invocation): Promise<readonly AddCommand[]> {
  const { args } = invocation.host;
  const [word = ''] = args;
  if (args.length === 1 && ['-h', '--help', '-V', '--version'].includes(word)) {
    const { commandOutlines } = await import('./command-outlines.ts');
    const outlines = await commandOutlines(invocation);
    return outlines.map(
      ({ term, summary }) =>
        (program) =>
          void program.command(term).summary(summary),
    );
  }
  const named = word === 'completion' || !Object.hasOwn(commands, word) ? undefined : commands[word];
  return named === undefined ? everyCommand() : [await named()];
}

/** For what is written from the whole program: completion, the manual page. */
export function everyCommand(): Promise<readonly AddCommand[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

/** The program with these commands. One source for `--help`, completion and the manual page. */
export function createProgram(invocation: Invocation, added: readonly AddCommand[]): Command {
  const { host } = invocation;
  const output = {
    writeOut: (text: string) => void host.stdout.write(text),
    writeErr: (text: string) => void host.stderr.write(text),
    outputError: () => undefined,
    getOutHelpWidth: () => (host.stdout.isTTY === true && host.stdout.columns) || 80,
    getErrHelpWidth: () => (host.stderr.isTTY === true && host.stderr.columns) || 80,
  };
  const program = new Command('oppatch')
    .description(`Bulk edits of sales opportunities: ${vendorTitles}.`)
    .version(toolVersion(), '-V, --version')
    .addHelpText('after', uses)
    .showSuggestionAfterError(true)
    .configureHelp({ optionDescription, visibleOptions, groupItems })
    .configureOutput(output)
    .exitOverride();
  for (const add of added) add(program, invocation);
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
