import type { Edit } from '../../core/edit.ts';
import type { Field, ValueForm } from '../../core/field.ts';
import {
  choiceForm,
  currencyForm,
  dayForm,
  integerForm,
  textForm,
  utcForm,
  utcSpaceForm,
} from '../../core/value-forms.ts';
import type { Audit, Settings } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { field, nullable, readOnlyFields } from '../shared/fields.ts';
import { booleanForm, jsonNumberForm, refined } from '../shared/value-forms.ts';
import { listChanges, severalForm } from '../shared/whole-list-fields.ts';
import { numericIdForm, percentForm } from './forms.ts';
import { changeOf, customKey } from './write.ts';

/*
 * The fields of PATCH /v2/deals/{id}, as of 2026-09. Pipedrive refuses a body with an unknown key whole, so names are judged here.
 * https://developers.pipedrive.com/docs/api/v1/openapi-v2.yaml
 */

/** The columns that every company has. */
export function pipedriveFields(settings: Settings): readonly Field[] {
  const links: readonly Field[] = [
    field('person_id', 'The id of the person.', numericIdForm('person'), unlinking(settings)),
    field('org_id', 'The id of the organization.', numericIdForm('organization'), unlinking(settings)),
  ];
  return [...writableFields, ...links, ...repliedFields];
}

function unlinking(settings: Settings): Pick<Field, 'cleared'> | Pick<Field, 'clearingHint'> {
  return settings['unlink'] === 'null'
    ? nullable
    : {
        clearingHint:
          'Whether Pipedrive takes null here is not confirmed. Once you have tried it on one deal, add --setting unlink=null.',
      };
}

const labels = field(
  'label_ids',
  'The labels, by name or id; all of them are replaced.',
  severalForm(numericIdForm('label')),
);

const writableFields: readonly Field[] = [
  field('title', 'What the deal is called; at most 255 characters.', textForm({ longest: 255 })),
  field('value', 'The amount in major units of the currency.', jsonNumberForm(), {
    common: ['amount'],
    clearingHint: 'Pipedrive takes no empty value here; write 0 instead.',
  }),
  field(
    'currency',
    'The currency of the value, three letters. Whether changing it alone converts the value is not confirmed.',
    currencyForm(),
    { common: ['currency'] },
  ),
  field('expected_close_date', 'The day on which it is expected to close.', dayForm(), {
    common: ['close_date'],
    clearingHint:
      'Pipedrive refuses null here and stores an empty text as 0000-00-00: once set, the day can only be changed.',
  }),
  field(
    'stage_id',
    'The stage: its name, `Pipeline / Stage`, or its id. It brings the pipeline along.',
    numericIdForm('stage', 'The name of a stage is looked up where Pipedrive can be asked.'),
    { common: ['stage'] },
  ),
  field(
    'pipeline_id',
    'The pipeline: its name or id. Alone it moves the deal to the first stage there; write stage_id instead where you mean one.',
    numericIdForm('pipeline', 'The name of a pipeline is looked up where Pipedrive can be asked.'),
  ),
  field('status', 'Whether it is open, won or lost.', choiceForm(['open', 'won', 'lost']), { common: ['status'] }),
  field(
    'owner_id',
    'The owner: e-mail address, name or id of a user.',
    numericIdForm('user', 'An e-mail address is looked up where Pipedrive can be asked.'),
    { common: ['owner'] },
  ),
  field('probability', 'How likely it is, in percent. It shows only where the pipeline uses it.', percentForm()),
  field('lost_reason', 'Why it was lost; only for a deal that is lost.', textForm()),
  field('close_time', 'When it was closed; only for a deal that is won or lost.', utcForm()),
  field('won_time', 'When it was won; only for a deal that is won.', utcForm()),
  field('lost_time', 'When it was lost; only for a deal that is lost.', utcForm()),
  labels,
  ...listChanges(labels),
  field('visible_to', 'Who sees it: 1, 3, 5 or 7, as the plan of the company has it.', visibilityForm()),
  field('is_archived', 'Whether it is archived. An archived deal takes no other edit.', booleanForm()),
  field('archive_time', 'When it was archived.', utcSpaceForm(), nullable),
];

