import { OppatchError } from '../core/errors.ts';
import { isExactNumber, isJsonObject, parseJsonAsWritten, type Json, type JsonObject } from '../core/json.ts';
import { excerpt } from '../core/printable.ts';
import type { JsonRow } from '../core/source-row.ts';
import { findJsonFault, memberNames } from './json-fault.ts';
import { placeIn, positionAt, type Position } from './place.ts';

/** The longest element in characters. It bounds the memory that a brace which is never closed can take. */
export const longestElement = 1024 * 1024;

/** Objects and arrays inside each other. */
const deepest = 64;

/** One element of a JSON file as text, and where it begins. */
export interface JsonElement extends Position {
  readonly text: string;
}

/** Throws `json-syntax`, `duplicate-member`, `not-an-object` or `nested-too-deeply` with line and column. */
export function readElement(element: JsonElement, row: number, displayName: string): JsonRow {
  const { text, line } = element;
  const { colons, depth } = outline(text);
  if (depth > deepest) {
    throw new OppatchError(
      'nested-too-deeply',
      `Objects and arrays stand more than ${deepest} deep inside each other.`,
      {
        place: placeIn(displayName, line, element.column),
      },
    );
  }
  let value: Json;
  try {
    value = parseJsonAsWritten(text);
  } catch (cause) {
    throw faultIn(element, displayName, cause);
  }
  if (!isJsonObject(value)) throw notAnObject(text, placeIn(displayName, line, element.column));
  if (countMembers(value) !== colons) throw faultIn(element, displayName);
  return { kind: 'json', row, line, members: members(value, text), text: oneLine(text) };
}

/** The error for an element that is not an object, named by how it begins. */
export function notAnObject(text: string, place: string): OppatchError {
  const kind = text.startsWith('"') ? 'a text' : text.startsWith('[') ? 'an array' : excerpt(text, 20);
  return new OppatchError('not-an-object', `An object is expected for each opportunity, not ${kind}.`, {
    place,
    hint: 'Write {"id":"…","stage":"…"} for each of them.',
  });
}

/** The error for an object that holds the rows in a member, as services wrap them. */
export function wrappedRows(name: string, place: string): OppatchError {
  const shown = excerpt(name, 40);
  const path = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `.[${JSON.stringify(shown)}]`;
  return new OppatchError('json-not-an-array', `The rows stand in the member "${shown}" of an object.`, {
    place,
    hint: `A JSON file must hold the array alone: jq '${path}' FILE | oppatch apply - --format json`,
  });
}

function faultIn(element: JsonElement, displayName: string, cause?: unknown): OppatchError {
  const fault = findJsonFault(element.text) ?? {
    offset: 0,
    message: cause instanceof Error ? cause.message : 'the object cannot be read',
    code: 'json-syntax',
  };
  const { line, column } = positionAt(element.text, fault.offset, element);
  const hint =
    fault.code === 'duplicate-member' ? 'Remove one of them, so that it is clear which value to send.' : undefined;
  return new OppatchError(fault.code, `The object is not valid JSON: ${excerpt(fault.message, 200)}.`, {
    place: placeIn(displayName, line, column),
    hint:
      hint ?? 'Check the JSON there: quotes around names and texts, commas between members, no comma behind the last.',
    cause,
  });
}

/** Colons outside texts (one for each member, at any depth) and the deepest nesting. */
function outline(text: string): { readonly colons: number; readonly depth: number } {
  let colons = 0;
  let depth = 0;
  let open = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 34: // "
        index = textEnd(text, index);
        break;
      case 58: // :
        colons += 1;
        break;
      case 91: // [
      case 123: // {
        open += 1;
        if (open > depth) depth = open;
        break;
      case 93: // ]
      case 125: // }
        open -= 1;
        break;
      default:
    }
  }
  return { colons, depth };
}

/** Offset of the quote that closes the text whose quote opens at `start`. */
function textEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === 34) return index;
    if (character === 92) index += 1;
  }
  return text.length;
}

function countMembers(value: Json | undefined): number {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) count += countMembers(item);
    return count;
  }
  for (const member of Object.values(value)) count += 1 + countMembers(member);
  return count;
}

/** JavaScript puts names that are whole numbers first; the order of the file is kept. */
function members(value: JsonObject, text: string): JsonRow['members'] {
  const entries = Object.entries(value) as [string, Json][];
  const first = entries[0]?.[0];
  if (first === undefined || !/^\d+$/.test(first)) return entries;
  return memberNames(text).map((name) => [name, value[name] ?? null]);
}

/** A line break of well-formed JSON stands between tokens only, never inside a text. */
function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[ \t]*[\r\n][ \t\r\n]*/g, '') : text;
}
