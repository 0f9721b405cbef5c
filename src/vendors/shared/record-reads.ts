import type { Call, Reply } from '../../core/call.ts';
import { defined } from '../../core/defined.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { FieldValue, FieldValues, FoundPage, FoundRecord, ListPage, RecordRead } from '../../core/vendor.ts';
import { jsonBody, statusMessage } from './http-status.ts';
import { jsonCall } from './json-call.ts';

/** What the reads of single records have in common. */

/** A GET of one edit's opportunity. */
export function recordCall(edit: Edit, path: string, quotaGroup: string, query: Call['query'] = []): Call {
  return jsonCall({ path, query, edits: [edit], step: 'read', quotaGroup });
}

/** The JSON object of a reply with status 200; undefined for anything else. */
export function objectBody(reply: Reply): JsonObject | undefined {
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  return isJsonObject(body) ? body : undefined;
}

/** The list of this name in such an object; undefined where there is none. */
export function listBody(reply: Reply, name: string): readonly Json[] | undefined {
  const list = objectBody(reply)?.[name];
  return Array.isArray(list) ? (list as readonly Json[]) : undefined;
}

/** A record's id: a text or a number that is not empty. */
export function idIn(record: JsonObject, name: string): string | undefined {
  const text = scalarText(record[name] ?? null);
  return text === undefined || text === '' || typeof record[name] === 'boolean' ? undefined : text;
}

/** The values of a record whose members are its fields; of these alone where they are given. */
export function memberValues(record: JsonObject, fields?: readonly string[]): FieldValues {
  const values = new Map<string, FieldValue>();
  for (const name of fields ?? Object.keys(record)) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (value !== undefined) values.set(name, { value });
  }
  return values;
}

/** How records are read whose members are their fields: those with an id. */
export function memberRecord(idName: string, titleName: string) {
  return (record: Json, fields?: readonly string[]): FoundRecord | undefined => {
    const id = isJsonObject(record) ? idIn(record, idName) : undefined;
    if (!isJsonObject(record) || id === undefined) return undefined;
    return { id, values: memberValues(record, fields), ...titleIn(record, titleName) };
  };
}

/** Records by the key that each holds in this field; one that does not show it is left out. */
export function foundByKey(records: readonly FoundRecord[], field: string): FoundPage['records'] {
  return records.flatMap(({ id, values, title, link }) => {
    const key = scalarText(values.get(field)?.value ?? null);
    return key === undefined ? [] : [{ id, key, ...defined({ title, link }) }];
  });
}

/** The fields that follow these changes by the table, without those that the changes name themselves. */
export function followers(
  changes: readonly Change[],
  table: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const following: string[] = [];
  for (const { field } of changes)
    for (const name of (Object.hasOwn(table, field) ? table[field] : undefined) ?? [])
      if (!following.includes(name) && !changes.some((change) => change.field === name)) following.push(name);
  return following;
}

/** A member that is a text, for people. */
export function titleIn(record: JsonObject, name: string): { readonly title?: string } {
  const value: Json | undefined = record[name];
  return typeof value === 'string' && value.trim() !== '' ? { title: value } : {};
}

/** What a reply means that shows no record. `anyIsAbsent`: the vendor has no status of its own for what is not there. */
export function notShown(reply: Reply, title: string, { anyIsAbsent = false } = {}): RecordRead {
  const hint = 'Check the id and that this account may see it; --blind sends without reading.';
  const { status } = reply;
  // A success that shows no record in a known form says nothing of whether it is there.
  if (status >= 200 && status < 300)
    return { kind: 'unknown', message: `${title} shows no opportunity in a known form (HTTP ${status})` };
  if (anyIsAbsent || status === 404 || status === 410) {
    const message = `${title} shows no such opportunity (HTTP ${status}).`;
    return { kind: 'absent', code: 'not-found', message, hint };
  }
  const message = `${title} does not show the opportunity: ${statusMessage(reply)}.`;
  return { kind: 'absent', code: 'not-readable', message, hint };
}

/** Each entry of a page as `read` understands it; undefined where it does not understand one, for a list must not be shorter than what the vendor sent. */
export function wholePage<Entry, Read>(
  entries: readonly Entry[],
  read: (entry: Entry) => Read | undefined,
): readonly Read[] | undefined {
  const records: Read[] = [];
  for (const entry of entries) {
    const record = read(entry);
    if (record === undefined) return undefined;
    records.push(record);
  }
  return records;
}

/** A page of a list; undefined where its records are. `next`: the call for the page after it. `cut`: why the list ends here though there are more. */
export function listPage(
  records: readonly FoundRecord[] | undefined,
  next: Call | undefined,
  cut?: string,
): ListPage | undefined {
  return records && { records, ...defined({ next: cut === undefined ? next : undefined, cut }) };
}