function visibilityForm(): ValueForm {
  const form = refined(integerForm(), (value) =>
    [1, 3, 5, 7].includes(value as number) ? { value } : { problem: 'is none of 1, 3, 5, 7' },
  );
  return { ...form, options: ['1', '3', '5', '7'] };
}

/** Members of a deal that no update takes, by reason. */
const repliedFields = readOnlyFields({
  'Pipedrive keeps it itself.': [
    'creator_user_id',
    'add_time',
    'update_time',
    'stage_change_time',
    'first_won_time',
    'origin',
    'origin_id',
    'source_lead_id',
    'email_messages_count',
    'activities_count',
    'done_activities_count',
    'undone_activities_count',
    'files_count',
    'notes_count',
    'followers_count',
    'participants_count',
    'products_count',
    'last_activity_id',
    'next_activity_id',
    'last_incoming_mail_time',
    'last_outgoing_mail_time',
  ],
  'It follows from won_time, lost_time or close_time, in the time zone of the account.': [
    'local_won_date',
    'local_lost_date',
    'local_close_date',
  ],
  "It follows from the deal's products.": ['acv', 'arr', 'mrr'],
  'The update call does not take it.': ['channel', 'channel_id'],
  'oppatch never deletes.': ['is_deleted'],
});

/** A custom field by its key, where its type is not known: JSON input is sent as it stands, a cell could be a text or the id of a choice. */
export function pipedriveOpenField(name: string): Field | undefined {
  if (!customKey.test(name)) return undefined;
  const form: ValueForm = {
    type: 'any',
    encode: (input) =>
      typeof input === 'string'
        ? {
            problem: 'is a value of a custom field whose type is not known',
            hint: 'Let Pipedrive be asked for its fields (no --offline), or give typed JSON.',
          }
        : { value: input },
  };
  return field(name, 'A custom field by its key. Its type is known where Pipedrive can be asked.', form, nullable);
}

export function pipedriveFieldHint(name: string): string | undefined {
  if (/^notes?$/i.test(name))
    return 'A deal has no note field at Pipedrive: notes are records of their own, which oppatch does not write. Leave the column out with --ignore, or map it to a custom text field.';
  if (/^user_id$/i.test(name)) return 'It is called owner_id in the present version of the API.';
  if (/^(label|labels)$/i.test(name)) return 'It is called label_ids.';
  return undefined;
}

/** What Pipedrive refuses, as far as the edit alone shows it. */
export function pipedriveAudit(edit: Edit): readonly Audit[] {
  const audits = doubledFields(edit);
  const has = (name: string): string | undefined => changeOf(edit, name)?.column;
  const [won, lost] = [has('won_time'), has('lost_time')];
  if (won !== undefined && lost !== undefined) {
    const message = `${won} and ${lost} stand in one row, and a deal cannot be won and lost`;
    const hint = 'Leave one of them empty.';
    audits.push({ severity: 'error', unlessUnchanged: true, code: 'won-and-lost-time', message, hint, column: lost });
  }
  const [stage, pipeline] = [has('stage_id'), has('pipeline_id')];
  if (stage !== undefined && pipeline !== undefined) {
    const message = `${stage} and ${pipeline} stand in one row: the stage decides the pipeline, and Pipedrive may refuse or ignore the other`;
    const hint = `Leave ${pipeline} empty, or ignore the column.`;
    const column = pipeline;
    audits.push({ severity: 'error', unlessUnchanged: true, code: 'stage-and-pipeline', message, hint, column });
  }
  const archived = changeOf(edit, 'is_archived');
  if (archived?.value === true)
    audits.push({
      severity: 'warning',
      code: 'archives-the-deal',
      message: 'An archived deal leaves the lists and takes no other edit until it is taken out of the archive',
      column: archived.column,
    });
  return audits;
}
