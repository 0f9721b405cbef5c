import type { Guard, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { FieldValue, FoundRecord } from '../../core/vendor.ts';
import type { DescribedField } from './fields.ts';
import type { ReadForm, VendorForm } from './form.ts';
import { lookUp, pointerTo } from './pointers.ts';
import { isSame } from './refusal.ts';
import { filled } from './templates.ts';
import { asSent } from './value-codec.ts';
import type { Described } from './write.ts';

/** A record as replies of a described vendor show it. */

/** The id in a record: a text or a number that is not empty. */
export function idAt({ id }: VendorForm, record: Json): string | undefined {
  const found = lookUp(record, id?.at ?? '/id');
  return typeof found === 'boolean' ? undefined : scalarText(found ?? null) || undefined;
}

/** Undefined for what is not a record. `asked`: the id that was asked for, for the link. */
export function shownRecord(
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
