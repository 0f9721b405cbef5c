import { plainJsonIn } from '../../core/plain-json.ts';
import type { SandboxRequest } from '../vendor-server.ts';
import { idIn, isObject } from '../wire.ts';
import type { DescribedFile, RecordCall, WritePart } from './described-file.ts';
import { at, toPointer } from './values.ts';

/** Which of the calls of a vendor file a request is, and for which records. */

/** The id of a request that is this call; undefined where it is another call. */
export function askedId(
  { method: own = 'GET', path: template, query = {}, constant, idAt }: RecordCall,
  { method, path, query: given, body }: SandboxRequest,
): string | undefined {
  if (method !== own) return undefined;
  if (template.includes('{id}')) return idIn(path, formOf(template));
  if (!formOf(template).test(path)) return undefined;
  const parameter = Object.keys(query).find((name) => query[name] === '{id}');
  if (parameter !== undefined) return given.get(parameter) ?? undefined;
  const place = idAt ?? pointerHolding(constant, '{id}');
  return place === undefined ? undefined : textAt(plainJsonIn(body), place);
}

/** The write that a request is; undefined for reads and for what the file does not say. */
export function askedWrite(
  file: DescribedFile,
  request: SandboxRequest,
): { readonly part: WritePart; readonly id: string } | undefined {
  for (const part of [file.update, ...(file.extra ?? [])]) {
    const id = askedId(part, request);
    if (id !== undefined) return { part, id };
  }
  return undefined;
}

/** Whether a request has the method and the path of a call; settings in braces may be anything. */
export function isCall(
  { method = 'GET', path }: Pick<RecordCall, 'method' | 'path'>,
  request: SandboxRequest,
): boolean {
  return method === request.method && formOf(path).test(request.path);
}

/** Templates hold `{id}` once, and settings. */
function formOf(template: string): RegExp {
  const parts = template.split(/(\{[a-z][a-z0-9-]*\})/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
    return part === '{id}' ? '([^/]+)' : '[^/]+';
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** The pointer at which a template holds this text. */
function pointerHolding(template: unknown, text: string): string | undefined {
  if (template === text) return '';
  if (!isObject(template)) return undefined;
  for (const [name, member] of Object.entries(template)) {
    const inner = pointerHolding(member, text);
    if (inner !== undefined) return toPointer(name) + inner;
  }
  return undefined;
}

/** The place of the id in a record of a batch. */
export function idPlace({ idAt, constant }: RecordCall): string {
  return idAt ?? pointerHolding(constant, '{id}') ?? '/id';
}

export function textAt(value: unknown, pointer: string): string | undefined {
  const found = at(value, pointer);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

/** What stands in a query parameter, or at a pointer into the body. */
export function valueAt({ query, body }: SandboxRequest, place: string): string | undefined {
  return place.startsWith('/') ? textAt(plainJsonIn(body), place) : (query.get(place) ?? undefined);
}
