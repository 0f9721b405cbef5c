import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDurationMs, parseRate, type SetRate } from '../../core/duration.ts';
import { dateOrders, decimalMarks } from '../../core/reading-rules.ts';
import { parseMapping } from '../../input/mapping.ts';
import { readAssignment } from '../../app/edits/set-words.ts';
import { settingFlags } from '../../app/session/setting-flags.ts';

/** Options that several commands share, by what they are about. */
export const sharedOptions = {
  output: (command) =>
    command
      .option('--json', 'print the result as JSON on stdout')
      .option('-q, --quiet', 'no progress, no notes; errors only')
      .option('-v, --verbose', 'show every call on stderr, secrets masked')
      .option('--no-color', 'no colours (NO_COLOR is obeyed too)')
      .option('--no-input', 'never ask; fail where an answer is needed'),

  /** How the machine reaches others. */
  network: (command) =>
    command
      .option(
        '--proxy <url>',
        "the way out of a company's network, http://[USER:PASSWORD@]HOST:PORT; `none` for no proxy (else HTTPS_PROXY, ALL_PROXY, HTTP_PROXY, NO_PROXY, the profile)",
      )
      .option(
        '--ca <file>',
        'certificates (PEM) of authorities to trust besides the known ones (also NODE_EXTRA_CA_CERTS)',
      ),

  account: (command): Command => {
    for (const { flag, description } of settingFlags()) command.option(flag, description);
    return sharedOptions
      .network(command)
      .option(
        '-p, --profile <name>',
        'the stored account to use (else OPPATCH_PROFILE, `profile use`, or the only one)',
      )
      .option('--vendor <name>', 'the vendor, with credentials from the environment; no profile needed')
      .option('--vendor-file <file>', 'a file that describes the vendor (docs/your-own-vendor.md)')
      .option('--base-url <url>', "in place of the vendor's address; plain http for loopback hosts only")
      .addOption(
        repeatable('--setting <name=value>', 'a setting of the vendor (`oppatch vendors NAME` lists them)', readPair),
      )
      .addOption(
        repeatable(
          '--rate <n/window>',
          'calls per window, e.g. 25/5s or 10000/1d; replaces all known limits; tokens=90000/1d states a budget of what calls cost',
          readRate,
        ),
      )
      .option(
        '--quota-store <url>',
        'redis://host:port, where those who share the account keep its quota (else OPPATCH_QUOTA_STORE, the profile, or on this machine)',
      )
      .option(
        '--reserve <percent>',
        'share of every limit to leave to others who use the account, e.g. 20%',
        readReserve,
      );
  },

  /** For commands that look names up. */
  refresh: (command) =>
    command.option(
      '--refresh',
      'ask the account again for its fields, statuses and users (they are kept for 10 minutes)',
    ),

  /** For commands that ask nothing, where a script may give it as it does to others. */
  yes: (command) => command.addOption(new Option('-y, --yes', 'accepted; nothing is asked here').hideHelp()),

  /** For commands that begin a run. */
  begin: (command) =>
    command
      .option('-n, --dry-run', 'show the calls and send nothing (the same as `plan --offline`)')
      .option('-y, --yes', 'do not ask')
      .option('--confirm <profile>', 'the name of a profile marked --production, in place of typing it'),

  /** For commands that read a file of edits. */
  merge: (command) =>
    command.option(
      '--merge',
      'send successive rows of one id as one call where the result is the same; the later row wins',
    ),

  /** For saved plans. */
  approved: (command) =>
    command.option(
      '--require-approved <fingerprint>',
      'send a saved plan only if what it would send has this fingerprint',
    ),

  bulk: (command) =>
    command.option('--no-bulk', 'read and send each row by itself, also where the vendor takes several in one call'),

  /** For commands that send. */
  send: (command): Command =>
    sharedOptions
      .bulk(command.option('--blind', 'do not read the current values first'))
      .option('--verify', 'read each record again after the write, for vendors whose replies do not show it')
      .option('--concurrency <n>', 'calls in flight at once', readCount)
      .option('--max-errors <n|n%>', 'stop when more rows than this were not applied', readMaxErrors)
      .option('--max-duration <time>', 'stop after this time, e.g. 90m; resumable', readDuration)
      .option('--fail-fast', 'stop at the first row that is not applied')
      .option('--timeout <time>', 'time limit of one call (default 30s)', readDuration)
      .option(
        '--log-file <path>',
        'append one line per event to this file, with its time; logrotate (copytruncate) may cut it',
      )
      .addOption(new Option('--log-format <format>', 'format of the log file (default text)').choices(['text', 'json']))
      .option('--notify <command|url>', 'at the end, hand the JSON summary to a shell command (stdin) or POST it'),

  /** For commands that only read. */
  read: (command) =>
    command
      .option('--concurrency <n>', 'calls in flight at once', readCount)
      .option('--timeout <time>', 'time limit of one call (default 30s)', readDuration),

  /** For commands that read a file of edits: how it is written, what its columns mean, which rows. */
  input: (command): Command => {
    command
      .addOption(new Option('--format <format>', 'file format, if the extension does not say').choices(editFormats))
      .option('--encoding <name>', 'text encoding of the file, e.g. windows-1252 (UTF-8 and UTF-16 are detected)')
      .option('--delimiter <character>', 'what stands between CSV columns (detected among , ; tab |)')
      .option('--skip-lines <n>', 'lines before the header line, such as a title', readCount);
    sharedOptions
      .reading(command)
      .option('--id-column <name>', "the column that holds the opportunity's id")
      .option(
        '--match-by <field>',
        'rows carry this field instead of the id, in a column of its name; ids are looked up',
      )
      .addOption(repeatable('--map <header=field>', 'this column writes that field', parseMapping))
      .addOption(repeatable('--ignore <header>', "leave this column out; * stands for any text: '*_formatted'"))
      .option('--ignore-read-only', "leave out the columns that are known and can't be written, and name them")
      .addOption(repeatable('--set <field=value>', 'add this change to every row', readAssignment));
    return sharedOptions.skipInvalid(sharedOptions.limit(command));
  },

  limit: (command) => command.option('--limit <n>', 'only the first N rows', readCount),

  skipInvalid: (command) => command.option('--skip-invalid', 'send the valid rows even if others are invalid'),

  /** For commands that take values: what a text means. */
  reading: (command): Command =>
    sharedOptions
      .declarations(command)
      .option(
        '--list-separator <text>',
        'what stands between several values in one cell (else a JSON array)',
        readSeparator,
      )
      .option('--clear-token <text>', 'the cell text that clears a field (default :clear:)', readToken)
      .addOption(repeatable('--allow-damaged <field>', 'send what looks damaged in this column, such as #N/A')),

  /** How numbers and dates are written; a profile keeps them. */
  declarations: (command) =>
    command
      .addOption(
        new Option(
          '--decimal-mark <mark>',
          'numbers are written with this mark: , for 1.234,50, . for 1,234.50',
        ).choices(decimalMarks),
      )
      .addOption(
        new Option('--date-order <order>', 'dates are written like 30.11.2026 (dmy), 11/30/2026 (mdy)').choices(
          dateOrders,
        ),
      ),
} as const satisfies Readonly<Record<string, (command: Command) => Command>>;

