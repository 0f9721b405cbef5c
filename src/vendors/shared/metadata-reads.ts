import type { Call, Reply } from '../../core/call.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { jsonBody } from './http-status.ts';

/** What the reads of metadata have in common. */

/** A read of something that belongs to the account and to no opportunity. */
export function metadataCall(path: string, quotaGroup: string, query: Call['query'] = []): Call {
  return {
    method: 'GET',
    path,
    ...(query.length === 0 ? {} : { query }),
    headers: { accept: 'application/json' },
    edits: [],
    step: 'metadata',
    repeatable: true,
    quotaGroup,
  };
}

/** The objects of the list that `list` finds in the body, cut down by `slim`; undefined where there is no such list. */
export function listedObjects(
  reply: Reply,
  list: (body: Json) => Json | undefined,
  slim: (object: JsonObject) => JsonObject | undefined,
): readonly JsonObject[] | undefined {
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  const found = body === undefined ? undefined : list(body);
  if (!Array.isArray(found)) return undefined;
  return (found as readonly Json[]).flatMap((entry) => {
    const object = isJsonObject(entry) ? slim(entry) : undefined;
    return object === undefined ? [] : [object];
  });
}

/** The member of this name of a body that is an object. */
export function memberOf(name: string): (body: Json) => Json | undefined {
  return (body) => (isJsonObject(body) ? body[name] : undefined);
}

/** The members of these names, those that are there. */
export function picked(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (object[name] === undefined ? [] : [[name, object[name]]])));
}

/** A text that is not empty. */
export function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list; undefined for anything that is not a list of texts, or an empty one. */
export function textsIn(value: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = (value as readonly Json[]).filter((one) => typeof one === 'string');
  return texts.length > 0 && texts.length === value.length ? texts : undefined;
}
