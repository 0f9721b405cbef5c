import { describe, expect, it } from 'vitest';

import { OppatchError } from '../../src/core/errors.ts';
import type { JsonRow } from '../../src/core/source-row.ts';
import { createColumnMap, type ColumnMap, type ColumnOptions } from '../../src/input/columns.ts';
import { sampleService } from './sample-vendor.ts';

type Given = Partial<Omit<ColumnOptions, 'map'>> & { readonly map?: Readonly<Record<string, string>> };

function columnsOf(columns: readonly string[] | 'json', { map = {}, ...options }: Given = {}): ColumnMap {
  return createColumnMap({
    service: sampleService,
    title: 'Sample CRM',
    displayName: 'edits.csv',
    layout: columns === 'json' ? { kind: 'json' } : { kind: 'csv', delimiter: ',', columns },
    ignore: [],
    ...options,
    map: new Map(Object.entries(map)),
  });
}

const meaning = ({ uses }: Pick<ColumnMap, 'uses'>): readonly string[] =>
  uses.map((use) => (use.kind === 'field' ? `${use.field.name}>${use.target}` : use.kind));

function refusal(run: () => unknown): OppatchError {
  try {
    run();
  } catch (error) {
    if (error instanceof OppatchError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('what a column means', () => {
  it.each([
    [
      'own names, exactly',
      ['id', 'close_on', 'Owner', 'owner'],
      ['id', 'close_on>close_on', 'Owner>Owner', 'owner>owner'],
    ],
    [
      'common names, letter case and blanks ignored',
      ['ID', ' Stage ', 'AMOUNT'],
      ['id', 'Deal_Stage>Deal_Stage', 'amount>value'],
    ],
    ['the vendor’s names of the id', [' dealkey ', 'note'], ['id', 'note>note']],
    ['patterns', ['id', 'x_score'], ['id', 'x_score>x_score']],
    ['our own columns', ['id', 'note', 'oppatch_row', 'oppatch_status'], ['id', 'note>note', 'ignored', 'ignored']],
    ['an addition with a removal', ['id', 'tags.add', 'tags.remove'], ['id', 'tags.add>tags', 'tags.remove>tags']],
  ])('%s', (_, columns, expected) => {
    expect(meaning(columnsOf(columns))).toEqual(expected);
  });

  it('obeys --map, --ignore and --id-column', () => {
    const map = { ' Deal value ': 'amount', Key: 'id', 'a=b': 'x_score' };
    expect(meaning(columnsOf(['Key', 'Deal value', 'a=b'], { map }))).toEqual([
      'id',
      'amount>value',
      'x_score>x_score',
    ]);
    expect(
      meaning(columnsOf(['id', 'Key', 'note', 'created'], { idColumn: 'Key', ignore: ['id', 'created'] })),
    ).toEqual(['ignored', 'id', 'note>note', 'ignored']);
    expect(meaning(columnsOf(['id', 'deal_id', 'note'], { ignore: ['deal_id'] }))).toEqual([
      'id',
      'ignored',
      'note>note',
    ]);
  });

  it('lets what a profile keeps be absent', () => {
    const columns = columnsOf(['id', 'note', 'Extra'], {
      map: { 'Deal value': 'amount' },
      mapMayBeAbsent: new Set(['Deal value']),
      ignoreMayBeAbsent: new Set(['Extra', 'Other']),
    });
    expect(meaning(columns)).toEqual(['id', 'note>note', 'ignored']);
  });

  it('takes names of object internals for what they are', () => {
    const error = refusal(() => columnsOf(['id', 'note', '__proto__', 'constructor']));
    expect(error.code).toBe('unknown-field');
    expect(error.message).toContain('"__proto__"');
    expect(error.message).toContain('"constructor"');
  });
});

describe('what is refused', () => {
  const cases: readonly [name: string, columns: readonly string[], given: Given, code: string, says: RegExp][] = [
    [
      'an unknown name',
      ['id', 'note', 'amout'],
      {},
      'unknown-field',
      /"amout" is not a field of Sample CRM; did you mean amount\?.*--map 'amout=amount' to send it.*--ignore amout/s,
    ],
    [
      'a name with a character that cannot be seen',
      ['id', 'am\u200bount'],
      {},
      'unknown-field',
      /"am<U\+200B>ount" is not a field of Sample CRM: it holds a character that cannot be seen, U\+200B; did you mean amount\?.*--map 'amount=amount'/s,
    ],
    ['a name that must be quoted', ['id', 'note', "boss's deal"], {}, 'unknown-field', /--ignore 'boss'\\''s deal'/],
    ['an own name in other letters', ['id', 'CLOSE_ON'], {}, 'unknown-field', /did you mean close_on/],
    [
      'a name of which the vendor knows more',
      ['id', 'note', 'y_score'],
      {},
      'unknown-field',
      /Own fields begin with x_\./,
    ],
    [
      'a field that cannot be written',
      ['id', 'note', 'created'],
      {},
      'read-only-field',
      /the vendor sets it.*--ignore created/s,
    ],
    ['a pattern that cannot be written', ['id', 'note', 'x_fixed'], {}, 'read-only-field', /it is computed/],
    [
      'a mapping to nothing',
      ['id', 'Deal'],
      { map: { Deal: 'valu' } },
      'unknown-field',
      /"valu", to which "Deal" is mapped, is not a field.*did you mean value/s,
    ],
    ['no id', ['OppId', 'note'], {}, 'no-id-column', /named id, deal_id, DealKey.*--id-column OppId/s],
    ['two ids', ['id', 'Deal_ID', 'note'], {}, 'two-id-columns', /"id" and "Deal_ID".*--id-column id/s],
    [
      'an id column that is not there',
      ['id', 'note'],
      { idColumn: 'ids', ignore: ['id'] },
      'absent-column',
      /--id-column names.*Did you mean "id"/s,
    ],
    [
      'an ignored column that is not there',
      ['id', 'note'],
      { ignore: ['nota'] },
      'absent-column',
      /--ignore names.*Did you mean "note"/s,
    ],
    [
      'a mapped column that is not there',
      ['id', 'note'],
      { map: { Value: 'amount' } },
      'absent-column',
      /no column "Value".*The columns are "id", "note"/s,
    ],
    [
      'two columns for one field',
      ['id', 'amount', 'value'],
      {},
      'column-conflict',
      /"amount" and "value" both write value.*--ignore/s,
    ],
    ['a set with an addition', ['id', 'tags', 'tags.add'], {}, 'column-conflict', /both write tags/],
    [
      'two additions',
      ['id', 'tags.add', 'More'],
      { map: { More: 'tags.add' } },
      'column-conflict',
      /"tags.add" and "More"/,
    ],
    [
      'a column and a --set',
      ['id', 'stage'],
      { set: [{ name: 'Deal_Stage', text: 'Won' }] },
      'column-conflict',
      /"stage" and --set Deal_Stage both write/,
    ],
    [
      'two --set',
      ['id'],
      {
        set: [
          { name: 'amount', text: '1' },
          { name: 'value', text: '1' },
        ],
      },
      'column-conflict',
      /--set amount and --set value/,
    ],
    ['nothing to write', ['id', 'oppatch_row'], {}, 'nothing-to-write', /--set FIELD=VALUE/],
    [
      'an unknown --set',
      ['id'],
      { set: [{ name: 'stag', text: 'Won' }] },
      'unknown-field',
      /"stag" is not a field.*did you mean stage/s,
    ],
  ];

  it.each(cases)('%s', (_, columns, given, code, says) => {
    const error = refusal(() => columnsOf(columns, given));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint ?? ''}`).toMatch(says);
    expect(['edits.csv', '--set']).toContain(error.place);
  });

  it('everything at once', () => {
    const error = refusal(() => columnsOf(['amout', 'created', 'amount', 'value', 'b\u001b[31m'], { ignore: ['zz'] }));
    expect(error.code).toBe('bad-columns');
    for (const part of ['amout', 'created', 'both write value', 'id of the opportunity', '"zz"', '--ignore']) {
      expect(error.message).toContain(part);
    }
    expect(error.message.split('\n')).toHaveLength(7);
    expect(error.message).not.toContain('\u001b');
  });

  it('a --set is enough to write', () => {
    const { assignments } = columnsOf(['id'], { set: [{ name: 'Stage', text: 'won' }] });
    expect(assignments).toMatchObject([{ column: 'Stage', target: 'Deal_Stage', text: 'won' }]);
  });
});

const row = (line: number, ...names: readonly string[]): JsonRow => ({
  kind: 'json',
  row: line,
  line,
  members: names.map((name) => [name, 'x']),
  text: '',
});

describe('members of JSON objects', () => {
  it('get their meaning row by row', () => {
    const columns = columnsOf('json', { ignore: ['never there'], map: { Deal: 'amount' } });
    expect(meaning({ uses: columns.usesOf(row(1, 'id', 'note')) })).toEqual(['id', 'note>note']);
    expect(meaning({ uses: columns.usesOf(row(2, 'note', 'id')) })).toEqual(['note>note', 'id']);
    expect(meaning({ uses: columns.usesOf(row(3, 'Deal', 'id')) })).toEqual(['amount>value', 'id']);
    expect(meaning({ uses: columns.usesOf(row(4, 'id', 'note')) })).toEqual(['id', 'note>note']);
    expect(columns.usesOf(row(5))).toEqual([]);
  });

  it('stop the run at the first row that has a bad one', () => {
    const columns = columnsOf('json', { set: [{ name: 'owner', text: 'Ada' }] });
    expect(columns.usesOf(row(1, 'id', 'amount'))).toHaveLength(2);
    expect(refusal(() => columns.usesOf(row(7, 'id', 'amout')))).toMatchObject({
      code: 'unknown-field',
      place: 'edits.csv:7',
    });
    expect(refusal(() => columns.usesOf(row(8, 'id', 'value', 'amount')))).toMatchObject({ code: 'column-conflict' });
    expect(refusal(() => columns.usesOf(row(9, 'id', 'owner')))).toMatchObject({
      code: 'column-conflict',
      place: 'edits.csv:9',
    });
    expect(refusal(() => columns.usesOf(row(9, 'id', 'deal_id')))).toMatchObject({ code: 'two-id-columns' });
  });
});
