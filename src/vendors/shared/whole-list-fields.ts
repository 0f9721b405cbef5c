import type { Field, ValueForm } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import { arrayList } from '../../core/value-forms.ts';
import { encodeAll } from './value-forms.ts';

/** Several values, all of which are replaced: an array, or one value alone. */
export function severalForm(item: ValueForm): ValueForm {
  return {
    type: 'list',
    ...(item.options === undefined ? {} : { options: item.options }),
    list: arrayList,
    encode: (input) => {
      const items = Array.isArray(input) ? (input as readonly Json[]) : [input];
      return encodeAll(items, item.encode);
    },
    ...(item.nameOf === undefined ? {} : { nameOf: item.nameOf }),
  };
}

/** `X.add` and `X.remove` of a field of several values that the vendor only replaces: the whole list is made of what the record holds. */
export function listChanges(field: Field): readonly Field[] {
  if (field.form.list === undefined || field.readOnly !== undefined) return [];
  return [
    listChange(field, 'add', `Adds values to ${field.label ?? field.name}.`),
    listChange(field, 'remove', `Removes values from ${field.label ?? field.name}.`),
  ];
}

function listChange({ name, label, form, evidence }: Field, action: 'add' | 'remove', description: string): Field {
  return {
    name: `${name}.${action}`,
    ...(label === undefined ? {} : { label: `${label}.${action}` }),
    description,
    form,
    writes: name,
    action,
    fromCurrent: true,
    clearingHint: `Clear ${name} instead.`,
    evidence,
  };
}
