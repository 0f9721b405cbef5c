import { array, assert, constantFrom, dictionary, property, shuffledSubarray } from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Edit } from '../../src/core/edit.ts';
import { OppatchError } from '../../src/core/errors.ts';
import { exactNumber, type Json } from '../../src/core/json.ts';
import type { ReadingRules } from '../../src/core/reading-rules.ts';
import type { SourceRow } from '../../src/core/source-row.ts';
import type { Audit } from '../../src/core/vendor.ts';
import { createColumnMap, type ColumnOptions } from '../../src/input/columns.ts';
import { createEditReader, isInvalidRow, type EditReader, type InvalidRow } from '../../src/input/to-edit.ts';
import { sampleService } from './sample-vendor.ts';

interface Given {
  readonly set?: ColumnOptions['set'];
  readonly clearToken?: string;
  readonly allowDamaged?: readonly string[];
  readonly rules?: ReadingRules;
  readonly onWarning?: (warning: Audit, edit: Edit) => void;
}

function readerOf(
  names: readonly string[] | 'json',
  { set = [], allowDamaged = [], ...options }: Given = {},
): EditReader {
  const columns = createColumnMap({
    service: sampleService,
    title: 'Sample CRM',
    displayName: 'edits.csv',
    layout: names === 'json' ? { kind: 'json' } : { kind: 'csv', delimiter: ',', columns: names },
    map: new Map(),
    ignore: [],
    set,
    allowDamaged,
  });
  return createEditReader({ columns, service: sampleService, ...options });
}

const csv = (...cells: readonly string[]): SourceRow => ({ kind: 'csv', row: 3, line: 5, cells });
const json = (members: Readonly<Record<string, Json>>): SourceRow => ({
  kind: 'json',
  row: 3,
  line: 5,
  members: Object.entries(members),
  text: '',
});

function edit(result: Edit | InvalidRow): Edit {
  if (isInvalidRow(result)) throw new Error(JSON.stringify(result.problems));
  return result;
}

function invalid(result: Edit | InvalidRow): InvalidRow {
  if (!isInvalidRow(result)) throw new Error('valid');
  return result;
}

