import type { Field, ValueForm } from '../../core/field.ts';
import { choiceForm, currencyForm, emailForm, idForm, textForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { clearingOf, field, readOnlyFields } from '../shared/fields.ts';
import { jsonNumberForm } from '../shared/value-forms.ts';

/*
 * The fields of PUT /opportunities/:id, https://developer.getraze.co/api-reference/opportunities/update, and the stage of PATCH
 * /opportunities/:id/stage, as of 2026-10. What an unknown key does is not documented, so names are judged here.
 */

/** The stages; there is no other list. https://developer.getraze.co/api-reference/opportunities/update-stage, 2026-10. */
const razeStages = ['new', 'contacted', 'qualified', 'proposal', 'negotiation', 'won', 'lost'] as const;

/** The field that a call of its own writes. */
export const stageField = 'status';

/** All columns. The setting `clear` decides whether fields can be cleared at all. */
export function razeFields(settings: Settings): readonly Field[] {
  // Only that a field which is left out stays as it is, is documented.
  const clearing = clearingOf(settings, 'Raze', 'record');
  const column = (name: string, form: ValueForm, description: string, more: Partial<Field> = {}): Field =>
    field(name, description, form, { ...clearing, ...more });
  return [
    column('name', textForm(), "The person's full name; not a title of the deal."),
    column('email', emailForm(), 'E-mail address.'),
    column('phone', textForm(), 'Phone number, with the country code.'),
    column('company', textForm(), 'Company name.'),
    column('position', textForm(), 'Job title.'),
    column('deal_value', jsonNumberForm(), 'Value of the deal, a plain decimal.', { common: ['amount'] }),
    column('deal_currency', currencyForm(), 'Three letters. Whether the value is converted is not documented.', {
      common: ['currency'],
    }),
    column('notes', textForm(), 'Notes; the new text takes the place of the old.', { common: ['note'] }),
    column('responsible_user_id', idForm(), 'Id of the user who is responsible.', { common: ['owner'] }),
    field(stageField, 'The stage; sent as a call of its own, after the fields.', choiceForm(razeStages), {
      common: ['stage', 'status'],
      clearingHint: 'An opportunity always has a stage.',
    }),
    ...readOnlyFields({
      'Raze sets it when the stage becomes won or lost; write status.': ['won_at', 'lost_at'],
      'Raze keeps it itself.': ['created_at', 'updated_at'],
      'Raze has it for contacts only.': ['tags', 'custom_fields'],
    }),
  ];
}

/** What to say of names that look like a user who is not named by id. */
export function razeFieldHint(name: string): string | undefined {
  return /^(owner_?email|responsible_user|responsible_user_email)$/i.test(name)
    ? 'Raze has no call that finds a user by e-mail; give the id in responsible_user_id.'
    : undefined;
}
