import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../core/exit-code.ts';
import { inGroupOrder } from './flags/option-groups.ts';

/** A common option is one that so many commands have in the same words. */
const commonTo = 4;

/** The manual page in roff (the macros of man(7)), made from the program itself. `date` is `YYYY-MM-DD`. */
export function manPage(
  program: Command,
  { version, date }: { readonly version: string; readonly date: string },
): string {
  const commands = leaves(program);
  const common = commonOptions(commands);
  return [
    `.TH OPPATCH 1 "${date}" "oppatch ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'oppatch \\- bulk edits of sales opportunities',
    '.SH SYNOPSIS',
    '.B oppatch',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    roff(program.description()),
    ...examples(program),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandPart(command, common)),
    '.SH COMMON OPTIONS',
    ...commonParts(program, [...common.values()]),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(meaning)]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, meaning]) => ['.TP', `.B ${roff(name)}`, roff(meaning)]),
    '.SH FILES',
    roff(
      'OPPATCH_HOME, where it is set, holds everything; else the platform has a directory for profiles (~/.config/oppatch on Linux) and one for runs (~/.local/state/oppatch).',
    ),
    '',
  ].join('\n');
}

const environment: readonly (readonly [string, string])[] = [
  ['OPPATCH_HOME', 'the directory that holds profiles, runs and quotas'],
  ['OPPATCH_PROFILE', 'the profile to use where --profile names none'],
  ['OPPATCH_STORE', 'where new credentials are kept: keychain, file or env'],
  ['NO_COLOR', 'no colours'],
  [
    'VENDOR_CREDENTIAL, such as the API key of a vendor under its name',
    'credentials, where no profile holds them: the vendor, then the name (`oppatch vendors NAME` lists them)',
  ],
];

/** Every command that is not hidden and does something itself. */
function leaves(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const below = leaves(child);
      return below.length === 0 || child.registeredArguments.length > 0 ? [child].concat(below) : below;
    });
}

function keyOf({ flags, description }: Option): string {
  return `${flags} ${description}`;
}

function commonOptions(commands: readonly Command[]): ReadonlyMap<string, Option> {
  const counts = new Map<string, number>();
  const options = commands.flatMap((command) => command.options);
  for (const option of options) counts.set(keyOf(option), (counts.get(keyOf(option)) ?? 0) + 1);
  return new Map(
    options.filter((option) => (counts.get(keyOf(option)) ?? 0) >= commonTo).map((option) => [keyOf(option), option]),
  );
}

function commandPart(command: Command, common: ReadonlyMap<string, Option>): string[] {
  const options = inGroupOrder(command.options);
  const own = options.filter((option) => !common.has(keyOf(option)));
  const shared = options.filter((option) => common.has(keyOf(option)));
  const path = pathOf(command);
  const [alias] = command.aliases();
  return [
    `.SS ${roff(`${path} ${command.usage().replace('[options] ', '').replace('[options]', '')}`.trim())}`,
    roff(command.description()),
    ...(alias === undefined ? [] : ['.PP', roff(`Also called ${alias}.`)]),
    ...command.registeredArguments.flatMap(argumentPart),
    ...own.flatMap((option) => optionPart(command, option)),
    ...(shared.length === 0
      ? []
      : ['.PP', roff(`Common options: ${shared.map(({ long, short }) => long ?? short ?? '').join(' ')}.`)]),
    ...examples(command),
  ];
}

/** The common options under the headings that help gives them. */
function commonParts(program: Command, common: readonly Option[]): string[] {
  let heading = '';
  return inGroupOrder(common).flatMap((option) => {
    const { helpGroupHeading = 'Options:' } = option;
    const begins = helpGroupHeading !== heading;
    heading = helpGroupHeading;
    const part = optionPart(program, option);
    return begins ? [`.SS ${roff(heading.slice(0, -1))}`].concat(part) : part;
  });
}

function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function argumentPart(argument: Argument): string[] {
  if (argument.description === '') return [];
  return ['.TP', `.I ${roff(argument.name())}`, roff(argument.description)];
}

function optionPart(command: Command, option: Option): string[] {
  return ['.TP', `.B ${roff(option.flags)}`, roff(command.createHelp().optionDescription(option))];
}

/** The examples of a command's help. */
function examples(command: Command): string[] {
  let after = '';
  const context = { error: false, command, write: (text: string) => (after += text) };
  // What `addHelpText` adds is an event of the program, which commander's types leave out.
  (command as unknown as EventEmitter).emit('afterHelp', context);
  const text = after.replace(/\nExit codes:[\s\S]*$/, '').trim();
  if (text === '') return [];
  return ['.PP', '.nf', ...text.split('\n').map(roff), '.fi'];
}

/** Text that roff prints as it stands: its own signs escaped, other letters than ASCII by their number. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(
      /[^\n\u0020-\u007e]/gu,
      (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return escaped.replaceAll(/^\./gm, '\\&.');
}
