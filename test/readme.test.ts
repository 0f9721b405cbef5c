import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rateText } from '../src/core/duration.ts';
import { exitCodes } from '../src/core/exit-code.ts';
import { resultFile, rowStatuses, rowStatusMeanings } from '../src/core/outcome.ts';
import { commonNames } from '../src/core/field.ts';
import { vendors } from '../src/vendors/index.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

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
    for (const { name, title, meters, credentials } of vendors) {
      const row = rows.get(name);
      expect(row, `${name} has no row`).toBeDefined();
      expect(row?.[1]).toContain(title);
      for (const meter of meters)
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
