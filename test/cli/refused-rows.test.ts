import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { apply, fast, newPlace, newSandbox, resultRows, summaryOf, vendorNames, type VendorName } from './oppatch.ts';

interface Column {
  readonly name: string;
  readonly value: (row: number) => string;
  readonly held: (record: Readonly<Record<string, unknown>> | undefined) => unknown;
  readonly idPrefix: string;
  /** How the vendor's code of a refusal comes out. */
  readonly code: string;
}

/** What is written to each vendor, and where its sandbox keeps it. */
const columns: Readonly<Record<VendorName, Column>> = {
  'partner-center': {
    name: '/details/notes',
    value: (row) => `note ${row}`,
    held: (record) => (record?.['details'] as { notes?: unknown } | undefined)?.notes,
    idPrefix: 'referral-',
    code: 'valueRefused',
  },
  raze: {
    name: 'notes',
    value: (row) => `note ${row}`,
    held: (record) => record?.['notes'],
    idPrefix: 'opp_',
    code: 'valueRefused',
  },
  leadsquared: {
    name: 'mx_Custom_2',
    value: (row) => `stage "${row}", new`,
    held: (record) => record?.['mx_Custom_2'],
    idPrefix: 'opp-',
    code: 'MXValueRefusedException',
  },
  close: {
    name: 'note',
    value: (row) => `note\nof ${row}`,
    held: (record) => record?.['note'],
    idPrefix: 'oppo_',
    code: 'field-errors',
  },
  hubspot: {
    name: 'description',
    value: (row) => `note ${row}`,
    held: (record) => record?.['description'],
    idPrefix: '71',
    code: 'VALUE_REFUSED',
  },
};

const rows = 1_000;

/** Exactly 130 of the 1,000, scattered. */
const refusedRows: readonly number[] = Array.from({ length: rows }, (_, index) => index + 1)
  .toSorted((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009))
  .slice(0, 130);

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

describe.each(vendorNames)('%s', (vendor) => {
  const { name, value, held, idPrefix, code } = columns[vendor];

  it('tells each refused row under its own number, whatever the order of the replies', async () => {
    expect(new Set(refusedRows).size).toBe(130);
    const refuse = refusedRows.map((row) => ({
      ids: [`${idPrefix}${row}`],
      ...(vendor === 'close' ? {} : { code }),
      message: `the value of ${idPrefix}${row} is refused`,
    }));
    const sandbox = await newSandbox({ latency: { requestMs: [0, 20], replyMs: [0, 20] }, refuse });
    const place = newPlace();
    const lines = Array.from({ length: rows }, (_, index) =>
      [quoted(`kept ${index + 1}`), `${idPrefix}${index + 1}`, quoted(value(index + 1))].join(','),
    );
    const file = place.file('edits.csv', `Remark,id,${name}\n${lines.join('\n')}\n`);
    const words = [...fast, '--concurrency', '40', '--ignore', 'Remark', '--blind', '--no-bulk'];
    const ended = await apply({ sandbox, vendor, place }, file, ...words);
    const summary = summaryOf(ended);
    expect(ended.code).toBe(3);
    expect(summary).toMatchObject({ status: 'finished', exit_code: 3, calls: { sent: rows } });
    expect(summary.rows).toEqual({
      read: rows,
      applied: 870,
      unchanged: 0,
      invalid: 0,
      rejected: 130,
      conflict: 0,
      failed: 0,
      in_doubt: 0,
      unprocessed: 0,
    });
    const { log, records, statistics } = sandbox.world(vendor);
    const arrived = log.map(({ path, body }) => (vendor === 'leadsquared' ? body : path));
    expect(arrived).not.toEqual(arrived.toSorted(byNumber));

    const failed = resultRows(summary.files.failed);
    expect(failed.map((row) => Number(row['oppatch_row']))).toEqual(refusedRows.toSorted((a, b) => a - b));
    for (const row of failed) {
      const number = Number(row['oppatch_row']);
      expect(row).toMatchObject({
        Remark: `kept ${number}`,
        id: `${idPrefix}${number}`,
        [name]: value(number),
        oppatch_status: 'rejected',
        oppatch_code: expect.stringContaining(code) as string,
        oppatch_message: expect.stringContaining(`the value of ${idPrefix}${number} is refused`) as string,
        oppatch_attempts: '1',
      });
    }
    const success = resultRows(summary.files.success);
    expect(success).toHaveLength(870);
    for (const row of success) {
      expect(row['oppatch_status']).toBe('applied');
      expect(held(records.get(row['id'] ?? ''))).toBe(row[name]);
    }
    expect(statistics).toMatchObject({ applied: 870, violations: [] });
    expect(ended.stderr).toContain('130 rejected');

    sandbox.world(vendor).configure({ ...sandbox.world(vendor).behaviour, refuse: [] });
    const failedFile = summary.files.failed ?? '';
    expect(readFileSync(failedFile, 'utf8').split('\n')[0]).toMatch(/^Remark,id,[^,]+,oppatch_row,oppatch_status/);
    const again = await apply({ sandbox, vendor, place }, failedFile, ...words);
    expect(again.code).toBe(0);
    expect(summaryOf(again).rows).toMatchObject({ read: 130, applied: 130 });
    for (let row = 1; row <= rows; row += 1) {
      expect(held(records.get(`${idPrefix}${row}`))).toBe(value(row));
      expect(statistics.appliedById[`${idPrefix}${row}`]).toBe(1);
    }
    expect(sandbox.world(vendor).statistics.arrivals).toBe(rows + 130);
  });
});

function byNumber(a: string, b: string): number {
  return numberIn(a) - numberIn(b);
}

function numberIn(text: string): number {
  return Number(/(?:referral-|opp-|opp_|oppo_|0-3\/71)(\d+)/.exec(text)?.[1]);
}
