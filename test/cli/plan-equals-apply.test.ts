import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { accountWords, environmentOf, fast, newPlace, run, summaryOf, type Place } from './oppatch.ts';

/** Files at random: a plan that is saved and applied comes to the same as the file applied straight away. OPPATCH_PLAN_FILES: how many. */
const files = Number(process.env['OPPATCH_PLAN_FILES'] ?? 6);

type Column = 'id' | 'amount' | 'note' | 'close_date' | 'own';
type Cells = Readonly<Record<Column, { readonly plain: readonly string[]; readonly odd: readonly string[] }>>;

/** What the vendors call the columns, where that is no common name, a field of their own with what it takes and refuses, and ids that nobody has. */
interface Account {
  readonly vendor: string;
  readonly names?: Partial<Record<Column, string>>;
  readonly own: { readonly name: string; readonly plain: readonly string[]; readonly odd: readonly string[] };
  readonly unknownIds: readonly string[];
}

const region = { name: 'Region', plain: ['EMEA', 'APAC', '', ':clear:'], odd: ['Mars', 'emea', '#N/A'] };
const accounts: readonly Account[] = [
  { vendor: 'close', own: region, unknownIds: ['oppo_nowhere', 'oppo_unknown2'] },
  {
    vendor: 'hubspot',
    own: { name: 'seats', plain: ['3', '0', '', ':clear:'], odd: ['many', '1,5'] },
    unknownIds: ['999999', '888888'],
  },
  {
    vendor: 'salesforce',
    own: { ...region, name: 'Region__c' },
    unknownIds: ['0065e00000ZZZZ1AAX', '0065e00000ZZZZ1'],
  },
  { vendor: 'pipedrive', names: { note: 'Remarks' }, own: region, unknownIds: ['999999', '888888'] },
  { vendor: 'dynamics', own: region, unknownIds: ['6f1c0a52-3b7e-ee11-8179-00ffffffff01', '{no-guid}'] },
  { vendor: 'zoho', own: region, unknownIds: ['7123400000009999999', '7123400000009900000'] },
  {
    vendor: 'partner-center',
    own: { name: '/externalReferenceId', plain: ['A-1', ''], odd: ['#REF!', ':clear:'] },
    unknownIds: ['9f8bed52-e4df-4d0c-9ca6-00ffffffff01', 'x y'],
  },
];

const columns = ['id', 'amount', 'note', 'close_date', 'own'] as const;
const samples = 4;

/** Plain values with others that are damaged, can be read in two ways, clear a field or leave it. Ids are told by their number. */
function cellsOf({ own, unknownIds }: Account): Cells {
  return {
    id: { plain: ['#1', '#2', '#3', '#4'], odd: [' #1 ', '', '1.23E+15', 'null', ...unknownIds] },
    amount: { plain: ['5', '12.50', '1250', '0', ''], odd: ['12.500', '1,250', '1.2E+3', '#REF!', 'abc', ':clear:'] },
    note: { plain: ['called', 'Größe "x", y', '', ':clear:'], odd: ['#N/A', 'a\u0000b', 'caf\ufffd', 'null', '=A1'] },
    close_date: { plain: ['2026-11-30', '2027-01-01', ''], odd: ['30.11.2026', '2026-02-30', '46356', ':clear:'] },
    own,
  };
}

/** In a file of mostly plain values few rows are refused, so that some of them are sent. */
const rowOf = (account: Account, oddness: number) => {
  const cells = cellsOf(account);
  return fc.record(
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
    ) as Record<Column, fc.Arbitrary<string>>,
  );
};

const filesOf = (account: Account) =>
  fc.record({
    account: fc.constant(account),
    rows: fc
      .integer({ min: 0, max: 4 })
      .chain((oddness) => fc.array(rowOf(account, oddness), { minLength: 1, maxLength: 8 })),
    format: fc.constantFrom('csv', 'tsv', 'ndjson', 'json'),
    skipsInvalid: fc.boolean(),
  });

const cases = fc.constantFrom(...accounts).chain(filesOf);

