import type { LoggedCall } from '../../src/sandbox/vendor-world.ts';
import { handshakes } from '../sandbox/practice.ts';
import type { VendorName } from './oppatch.ts';

/** Edits of both kinds, those that may be repeated and those that may not, and where the truth about each stands at the sandbox. */
export interface MixedEdits {
  readonly header: string;
  readonly id: (row: number) => string;
  /** The cells of a row; `single`: with a change that must not be made twice. */
  readonly cells: (row: number, single: boolean) => string;
  /** Whether a call carries the change that must not be made twice. */
  readonly isSingle: (call: LoggedCall) => boolean;
  /** Whether the sandbox's record shows all that the row asks for. */
  readonly isApplied: (record: Readonly<Record<string, unknown>>, row: number, single: boolean) => boolean;
  /** Whether it shows nothing of it. */
  readonly isUntouched: (record: Readonly<Record<string, unknown>>) => boolean;
}

export const mixedEdits: Readonly<Record<VendorName, MixedEdits>> = {
  'partner-center': {
    header: 'id,/details/notes,/team/-',
    id: (row) => `9f8bed52-e4df-4d0c-9ca6-${String(row).padStart(12, '0')}`,
    cells: (row, single) => `note ${row},${single ? `"{""email"":""jane.${row}@contoso.com""}"` : ''}`,
    isSingle: ({ body }) => body.includes('"/team/-"'),
    isApplied: ({ details, team }, row, single) =>
      (details as { notes: unknown }).notes === `note ${row}` &&
      JSON.stringify(team) === (single ? `[{"email":"jane.${row}@contoso.com"}]` : '[]'),
    isUntouched: ({ details, team }) => (details as { notes: unknown }).notes === null && JSON.stringify(team) === '[]',
  },
  raze: {
    header: 'id,notes,stage',
    id: (row) => `opp_${row}`,
    cells: (row, single) => `note ${row},${single ? 'won' : ''}`,
    isSingle: ({ path }) => path.endsWith('/stage'),
    isApplied: ({ notes, status }, row, single) => notes === `note ${row}` && status === (single ? 'won' : 'qualified'),
    isUntouched: ({ notes, status }) => notes === '' && status === 'qualified',
  },
  leadsquared: {
    header: 'id,mx_Custom_2,note',
    id: (row) => `opp-${row}`,
    cells: (row, single) => `stage ${row},${single ? `note ${row}` : ''}`,
    isSingle: ({ body }) => body.includes('"OpportunityNote"'),
    isApplied: ({ mx_Custom_2: stage, OpportunityNote: note, notes_sent: sent = 0 }, row, single) =>
      stage === `stage ${row}` && note === (single ? `note ${row}` : '') && sent === (single ? 1 : 0),
    isUntouched: ({ mx_Custom_2: stage, OpportunityNote: note }) => stage === 'Prospecting' && note === '',
  },
  close: {
    header: 'id,note,custom.cf_days.add',
    id: (row) => `oppo_${row}`,
    cells: (row, single) => `note ${row},${single ? 'Monday' : ''}`,
    isSingle: ({ body }) => body.includes('custom.cf_days.add'),
    isApplied: (record, row, single) =>
      record['note'] === `note ${row}` &&
      JSON.stringify(record['custom.cf_days'] ?? []) === (single ? '["Monday"]' : '[]'),
    isUntouched: (record) => record['note'] === '' && record['custom.cf_days'] === undefined,
  },
  hubspot: {
    header: 'id,note,hs_all_collaborator_owner_ids.add',
    id: (row) => String(71_000_100 + row),
    cells: (row, single) => `note ${row},${single ? '880011' : ''}`,
    isSingle: ({ body }) => body.includes('"hs_all_collaborator_owner_ids":";'),
    isApplied: (record, row, single) =>
      record['description'] === `note ${row}` &&
      (record['hs_all_collaborator_owner_ids'] ?? '') === (single ? '880011' : ''),
    isUntouched: (record) =>
      (record['description'] ?? null) === null && record['hs_all_collaborator_owner_ids'] === undefined,
  },
};

/** The text of a CSV file with so many rows. */
export function mixedFile(vendor: VendorName, rows: number, isSingleRow: (row: number) => boolean): string {
  const { header, id, cells } = mixedEdits[vendor];
  const lines = Array.from(
    { length: rows },
    (_, index) => `${id(index + 1)},${cells(index + 1, isSingleRow(index + 1))}`,
  );
  return `${header}\n${lines.join('\n')}\n`;
}

const isMixed = (vendor: string): vendor is VendorName => vendor in mixedEdits;

/** The text of a CSV file with three edits, at any vendor; one of them must not be made twice where the vendor has such. `id`: of a record that is there. */
export function threeEdits(vendor: string, id: string): string {
  if (isMixed(vendor)) return mixedFile(vendor, 3, (row) => row === 1);
  const { member = 'name' } = handshakes[vendor] ?? {};
  return `id,${member}\n${[1, 2, 3].map((row) => `${id},note ${row}\n`).join('')}`;
}
