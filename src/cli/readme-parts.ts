import { rateText } from '../core/duration.ts';
import { exitCodes } from '../core/exit-code.ts';
import { resultFile, rowStatuses, rowStatusMeanings } from '../core/outcome.ts';
import type { Vendor } from '../core/vendor.ts';
import { vendors } from '../vendors/index.ts';

/** The README with those parts that say what the code declares: they stand between `<!-- NAME:begin … -->` and `<!-- NAME:end -->`. */
export function withGeneratedParts(readme: string): string {
  let text = readme;
  for (const [name, part] of Object.entries(parts())) {
    const place = new RegExp(`(<!-- ${name}:begin[^>]*-->)[\\s\\S]*?(<!-- ${name}:end -->)`);
    if (!place.test(text)) throw new Error(`README.md has no part ${name}`);
    text = text.replace(place, (_all, begin: string, end: string) => `${begin}${part}${end}`);
  }
  return text;
}

function parts(): Readonly<Record<string, string>> {
  return {
    names: new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(vendors.map(({ title }) => `**${title}**`)),
    vendors: table(
      ['`--vendor`', 'product', 'update call', 'quota by default', 'credentials'],
      vendors.map((vendor) => [
        code(vendor.name),
        `${vendor.title} ${vendor.updates.records}`,
        vendor.updates.calls.replaceAll(/\b(?:PATCH|POST|PUT) [^\s,]+/g, code),
        quotaText(vendor),
        credentialsText(vendor),
      ]),
    ),
    statuses: table(
      ['status', 'meaning', 'file'],
      rowStatuses.map((status) => [code(status), rowStatusMeanings[status], code(`${resultFile(status)}.csv`)]),
    ),
    'exit-codes': table(['code', 'meaning'], Object.entries(exitCodes)),
  };
}

/** As `--rate` takes them. */
function quotaText({ quotas }: Vendor): string {
  return quotas
    .map(({ count, windowMs, unit, group, evidence, mostCount }, index) => {
      const name = unit ?? (index === 0 ? undefined : group);
      const notes = [
        ...(evidence === 'assumed' ? ['assumed'] : []),
        ...(mostCount === undefined ? [] : ['a reply may raise it']),
      ];
      const rate = rateText({ count, windowMs });
      return `${name === undefined ? '' : `${name}=`}${rate}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
    })
    .join(', ');
}

/** What each way to sign in needs. */
function credentialsText({ credentials }: Vendor): string {
  const sets = credentials.map(({ fields }) =>
    fields.filter(({ optional }) => optional !== true).map(({ name }) => name),
  );
  return sets.map((names) => code(names.join(' '))).join(', or ');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Aligned as prettier does it. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return `\n\n${line(header)}${rule}${rows.map(line).join('')}\n`;
}