type Row = Readonly<Record<Column, string>>;

function quoted(cell: string): string {
  return /[",\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function fileText(rows: readonly Row[], format: string, { names = {}, own }: Account): string {
  const header = columns.map((column) => (column === 'own' ? own.name : (names[column] ?? column)));
  const named = rows.map((row) => Object.fromEntries(columns.map((column, index) => [header[index], row[column]])));
  if (format === 'json') return JSON.stringify(named);
  if (format === 'ndjson') return named.map((row) => `${JSON.stringify(row)}\n`).join('');
  const delimiter = format === 'tsv' ? '\t' : ',';
  const lines = [header, ...rows.map((row) => columns.map((column) => quoted(row[column])))];
  return lines.map((line) => `${line.join(delimiter)}\r\n`).join('');
}

/** What the account holds, without the times at which it was changed. */
function heldBy(sandbox: Sandbox, vendor: string): unknown {
  return sandbox
    .world(vendor)
    .records.all()
    .map((record) => Object.entries(record).filter(([field]) => !/modif|update|stamp|etag|change_time/i.test(field)));
}

function sampleIds(sandbox: Sandbox, vendor: string): readonly string[] {
  const { server } = sandbox.world(vendor);
  return Array.from({ length: samples }, (_, index) => server.sample(index + 1).id);
}

interface Outcome {
  readonly code: number | null;
  readonly rows: unknown;
  readonly held: unknown;
}

async function outcomeOf(
  place: Place,
  vendor: string,
  act: (
    ids: readonly string[],
    call: (command: string, ...words: string[]) => ReturnType<typeof run>,
  ) => Promise<Omit<Outcome, 'held'>>,
): Promise<Outcome> {
  const sandbox = await startSandbox({ samples, behaviour: { quota: [], autoCreate: false } });
  try {
    const env = environmentOf(sandbox, vendor);
    const account = [...accountWords(sandbox, vendor), ...fast];
    const ids = sampleIds(sandbox, vendor);
    const ended = await act(ids, (command, ...words) =>
      run([command, ...words, ...account], { home: place.home, env }),
    );
    return { ...ended, held: heldBy(sandbox, vendor) };
  } finally {
    await sandbox.close();
  }
}

it(
  'a saved plan and the file itself come to the same counts, exit code and records',
  { timeout: 600_000 },
  async () => {
    const codes = new Set<number | null>();
    const sent = new Set<string>();
    await fc.assert(
      fc.asyncProperty(cases, async ({ account, rows: drawn, format, skipsInvalid }) => {
        const place = newPlace();
        const { vendor } = account;
        const fileOf = (ids: readonly string[]): string => {
          const rows = drawn.map((row) => ({
            ...row,
            id: row.id.replace(/#(\d)/, (_, place) => ids[Number(place) - 1] ?? ''),
          }));
          return place.file(`edits.${format}`, fileText(rows, format, account));
        };
        const out = join(place.directory, 'plan.json');
        const meaning = skipsInvalid ? ['--skip-invalid'] : [];
        const straight = await outcomeOf(place, vendor, async (ids, call) => {
          const ended = await call('apply', fileOf(ids), '--yes', '--json', ...meaning);
          return { code: ended.code, rows: summaryOf(ended).rows };
        });
        const planned = await outcomeOf(place, vendor, async (ids, call) => {
          const plan = await call('plan', fileOf(ids), '--out', out, '--quiet', ...meaning);
          if (!existsSync(out)) return { code: plan.code, rows: undefined };
          const ended = await call('apply', out, '--yes', '--json');
          return { code: ended.code, rows: summaryOf(ended).rows };
        });
        expect(planned).toEqual(straight);
        codes.add(straight.code);
        if (straight.rows !== undefined) sent.add(vendor);
      }),
      { numRuns: files },
    );
    if (files < 100) return;
    expect(codes).toEqual(new Set([0, 2, 3]));
    expect(sent).toEqual(new Set(accounts.map(({ vendor }) => vendor)));
  },
);
