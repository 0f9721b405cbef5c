import type { Edit } from '../../core/edit.ts';
import type { Field, ValueForm } from '../../core/field.ts';
import { isJsonObject, jsonIn, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { decimalForm, utcSpaceForm } from '../../core/value-forms.ts';
import type { Audit, Metadata, MetadataRead, MetadataReads, Service, Settings } from '../../core/vendor.ts';
import {
  guidForm,
  leadsquaredAudit,
  leadsquaredFieldHint,
  leadsquaredFields,
  leadsquaredOpenField,
  leadsquaredUnchecked,
} from './fields.ts';
import { listed, metadataCall, namedThings, picked, textIn, textsIn } from '../shared/metadata-reads.ts';
import { exactOptionForm, nameForm } from '../shared/names-to-ids.ts';

const typePart = 'opportunity type';

/**
 * What a LeadSquared account calls the fields, options and users of an opportunity type. The type is read only where its code is set.
 * https://apidocs.leadsquared.com/get-metadata-of-an-opportunity-type/, 2026-10; Users.Get as clients on live accounts use it.
 */
export function leadsquaredMetadata(settings: Settings): MetadataReads {
  const eventCode = settings['event-code'] ?? '';
  const type: MetadataRead = {
    name: typePart,
    without: 'fields must be given by schema name (mx_…), and their values are not checked',
    call: metadataCall('/OpportunityManagement.svc/GetOpportunityTypeMetadata', 'calls', [['code', eventCode]]),
    items: listed('Fields', slimField),
  };
  const users: MetadataRead = {
    name: 'users',
    without: 'owners must be given by id (GUID)',
    call: metadataCall('/UserManagement.svc/Users.Get', 'calls'),
    items: listed(undefined, ['ID', 'EmailAddress', 'StatusCode']),
  };
  return {
    reads: eventCode === '' ? [users] : [type, users],
    helpsWith: (need, name) => {
      if (need === 'value') return name === 'Owner';
      return eventCode !== '' && name !== 'Owner' && name !== 'OpportunityNote';
    },
  };
}

/** The fields, hints and warnings with the account's own names, options and users. */
export function leadsquaredNames(
  metadata: Metadata,
  settings: Settings,
): Pick<Service, 'fields' | 'audit'> & Pick<Service, 'openField' | 'unknownFieldHint'> {
  const type = metadata[typePart];
  const longest = longestByName(type ?? []);
  const known = type === undefined ? undefined : new Set(type.map((entry) => textIn(entry, 'SchemaName') ?? ''));
  const fields = namedFields(metadata, settings);
  return {
    fields,
    audit: (edit) => [
      ...leadsquaredAudit(edit),
      ...leadsquaredUnchecked(edit, settings, known),
      ...lengthWarnings(edit, longest),
    ],
    ...(type === undefined ? {} : { unknownFieldHint: knownTypeHint, openField: memberOfSet(fields, settings) }),
  };
}

/** Of the names beyond a type that is known, only members of its field sets are fields: `mx_Custom_3~mx_CustomObject_1`. */
function memberOfSet(fields: readonly Field[], settings: Settings): NonNullable<Service['openField']> {
  const names = new Set(fields.map(({ name }) => name));
  return (name) => {
    const [owner = '', member] = name.split('~');
    return member !== undefined && names.has(owner) ? leadsquaredOpenField(name, settings) : undefined;
  };
}

/** Labels are known, so that a name that is none is not to be mapped as one. */
function knownTypeHint(name: string): string | undefined {
  return /^mx_|^currency$|^ActivityEvent_Note$/i.test(name)
    ? leadsquaredFieldHint(name)
    : 'It is neither a schema name nor a label of this opportunity type; `oppatch fields` lists them.';
}

function slimField(field: JsonObject): JsonObject {
  const options = optionsOf(field);
  return {
    ...picked(field, ['SchemaName', 'DisplayName', 'DataType', 'IsMandatory', 'IsReadOnly', 'MaxFieldLength']),
    ...(options === undefined ? {} : { options }),
  };
}

/** The values of the `OptionSet`, JSON inside a text; undefined where there are none, or others are accepted besides: they can't be checked. */
function optionsOf(field: JsonObject): readonly string[] | undefined {
  const { OptionSet: set } = field;
  // How several values are written in one field is not documented.
  if (field['IsMultiSelectDropdown'] === true || field['IncludeOthersOption'] === true) return undefined;
  const list = typeof set === 'string' && set !== '' ? jsonIn(set) : set;
  if (!Array.isArray(list)) return undefined;
  return textsIn(
    (list as readonly Json[]).map((option) => (isJsonObject(option) ? (option['Value'] ?? null) : option)),
  );
}

function namedFields(metadata: Metadata, settings: Settings): readonly Field[] {
  const user = metadata['users'] === undefined ? undefined : userForm(metadata['users']);
  const type = new Map((metadata[typePart] ?? []).map((entry) => [textIn(entry, 'SchemaName') ?? '', entry]));
  const fixed = leadsquaredFields.map((field) => fixedField(field, type.get(field.name), user));
  const names = new Set(fixed.map(({ name }) => name));
  const own = [...type].flatMap(([name, entry]): Field[] => {
    const field = names.has(name) ? undefined : leadsquaredOpenField(name, settings);
    if (field === undefined) return [];
    const { cleared, ...rest } = field;
    const shown = { ...rest, ...traits(entry), description: descriptionOf(entry), evidence: 'documented' as const };
    if (entry['IsReadOnly'] === true) return [{ ...shown, readOnly: 'LeadSquared marks it as read-only.' }];
    return [{ ...shown, form: formOf(entry, field.form, user), ...(cleared === undefined ? {} : { cleared }) }];
  });
  return [...fixed, ...own];
}

/** A field that every account has, as this one calls it. */
function fixedField(field: Field, entry: JsonObject | undefined, user: ValueForm | undefined): Field {
  const form = field.name === 'Owner' ? user : field.name === 'Status' ? optionForm(entry) : undefined;
  return { ...field, ...(entry === undefined ? {} : traits(entry)), ...(form === undefined ? {} : { form }) };
}

function traits(entry: JsonObject): Pick<Field, 'label' | 'required'> {
  const label = textIn(entry, 'DisplayName');
  return {
    ...(label === undefined ? {} : { label }),
    ...(entry['IsMandatory'] === true ? { required: true } : {}),
  };
}

function descriptionOf(entry: JsonObject): string {
  const longest = longestOf(entry);
  const length = longest === undefined ? '' : `, at most ${longest} characters`;
  return `${textIn(entry, 'DataType') ?? 'A field'} of the opportunity type${length}.`;
}

function formOf(entry: JsonObject, plain: ValueForm, user: ValueForm | undefined): ValueForm {
  // What the settings date-fields and number-fields say of a field stands.
  if (plain.type !== 'text') return plain;
  switch (textIn(entry, 'DataType') ?? '') {
    case 'Number':
      return decimalForm();
    case 'Date':
    case 'DateTime':
      return utcSpaceForm();
    case 'ActiveUsers':
      return user ?? plain;
    default:
      return optionForm(entry) ?? plain;
  }
}

function optionForm(entry: JsonObject | undefined): ValueForm | undefined {
  const options = textsIn(entry?.['options']);
  return options === undefined ? undefined : exactOptionForm([...new Set(options)], 'option');
}

/** `StatusCode` 0 is active, as clients on live accounts found. */
function userForm(users: readonly JsonObject[]): ValueForm {
  const things = namedThings(users, 'ID', ['EmailAddress'], ({ StatusCode: status = '0' }) =>
    scalarText(status) === '0' ? undefined : 'belongs to a user who is not active',
  );
  return nameForm({
    noun: 'user',
    isId: (text) => guidForm.test(text),
    things,
    hint: 'Give the e-mail address of a user, or the id (a GUID).',
  });
}

function longestOf(entry: JsonObject | undefined): number | undefined {
  const longest = Number(scalarText(entry?.['MaxFieldLength'] ?? '') ?? '');
  return Number.isSafeInteger(longest) && longest > 0 ? longest : undefined;
}

function longestByName(type: readonly JsonObject[]): ReadonlyMap<string, number> {
  return new Map(
    type.flatMap((entry) => {
      const [name, longest] = [textIn(entry, 'SchemaName'), longestOf(entry)];
      return name === undefined || longest === undefined ? [] : [[name, longest] as const];
    }),
  );
}

/** What LeadSquared does of a text that is too long is not documented. */
function lengthWarnings({ changes }: Edit, longestOfField: ReadonlyMap<string, number>): readonly Audit[] {
  return changes.flatMap(({ field, value, column }): Audit[] => {
    const longest = longestOfField.get(field);
    if (longest === undefined || (scalarText(value) ?? '').length <= longest) return [];
    const message = `${field} holds ${longest} characters, and the value is longer: LeadSquared may refuse it or cut it off`;
    return [{ severity: 'warning', code: 'longer-than-the-field', message, column }];
  });
}
