import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { accountWords, environmentOf, fast, newPlace, run, summaryOf, type Place } from './oppatch.ts';

/** Files at random: a plan that is saved and applied comes to the same as the file applied straight away. OPPATCH_PLAN_FILES: how many. */
const files = Number(process.env['OPPATCH_PLAN_FILES'] ?? 6);

const known = [1, 2, 3, 4].map((number) => `oppo_sandbox00000${number}`);
const columns = ['id', 'amount', 'note', 'close_date', 'confidence', 'Region'] as const;

/** Plain values with others that are damaged, can be read in two ways, clear a field or leave it. */
const cells: Readonly<Record<(typeof columns)[number], { readonly plain: string[]; readonly odd: string[] }>> = {
  id: { plain: known, odd: ['oppo_nowhere', ` ${known[0] ?? ''} `, 'oppo_unknown2', '', '1.23E+15', 'null'] },
  amount: { plain: ['5', '12.50', '1250', '0', ''], odd: ['12.500', '1,250', '1.2E+3', '#REF!', 'abc', ':clear:'] },
  note: { plain: ['called', 'Größe "x", y', '', ':clear:'], odd: ['#N/A', 'a\u0000b', 'caf\ufffd', 'null', '=A1'] },
  close_date: { plain: ['2026-11-30', '2027-01-01', ''], odd: ['30.11.2026', '2026-02-30', ':clear:'] },
  confidence: { plain: ['10', '50', ''], odd: ['101', '7.5', '#NUM!'] },
  Region: { plain: ['EMEA', 'APAC', '', ':clear:'], odd: ['Mars', 'emea', '#N/A'] },
};

/** In a file of mostly plain values few rows are refused, so that some of them are sent. */
const rowOf = (oddness: number) =>
  fc.record(
    Object.fromEntries(
      columns.map((column) => {
        const { plain, odd } = cells[column];
        return [
          column,
          fc.oneof(
            { arbitrary: fc.constantFrom(...plain), weight: 12 },
            { arbitrary: fc.constantFrom(...odd), weight: oddness },
          ),
        ];
      }),
    ) as Record<(typeof columns)[number], fc.Arbitrary<string>>,
  );

const cases = fc.record({
  rows: fc.integer({ min: 0, max: 4 }).chain((oddness) => fc.array(rowOf(oddness), { minLength: 1, maxLength: 8 })),
  format: fc.constantFrom('csv', 'tsv', 'ndjson', 'json'),
  skipsInvalid: fc.boolean(),
});

type Row = Readonly<Record<(typeof columns)[number], string>>;

function quoted(cell: string): string {
  return /[",\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function fileText(rows: readonly Row[], format: string): string {
  if (format === 'json') return JSON.stringify(rows);
  if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const delimiter = format === 'tsv' ? '\t' : ',';
  const lines = [columns, ...rows.map((row) => columns.map((column) => quoted(row[column])))];
  return lines.map((line) => `${line.join(delimiter)}\r\n`).join('');
}

/** What the account holds, without the times at which it was changed. */
function heldBy(sandbox: Sandbox): unknown {
  const fields = ['note', 'value', 'date_won', 'confidence', 'custom.cf_region'];
  return sandbox
    .world('close')
    .records.all()
    .map((record) => ['id', ...fields].map((field) => record[field]));
}

interface Outcome {
  readonly code: number | null;
  readonly rows: unknown;
  readonly held: unknown;
}

async function outcomeOf(
  place: Place,
  act: (call: (command: string, ...words: string[]) => ReturnType<typeof run>) => Promise<Omit<Outcome, 'held'>>,
): Promise<Outcome> {
  const sandbox = await startSandbox({ samples: known.length, behaviour: { quota: [], autoCreate: false } });
  try {
    const env = environmentOf(sandbox, 'close');
    const account = [...accountWords(sandbox, 'close'), ...fast];
    const ended = await act((command, ...words) => run([command, ...words, ...account], { home: place.home, env }));
    return { ...ended, held: heldBy(sandbox) };
  } finally {
    await sandbox.close();
  }
}

it(
  'a saved plan and the file itself come to the same counts, exit code and records',
  { timeout: 600_000 },
  async () => {
    const codes = new Set<number | null>();
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, format, skipsInvalid }) => {
        const place = newPlace();
        const file = place.file(`edits.${format}`, fileText(rows, format));
        const out = join(place.directory, 'plan.json');
        const meaning = skipsInvalid ? ['--skip-invalid'] : [];
        const straight = await outcomeOf(place, async (call) => {
          const ended = await call('apply', file, '--yes', '--json', ...meaning);
          return { code: ended.code, rows: summaryOf(ended).rows };
        });
        const planned = await outcomeOf(place, async (call) => {
          const plan = await call('plan', file, '--out', out, '--quiet', ...meaning);
          if (!existsSync(out)) return { code: plan.code, rows: undefined };
          const ended = await call('apply', out, '--yes', '--json');
          return { code: ended.code, rows: summaryOf(ended).rows };
        });
        expect(planned).toEqual(straight);
        codes.add(straight.code);
      }),
      { numRuns: files },
    );
    if (files >= 100) expect(codes).toEqual(new Set([0, 2, 3]));
  },
);