describe('a row of CSV', () => {
  const reader = readerOf(['stage', 'id', 'amount', 'close_date', 'note', 'team']);

  it('becomes changes in the order of the columns, in the vendor’s form', () => {
    expect(reader.read(csv('won', ' deal_1 ', '1250.5', '2026-11-30', ' as it stands ', '{"a":1}'))).toEqual({
      row: 3,
      line: 5,
      id: 'deal_1',
      changes: [
        { field: 'Deal_Stage', action: 'set', value: 'Won', column: 'stage' },
        { field: 'value', action: 'set', value: exactNumber('125050'), column: 'amount' },
        { field: 'close_on', action: 'set', value: '2026-11-30', column: 'close_date' },
        { field: 'note', action: 'set', value: ' as it stands ', column: 'note' },
        { field: 'team', action: 'add', value: { a: 1 }, column: 'team' },
      ],
    });
  });

  it('leaves alone what is empty or blank, and is valid without a change', () => {
    expect(edit(reader.read(csv('', '1', '  ', '\t', '\u00a0', ''))).changes).toEqual([]);
  });

  it('clears where the token says so', () => {
    expect(edit(reader.read(csv('', '1', ':clear:', ' :clear: ', '', ''))).changes).toEqual([
      { field: 'value', action: 'clear', value: null, column: 'amount' },
      { field: 'close_on', action: 'clear', value: '', column: 'close_date' },
    ]);
    const own = readerOf(['id', 'owner'], { clearToken: '#N/A' });
    expect(edit(own.read(csv('1', '#N/A'))).changes).toMatchObject([{ action: 'clear' }]);
    expect(edit(own.read(csv('1', ':clear:'))).changes).toMatchObject([{ action: 'set', value: ':clear:' }]);
  });

  it.each([
    [':clear:', undefined],
    [String.raw`\:clear:`, ':clear:'],
    [String.raw` \:clear:`, ' :clear:'],
    [String.raw`\\:clear:`, String.raw`\:clear:`],
    [String.raw`\:clear: it`, String.raw`\:clear: it`],
  ])('reads the cell %j as the text %j', (cell, text) => {
    const [change] = edit(readerOf(['id', 'owner']).read(csv('1', cell))).changes;
    expect(change?.action === 'clear' ? undefined : change?.value).toBe(text);
    const other = edit(readerOf(['id', 'owner'], { clearToken: 'x' }).read(csv('1', cell))).changes;
    if (text !== undefined) expect(other).toMatchObject([{ action: 'set', value: text }]);
  });

  it.each(['#N/A', '#BEZUG!', '=VLOOKUP(A1,B:C,2)', 'M\ufffdller', 'a\u0000b'])('refuses %j in every field', (text) => {
    const { problems } = invalid(reader.read(csv(text, '1', text, text, text, text)));
    expect(problems.map(({ code, column }) => `${column} ${code}`)).toEqual(
      ['stage', 'amount', 'close_date', 'note', 'team'].map((column) => `${column} damaged-value`),
    );
    expect(invalid(readerOf('json').read(json({ id: '1', team: [{ name: text }] }))).problems).toMatchObject([
      { code: 'damaged-value', column: 'team' },
    ]);
    expect(edit(readerOf(['id', 'note'], { allowDamaged: ['note'] }).read(csv('1', text))).changes).toMatchObject([
      { value: text },
    ]);
  });

  it('declares numbers and dates', () => {
    const declared = readerOf(['id', 'amount', 'close_date'], { rules: { decimalMark: ',', dateOrder: 'dmy' } });
    expect(edit(declared.read(csv('1', '1.234,56', '30.11.2026'))).changes).toMatchObject([
      { value: 123456 },
      { value: '2026-11-30' },
    ]);
    expect(invalid(declared.read(csv('1', '1,234.56', '11/30/2026'))).problems).toMatchObject([
      { code: 'bad-value', column: 'amount' },
      { code: 'bad-value', column: 'close_date' },
    ]);
  });

  it('refuses a decimal point in a column of whole units, whatever follows it', () => {
    for (const text of ['1000.00', '1000.50'])
      expect(invalid(readerOf(['id', 'value']).read(csv('1', text))).problems).toMatchObject([
        { code: 'bad-value', hint: 'Use the column amount for major units.' },
      ]);
  });

  it('refuses the number that a spreadsheet keeps for a day', () => {
    for (const text of ['46356', '46356.5'])
      expect(invalid(readerOf(['id', 'close_date']).read(csv('1', text))).problems).toMatchObject([
        { code: 'bad-value', message: `"${text}" is the number of a day, as spreadsheets keep dates.` },
      ]);
  });

  const heardOf = (rows: readonly (readonly [id: string, note: string])[]): readonly string[] => {
    const heard: string[] = [];
    const listening = readerOf(['id', 'note'], {
      onWarning: ({ code, column }, { id }) => heard.push(`${id} ${column ?? '-'} ${code}`),
    });
    for (const row of rows) edit(listening.read(csv(...row)));
    return heard;
  };

  it('warns of null as a text, for each row', () => {
    const rows = [['1', 'NULL'] as const, ['2', 'NULL'] as const];
    expect(heardOf(rows)).toEqual(['1 note null-text', '2 note null-text']);
  });

  it('warns of UTF-8 that was read in another encoding, and of no other accents', () => {
    const told = ['MÃ¼ller', 'Itâ€™s', 'Â£500', 'CafÃ©', 'GrÃ¶ÃŸe'];
    expect(heardOf(told.map((text) => ['1', text]))).toEqual(told.map(() => '1 note misread-text'));
    expect(heardOf(['Müller', 'NÃO, SÃO', 'â', 'Âge', 'É à'].map((text) => ['1', text]))).toEqual([]);
  });

  it('warns of an id whose last digits a spreadsheet may have dropped', () => {
    const rounded = '712340000000550000';
    expect(heardOf([[rounded, 'x']])).toEqual([`${rounded} - rounded-id`]);
    expect(
      heardOf([
        ['7123400000005500012', 'x'],
        ['100000', 'x'],
      ]),
    ).toEqual([]);
  });

  it('names everything that is wrong with it', () => {
    expect(invalid(reader.read(csv(':clear:', ' ', '1,250', '30.11.2026', ':clear:', '[')))).toEqual({
      row: 3,
      line: 5,
      id: '',
      problems: [
        expect.objectContaining({ code: 'no-id' }),
        {
          code: 'cannot-be-cleared',
          message: 'Deal_Stage cannot be cleared.',
          hint: 'Leave the cell empty to keep the value that the field has.',
          column: 'stage',
        },
        {
          code: 'bad-value',
          message: '"1,250" is an ambiguous number.',
          hint: expect.stringContaining('--decimal-mark') as string,
          column: 'amount',
          value: '1,250',
        },
        expect.objectContaining({ code: 'bad-value', column: 'close_date', value: '30.11.2026' }),
        expect.objectContaining({ code: 'cannot-be-cleared', hint: 'Write a new note.' }),
        expect.objectContaining({ code: 'bad-value', column: 'team', value: '[' }),
      ],
    });
  });

  it.each([
    ['', 'no-id', /no id/],
    ['.', 'bad-id', /meaning of its own/],
    ['..', 'bad-id', /meaning of its own/],
    ['a\u0007b', 'bad-id', /control character/],
    ['#REF!', 'bad-id', /spreadsheet/],
    ['#N/A', 'bad-id', /spreadsheet/],
    ['1.23E+15', 'bad-id', /exponent/],
    ['undefined', 'bad-id', /no value/],
    ['opp 1', 'bad-id', /a blank/],
    ['../contacts/1', 'bad-id', /in addresses/],
    ['1\u200b6', 'bad-id', /^"1<U\+200B>6" .*cannot be seen/],
    ['person_1', 'bad-id', /cannot be the id: it is the id of a person\.$/],
  ])('refuses the id %j', (id, code, message) => {
    const { problems } = invalid(reader.read(csv('open', id, '', '', '', '')));
    expect(problems).toMatchObject([{ code, message: expect.stringMatching(message) as string }]);
  });

  it('hears the vendor: errors make it invalid, warnings are passed on', () => {
    const heard: string[] = [];
    const listening = readerOf(['id', 'stage', 'note'], {
      onWarning: (warning, { row }) => heard.push(`${row} ${warning.code}`),
    });
    expect(invalid(listening.read(csv('1', 'lost', ''))).problems).toMatchObject([{ code: 'reason-missing' }]);
    expect(isInvalidRow(listening.read(csv('1', 'lost', 'too dear')))).toBe(false);
    expect(isInvalidRow(listening.read(csv('1', 'won', '')))).toBe(false);
    expect(heard).toEqual(['3 final']);
  });
});

