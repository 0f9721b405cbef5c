import type { DecimalMark } from './reading-rules.ts';

/** A number as a person or a spreadsheet writes it: its plain text with a point, or why it is refused. */
export type NumberText = { readonly text: string } | { readonly problem: string; readonly hint: string };

const plain = /^[+-]?\d+(?:\.\d+)?$/;
/** Twelve and a half, or twelve thousand five hundred. */
const threeDecimals = /^[+-]?\d{1,3}\.\d{3}$/;
const exponent = /^[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}$/;
const grouping = "[.,'’ \u00a0\u202f]";
const numberLike = new RegExp(`^[+-]?\\d(?:\\d|${grouping})*$`);

const declareHint =
  'Say how the file writes numbers: --decimal-mark . for 1,234.50, --decimal-mark , for 1.234,50. Or write digits and a point without grouping, and not exactly three decimals.';

/**
 * Reads a number by the mark that is declared for its file, exactly: groups of three digits (or, as in India, of two before the last three) may be
 * separated by one character throughout. Without a mark only what has one meaning is read: `12.500` and `1,250` are refused, and so is an exponent,
 * which a spreadsheet writes where it has dropped digits.
 */
export function numberText(text: string, mark: DecimalMark | undefined): NumberText {
  if (mark !== undefined) return declared(text, mark);
  if (threeDecimals.test(text)) return { problem: 'is an ambiguous number', hint: declareHint };
  if (plain.test(text)) return { text };
  if (exponent.test(text)) {
    return {
      problem: 'is written with an exponent, as spreadsheets do when they drop digits',
      hint: 'Show the column as a plain number and export it again; or, where the digits are all there, declare the file with --decimal-mark.',
    };
  }
  return numberLike.test(text)
    ? { problem: 'is an ambiguous number', hint: declareHint }
    : { problem: 'is not a number', hint: 'Write digits with a point and no grouping, for example 1250.50.' };
}

function declared(text: string, mark: DecimalMark): NumberText {
  const parts = declaredForms[mark].exec(text)?.groups;
  if (parts === undefined) {
    const example = mark === ',' ? '1.234,50 or 1234,50' : '1,234.50 or 1234.50';
    return { problem: `is not a number with the decimal mark ${mark}`, hint: `Write it like ${example}.` };
  }
  const { sign = '', whole = '', fraction, power = '' } = parts;
  return { text: `${sign}${whole.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}${power}` };
}

const declaredForms: Readonly<Record<DecimalMark, RegExp>> = { ',': declaredForm(','), '.': declaredForm('.') };

function declaredForm(mark: DecimalMark): RegExp {
  const separator = `[${mark === ',' ? '.' : ','}'’ \u00a0\u202f]`;
  const threes = String.raw`\d{1,3}(?<three>${separator})\d{3}(?:\k<three>\d{3})*`;
  // India groups with commas only.
  const twos = mark === '.' ? String.raw`|\d{1,2}(?:,\d{2})+,\d{3}` : '';
  return new RegExp(
    String.raw`^(?<sign>[+-]?)(?<whole>\d+|${threes}${twos})(?:[${mark}](?<fraction>\d+))?(?<power>[eE][+-]?\d{1,3})?$`,
  );
}
