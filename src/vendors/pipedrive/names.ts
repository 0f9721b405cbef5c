import type { Field, ValueForm } from '../../core/field.ts';
import type { JsonObject } from '../../core/json.ts';
import { dayForm, textForm } from '../../core/value-forms.ts';
import type { Metadata, MetadataRead, MetadataReads, Service } from '../../core/vendor.ts';
import { field, nullable, withForm } from '../shared/fields.ts';
import { listed, namedThings, objectsIn, textIn } from '../shared/metadata-reads.ts';
import type { NamedThing } from '../shared/names-to-ids.ts';
import { idIn, objectBody } from '../shared/record-reads.ts';
import { jsonNumberForm } from '../shared/value-forms.ts';
import { listChanges, severalForm } from '../shared/whole-list-fields.ts';
import { pipedriveOpenField } from './fields.ts';
import { dayRangeForm, monetaryForm, numericIdForm, numericNameForm, partsForm, timesForm } from './forms.ts';
import { nextCursor, withCursor } from './list.ts';
import { customKey, pipedriveCall } from './write.ts';

/*
 * What a company calls its fields, stages and users. https://pipedrive.readme.io/docs/core-api-concepts-custom-fields and
 * https://developers.pipedrive.com/docs/api/v1/openapi-v2.yaml, as of 2026-09. Users are still read by version 1.
 */

export const pipedriveMetadata: MetadataReads = {
  reads: [
    {
      name: 'fields',
      without: 'custom fields must be given by key and as typed JSON',
      ...pages('/v2/dealFields', 10, [
        'field_code',
        'field_name',
        'field_type',
        'is_custom_field',
        'is_writable',
        'options',
      ]),
    },
    {
      name: 'pipelines',
      without: 'pipelines must be given by id',
      ...pages('/v2/pipelines', 5, ['id', 'name', 'is_deleted']),
    },
    {
      name: 'stages',
      without: 'stages must be given by id',
      ...pages('/v2/stages', 5, ['id', 'name', 'pipeline_id', 'is_deleted']),
    },
    {
      name: 'users',
      without: 'owners must be given by id',
      call: pipedriveCall('/v1/users', { step: 'metadata', cost: 20 }),
      items: listed('data', ['id', 'name', 'email', 'active_flag']),
    },
  ],
  helpsWith: (need, name) =>
    need === 'name' ||
    customKey.test(name) ||
    (need === 'value' && ['stage_id', 'pipeline_id', 'owner_id', 'label_ids'].includes(name)),
};

function pages(path: string, cost: number, kept: readonly string[]): Pick<MetadataRead, 'call' | 'items' | 'next'> {
  return {
    call: pipedriveCall(path, { query: [['limit', '500']], step: 'metadata', cost }),
    items: listed('data', kept),
    next: (reply, call) => {
      const cursor = nextCursor(objectBody(reply)?.['additional_data']);
      return cursor === undefined ? undefined : withCursor(call, cursor);
    },
  };
}

/** The fields with the company's own names, options and users. A key that the company does not have is unknown, where its fields could be read. */
export function pipedriveNames(metadata: Metadata, standard: readonly Field[]): Pick<Service, 'fields' | 'openField'> {
  const { fields, pipelines, stages, users } = metadata;
  const user = users === undefined ? undefined : userForm(users);
  const label = fields?.find((entry) => /^label(_ids)?$/.test(textIn(entry, 'field_code') ?? ''));
  const labels = label === undefined ? undefined : severalForm(optionsForm(label, 'label'));
  const forms: Readonly<Record<string, ValueForm | undefined>> = {
    owner_id: user,
    stage_id: stages === undefined ? undefined : stageForm(stages, pipelines ?? []),
    pipeline_id:
      pipelines === undefined ? undefined : numericNameForm('pipeline', named(pipelines), pipelineHint, true),
    label_ids: labels,
    'label_ids.add': labels,
    'label_ids.remove': labels,
  };
  const own = standard.map((one) => withForm(one, forms[one.name]));
  return {
    fields: [...own, ...(fields ?? []).flatMap((entry) => customFields(entry, user))],
    openField: fields === undefined ? pipedriveOpenField : () => undefined,
  };
}

const pipelineHint = 'Give the name of a pipeline or its id. `oppatch fields` lists them.';

