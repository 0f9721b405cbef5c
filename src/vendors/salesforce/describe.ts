import type { Field, FieldType, ValueForm } from '../../core/field.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { dayForm, emailForm, textForm } from '../../core/value-forms.ts';
import { field, nullable } from '../shared/fields.ts';
import { objectsIn, picked, textIn } from '../shared/metadata-reads.ts';
import { listChanges } from '../shared/whole-list-fields.ts';
import { openPicklists, standardFields, unreadPicklistForm } from './fields.ts';
import {
  checkboxForm,
  momentForm,
  multiPicklistForm,
  numberForm,
  percentForm,
  picklistForm,
  referenceForm,
  type PicklistValue,
} from './forms.ts';

/*
 * The fields of an org, as GET …/sobjects/Opportunity/describe shows them to this user.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/resources-sobject-describe.html and the types of jsforce, 2026-11.
 */

const kept = [
  'name',
  'label',
  'type',
  'length',
  'precision',
  'scale',
  'nillable',
  'updateable',
  'calculated',
  'custom',
  'defaultedOnCreate',
  'restrictedPicklist',
  'filterable',
  'externalId',
  'idLookup',
  'unique',
  'caseSensitive',
  'referenceTo',
];

/** One entry of `fields`, cut down to what is used. */
export function slimField(entry: JsonObject): JsonObject {
  const values = valuesIn(entry['picklistValues']);
  return {
    ...picked(entry, kept),
    ...(values.length === 0
      ? {}
      : { picklistValues: values.map(({ value, label, active }): JsonObject => ({ value, label, active })) }),
  };
}

/** The values of a picklist, in their order. */
function valuesIn(list: Json | undefined): readonly PicklistValue[] {
  return objectsIn(list).flatMap((entry): PicklistValue[] => {
    const value = textIn(entry, 'value');
    if (value === undefined) return [];
    return [{ value, label: textIn(entry, 'label') ?? value, active: entry['active'] !== false }];
  });
}

/** Forms that the org's other metadata know better than describe does, by the field's name. */
export type BetterForms = Readonly<Record<string, ValueForm | undefined>>;

/** The standard fields, those that this user does not see among them, and the org's own. `anyText`: picklists that are not restricted take any text. */
export function describedFields(
  entries: readonly JsonObject[],
  better: BetterForms,
  anyText: boolean,
): readonly Field[] {
  const byName = new Map(entries.map((entry) => [textIn(entry, 'name') ?? '', entry]));
  const names = new Set([...standardFields.map(({ name }) => name), ...byName.keys()]);
  names.delete('');
  const fields = Array.from(names, (name) => {
    const entry = byName.get(name);
    return entry === undefined ? hiddenField(name) : describedField(name, entry, better[name], anyText);
  });
  return [...fields, ...fields.flatMap(listChanges)];
}

function hiddenField(name: string): Field {
  const readOnly =
    name === 'CurrencyIsoCode'
      ? 'This org has one currency.'
      : 'This user does not see it: the feature is off in this org, or field-level security hides it.';
  return field(name, 'Not in this org, or not for this user.', textForm(), { readOnly });
}

function describedField(name: string, entry: JsonObject, better: ValueForm | undefined, anyText: boolean): Field {
  const {
    cleared: _cleared,
    required: _required,
    clearingHint,
    readOnly: why,
    ...standard
  } = standardFields.find((one) => one.name === name) ?? field(name, describedAs(entry), textForm());
  const label = textIn(entry, 'label');
  const plain = { ...standard, ...(label === undefined ? {} : { label }) };
  const readOnly = readOnlyReason(entry, why);
  if (readOnly !== undefined) return { ...plain, form: textForm(), readOnly };
  const type = textIn(entry, 'type') ?? '';
  const isClearable = entry['nillable'] === true && type !== 'boolean';
  const isRequired = entry['nillable'] === false && entry['defaultedOnCreate'] !== true && type !== 'boolean';
  return {
    ...plain,
    form: better ?? formOf(name, type, entry, anyText),
    ...(isClearable ? nullable : clearingHint === undefined ? {} : { clearingHint }),
    ...(isRequired ? { required: true as const } : {}),
  };
}

function readOnlyReason(entry: JsonObject, standard: string | undefined): string | undefined {
  if (entry['updateable'] === true) return standard;
  if (standard !== undefined) return standard;
  return entry['calculated'] === true
    ? 'It is a formula, which Salesforce computes.'
    : 'This user may see it but not change it (field-level security, or Salesforce keeps it itself).';
}

function describedAs(entry: JsonObject): string {
  const type = textIn(entry, 'type') ?? 'unknown';
  const kind = entry['custom'] === true ? 'A custom field' : 'A field of this org';
  const referenced = Array.isArray(entry['referenceTo'])
    ? (entry['referenceTo'] as readonly Json[]).filter((one) => typeof one === 'string')
    : [];
  return type === 'reference' && referenced.length > 0
    ? `${kind}: the id of a record (${referenced.slice(0, 5).join(', ')}).`
    : `${kind} (${type}).`;
}

function numberIn(entry: JsonObject, name: string): number | undefined {
  const value = entry[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function formOf(name: string, type: string, entry: JsonObject, anyText: boolean): ValueForm {
  const values = valuesIn(entry['picklistValues']);
  const isOpen = values.length === 0 || (anyText && entry['restrictedPicklist'] !== true);
  const scale = numberIn(entry, 'scale') ?? 0;
  const precision = numberIn(entry, 'precision') ?? 0;
  const longest = numberIn(entry, 'length') ?? 0;
  switch (type) {
    case 'double':
    case 'currency':
    case 'percent':
      return name === 'Probability'
        ? percentForm(scale)
        : numberForm({ precision: Math.max(precision, scale + 1), scale });
    case 'int':
      return numberForm({ precision: numberIn(entry, 'digits') || 10, scale: 0 });
    case 'boolean':
      return checkboxForm();
    case 'date':
      return dayForm();
    case 'datetime':
      return momentForm();
    case 'picklist':
      return values.length === 0 && openPicklists.has(name)
        ? unreadPicklistForm(anyText)
        : picklistForm(values, isOpen);
    case 'multipicklist':
      return multiPicklistForm(values, isOpen);
    case 'reference':
      return referenceForm('Give the id of the record.');
    case 'email':
      return emailForm();
    default:
      return textForm(longest > 0 ? { longest } : {});
  }
}

/** The type by which a query writes values of a field. */
export function queryType(entry: JsonObject): FieldType {
  return queryTypes.get(textIn(entry, 'type') ?? '') ?? 'text';
}

const queryTypes: ReadonlyMap<string, FieldType> = new Map([
  ['double', 'decimal'],
  ['currency', 'decimal'],
  ['percent', 'decimal'],
  ['int', 'integer'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['datetime', 'date-time'],
]);
