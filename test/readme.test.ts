import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rateText } from '../src/core/duration.ts';
import { exitCodes } from '../src/core/exit-code.ts';
import { resultFile, rowStatuses, rowStatusMeanings } from '../src/core/outcome.ts';
import { commonNames } from '../src/core/field.ts';
import { vendors } from '../src/vendors/index.ts';
import { commandFault, documentedCommands, documentedOptions, longOptions } from './documented-commands.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The cells of the table rows between two markers, or of the whole text. */
function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|-]*$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

function between(name: string): string {
  const found = new RegExp(`<!-- ${name}:begin[^>]*-->([\\s\\S]*?)<!-- ${name}:end -->`).exec(readme)?.[1];
  if (found === undefined) throw new Error(`README.md has no part ${name}`);
  return found;
}

describe('README.md', () => {
  it('names the two commands first', () => {
    const firstCode = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(firstCode).toMatch(/^npm run demo .*\nnpm test /);
  });

  it('tells of each vendor what the code says', () => {
    const rows = new Map(tableRows(between('vendors')).map((row) => [row[0]?.replaceAll('`', ''), row]));
    for (const { name, title, quotas, credentials } of vendors) {
      const row = rows.get(name);
      expect(row, `${name} has no row`).toBeDefined();
      expect(row?.[1]).toContain(title);
      for (const meter of quotas)
        expect(row?.[3]).toContain(rateText({ count: meter.count, windowMs: meter.windowMs }));
      const [needed] = credentials.map(({ fields }) => fields.filter((field) => !('optional' in field)));
      for (const field of needed ?? []) expect(row?.[4]).toContain(field.name);
    }
    expect(rows.size).toBe(vendors.length + 1);
  });

  it('tells each exit code as the code does', () => {
    const rows = tableRows(between('exit-codes')).slice(1);
    expect(rows).toEqual(Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]));
  });

  it('tells each row status and its file', () => {
    const rows = tableRows(between('statuses')).slice(1);
    expect(rows.map(([status]) => status)).toEqual(rowStatuses.map((status) => `\`${status}\``));
    for (const [index, status] of rowStatuses.entries()) {
      expect(rows[index]?.[1]).toContain(rowStatusMeanings[status]);
      expect(rows[index]?.[2]).toBe(`\`${resultFile(status)}.csv\``);
    }
  });

  it('names the common column names', () => {
    expect(readme).toContain(`\`${commonNames.join(' ')}\``);
  });
});

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('shows only command lines that the program takes', () => {
    const faults = documentedCommands(text).map((words) => ({ words: words.join(' '), fault: commandFault(words) }));
    expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([]);
  });

  it('names only options that there are', () => {
    const known = longOptions();
    expect(documentedOptions(text).filter((flag) => !known.has(flag))).toEqual([]);
  });

  it('links only to pages and headings that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', heading]) => {
      const file = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(file)) return true;
      return heading !== undefined && !anchors(readFileSync(file, 'utf8')).includes(heading);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('the check of command lines', () => {
  it('finds them where readers do', () => {
    const markdown = [
      'Type `oppatch runs` or `npm test`, not `oppatchet`.',
      '```sh',
      "OPPATCH_HOME=here oppatch set ID 'note=a b' amount=#N/A --yes  # says so",
      'cat edits.csv | oppatch apply - > out.json && oppatch undo x7f3',
      '```',
      '```console',
      '$ oppatch vendors close',
      'oppatch would be output here',
      '```',
      '```crontab',
      '15 2 * * * oppatch doctor',
      '```',
    ].join('\n');
    expect(documentedCommands(markdown)).toEqual([
      ['set', 'ID', 'note=a b', 'amount=#N/A', '--yes'],
      ['apply', '-'],
      ['undo', 'x7f3'],
      ['vendors', 'close'],
      ['doctor'],
      ['runs'],
    ]);
  });

  it.each([
    ['aply edits.csv', "unknown command 'aply'"],
    ['apply edits.csv --merg', "unknown option '--merg'"],
    ['apply', "missing required argument 'file'"],
    ['apply one.csv two.csv', 'too many arguments'],
    ['apply edits.csv --rate fast', 'Write calls/window'],
    ['profile ad prod', "unknown command 'ad'"],
    ['completion tcsh', 'tcsh'],
  ])('refuses oppatch %s', (line, fault) => {
    expect(commandFault(line.split(' '))).toContain(fault);
  });

  it.each(['', 'apply edits.csv --rate 25/5s', 'profile add', 'runs', 'runs prune --older-than 90d', 'plan --help'])(
    'takes oppatch %s',
    (line) => {
      expect(commandFault(line === '' ? [] : line.split(' '))).toBeUndefined();
    },
  );
});

/** The anchors of the headings, as GitHub makes them. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}
