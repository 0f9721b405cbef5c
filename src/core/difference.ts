import type { Change, Edit } from './edit.ts';
import type { Field, FieldType } from './field.ts';
import { stringifyJson, type Json } from './json.ts';
import { holds, listOf, sameValue } from './same-value.ts';
import type { FieldValues } from './vendor.ts';

/** What a change makes of a field. */
export interface Difference {
  readonly change: Change;
  /** In the vendor's form; null for empty, undefined where the read does not show the field. */
  readonly before: Json | undefined;
  /** `before` holds a secret: nothing of it is kept. */
  readonly secret?: true;
  /** Null for empty. */
  readonly after: Json;
}

/** The type of a field that changes write, by its name. */
export type TypeOf = (field: string) => FieldType;

/**
 * What an edit changes of a record that holds these values. Changes of what is so already are left out, unless they are `sentTogether` with one
 * that is not; a field that the read does not show counts as different.
 */
export function differences(
  { changes }: Pick<Edit, 'changes'>,
  values: FieldValues,
  typeOf: TypeOf,
  sentTogether: readonly (readonly string[])[] = [],
): Difference[] {
  const differing = new Set<string>();
  const all = changes.map((change): Difference => {
    const held = values.get(listField(change));
    const before = held?.value;
    const type = held?.type ?? typeOf(change.field);
    if (before === undefined || !isDone(change, before, type)) differing.add(change.field);
    const secret = held?.masked === undefined ? {} : { secret: true as const };
    return { change, before, after: afterChange(change, before), ...secret };
  });
  for (const group of sentTogether)
    if (group.some((field) => differing.has(field))) for (const field of group) differing.add(field);
  return all.filter(({ change }) => differing.has(change.field));
}

/** What the field holds once the change is done. Of an addition to a field that is not known, only what is added. */
export function afterChange({ action, value }: Change, before: Json | undefined): Json {
  switch (action) {
    case 'set':
      return value;
    case 'clear':
      return null;
    case 'add':
      return [...listOf(before ?? null), ...listOf(value)];
    case 'remove':
      return listOf(before ?? null).filter((one) => !sameValue(one, value, 'any'));
  }
}

/**
 * What may be shown of what else a write has changed: the fields that a record shows before and after it to hold different things although no change names them, nor a
 * part of them. `watched`: whether a field is one that edits write; others are the vendor's own.
 */
export function unasked(
  changes: readonly Change[],
  before: FieldValues,
  after: FieldValues,
  typeOf: TypeOf,
  watched: (field: string) => boolean,
): readonly { readonly field: string; readonly before: Json; readonly after: Json }[] {
  const asked = [...new Set(changes.map(listField))];
  const isAsked = (field: string): boolean =>
    asked.some((one) => one === field || field.startsWith(`${one}/`) || one.startsWith(`${field}/`));
  const found = [];
  for (const [field, { value, type, masked }] of after) {
    const held = before.get(field);
    if (held === undefined || isAsked(field) || !watched(field)) continue;
    if (!sameValue(held.value, value, type ?? held.type ?? typeOf(field)))
      found.push({ field, before: held.masked ?? held.value, after: masked ?? value });
  }
  return found;
}

/** Tells the changes of an edit apart: the field, and what is done to a list. */
export function changeName({ field, action }: Pick<Change, 'field' | 'action'>): string {
  return action === 'add' || action === 'remove' ? `${field}.${action}` : field;
}

/** Whether the field holds already what is sent: it only goes along with another one, which needs it. */
export function staysAsItIs({ change: { action }, before, after }: Difference): boolean {
  return action === 'set' && before !== undefined && stringifyJson(before) === stringifyJson(after);
}

/** JSON Pointers name the end of a list with `/-`; what is read is the list. */
export function listField({ field }: Pick<Change, 'field'>): string {
  return field.endsWith('/-') ? field.slice(0, -2) : field;
}

/** Whether a field that holds `before` shows what the change makes of it. */
export function isDone({ action, value }: Change, before: Json, type: FieldType): boolean {
  const list = listOf(before);
  switch (action) {
    case 'set':
    case 'clear':
      return sameValue(before, value, type);
    case 'add':
      return listOf(value).every((wanted) => list.some((one) => holds(one, wanted)));
    case 'remove':
      return !list.some((one) => sameValue(one, value, 'any'));
  }
}

/** The types of a vendor's fields by the names that changes write them by. */
export function fieldTypes(fields: readonly Field[], openField: (name: string) => Field | undefined): TypeOf {
  const known = new Map<string, FieldType>();
  for (const { name, writes, form } of fields) {
    // The field's own column says more of what it holds than a common name that writes it, such as an amount in other units.
    if (writes === undefined || !known.has(writes)) known.set(writes ?? name, form.type);
  }
  return (name) => {
    const type = known.get(name) ?? openField(name)?.form.type ?? 'any';
    known.set(name, type);
    return type;
  };
}
