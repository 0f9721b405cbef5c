import {
  isLosslessNumber,
  LosslessNumber,
  parse as parseLossless,
  stringify as stringifyLossless,
} from 'lossless-json';

/**
 * JSON with exact numbers. A number that a binary float would change (more than 15 significant digits, or an
 * exponent) is an {@link ExactNumber}, which keeps the text it was written with; every other one is a `number`.
 * This module is the only door to lossless-json.
 */
export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A number kept as the text it was written with. */
export type ExactNumber = LosslessNumber;

export function isExactNumber(value: unknown): value is ExactNumber {
  return isLosslessNumber(value);
}

/**
 * A JSON number whose digits are exactly `text`, for example `exactNumber('1250.50')`: a plain number where that is written with the very
 * same digits. Throws on text that is not JSON number.
 */
export function exactNumber(text: string): number | ExactNumber {
  const plain = Number(text);
  return String(plain) === text && Number.isFinite(plain) ? plain : new LosslessNumber(text);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Sixteen or more digits in one number, or an exponent: what a binary float may not hold exactly. */
const mayLoseDigits = /\d[\d.]{15,}|\d[eE]/;

/** Levels of arrays and objects that a text may have: what walks through values goes into each of them, and the stack is not without an end. */
const deepest = 500;

/** Parses JSON text. Throws a `SyntaxError` on malformed text, as `JSON.parse` does, and on one that is nested too deeply. */
export function parseJson(text: string): Json {
  if (text.length > 2 * deepest && tooDeepAt(text, deepest) !== undefined) throw tooDeep();
  if (!mayLoseDigits.test(text)) return JSON.parse(text) as Json;
  return parseLossless(text, undefined, { parseNumber: toJsonNumber, onDuplicateKey: lastWins }) as Json;
}

/** What JSON text says, as {@link parseJson} reads it; undefined where it is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A fraction that ends in a zero, as a binary float does not remember it. */
const zeroAtTheEnd = /\.\d*0(?!\d)/;

/** Like {@link parseJson}, but `1000.00` stays as it was written: in what a person wrote the point may say which unit is meant. */
export function parseJsonAsWritten(text: string): Json {
  if (!zeroAtTheEnd.test(text)) return parseJson(text);
  if (tooDeepAt(text, deepest) !== undefined) throw tooDeep();
  return parseLossless(text, undefined, { parseNumber: asWritten, onDuplicateKey: lastWins }) as Json;
}

function asWritten(text: string): number | ExactNumber {
  return zeroAtTheEnd.test(text) ? new LosslessNumber(text) : toJsonNumber(text);
}

function tooDeep(): SyntaxError {
  return new SyntaxError(`nested more than ${deepest} levels deep`);
}

/** Where arrays and objects stand more than so many levels deep inside each other; undefined where they never do. Brackets within strings do not count. */
export function tooDeepAt(text: string, levels: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openArray || code === openObject) {
      depth += 1;
      if (depth > levels) return at;
    } else if (code === openArray + 2 || code === openObject + 2) depth -= 1;
  }
  return undefined;
}

/** Character codes. The closing brackets come two behind the opening ones. */
const [quote, backslash, openArray, openObject] = [0x22, 0x5c, 0x5b, 0x7b];

/** Of members of the same name the last one counts, as in `JSON.parse`. */
function lastWins({ newValue }: { readonly newValue: unknown }): unknown {
  return newValue;
}

function toJsonNumber(text: string): number | ExactNumber {
  return mayLoseDigits.test(text) ? new LosslessNumber(text) : Number(text);
}

/** What JSON.stringify makes of an exact number; a text of the same letters only costs the slower way. */
const exactNumberMark = '"isLosslessNumber":true';

/** Writes JSON on one line, exact numbers with the digits they carry, members in their order. */
export function stringifyJson(value: Json): string {
  const text = JSON.stringify(value);
  return text.includes(exactNumberMark) ? (stringifyLossless(value) ?? 'null') : text;
}

/** The plain text of a scalar as a person would type it in a cell; undefined for objects and arrays. */
export function scalarText(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isLosslessNumber(value)) return value.value;
  return undefined;
}
