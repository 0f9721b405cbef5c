import type { Edit } from '../../core/edit.ts';
import type { Field } from '../../core/field.ts';
import { currencyForm, dayForm, textForm } from '../../core/value-forms.ts';
import type { Audit } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { field, nullable, readOnlyFields } from '../shared/fields.ts';
import { lookupForm, numberForm, smallIntegerForm } from './forms.ts';

/*
 * The fields of the module Deals that every organisation has; its own lie beside them under their API names.
 * https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html, as of 2026-10.
 */

/** Null empties a field, unless it is mandatory. */
export const zohoFields: readonly Field[] = [
  field('Deal_Name', 'What the deal is called; at most 255 characters.', textForm({ longest: 255 }), {
    required: true,
  }),
  field(
    'Stage',
    'The stage, as Zoho shows it. A stage of the type Closed Won or Closed Lost wins or loses the deal.',
    textForm(),
    { common: ['stage'], required: true },
  ),
  field('Pipeline', 'The pipeline, where the organisation has several; the stage must belong to it.', textForm()),
  field('Amount', 'The amount in major units.', numberForm(9), { common: ['amount'], ...nullable }),
  field(
    'Currency',
    'The currency of the deal, three letters; only in organisations with several currencies.',
    currencyForm(),
    { common: ['currency'] },
  ),
  field('Exchange_Rate', 'The rate of that currency.', numberForm()),
  field('Closing_Date', 'The day on which it is expected to close.', dayForm(), {
    common: ['close_date'],
    ...nullable,
  }),
  field('Owner', 'The owner: e-mail address, name or id of a user.', lookupForm('user'), { common: ['owner'] }),
  field('Probability', 'How likely it is, in percent; it follows the stage.', smallIntegerForm()),
  field('Description', 'Free text. Notes are records of their own.', textForm({ longest: 32_000 }), {
    common: ['note'],
    ...nullable,
  }),
  field('Next_Step', 'Free text.', textForm({ longest: 255 }), nullable),
  field('Type', 'One of the choices of the organisation.', textForm(), nullable),
  field('Lead_Source', 'One of the choices of the organisation.', textForm(), nullable),
  field('Reason_For_Loss__s', 'One of the choices of the organisation.', textForm(), nullable),
  field('Account_Name', 'The account, by its id.', lookupForm('account'), nullable),
  field('Contact_Name', 'The contact, by its id.', lookupForm('contact'), nullable),
  field('Campaign_Source', 'The campaign, by its id.', lookupForm('campaign'), nullable),
  /** API names that no update takes, by reason. */
  ...readOnlyFields({
    'Zoho keeps it itself.': [
      'Created_Time',
      'Created_By',
      'Modified_Time',
      'Modified_By',
      'Last_Activity_Time',
      'Lead_Conversion_Time',
      'Overall_Sales_Duration',
      'Sales_Cycle_Duration',
      'Change_Log_Time__s',
      'Record_Status__s',
      'Locked__s',
    ],
    'Zoho computes it from amount and probability.': ['Expected_Revenue'],
    'Tags are written by calls of their own.': ['Tag'],
  }),
];

export function zohoFieldHint(name: string): string | undefined {
  if (/^status$/i.test(name)) return 'A deal at Zoho is open, won or lost by its stage: write Stage.';
  if (name.endsWith('__c'))
    return "That is another CRM's spelling; `oppatch fields` lists the names of this organisation.";
  return undefined;
}

export function zohoAudit(edit: Edit): readonly Audit[] {
  const audits = doubledFields(edit);
  const probability = edit.changes.find(({ field }) => field === 'Probability');
  if (probability !== undefined && edit.changes.some(({ field }) => field === 'Stage'))
    audits.push({
      severity: 'warning',
      code: 'probability-follows-stage',
      message: `${probability.column} stands beside the stage, from which Zoho sets it: which of them wins is not documented`,
      column: probability.column,
    });
  return audits;
}
