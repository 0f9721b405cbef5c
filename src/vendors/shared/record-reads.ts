import type { Call, Reply } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { FieldValue, FieldValues, RecordRead } from '../../core/vendor.ts';
import { jsonBody, statusMessage } from './http-status.ts';

/** What the reads of single records have in common. */

/** A GET of one edit's opportunity. */
export function recordCall(edit: Edit, path: string, quotaGroup: string, query: Call['query'] = []): Call {
  return {
    method: 'GET',
    path,
    query,
    headers: { accept: 'application/json' },
    edits: [edit],
    step: 'read',
    repeatable: true,
    quotaGroup,
  };
}

/** The JSON object of a reply with status 200; undefined for anything else. */
export function objectBody(reply: Reply): JsonObject | undefined {
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  return isJsonObject(body) ? body : undefined;
}

/** A record's id: a text or a number that is not empty. */
export function idIn(record: JsonObject, name: string): string | undefined {
  const text = scalarText(record[name] ?? null);
  return text === undefined || text === '' || typeof record[name] === 'boolean' ? undefined : text;
}

/** The values of a record whose members are its fields; of these alone where they are given. */
export function memberValues(record: JsonObject, fields?: readonly string[]): FieldValues {
  const values = new Map<string, FieldValue>();
  if (fields !== undefined) {
    for (const field of fields) {
      const value = Object.hasOwn(record, field) ? record[field] : undefined;
      if (value !== undefined) values.set(field, { value });
    }
    return values;
  }
  for (const [name, value] of Object.entries(record)) if (value !== undefined) values.set(name, { value });
  return values;
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