describe('an object of JSON', () => {
  const reader = readerOf('json');

  it('keeps exact numbers, and takes objects and arrays where the field does', () => {
    expect(
      edit(
        reader.read(
          json({ id: 17, amount: exactNumber('90071992547409930.50'), x_score: 7, team: [{ a: 1 }, { b: 2 }] }),
        ),
      ),
    ).toMatchObject({
      id: '17',
      changes: [
        { field: 'value', value: exactNumber('9007199254740993050') },
        { field: 'x_score', value: exactNumber('7') },
        { field: 'team', action: 'add', value: [{ a: 1 }, { b: 2 }] },
      ],
    });
  });

  it('clears with null, and leaves alone what is empty or not there', () => {
    expect(edit(reader.read(json({ id: 'a', owner: null, note: '', stage: '  ' }))).changes).toEqual([
      { field: 'owner', action: 'clear', value: null, column: 'owner' },
    ]);
    expect(invalid(reader.read(json({ id: 'a', note: null }))).problems).toMatchObject([
      { code: 'cannot-be-cleared', column: 'note' },
    ]);
  });

  it('says that null clears, where the token of CSV is written', () => {
    expect(invalid(reader.read(json({ id: 'a', owner: ':clear:' }))).problems).toMatchObject([
      { code: 'clear-token-in-json', column: 'owner', hint: 'Write null to clear it.' },
    ]);
  });

  it('shows the value that is refused as JSON', () => {
    expect(invalid(reader.read(json({ id: 'a', owner: { name: 'Ada' } }))).problems).toMatchObject([
      { code: 'bad-value', value: '{"name":"Ada"}', message: '"{"name":"Ada"}" is not a text.' },
    ]);
  });

  it.each([[{}], [{ id: null }], [{ id: true }], [{ id: ['a'] }], [{ id: ' ' }]])('needs an id: %j', (members) => {
    expect(invalid(reader.read(json({ ...members, note: 'x' }))).problems).toMatchObject([{ code: 'no-id' }]);
  });

  it('tells the id of a row', () => {
    expect(reader.idOf(json({ note: 'x', DealKey: exactNumber('12345678901234567890') }))).toBe('12345678901234567890');
    expect(readerOf(['note', 'id']).idOf(csv('x', ' 7 '))).toBe('7');
  });
});