function named(things: readonly JsonObject[]): NamedThing[] {
  const deleted = 'is deleted at Pipedrive';
  return namedThings(things, 'id', ['name'], (one) => (one['is_deleted'] === true ? deleted : undefined), idIn);
}

/** A stage is called by its name, or by its pipeline and its name: names need not differ between pipelines. */
function stageForm(stages: readonly JsonObject[], pipelines: readonly JsonObject[]): ValueForm {
  const pipelineNames = new Map(named(pipelines).map(({ id, names: [name = ''] }) => [id, name]));
  const things = stages.flatMap((stage) => {
    const [thing] = named([stage]);
    if (thing === undefined) return [];
    const pipeline = pipelineNames.get(idIn(stage, 'pipeline_id') ?? '');
    return pipeline === undefined
      ? [thing]
      : [{ ...thing, names: [...thing.names, `${pipeline} / ${thing.names[0] ?? ''}`] }];
  });
  const hint = 'Give the name of a stage, `Pipeline / Stage`, or its id. `oppatch fields` lists them.';
  return numericNameForm('stage', things, hint, true);
}

function userForm(users: readonly JsonObject[]): ValueForm {
  const unfit = 'is a deactivated user';
  const names = ['name', 'email'];
  const things = namedThings(users, 'id', names, (one) => (one['active_flag'] === false ? unfit : undefined), idIn);
  return numericNameForm('user', things, 'Give the e-mail address or the name of a user, or the id.');
}

/** The choices of a field, whose ids are numbers for custom fields. */
function optionsForm(entry: JsonObject, noun: string): ValueForm {
  const things = namedThings(objectsIn(entry['options']), 'id', ['label'], undefined, idIn);
  return numericNameForm(noun, things, `Give a ${noun} of this field by its name or id.`, true);
}

function customFields(entry: JsonObject, user: ValueForm | undefined): readonly Field[] {
  const key = textIn(entry, 'field_code');
  if (key === undefined || !customKey.test(key)) return [];
  const label = textIn(entry, 'field_name');
  const type = textIn(entry, 'field_type') ?? 'unknown';
  const several = type === 'set';
  const item = several || type === 'enum' ? optionsForm(entry, 'choice') : (forms.get(type)?.(user) ?? bareForm);
  const description = several
    ? 'A custom field of several choices; all of them are replaced.'
    : `A custom field (${type}).`;
  const whole = field(key, description, several ? severalForm(item) : item, {
    ...(label === undefined ? {} : { label }),
    ...(entry['is_writable'] === false ? { readOnly: 'Pipedrive says that it cannot be written.' } : nullable),
  });
  return [whole, ...listChanges(whole)];
}

/** The keys of custom fields that hold a time of day. */
export function timeFields(metadata: Metadata | undefined): ReadonlySet<string> {
  const times = (metadata?.['fields'] ?? []).filter((entry) => entry['field_type'] === 'time');
  return new Set(times.flatMap((entry) => textIn(entry, 'field_code') ?? []));
}

const bareForm: ValueForm = { type: 'any', encode: (input) => ({ value: input }) };

const forms = new Map<string, (user: ValueForm | undefined) => ValueForm>([
  ['varchar', () => textForm({ longest: 255 })],
  ['varchar_auto', () => textForm({ longest: 255 })],
  ['phone', () => textForm({ longest: 255 })],
  ['text', () => textForm({ longest: 65_535 })],
  ['double', jsonNumberForm],
  ['monetary', monetaryForm],
  ['user', (user) => user ?? numericIdForm('user')],
  ['org', () => numericIdForm('organization')],
  ['people', () => numericIdForm('person')],
  ['date', dayForm],
  ['daterange', dayRangeForm],
  ['time', () => timesForm(['value'])],
  ['timerange', () => timesForm(['value', 'until'])],
  // Parts that are left out become empty: https://pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide, 2026-09.
  ['address', () => partsForm(['value'], addressParts, '{"value":"530 Fifth Ave, New York"}')],
]);

const addressParts = [
  'value',
  'country',
  'admin_area_level_1',
  'admin_area_level_2',
  'locality',
  'sublocality',
  'route',
  'street_number',
  'subpremise',
  'postal_code',
];
