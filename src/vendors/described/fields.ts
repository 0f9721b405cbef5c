import { defined } from '../../core/defined.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Field } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import type { Audit, Setting, Settings } from '../../core/vendor.ts';
import { clearingOf, clearSetting, field, nullable, readOnlyFields } from '../shared/fields.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { type Codec, codecOf } from './value-codec.ts';
import type { FieldForm, KeyedListForm, VendorForm } from './form.ts';
import { pointerOf, pointerTo } from './pointers.ts';

/** A field of the file, ready for use: its column, its places and its forms. */
export interface DescribedField {
  readonly name: string;
  readonly said: FieldForm;
  /** In the body of the update, below `under`; in a list: that of the list. */
  readonly at: string;
  /** In the record; in a list: that of the list. */
  readonly readAt: string;
  readonly list?: KeyedListForm & { readonly key: Json };
  /** Pointers in an entry of the list, where it stands in one. */
  readonly entry: { readonly key: string; readonly value: string };
  readonly sent: Codec;
  readonly shown: Codec;
}

/** All fields that the file declares, in its order. */
export function describedFields(form: VendorForm, settings: Settings): ReadonlyMap<string, DescribedField> {
  return new Map([...form.fields].map(([name, said]) => [name, describedField(form, settings, name, said)]));
}

function describedField(form: VendorForm, settings: Settings, name: string, said: FieldForm): DescribedField {
  const list = said.list === undefined ? undefined : form.lists?.get(said.list);
  const at = list?.at ?? said.at ?? pointerTo(said.member ?? name);
  return {
    name,
    said,
    at,
    readAt: said.readAt ?? list?.readAt ?? at,
    ...(list === undefined ? {} : { list: { ...list, key: said.key ?? null } }),
    entry: {
      key: list?.readKey ?? pointerOf(list?.entry ?? null, '{key}') ?? '',
      value: list?.readValue ?? pointerOf(list?.entry ?? null, '{value}') ?? '',
    },
    sent: codecOf(said, settings, 'sent'),
    shown: codecOf(said, settings, 'shown'),
  };
}

/** The columns that the file gives, those that can't be written included. */
export function describedColumns(
  form: VendorForm,
  fields: ReadonlyMap<string, DescribedField>,
  settings: Settings,
): readonly Field[] {
  const readOnly = readOnlyFields(Object.fromEntries(form.readOnly ?? []));
  return [...[...fields.values()].map((one) => column(form, one, settings)), ...readOnly];
}

function column(form: VendorForm, { name, said, sent }: DescribedField, settings: Settings): Field {
  return field(name, said.description ?? `The field ${name} of ${form.title}.`, sent.form, {
    ...defined({ label: said.label, common: said.common }),
    ...clearing(form, said, settings),
    ...(said.unconfirmed === true ? { evidence: 'unconfirmed' } : {}),
  });
}

function clearing(
  form: VendorForm,
  said: FieldForm,
  settings: Settings,
): Pick<Field, 'cleared'> | Pick<Field, 'clearingHint'> {
  switch (said.clear ?? form.clearing ?? 'unknown') {
    case 'null':
      return nullable;
    case 'empty':
      return { cleared: { value: said.type === 'list' ? [] : '' } };
    case 'refuse':
      return { clearingHint: `${form.title} does not take an empty value here.` };
    case 'unknown':
      return clearingOf(settings, form.title, 'record');
  }
}

/** The setting `clear`, where a field leaves it to that. */
export function clearSettings(form: VendorForm): readonly Setting[] {
  const open = [...form.fields.values()].some(({ clear }) => (clear ?? form.clearing ?? 'unknown') === 'unknown');
  return open ? [clearSetting(form.title, 'record')] : [];
}

/** Fields that have to be sent along with a fixed value, unless the edit itself names them. */
export function companionsOf(
  fields: ReadonlyMap<string, DescribedField>,
  changes: readonly Change[],
): readonly Change[] {
  return changes.flatMap(({ field: own, column: from }) =>
    [...(fields.get(own)?.said.with ?? [])].map(([name, value]): Change => ({
      field: name,
      action: 'set',
      value,
      column: from,
    })),
  );
}

/** Two columns for one field, and fields that are refused without another. */
export function auditDescribed(fields: ReadonlyMap<string, DescribedField>, edit: Edit): readonly Audit[] {
  const named = new Set(edit.changes.map(({ field: own }) => own));
  const alone = edit.changes.flatMap(({ field: own, column: from }) =>
    (fields.get(own)?.said.needs ?? [])
      .filter((other) => !named.has(other))
      .map((other): Audit => ({
        severity: 'error',
        code: 'field-missing',
        message: `${from} is refused without ${other}`,
        hint: `Add a column ${other}.`,
        column: from,
      })),
  );
  return [...doubledFields(edit), ...alone];
}
