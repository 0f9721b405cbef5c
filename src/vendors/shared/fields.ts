import type { Field, ValueForm } from '../../core/field.ts';
import { textForm } from '../../core/value-forms.ts';
import type { Setting, Settings } from '../../core/vendor.ts';

/** A field that the vendor's documentation shows. */
export function field(name: string, description: string, form: ValueForm, more: Partial<Field> = {}): Field {
  return { name, description, form, evidence: 'documented', ...more };
}

/** What null empties. */
export const nullable = { cleared: { value: null } } as const;

/** Fields of replies that no update takes, by reason. */
export function readOnlyFields(reasons: Readonly<Record<string, readonly string[]>>): readonly Field[] {
  return Object.entries(reasons).flatMap(([readOnly, names]) => names.map((name) => readOnlyField(name, readOnly)));
}

export function readOnlyField(name: string, readOnly: string): Field {
  return field(name, 'In replies only.', textForm(), { readOnly });
}

/** The field with the form that the account's own metadata give it, where they do. */
export function withForm(plain: Field, form: ValueForm | undefined): Field {
  return form === undefined ? plain : { ...plain, form };
}

/** The setting `clear` of a vendor whose documentation does not say how a field is cleared. `record`: what it calls an opportunity. */
export function clearSetting(title: string, record: string): Setting {
  return {
    name: 'clear',
    description: `How a field is cleared, which the documentation of ${title} does not say: refuse (not at all), null, or empty (an empty text). Try it on one ${record} first.`,
    default: 'refuse',
    options: ['refuse', 'null', 'empty'],
  };
}

/** What the setting `clear` makes of a field that may have no value. */
export function clearingOf(
  settings: Settings,
  title: string,
  record: string,
): Pick<Field, 'cleared'> | Pick<Field, 'clearingHint'> {
  const how = settings['clear'];
  if (how === 'null') return { cleared: { value: null } };
  if (how === 'empty') return { cleared: { value: '' } };
  return {
    clearingHint: `${title} does not document how a field is cleared. Once you have tried it on one ${record}, add --setting clear=null (or clear=empty).`,
  };
}
