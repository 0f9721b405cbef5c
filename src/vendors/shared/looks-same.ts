import { parseMoment } from '../../core/dates.ts';
import { compareDecimals, parseDecimal } from '../../core/decimal.ts';
import { scalarText, type Json } from '../../core/json.ts';

/** Equal as numbers, as moments, or to the letter, whichever fits: for fields whose type is not known. */
export function looksSame(there: Json | undefined, asked: Json): boolean {
  const [left, right] = [scalarText(there ?? ''), scalarText(asked ?? '')];
  if (left === undefined || right === undefined) return JSON.stringify(there) === JSON.stringify(asked);
  const [leftNumber, rightNumber] = [parseDecimal(left), parseDecimal(right)];
  if (leftNumber !== undefined && rightNumber !== undefined) return compareDecimals(leftNumber, rightNumber) === 0;
  const [leftMoment, rightMoment] = [parseMoment(left), parseMoment(right)];
  if (leftMoment !== undefined && rightMoment !== undefined) return leftMoment.epochMs === rightMoment.epochMs;
  return left === right;
}
