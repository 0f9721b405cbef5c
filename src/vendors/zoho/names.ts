import type { Field, ValueForm } from '../../core/field.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { dayForm, emailForm, textForm } from '../../core/value-forms.ts';
import type { Metadata, MetadataReads } from '../../core/vendor.ts';
import { field, nullable, withForm } from '../shared/fields.ts';
import { listed, namedThings, objectsIn, picked, textIn } from '../shared/metadata-reads.ts';
import { exactOptionForm } from '../shared/names-to-ids.ts';
import { objectBody } from '../shared/record-reads.ts';
import { booleanForm } from '../shared/value-forms.ts';
import { listChanges, severalForm } from '../shared/whole-list-fields.ts';
import { zohoFields } from './fields.ts';
import { bigIntegerForm, lookupForm, numberForm, offsetForm, smallIntegerForm } from './forms.ts';
import { zohoRead } from './write.ts';

/* What an organisation calls its fields and users. https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html, as of 2026-10. */

export const zohoMetadata: MetadataReads = {
  reads: [
    {
      name: 'fields',
      without: "choices must be given as Zoho spells them, and the organisation's own fields can't be written",
      call: zohoRead('/settings/fields', 'metadata', [
        ['module', 'Deals'],
        ['include', 'allowed_permissions_to_update'],
      ]),
      items: listed('fields', (entry) => ({
        ...picked(entry, [
          'api_name',
          'display_label',
          'data_type',
          'length',
          'decimal_place',
          'read_only',
          'system_mandatory',
          'operation_type',
          'private',
          'textarea',
        ]),
        pick_list_values: objectsIn(entry['pick_list_values']).map((one) =>
          picked(one, ['display_value', 'actual_value', 'type']),
        ),
      })),
    },
    {
      name: 'users',
      without: 'owners must be given by id',
      call: zohoRead('/users', 'metadata', userPage(1)),
      items: listed('users', ['id', 'email', 'full_name', 'status']),
      next: (reply, call) => {
        const info = objectBody(reply)?.['info'];
        const page = Number(call.query?.find(([name]) => name === 'page')?.[1] ?? '1');
        return isJsonObject(info) && info['more_records'] === true ? { ...call, query: userPage(page + 1) } : undefined;
      },
    },
  ],
  // Without the list of fields any name beyond the standard ones is unknown, and choices are texts.
  helpsWith: (need, name) =>
    need === 'name' || (need === 'field' && choices.has(name)) || (need === 'value' && name === 'Owner'),
};

const choices: ReadonlySet<string> = new Set(['Stage', 'Pipeline', 'Type', 'Lead_Source', 'Reason_For_Loss__s']);

function userPage(page: number): readonly (readonly [string, string])[] {
  return [
    ['type', 'ActiveUsers'],
    ['page', String(page)],
    ['per_page', '200'],
  ];
}

/** The fields as the organisation has them. Where its list could be read, a field that it lacks is unknown. */
export function zohoNames(metadata: Metadata): { readonly fields: readonly Field[] } {
  const users = metadata['users'];
  const owner = lookupForm('user', users === undefined ? undefined : userThings(users));
  const own = zohoFields.map((one) => withForm(one, one.name === 'Owner' ? owner : undefined));
  const entries = metadata['fields'];
  if (entries === undefined) return { fields: own };
  const known = new Map(own.map((one) => [one.name, one]));
  const listed = entries.flatMap((entry) => fieldOf(entry, known, owner) ?? []);
  const names = new Set(listed.map(({ name }) => name));
  const missing = own.filter(({ name }) => !names.has(name)).map(lacked);
  return { fields: [...listed, ...missing, ...listed.flatMap(listChanges)] };
}

/** The list holds hidden fields, too: what it lacks is not there. Only organisations with several currencies have one for each deal. */
function lacked(plain: Field): Field {
  return { ...plain, readOnly: plain.readOnly ?? 'The organisation does not have it at Zoho.' };
}

/** Fields whose values the organisation keeps from the API: they read as null though they are filled. */
export function restrictedFields(metadata: Metadata | undefined): ReadonlySet<string> {
  return fieldsOf(metadata, (entry) => isJsonObject(entry['private'] ?? null));
}

/** Fields of formatted text, which reads cut off. */
export function richFields(metadata: Metadata | undefined): ReadonlySet<string> {
  return fieldsOf(metadata, (entry) => {
    const textarea = entry['textarea'] ?? null;
    return isJsonObject(textarea) && textIn(textarea, 'type')?.includes('rich') === true;
  });
}