/** What `--format` takes. */
export const editFormats = ['csv', 'tsv', 'json', 'ndjson'] as const;

/** An option that may be given several times, each value read by `read`. */
export function repeatable(
  flags: string,
  description: string,
  read: (text: string) => unknown = (text) => text,
): Option {
  return several(flags, `${description} (repeatable)`, read);
}

/** As {@link repeatable}, where the description says so itself. */
export function several(flags: string, description: string, read: (text: string) => unknown): Option {
  return new Option(flags, description)
    .default([])
    .argParser((text: string, before: readonly unknown[] | undefined) => [...(before ?? []), read(text)]);
}

/** `NAME=VALUE` of a setting; the value may be empty. */
function readPair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write NAME=VALUE.');
  return [text.slice(0, at), text.slice(at + 1)];
}

export function readRate(text: string): SetRate {
  const rate = parseRate(text);
  if (rate === undefined) throw new InvalidArgumentError('Write calls/window, for example 25/5s, 100/1m or 10000/1d.');
  return rate;
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(text);
}

export function readDuration(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined) throw new InvalidArgumentError('Write a time such as 30s, 5m or 1h30m.');
  return durationMs;
}

/** `20%` → 20. */
function readReserve(text: string): number {
  const percent = /^(\d{1,2})%$/.exec(text)?.[1];
  if (percent === undefined) throw new InvalidArgumentError('Write a share from 0% to 99%, for example 20%.');
  return Number(percent);
}

function readMaxErrors(text: string): string {
  if (!/^\d{1,9}$|^(100|\d{1,2}(\.\d+)?)%$/.test(text))
    throw new InvalidArgumentError('Write a number of rows or a share, for example 10 or 5%.');
  return text;
}

function readSeparator(text: string): string {
  if (text.trim() === '' || /["[\]]/.test(text)) throw new InvalidArgumentError('Write a character such as ; or |.');
  return text.trim();
}

function readToken(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Write a text: an empty cell leaves the field as it is.');
  return text.trim();
}
