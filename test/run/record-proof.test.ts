import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/edit.ts';
import type { FieldType } from '../../src/core/field.ts';
import { exactNumber, type Json } from '../../src/core/json.ts';
import type { FieldValues } from '../../src/core/vendor.ts';
import { isRecordOf, shownChanges, stillAsBefore } from '../../src/run/record-proof.ts';

function change(value: Json, action: Change['action'] = 'set'): Change {
  return { field: 'field', action, value, column: 'column' };
}

function shows(sent: Change, held: Json | undefined, type: FieldType): string {
  const values = new Map(held === undefined ? [] : [['field', { value: held }]]);
  return shownChanges([sent], values, () => type).kind;
}

describe('a value that a record shows', () => {
  it.each<[FieldType, Json, Json]>([
    ['decimal', '10000', 10_000],
    ['decimal', '1250.5', '1250.50'],
    ['decimal', exactNumber('90071992547409931.25'), exactNumber('90071992547409931.250')],
    ['decimal', 1500, exactNumber('1.5e3')],
    ['decimal', null, ''],
    ['choice', 'won', 'Won'],
    ['text', 'EUR', ' EUR'],
    ['text', 'one\r\ntwo', 'one\ntwo'],
    ['any', '42000', '42000.00'],
    ['date-time', '2024-11-14T00:00:00Z', '2024-11-14T00:00:00.0000000Z'],
    ['date-time', '2024-11-14T00:00:00Z', '2024-11-14T01:00:00+01:00'],
    ['date', '2024-11-14T00:00:00Z', '2024-11-14'],
  ])('as %s: %j is %j', (type, sent, held) => {
    expect(shows(change(sent), held, type)).toBe('all');
  });

  it.each<[FieldType, Json, Json]>([
    ['decimal', '10000', 10_001],
    ['decimal', exactNumber('90071992547409931'), exactNumber('90071992547409932')],
    ['decimal', '5', null],
    ['decimal', '5', 'five'],
    ['decimal', null, 0],
    ['choice', 'won', 'lost'],
    ['choice', 'won', { name: 'won' }],
    ['text', 'new', 'old'],
    ['text', 'EUR', 'eur'],
    ['date-time', '2024-11-14T00:00:00Z', '2024-11-13T23:59:59Z'],
    ['date-time', '2024-11-14T00:00:00Z', 'soon'],
  ])('as %s: %j is not %j', (type, sent, held) => {
    expect(shows(change(sent), held, type)).toBe('none');
  });

  it('is unknown where the field is not shown', () => {
    expect(shows(change('x'), undefined, 'text')).toBe('unshown');
  });

  it('of a list says whether anything was done, whatever is set beside it', () => {
    const set: Change = { ...change('a'), field: 'name' };
    const kind = (name: string, list: readonly Json[]): string => {
      const values = new Map<string, { value: Json }>([
        ['name', { value: name }],
        ['field', { value: list }],
      ]);
      return shownChanges([set, change('x', 'add')], values, () => 'text').kind;
    };
    expect(kind('a', ['w', 'x'])).toBe('all');
    expect(kind('a', ['w'])).toBe('none');
    expect(kind('b', ['x'])).toBe('partly');
  });
});

function holding(value: Json): FieldValues {
  return new Map([['field', { value }]]);
}

describe('the value from before', () => {
  it('is the proof that nothing was done, only where both reads show it', () => {
    expect(stillAsBefore([change('new')], holding('old'), holding('old'), () => 'text')).toBe(true);
    expect(stillAsBefore([change('new')], holding('old'), holding('other'), () => 'text')).toBe(false);
    expect(stillAsBefore([change('new')], new Map(), holding('old'), () => 'text')).toBe(false);
  });
});

function lower(id: string): string {
  return id.toLowerCase();
}

describe('whose record it is', () => {
  it('is told by the one spelling of the id, and by ids that lead to it', () => {
    expect(isRecordOf('A', { id: 'A' })).toBe(true);
    expect(isRecordOf('A', { id: 'a' })).toBe(false);
    expect(isRecordOf('A', { id: 'a' }, lower)).toBe(true);
    expect(isRecordOf('A', { id: 'B', formerIds: ['C', 'A'] })).toBe(true);
    expect(isRecordOf('A', { id: 'B', formerIds: ['C'] }, lower)).toBe(false);
  });
});