function fieldsOf(metadata: Metadata | undefined, isOne: (entry: JsonObject) => boolean): ReadonlySet<string> {
  return new Set((metadata?.['fields'] ?? []).filter(isOne).flatMap((entry) => textIn(entry, 'api_name') ?? []));
}

function userThings(users: readonly JsonObject[]) {
  return namedThings(users, 'id', ['full_name', 'email'], ({ status }) =>
    status !== undefined && status !== 'active' ? 'is not an active user' : undefined,
  );
}

function fieldOf(entry: JsonObject, known: ReadonlyMap<string, Field>, owner: ValueForm): Field | undefined {
  const name = textIn(entry, 'api_name');
  if (name === undefined) return undefined;
  const label = textIn(entry, 'display_label');
  const type = textIn(entry, 'data_type') ?? 'unknown';
  const base = known.get(name);
  const reason = base?.readOnly ?? readOnlyReason(entry, type);
  const form = name === 'Owner' ? owner : forms.get(type)?.(entry);
  const required = entry['system_mandatory'] === true;
  const description = base?.description ?? `A field of the organisation (${type}).`;
  return field(name, description, form ?? base?.form ?? textForm(), {
    ...(label === undefined || label === name ? {} : { label }),
    ...(reason === undefined
      ? {
          ...(base?.common === undefined ? {} : { common: base.common }),
          ...(required ? { required: true as const } : {}),
          ...(required || type === 'boolean' || type === 'ownerlookup' ? {} : nullable),
        }
      : { readOnly: reason }),
  });
}

/** Writable is what the API may update and is not read-only; `field_read_only` is true even of the owner. */
function readOnlyReason(entry: JsonObject, type: string): string | undefined {
  const operations = entry['operation_type'];
  if (isJsonObject(operations) && operations['api_update'] === false) return 'Zoho says that the API cannot update it.';
  if (entry['read_only'] === true) return 'Zoho says that it is read-only.';
  return unsupportedTypes[type];
}

const unsupportedTypes: Readonly<Record<string, string>> = {
  formula: 'Zoho computes it.',
  rollup_summary: 'Zoho computes it.',
  autonumber: 'Zoho numbers it.',
  subform: 'Rows of a subform that are not sent would be deleted, so oppatch does not write it.',
  fileupload: 'Files are uploaded by calls of their own.',
  imageupload: 'Images are uploaded by calls of their own.',
  profileimage: 'Images are uploaded by calls of their own.',
  multiselectlookup: 'Links to several records are written by objects of their own, which oppatch does not make.',
  multiuserlookup: 'Links to several users are written by objects of their own, which oppatch does not make.',
};

const forms = new Map<string, (entry: JsonObject) => ValueForm | undefined>([
  ['text', longForm],
  ['website', longForm],
  ['phone', longForm],
  ['textarea', longForm],
  ['email', emailForm],
  ['integer', smallIntegerForm],
  ['bigint', bigIntegerForm],
  ['double', placesForm],
  ['currency', placesForm],
  ['percent', placesForm],
  ['boolean', booleanForm],
  ['date', dayForm],
  ['datetime', offsetForm],
  ['picklist', choicesForm],
  ['multiselectpicklist', (entry) => severalForm(choicesForm(entry) ?? textForm())],
  ['ownerlookup', () => lookupForm('user')],
  ['userlookup', () => lookupForm('user')],
  ['lookup', () => lookupForm('record')],
]);

function longForm(entry: JsonObject): ValueForm {
  const length = Number(entry['length'] ?? 0);
  return textForm(Number.isFinite(length) && length > 0 ? { longest: length } : {});
}

function placesForm({ decimal_place: places }: JsonObject): ValueForm {
  return numberForm(typeof places === 'number' ? places : undefined);
}

function choicesForm(entry: JsonObject): ValueForm | undefined {
  const options = optionsOf(entry);
  return options.length === 0 ? undefined : exactOptionForm(options);
}

/** What is shown is what is written. https://help.zoho.com/portal/en/community/topic/kaizen-205, 2026-10. */
function optionsOf(entry: JsonObject): readonly string[] {
  return objectsIn(entry['pick_list_values'])
    .filter((one) => one['type'] !== 'unused')
    .flatMap((one) => textIn(one, 'display_value') ?? [])
    .filter((text) => text !== '-None-');
}
