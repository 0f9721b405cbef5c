import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withGeneratedParts } from '../src/cli/readme-parts.ts';
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

describe('README.md', () => {
  it('names the two commands first', () => {
    const firstCode = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(firstCode).toMatch(/^npm run demo .*\nnpm test /);
  });

  it('says of vendors, exit codes and row statuses what the code declares: npm run readme', () => {
    expect(withGeneratedParts(readme)).toBe(readme);
    for (const { name } of vendors) expect(readme).toContain(`| \`${name}\` `);
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
