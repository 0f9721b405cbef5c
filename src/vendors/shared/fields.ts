import type { Field, ValueForm } from '../../core/field.ts';
import { textForm } from '../../core/value-forms.ts';

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
