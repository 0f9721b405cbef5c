import { Option, type Command } from 'commander';
import { settingFlags } from '../../app/session/setting-flags.ts';

/** The shared options in the groups and the order in which help and the manual page show them; what a command has of its own stands before them. */
const optionGroups: Readonly<Record<string, string>> = {
  'Account:': `--profile --vendor --base-url --setting ${settingNames()} --vendor-file --proxy --ca`,
  'File:':
    '--format --encoding --delimiter --skip-lines --decimal-mark --date-order --list-separator --id-column --match-by ' +
    '--map --ignore --ignore-read-only --set --clear-token --allow-damaged --limit --skip-invalid',
  'Sending:': '--dry-run --yes --confirm --require-approved --blind --no-bulk --verify --merge --refresh',
  'Speed and limits:': '--rate --reserve --quota-store --concurrency --timeout',
  'When to stop:': '--max-errors --max-duration --fail-fast',
  'Output:': '--json --quiet --verbose --log-file --log-format --notify --no-color --no-input --help',
};

const places = new Map(
  Object.entries(optionGroups).flatMap(([heading, names]) => names.split(' ').map((name) => [name, heading] as const)),
);
const order = [...places.keys()];

/** `--event-code <code>` → `--event-code`. */
function settingNames(): string {
  return settingFlags()
    .map(({ flag }) => flag.replace(/ .*/, ''))
    .join(' ');
}

/** Puts the options of a command into their groups; those of a command that has set a group of its own stay in it. */
export function groupOptions(command: Command): void {
  for (const option of command.options) {
    const heading = places.get(nameOf(option));
    if (heading !== undefined && option.helpGroupHeading === undefined) option.helpGroup(heading);
  }
  if (command.options.some((option) => !option.hidden && isGrouped(option)))
    command.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(places.get('--help') ?? ''));
}

/** In the order of the groups; what is in none comes first, as the command has it. */
export function inGroupOrder<O extends Option>(options: readonly O[]): O[] {
  const place = (option: O) => (isGrouped(option) ? order.indexOf(nameOf(option)) : -1);
  return options.toSorted((one, other) => place(one) - place(other));
}

function isGrouped({ helpGroupHeading }: Option): boolean {
  return helpGroupHeading !== undefined && helpGroupHeading in optionGroups;
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? '';
}
