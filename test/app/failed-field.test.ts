import { describe, expect, it } from 'vitest';
import type { ReadRow } from '../../src/app/edits/edits.ts';
import { failedField } from '../../src/app/edits/edits.ts';

const source = { kind: 'json', row: 1, line: 1, members: [], text: '{}' } as const;
const identity = { row: 1, line: 1, id: 'x' };

function valid(...columns: readonly (readonly [column: string, field: string])[]): ReadRow {
  const changes = columns.map(([column, field]) => ({ column, field, action: 'set', value: '1' }) as const);
  return { source, edit: { ...identity, changes }, calls: [] };
}

describe('failedField', () => {
  it('is the column of the first problem of an invalid row', () => {
    const problems = [
      { code: 'bad-value', message: 'x', column: 'Sure' },
      { code: 'bad-value', message: 'y', column: 'note' },
    ];
    expect(failedField({ source, invalid: { ...identity, problems } }, {})).toBe('Sure');
    expect(failedField({ source, invalid: { ...identity, problems: [] } }, {})).toBeUndefined();
  });

  it.each([
    ['mx_Custom_6 is locked', 'Deal size'],
    ['Invalid value for Deal size.', 'Deal size'],
    ['note: is too long', 'note'],
    ['fields applied; note: is too long', 'note'],
    ['Close answered 200, but note is empty', 'note'],
    ['the value of /details/dealValue is refused', '/details/dealValue'],
  ])('is the one column that the message names: %s', (message, column) => {
    const row = valid(['Deal size', 'mx_Custom_6'], ['note', 'note'], ['/details/dealValue', '/details/dealValue']);
    expect(failedField(row, { message })).toBe(column);
  });

  it.each([
    '',
    'note that this is refused',
    'mx_Custom_66 is locked',
    '"mx_Custom_6" is quoted from a value',
    'mx_Custom_6 needs /details/dealValue',
  ])('is not known of: %s', (message) => {
    const row = valid(['Deal size', 'mx_Custom_6'], ['note', 'note'], ['/details/dealValue', '/details/dealValue']);
    expect(failedField(row, { message })).toBeUndefined();
  });
});
