import { describe, expect, it } from 'vitest';
import { exactNumber, type Json } from '../../../src/core/json.ts';
import { echoVerdict, type Comparison } from '../../../src/vendors/shared/echo-verdict.ts';

function kindOf(sent: Json, found: Json | undefined, comparison: Comparison): string {
  const changes = [{ field: 'value', action: 'set', value: sent, column: 'amount' } as const];
  const comparisons = { value: comparison };
  return echoVerdict(changes, { title: 'Vendor', record: {}, held: () => found, comparisons }).kind;
}

function held(field: string): Json {
  return field === 'notes' ? 'rewritten' : `4${'0'.repeat(200)}`;
}

describe('a value that comes back', () => {
  it.each<[Comparison, Json, Json | undefined]>([
    ['decimal', '10000', 10_000],
    ['decimal', '1250.5', '1250.50'],
    ['decimal', exactNumber('90071992547409931.25'), exactNumber('90071992547409931.250')],
    ['decimal', 1500, exactNumber('1.5e3')],
    ['decimal', null, null],
    ['decimal', null, ''],
    ['decimal', '5', undefined],
    ['code', 'EUR', 'eur'],
    ['code', 'won', 'Won'],
    ['moment', '2024-11-14T00:00:00Z', '2024-11-14T00:00:00.0000000Z'],
    ['moment', '2024-11-14T00:00:00Z', '2024-11-14T01:00:00+01:00'],
    ['moment', '2024-11-14T00:00:00Z', '2024-11-14'],
  ])('as %s: %j is %j', (comparison, sent, found) => {
    expect(kindOf(sent, found, comparison)).toBe('applied');
  });

  it.each<[Comparison, Json, Json]>([
    ['decimal', '10000', 10_001],
    ['decimal', exactNumber('90071992547409931'), exactNumber('90071992547409932')],
    ['decimal', '5', null],
    ['decimal', '5', 'five'],
    ['decimal', null, 0],
    ['decimal', '0', null],
    ['code', 'won', 'lost'],
    ['code', 'won', { name: 'won' }],
    ['moment', '2024-11-14T00:00:00Z', '2024-11-13T23:59:59Z'],
    ['moment', '2024-11-14T00:00:00Z', 'soon'],
    ['moment', '', '2024-11-14'],
  ])('as %s: %j is not %j', (comparison, sent, found) => {
    expect(kindOf(sent, found, comparison)).toBe('rejected');
  });

  it('names the field and what it holds, and the column that asked for something else', () => {
    const changes = [
      { field: 'notes', action: 'set', value: 'x', column: 'note' },
      { field: 'value', action: 'set', value: '5', column: 'amount' },
    ] as const;
    const echo = { title: 'Vendor', record: { id: 1 }, held, comparisons: { value: 'decimal' } as const };
    const verdict = echoVerdict(changes, echo);
    expect(verdict).toMatchObject({ kind: 'rejected', code: 'not-applied' });
    expect('message' in verdict ? verdict.message : '').toMatch(
      /^Vendor answered that it is done, but value is 40{58}…$/,
    );
    expect('hint' in verdict ? verdict.hint : '').toContain('amount');
    expect(echoVerdict(changes.slice(0, 1), echo)).toEqual({ kind: 'applied', echo: { id: 1 } });
  });
});
