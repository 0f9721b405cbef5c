import { expect } from 'vitest';

import { rowStatuses } from '../../src/core/outcome.ts';
import type { RunSummary } from '../../src/core/run-summary.ts';
import type { VendorWorld } from '../../src/sandbox/vendor-world.ts';
import { mixedEdits } from './mixed-edits.ts';
import { rowsByNumber, type VendorName } from './oppatch.ts';

/**
 * Compares what a finished run says of each row of {@link mixedEdits} with what the sandbox holds: `applied` is there, `rejected` and `failed` are
 * not, what must not be done twice was not, and nothing else is in doubt.
 */
export function expectTruth(
  summary: RunSummary,
  world: VendorWorld,
  { vendor, rows, isSingleRow }: { vendor: VendorName; rows: number; isSingleRow: (row: number) => boolean },
): void {
  const { id, isSingle, isApplied, isUntouched } = mixedEdits[vendor];
  const results = rowsByNumber(summary);
  expect([...results.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  for (let row = 1; row <= rows; row += 1) {
    const result = results.get(row);
    const record = world.records.get(id(row)) ?? {};
    const single = isSingleRow(row);
    const told = `row ${row} is ${result?.['oppatch_status']} (${result?.['oppatch_code']} ${result?.['oppatch_message']}), the record ${JSON.stringify(record)}`;
    expect(result?.['id'], told).toBe(id(row));
    const status = result?.['oppatch_status'] ?? '';
    if (status === 'applied') expect(isApplied(record, row, single), told).toBe(true);
    else if (status === 'in_doubt') expect(single, told).toBe(true);
    else {
      expect(['rejected', 'failed'], told).toContain(status);
      expect(isUntouched(record), told).toBe(true);
    }
    const applied = world.log.filter((call) => call.applied && isSingle(call) && callIs(call, id(row)));
    expect(applied.length, told).toBeLessThanOrEqual(single ? 1 : 0);
    if (single && status === 'applied') expect(applied.length, told).toBe(1);
  }
  const counted = rowStatuses.map((status) => [
    status,
    [...results.values()].filter((result) => result['oppatch_status'] === status).length,
  ]);
  expect(summary.rows).toEqual({ read: rows, ...(Object.fromEntries(counted) as object) });
}

function callIs({ path, body }: { path: string; body: string }, id: string): boolean {
  return path.split('/').includes(id) || body.includes(`"ProspectOpportunityId":"${id}"`);
}
