import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damageIn, damageOf } from '../../src/core/damage.ts';

describe('a damaged text', () => {
  it.each([
    '#N/A',
    '#REF!',
    '#VALUE!',
    '#NAME?',
    '#DIV/0!',
    '#NUM!',
    '#NULL!',
    '#SPILL!',
    '#CALC!',
    '#GETTING_DATA',
    '#BUSY!',
    '#NV',
    '#BEZUG!',
    '#WERT!',
    '#ZAHL!',
    '#ÜBERLAUF!',
    '#KALK!',
    '#VALEUR!',
    '#NOM?',
    '#NOMBRE!',
    '#NUL!',
    '#N/D',
    '#¡REF!',
    '#¿NOMBRE?',
    '#¡DIV/0!',
    '#¡DESBORDAMIENTO!',
    '#RIF!',
    '#VALORE!',
    '#N/B',
    '#WAARDE!',
    '#DEEL/0!',
    '#SAKNAS!',
    '#VÄRDEFEL!',
    '#DIVISION/0!',
    '#I/T',
    '#PUUTTUU!',
    '#ADR!',
    '#DZIEL/0!',
    '#ODKAZ!',
    '#DĚLENÍ_NULOU!',
    '#HIÁNYZIK',
    '#HIV!',
    '#ZÉRÓOSZTÓ!',
    '#Н/Д',
    '#ССЫЛКА!',
    '#ДЕЛ/0!',
    '#YOK',
    '#BAŞV!',
    '#SAYI/0!',
    '#ERROR!',
    'Err:502',
    '#n/a',
    '#ref!',
    ' #N/A ',
    '###',
    '########',
    '=VLOOKUP(A1,B:C,2)',
    '=SVERWEIS(A1;B:C;2)',
    '=A1',
    '=$B$12*2',
    "='Q1 plan'!A1",
    '=Sheet1!A1',
    '=1+2',
    '="a"&B1',
    '=-SUM(A1:A3)',
    '{=SUM(A1:A3)}',
    "=cmd|'/C calc'!A0",
    '@SUM(A1)',
    '=NA()',
    '= IF(A1>0,1,2)',
    'a\u0000b',
    'Caf\ufffd',
    '\ud83d',
    'x\udc00',
    'a\u0007',
    '\u009b1m',
    '\u007f',
    '\u0085',
  ])('is found: %j', (text) => {
    expect(damageOf(text)).toBeDefined();
    expect(damageIn([{ name: [text] }])?.text).toBe(text);
    expect(damageIn({ [text]: 1 })?.text).toBe(text);
  });

  it.each([
    '',
    '#1 priority',
    '# heading',
    '#sale',
    '##',
    'see #REF! below',
    '=> call back',
    '= as before',
    '- a list',
    '-5',
    '+49 30 1234',
    '@home',
    'a\tb\nc\r\nd',
    'Zürich 東京 😀',
    'é',
    '5 = 5',
    '=',
    '{"a":1}',
    '(=)',
    '#Wow!',
    '-Alfred(new)',
  ])('is not seen in %j', (text) => {
    expect(damageOf(text)).toBeUndefined();
  });

  it('is none of the texts that are letters, digits and blanks', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N}\p{Z}.,;:()\t\n]*$/u), (text) => {
        fc.pre(!/^\s*Err:\d{3}\s*$/.test(text));
        expect(damageOf(text)).toBeUndefined();
      }),
    );
  });
});
