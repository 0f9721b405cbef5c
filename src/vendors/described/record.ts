import type { Call, Guard, Reply } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { exactNumber, isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { BulkReads, FieldValue, FoundRecord, RecordRead, RecordReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { notShown } from '../shared/record-reads.ts';
import type { DescribedField } from './fields.ts';
import type { ReadForm, VendorForm } from './form.ts';
import { lookUp, placed, pointerTo } from './pointers.ts';
import { fits, isSame, refusalIn } from './refusal.ts';
import { filled, filledJson, filledPath } from './templates.ts';
import { asSent } from './value-codec.ts';
import { headersOf, queryOf, type Described } from './write.ts';

/** How the records of a described vendor are read. */
export function describedRecords(described: Described, read: ReadForm): RecordReads {
  const { form, fields } = described;
  const bulk = bulkReads(described, read);
  const together = [...fields.values()]
    .filter(({ said }) => said.needs !== undefined)
    .map(({ name, said }) => [name, said.needs ?? []].flat());
  return {
    call: (edit) => readCall(described, read, edit),
    read: (reply, call) => recordRead(described, read, reply, call),
    ...(bulk === undefined ? {} : { bulk }),
    echoed: (echo) => recordOf(described, read, echo),
    waitsMs: read.lag === undefined ? [0, 2_000] : [0, read.lag, read.lag, 2 * read.lag],
    ...(together.length === 0 ? {} : { sentTogether: together }),
    sideEffectFields: () => [...(form.readOnly?.values() ?? [])].flat(),
  };
}

function readCall({ form, settings }: Described, read: ReadForm, edit: Edit): Call {
  const { id } = edit;
  const { method = 'GET' } = read;
  return {
    method,
    path: filledPath(read.path, { ...settings, id }),
    query: queryOf(read.query, { ...settings, id }),
    headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
    ...(method === 'POST' ? { body: filledJson(read.constant ?? {}, { id }, settings) } : {}),
    edits: [edit],
    step: 'read',
    repeatable: true,
    quotaGroup: 'calls',
  };
}

function recordRead(described: Described, read: ReadForm, reply: Reply, call: Call): RecordRead {
  const { form } = described;
  const { title } = form;
  const body = jsonBody(reply);
  const { absent } = read;
  if (reply.status === 204)
    return { kind: 'absent', code: 'not-found', message: `${title} shows no such record (HTTP 204).` };
  const shown =
    reply.status === 200
      ? recordOf(described, read, lookUp(body, read.record ?? ''), reply, call.edits[0]?.id)
      : undefined;
  if (shown !== undefined) return { kind: 'found', record: shown };
  if (absent?.some((rule) => fits(rule, reply, body, refusalIn(form, body))) === true)
    return { ...notShown({ ...reply, status: 404 }, title) };
  if (absent !== undefined && reply.status === 404)
    return { kind: 'unknown', message: `${title} does not show this record`, absentIf: 'another-read-succeeded' };
  if (reply.status === 403 || reply.status === 405)
    return { kind: 'unsupported', message: `${title} does not let this account read records (HTTP ${reply.status})` };
  return notShown(reply, title);
}

/** The id in a record: a text or a number that is not empty. */
export function idAt({ id }: VendorForm, record: Json): string | undefined {
  const found = lookUp(record, id?.at ?? '/id');
  return typeof found === 'boolean' ? undefined : scalarText(found ?? null) || undefined;
}

/** `asked`: the id that was asked for, for the link. */
function recordOf(
  described: Described,
  read: ReadForm,
  record: Json | undefined,
  reply?: Reply,
  asked?: string,
): FoundRecord | undefined {
  const { form, settings, fields } = described;
  const id = isJsonObject(record) ? idAt(form, record) : undefined;
  if (!isJsonObject(record) || id === undefined) return undefined;
  const title = read.title === undefined ? undefined : scalarText(lookUp(record, read.title) ?? null);
  const shown = read.linkAt === undefined ? undefined : lookUp(record, read.linkAt);
  const ownLink = typeof shown === 'string' && /^https:\/\/[^\s\\]+$/.test(shown) ? shown : undefined;
  const link =
    read.link === undefined ? ownLink : filled(read.link, { ...settings, id: asked ?? id }, encodeURIComponent);
  const guard = guardOf(read, record, reply);
  return {
    id,
    values: new Map([...valuesOf(fields, record), ...readOnlyValues(form, record)]),
    ...(title === undefined || title.trim() === '' ? {} : { title }),
    ...(link === undefined ? {} : { link }),
    ...(guard === undefined ? {} : { guard }),
  };
}

function valuesOf(
  fields: ReadonlyMap<string, DescribedField>,
  record: JsonObject,
): readonly (readonly [string, FieldValue])[] {
  return [...fields.values()].flatMap((field): (readonly [string, FieldValue])[] => {
    const value =
      field.list === undefined ? lookUp(record, field.readAt) : entryValue(field, lookUp(record, field.readAt));
    return value === undefined ? [] : [[field.name, { value: asSent(value, field.shown, field.sent) }]];
  });
}

/** A missing entry is an empty field, and so is a list that is null. */
function entryValue({ list, entry }: DescribedField, entries: Json | undefined): Json | undefined {
  if (entries === null) return null;
  if (!Array.isArray(entries)) return undefined;
  const own = (entries as readonly Json[]).find((one) => {
    const key = lookUp(one, entry.key);
    return key !== undefined && (isSame(key, list?.key ?? null) || scalarText(key) === scalarText(list?.key ?? null));
  });
  return own === undefined ? null : (lookUp(own, entry.value) ?? null);
}

function readOnlyValues({ readOnly }: VendorForm, record: JsonObject): readonly (readonly [string, FieldValue])[] {
  return [...(readOnly?.values() ?? [])].flat().flatMap((name): (readonly [string, FieldValue])[] => {
    const value = lookUp(record, pointerTo(name));
    return value === undefined ? [] : [[name, { value }]];
  });
}

function guardOf({ guard }: ReadForm, record: JsonObject, reply: Reply | undefined): Guard | undefined {
  if (guard === undefined) return undefined;
  const value =
    guard.header === undefined
      ? scalarText(lookUp(record, guard.at ?? '') ?? null)
      : reply?.headers[guard.header.toLowerCase()];
  // A value that could begin another header is none.
  if (value === undefined || !/^[\x20-\x7e]{1,500}$/.test(value)) return undefined;
  return { in: guard.in ?? 'header', name: guard.send, value };
}

function bulkReads(described: Described, read: ReadForm): BulkReads | undefined {
  const { many } = read;
  // A list shows no header of a single record: its guard would be lost.
  if (many === undefined || read.guard?.header !== undefined) return undefined;
  const { form, settings } = described;
  const { ids, method = 'GET' } = many;
  return {
    most: many.most,
    key: () => 'many',
    call: (_key, edits) => {
      const wanted = edits.map(({ id }) => id);
      const size: readonly (readonly [string, string])[] =
        many.pageSize === undefined ? [] : [[many.pageSize, String(wanted.length)]];
      const inQuery =
        ids.query === undefined
          ? []
          : ids.as === 'repeated'
            ? wanted.map((id) => [ids.query ?? '', id] as const)
            : [[ids.query, wanted.join(',')] as const];
      const bodyIds = wanted.map((id): Json => (ids.numbers === true && /^\d{1,30}$/.test(id) ? exactNumber(id) : id));
      return {
        method,
        path: filledPath(many.path, settings),
        query: [...queryOf(many.query, settings), ...inQuery, ...size],
        headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
        ...(method === 'POST'
          ? { body: placed(filledJson(many.constant ?? {}, {}, settings), ids.at ?? '', bodyIds) }
          : {}),
        edits,
        step: 'batch-read',
        repeatable: true,
        quotaGroup: 'calls',
      };
    },
    read: (reply, call) => {
      const asked = call.edits.map(({ id }) => id);
      if (reply.status === 204) return many.missing === 'absent' ? { found: [], absent: asked } : undefined;
      const entries = reply.status === 200 ? lookUp(jsonBody(reply), many.records) : undefined;
      if (!Array.isArray(entries)) return undefined;
      const found = (entries as readonly Json[]).flatMap((entry) => {
        const record = recordOf(described, read, lookUp(entry, many.record ?? ''));
        return record === undefined ? [] : [record];
      });
      const shown = new Set(found.map(({ id }) => id));
      return { found, absent: many.missing === 'absent' ? asked.filter((id) => !shown.has(id)) : [] };
    },
  };
}
