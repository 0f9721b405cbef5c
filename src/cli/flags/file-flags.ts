import { InvalidArgumentError, Option, type Command } from 'commander';
import { dateOrders, decimalMarks } from '../../core/reading-rules.ts';
import { parseMapping } from '../../input/mapping.ts';
import { readAssignment, readCount, repeatable } from './flags.ts';

/** For commands that read a file of edits: how it is written, what its columns mean, which rows. */
export function addInputOptions(command: Command): Command {
  command
    .addOption(
      new Option('--format <format>', 'file format, if the extension does not say').choices([
        'csv',
        'tsv',
        'json',
        'ndjson',
      ]),
    )
    .option('--encoding <name>', 'text encoding of the file, e.g. windows-1252 (UTF-8 and UTF-16 are detected)')
    .option('--delimiter <character>', 'what stands between CSV columns (detected among , ; tab |)')
    .option('--skip-lines <n>', 'lines before the header line, such as a title', readCount);
  addReadingOptions(command);
  return command
    .option('--id-column <name>', "the column that holds the opportunity's id")
    .addOption(matchByOption('rows carry this field instead of the id, in a column of its name; ids are looked up'))
    .addOption(repeatable('--map <header=field>', 'this column writes that field', parseMapping))
    .addOption(repeatable('--ignore <header>', "leave this column out; * stands for any text: '*_formatted'", readText))
    .option('--ignore-read-only', "leave out the columns that are known and can't be written, and name them")
    .addOption(repeatable('--set <field=value>', 'add this change to every row', readAssignment))
    .addOption(limitOption())
    .addOption(skipInvalidOption());
}

export function limitOption(): Option {
  return new Option('--limit <n>', 'only the first N rows').argParser(readCount);
}

export function skipInvalidOption(): Option {
  return new Option('--skip-invalid', 'send the valid rows even if others are invalid');
}

export function matchByOption(description: string): Option {
  return new Option('--match-by <field>', description);
}

/** For commands that take values: what a text means. */
export function addReadingOptions(command: Command): Command {
  addDeclarations(command);
  return command
    .option(
      '--list-separator <text>',
      'what stands between several values in one cell (else a JSON array)',
      readSeparator,
    )
    .option('--clear-token <text>', 'the cell text that clears a field (default :clear:)', readToken)
    .addOption(repeatable('--allow-damaged <field>', 'send what looks damaged in this column, such as #N/A', readText));
}

/** How numbers and dates are written; a profile keeps them. */
export function addDeclarations(command: Command): Command {
  return command
    .addOption(
      new Option('--decimal-mark <mark>', 'numbers are written with this mark: , for 1.234,50, . for 1,234.50').choices(
        decimalMarks,
      ),
    )
    .addOption(
      new Option('--date-order <order>', 'dates are written like 30.11.2026 (dmy), 11/30/2026 (mdy)').choices(
        dateOrders,
      ),
    );
}

function readText(text: string): string {
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
