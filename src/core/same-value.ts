import { parseMoment, dayText } from './dates.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';
import type { FieldType } from './field.ts';
import { isExactNumber, isJsonObject, scalarText, type Json } from './json.ts';

/**
 * Whether two values of a field of this type mean the same: numbers and moments by what they are, lists without regard to order, empty
 * text and null as empty, anything else to the letter.
 */
export function sameValue(left: Json, right: Json, type: FieldType): boolean {
  if (isEmpty(left) || isEmpty(right)) return isEmpty(left) && isEmpty(right);
  if (Array.isArray(left) || Array.isArray(right)) return sameList(listOf(left), listOf(right), type);
  if (isJsonObject(left) || isJsonObject(right)) return holds(left, right) && holds(right, left);
  return sameScalar(left, right, type);
}

export function isEmpty(value: Json): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** A list as it is, one value as a list of it, nothing as an empty one. */
export function listOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return isEmpty(value) ? [] : [value];
}

/** `whole` has everything that `part` has: the same scalar, or an object with at least those members. */
export function holds(whole: Json, part: Json): boolean {
  if (isJsonObject(part)) {
    return (
      isJsonObject(whole) && Object.entries(part).every(([name, value]) => holds(whole[name] ?? null, value ?? null))
    );
  }
  if (Array.isArray(part) || Array.isArray(whole)) return sameList(listOf(whole), listOf(part), 'any');
  return isEmpty(part) ? isEmpty(whole) : !isJsonObject(whole) && sameScalar(whole, part, 'any');
}

function sameList(left: readonly Json[], right: readonly Json[], type: FieldType): boolean {
  if (left.length !== right.length) return false;
  const rest = [...right];
  for (const value of left) {
    const at = rest.findIndex((other) => sameValue(value, other, type));
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return true;
}

function sameScalar(left: Json, right: Json, type: FieldType): boolean {
  const [leftText, rightText] = [scalarText(left), scalarText(right)];
  if (leftText === undefined || rightText === undefined) return false;
  if (leftText === rightText) return true;
  if (type === 'decimal' || type === 'integer' || (isNumber(left) && isNumber(right)))
    return sameNumber(leftText, rightText);
  if (type === 'date' || type === 'date-time') return sameMoment(leftText, rightText, type);
  return type === 'boolean' && leftText.toLowerCase() === rightText.toLowerCase();
}

function isNumber(value: Json): boolean {
  return typeof value === 'number' || isExactNumber(value);
}

function sameNumber(left: string, right: string): boolean {
  const [leftNumber, rightNumber] = [parseDecimal(left), parseDecimal(right)];
  return leftNumber !== undefined && rightNumber !== undefined && compareDecimals(leftNumber, rightNumber) === 0;
}

function sameMoment(left: string, right: string, type: 'date' | 'date-time'): boolean {
  const [leftMoment, rightMoment] = [parseMoment(left), parseMoment(right)];
  if (leftMoment === undefined || rightMoment === undefined) return false;
  if (type === 'date') return dayText(leftMoment) === dayText(rightMoment);
  return leftMoment.epochMs === rightMoment.epochMs && leftMoment.fraction === rightMoment.fraction;
}
