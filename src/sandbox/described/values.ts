import { isObject } from '../wire.ts';

/** Values by JSON Pointer (RFC 6901), as the sandbox reads vendor files. */

/** The names on the way of a pointer. */
export function parts(pointer: string): readonly string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of a member by its name. */
export function toPointer(member: string): string {
  return `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What stands there; undefined where nothing does. */
export function at(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of parts(pointer)) {
    if (Array.isArray(current)) current = current[Number(part)];
    else current = isObject(current) && Object.hasOwn(current, part) ? current[part] : undefined;
  }
  return current;
}

/** The whole with a value put there, objects made on the way, and a list where its first entry is meant. */
export function put(whole: unknown, pointer: string, value: unknown): unknown {
  const [part, ...rest] = parts(pointer);
  if (part === undefined) return value;
  const inner = rest.map(toPointer).join('');
  if (part === '0' && (whole === undefined || Array.isArray(whole))) {
    const [first, ...others]: readonly unknown[] = whole ?? [];
    return [put(first, inner, value), ...others];
  }
  const object = isObject(whole) ? whole : {};
  return { ...object, [part]: put(object[part], inner, value) };
}
