import type { Field, ValueForm } from '../../core/field.ts';
import type { JsonObject } from '../../core/json.ts';
import { arrayList, dayForm, idForm, utcForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { textIn, textsIn } from '../shared/metadata-reads.ts';
import { exactOptionForm } from '../shared/names-to-ids.ts';
import { encodeAll } from '../shared/value-forms.ts';
import { closeOpenField, customScalarForm, isList } from './fields.ts';

/**
 * The custom fields that an organization has, from its custom field schema. The documentation's samples show the types text, number, choices and
 * user; date, datetime and contact are used by clients (n8n). Any other type is sent as it stands.
 * https://developer.close.com/api/resources/custom-fields, 2026-10.
 */
export function closeCustomFields(
  schema: readonly JsonObject[],
  settings: Settings,
  user: ValueForm | undefined,
): readonly Field[] {
  const entries = new Map(schema.map((entry) => [textIn(entry, 'id') ?? '', entry]));
  return [...entries.values()].flatMap((entry) => {
    const id = textIn(entry, 'id');
    const field = id === undefined ? undefined : closeOpenField(`custom.${id}`, settings);
    if (field === undefined) return [];
    const item = itemForm(entry, field.form, user);
    const several = entry['accepts_multiple_values'] === true;
    const label = textIn(entry, 'name');
    const type = textIn(entry, 'type') ?? 'unknown';
    const whole: Field = {
      ...field,
      ...(label === undefined ? {} : { label }),
      ...(entry['required'] === true ? { required: true } : {}),
      description: several
        ? `A custom field of several values (${type}); an array replaces them all.`
        : `A custom field (${type}).`,
      form: several ? severalForm(item) : oneForm(item),
    };
    if (!several) return [whole];
    const changing = (['add', 'remove'] as const).flatMap((action): Field[] => {
      const plain = closeOpenField(`custom.${id}.${action}`, settings);
      if (plain === undefined) return [];
      return [{ ...plain, ...(label === undefined ? {} : { label: `${label}.${action}` }), form: oneForm(item) }];
    });
    return [whole].concat(changing);
  });
}

function itemForm(entry: JsonObject, plain: ValueForm, user: ValueForm | undefined): ValueForm {
  const choices = textsIn(entry['choices']);
  switch (textIn(entry, 'type') ?? '') {
    case 'number':
      return customScalarForm(true);
    case 'choices':
      return choices === undefined ? customScalarForm(false) : exactOptionForm([...new Set(choices)]);
    case 'user':
      return user ?? idForm('user_');
    case 'text':
      return { ...plain, type: 'text' };
    case 'contact':
      return idForm('cont_');
    case 'date':
      return dayForm();
    case 'datetime':
      return utcForm();
    default:
      return plain;
  }
}

/** One value; a list of one counts as that. */
function oneForm({ list: _several, ...item }: ValueForm): ValueForm {
  return {
    ...item,
    encode: (input) => {
      if (!isList(input)) return item.encode(input);
      const [only] = input;
      return input.length === 1 && only !== undefined && only !== null
        ? item.encode(only)
        : { problem: 'is a list', hint: 'One value is expected here.' };
    },
  };
}

/** All values of a field with several; one alone is a list of it. */
function severalForm(item: ValueForm): ValueForm {
  return {
    ...item,
    list: arrayList,
    encode: (input) => {
      const values = isList(input) ? input : [input];
      if (values.length === 0) return { problem: 'is an empty list', hint: 'Use null to clear the field.' };
      return encodeAll(values, (value) => (value === null ? { problem: 'holds null' } : item.encode(value)));
    },
  };
}
