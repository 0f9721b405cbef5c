import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** JSON Pointers (RFC 6901) into replies and bodies. Only own members are followed. */

const form = /^(?:\/(?:[^~/]|~[01])*)*$/;
const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Why a text is not a pointer that a file may use, with what to write instead. */
export function pointerProblem(text: string): readonly [message: string, hint: string] | undefined {
  if (!form.test(text))
    return [
      'is not a JSON Pointer',
      'Begin with a slash, one before each member: "/data/id". A slash in a name is ~1, a tilde ~0.',
    ];
  if (segmentsOf(text).some((segment) => prototypeNames.has(segment)))
    return ['leads to what every object has by itself', 'Name a member of the reply.'];
  return undefined;
}

/** `` → none; `/a~1b/0` → `a/b`, `0`. */
export function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of a member by its name. */
export function pointerTo(member: string): string {
  return `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What stands there; null also below a null, undefined where nothing is. */
export function lookUp(value: Json | undefined, pointer: string): Json | undefined {
  let current = value;
  for (const segment of segmentsOf(pointer)) {
    if (current === null || current === undefined) return current;
    if (Array.isArray(current))
      current = /^\d{1,9}$/.test(segment) ? (current as readonly Json[])[Number(segment)] : undefined;
    else current = isJsonObject(current) && Object.hasOwn(current, segment) ? current[segment] : undefined;
  }
  return current;
}

/** A copy of `whole` with `value` at the pointer; objects are made on the way where none stand, and for `0` a list of one entry. */
export function placed(whole: Json, pointer: string, value: Json): Json {
  return placedAt(whole, segmentsOf(pointer), value);
}

function placedAt(whole: Json | undefined, [segment, ...rest]: readonly string[], value: Json): Json {
  if (segment === undefined) return value;
  if (segment === '0' && (whole === undefined || Array.isArray(whole))) {
    const [first, ...others] = (whole ?? []) as readonly Json[];
    return [placedAt(first, rest, value), ...others];
  }
  const object: JsonObject = isJsonObject(whole) ? whole : {};
  return { ...object, [segment]: placedAt(object[segment], rest, value) };
}

/** The pointer at which a template holds exactly this text. */
export function pointerOf(template: Json, text: string): string | undefined {
  if (template === text) return '';
  if (!isJsonObject(template)) return undefined;
  for (const [name, member] of Object.entries(template)) {
    const inner = member === undefined ? undefined : pointerOf(member, text);
    if (inner !== undefined) return pointerTo(name) + inner;
  }
  return undefined;
}