describe('--set', () => {
  it('adds its change to every row, after those of the columns', () => {
    const reader = readerOf(['id', 'note'], {
      set: [
        { name: 'stage', text: 'open' },
        { name: 'owner', text: ':clear:' },
      ],
    });
    for (const id of ['1', '2']) {
      expect(edit(reader.read(csv(id, 'x'))).changes.map(({ field, action }) => `${action} ${field}`)).toEqual([
        'set note',
        'set Deal_Stage',
        'clear owner',
      ]);
    }
  });

  it.each([
    ['amount', '1,250', 'bad-value', /ambiguous number/],
    ['stage', ':clear:', 'cannot-be-cleared', /cannot be cleared/],
    ['owner', '#N/A', 'damaged-value', /spreadsheet/],
  ])('refuses %s=%s at once', (name, text, code, message) => {
    const attempt = (): unknown => readerOf(['id'], { set: [{ name, text }] });
    expect(attempt).toThrow(OppatchError);
    expect(attempt).toThrow(
      expect.objectContaining({
        code,
        place: `--set ${name}`,
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });
});

describe('rows one after the other', () => {
  const cells = [
    '',
    'won',
    'Won',
    'lost',
    '12',
    '12.5',
    'twelve',
    '2026-11-30',
    ':clear:',
    '#N/A',
    'null',
    '{"a":1}',
    ' x ',
  ];
  const names = ['stage', 'amount', 'close_date', 'note', 'team'];

  it('of CSV become what each becomes by itself', () => {
    const header = ['id', ...names];
    const row = array(constantFrom(...cells), { minLength: names.length, maxLength: names.length });
    assert(
      property(array(row, { maxLength: 6 }), (rows) => {
        const reader = readerOf(header);
        for (const values of rows) {
          const source = csv('deal_1', ...values);
          expect(reader.read(source)).toEqual(readerOf(header).read(source));
        }
      }),
    );
  });

  it('of JSON become what each becomes by itself, whatever their members and their order', () => {
    const value = constantFrom<Json>(...cells, null, 12, 12.5, true, ['a'], { a: 1 });
    const row = dictionary(constantFrom(...names), value, { noNullPrototype: true });
    assert(
      property(array(row, { maxLength: 6 }), shuffledSubarray(['id', ...names], { minLength: 6 }), (rows, order) => {
        const reader = readerOf('json');
        for (const [index, given] of rows.entries()) {
          const all: Readonly<Record<string, Json>> = { id: `deal_${index}`, ...given };
          const inOrder = index % 2 === 0 ? order : Object.keys(all);
          const source = json(
            Object.fromEntries(inOrder.flatMap((name) => (name in all ? [[name, all[name] ?? null]] : []))),
          );
          expect(reader.read(source)).toEqual(readerOf('json').read(source));
        }
      }),
    );
  });
});

describe('what a change cannot do without', () => {
  const stageOwner = { field: 'owner', action: 'set', value: 'stage desk', column: 'stage' } as const;
  const service = {
    ...sampleService,
    companions: (changes: Edit['changes']) => (changes.some(({ field }) => field === 'Deal_Stage') ? [stageOwner] : []),
  };
  const columns = (names: readonly string[]): EditReader =>
    createEditReader({
      columns: createColumnMap({
        service,
        title: 'Sample CRM',
        displayName: 'edits.csv',
        layout: { kind: 'csv', delimiter: ',', columns: names },
        map: new Map(),
        ignore: [],
        set: [],
        allowDamaged: [],
      }),
      service,
    });

  it('comes with it, unless the row says it itself', () => {
    const stage = { field: 'Deal_Stage', action: 'set', value: 'Open', column: 'stage' };
    expect(edit(columns(['id', 'stage']).read(csv('deal_1', 'Open'))).changes).toEqual([stage, stageOwner]);
    const named = edit(columns(['id', 'stage', 'owner']).read(csv('deal_1', 'Open', 'Ada'))).changes;
    expect(named.map(({ field, value }) => [field, value])).toEqual([
      ['Deal_Stage', 'Open'],
      ['owner', 'Ada'],
    ]);
    expect(edit(columns(['id', 'stage']).read(csv('deal_1', ''))).changes).toEqual([]);
  });
});
