import type { Call } from '../../core/call.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { MetadataRead } from '../../core/vendor.ts';
import { jsonBody } from './http-status.ts';
import { jsonCall } from './json-call.ts';
import type { NamedThing } from './names-to-ids.ts';

/** What the reads of metadata have in common. */

/** A read of something that belongs to the account and to no opportunity. */
export function metadataCall(path: string, quotaGroup: string, query: Call['query'] = []): Call {
  return jsonCall({ path, ...(query.length === 0 ? {} : { query }), step: 'metadata', quotaGroup });
}

/**
 * What a page of metadata holds: the objects of its list of this name (without a name the page is the list), cut down to these members or by `slim`;
 * undefined where there is no such list.
 */
export function listed(
  name: string | undefined,
  slim: readonly string[] | ((object: JsonObject) => JsonObject | undefined),
): MetadataRead['items'] {
  const slimmed = typeof slim === 'function' ? slim : (object: JsonObject) => picked(object, slim);
  return (reply) => {
    const body = reply.status === 200 ? jsonBody(reply) : undefined;
    const list = name === undefined ? body : isJsonObject(body) ? body[name] : undefined;
    if (!Array.isArray(list)) return undefined;
    return objectsIn(list)
      .map(slimmed)
      .filter((object) => object !== undefined);
  };
}

/** The objects of a list; none where there is no list. */
export function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
}

/** The things that objects name: each with its id and those of the names that it has, one at least. `unfit`: why a thing is not taken by its name. */
export function namedThings(
  objects: readonly JsonObject[],
  idName: string,
  called: readonly string[],
  unfit: (object: JsonObject) => string | undefined = () => undefined,
  idOf = textIn,
): NamedThing[] {
  return objects.flatMap((object): NamedThing[] => {
    const [id, reason] = [idOf(object, idName), unfit(object)];
    const names = called.flatMap((name) => textIn(object, name) ?? []);
    if (id === undefined || names.length === 0) return [];
    return [{ id, names, ...(reason === undefined ? {} : { unfit: reason }) }];
  });
}

/** The texts among these that are not blank, put together; undefined where there are none. */
export function joinedTexts(parts: readonly (Json | undefined)[], separator: string): string | undefined {
  const texts = parts.filter((part): part is string => typeof part === 'string' && part.trim() !== '');
  return texts.length === 0 ? undefined : texts.join(separator);
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

/** The parts of a list such as `a, b`, without blanks and empty ones. */
export function partsBetween(separator: ',' | ';', text: string): readonly string[] {
  return text.split(separator).flatMap((part) => part.trim() || []);
}
