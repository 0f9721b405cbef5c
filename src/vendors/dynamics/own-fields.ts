import type { Field, ValueForm } from '../../core/field.ts';
import { scalarText, type JsonObject } from '../../core/json.ts';
import { dayForm, integerForm, textForm, utcForm } from '../../core/value-forms.ts';
import type { Metadata } from '../../core/vendor.ts';
import { field, nullable, withForm } from '../shared/fields.ts';
import { namedThings, objectsIn, textIn } from '../shared/metadata-reads.ts';
import type { NamedThing } from '../shared/names-to-ids.ts';
import { booleanForm } from '../shared/value-forms.ts';
import { listChanges } from '../shared/whole-list-fields.ts';
import { dynamicsFields, readOnlyReason } from './fields.ts';
import { bound, choiceOf, choicesOf, dayOrMomentForm, lookupForm, numberForm } from './forms.ts';
import type { Lookups } from './names.ts';

/*
 * The columns of an environment: the standard ones as it describes them, then its own.
 * https://learn.microsoft.com/power-apps/developer/data-platform/entity-attribute-metadata, as of 2026-10.
 */

/** What the reads say of a column, by the name of the read. */
type Described = (read: string, column: string) => JsonObject | undefined;

export function fieldsWith(metadata: Metadata, lookups: Lookups): readonly Field[] {
  const indexes = new Map<string, Map<unknown, JsonObject>>();
  const described: Described = (read, column) => {
    const index = indexes.get(read) ?? new Map((metadata[read] ?? []).map((one) => [one['LogicalName'], one]));
    indexes.set(read, index);
    return index.get(column);
  };
  const places = currencyPlaces(metadata);
  const standard = dynamicsFields.map((one) => {
    const form = namedForm(one, metadata) ?? detailForm(one.name, described, places);
    return withColumn(withForm(one, form), described('columns', one.name));
  });
  const known = new Set(standard.map(({ name }) => name));
  const own: Field[] = [];
  for (const column of metadata['columns'] ?? []) {
    const name = textIn(column, 'LogicalName');
    const type = textIn(column, 'type') ?? '';
    if (name === undefined || known.has(name) || name.startsWith('__') || skippedTypes.has(type)) continue;
    known.add(name);
    const form = detailForm(name, described, places) ?? typeForm(name, type, lookups);
    const one = withColumn(ownField(name, type, form, lookups), column);
    own.push(one, ...listChanges(one));
  }
  return [...standard, ...own];
}

function ownField(name: string, type: string, form: ValueForm | undefined, lookups: Lookups): Field {
  const written = type.replace(/Type$/, '');
  const plain = field(name, `A column of the environment (${written}).`, form ?? textForm());
  const reason =
    readOnlyReason(name) ?? (form === undefined ? `Columns of the type ${written} are not written.` : undefined);
  if (reason !== undefined) return { ...plain, readOnly: reason };
  // What null does to a column of two values is not known; a lookup to several tables is emptied by the name of the one that it points at.
  return type === 'BooleanType' || (lookups.get(name)?.length ?? 0) > 1 ? plain : { ...plain, ...nullable };
}

/** The column's label; and why it is not written, where the environment says so. */
function withColumn(plain: Field, column: JsonObject | undefined): Field {
  if (column === undefined) return plain;
  const label = textIn(column, 'label');
  const labelled = label === undefined || label === plain.name ? plain : { ...plain, label };
  const { cleared, common, clearingHint, ...rest } = labelled;
  if (plain.readOnly === undefined && column['IsValidForUpdate'] === false)
    return { ...rest, readOnly: 'The table says that it is not valid for update; the service would ignore it.' };
  const required = column['required'];
  if (plain.readOnly !== undefined || (required !== 'SystemRequired' && required !== 'ApplicationRequired'))
    return labelled;
  // Only what the system itself requires is refused when it is emptied.
  if (required === 'ApplicationRequired' || cleared === undefined) return { ...labelled, required: true };
  return {
    ...rest,
    ...(common === undefined ? {} : { common }),
    clearingHint: clearingHint ?? 'The service wants a value in it.',
    required: true,
  };
}

/** Columns whose values the environment knows by name. */
function namedForm({ name }: Field, metadata: Metadata): ValueForm | undefined {
  if (name === 'ownerid' && (metadata['users'] !== undefined || metadata['teams'] !== undefined)) {
    const called = ['fullname', 'domainname', 'internalemailaddress'];
    const users = bindings(metadata['users'], 'systemusers', 'systemuserid', called);
    const teams = bindings(metadata['teams'], 'teams', 'teamid', ['name']);
    return lookupForm('user', { entitySet: 'systemusers', things: [...users, ...teams] });
  }
  const currencies = metadata['currencies'];
  if (name !== 'transactioncurrencyid' || currencies === undefined) return undefined;
  const set = 'transactioncurrencies';
  const things = bindings(currencies, set, 'transactioncurrencyid', ['isocurrencycode']);
  return lookupForm('currency', { entitySet: set, things });
}

function bindings(
  records: readonly JsonObject[] | undefined,
  entitySet: string,
  key: string,
  called: readonly string[],
): readonly NamedThing[] {
  return namedThings(records ?? [], key, called).map(({ id, names }) => ({ id: bound(entitySet, id), names }));
}

/** The form of a column of which a read of its type says more; undefined where none does. */
function detailForm(name: string, described: Described, places: number): ValueForm | undefined {
  const reasons = thingsOf(described('reasons', name));
  if (reasons.length > 0) return choiceOf('reason', reasons);
  const choices = thingsOf(described('choices', name));
  if (choices.length > 0) return choiceOf('choice', choices);
  const several = described('several-choices', name);
  if (several !== undefined) return choicesOf('choice', thingsOf(several));
  const money = described('money', name);
  // 0: of the column; 1: of the organization, which is not read; 2: of the currency.
  if (money !== undefined) {
    const source = money['PrecisionSource'];
    return numberForm({
      ...limits(money),
      places: source === 0 ? numberIn(money, 'Precision') : source === 2 ? places : mostPlaces,
    });
  }
  const decimal = described('decimals', name);
  if (decimal !== undefined) return numberForm({ ...limits(decimal), places: numberIn(decimal, 'Precision') });
  const longest = numberIn(described('texts', name) ?? {}, 'MaxLength');
  if (longest !== undefined) return textForm({ longest });
  const behaviour = textIn(described('moments', name) ?? {}, 'behaviour');
  return behaviour === undefined ? undefined : behaviour === 'DateOnly' ? dayForm() : utcForm();
}

/** The form of a column of this type, of which no read says more; undefined where it is not written. */
function typeForm(name: string, type: string, lookups: Lookups): ValueForm | undefined {
  const [first, ...others] = lookups.get(name) ?? [];
  const target = { entitySet: others.length === 0 ? first?.entitySet : undefined };
  return lookupTypes.has(type) ? lookupForm('record', target) : typeForms.get(type)?.();
}

const lookupTypes: ReadonlySet<string> = new Set(['LookupType', 'CustomerType', 'OwnerType']);

const typeForms = new Map<string, () => ValueForm>([
  ['StringType', textForm],
  ['MemoType', textForm],
  ['IntegerType', integerForm],
  ['BigIntType', integerForm],
  ['DecimalType', numberForm],
  ['DoubleType', numberForm],
  ['MoneyType', numberForm],
  ['BooleanType', booleanForm],
  ['PicklistType', () => choiceOf('choice', [])],
  ['DateTimeType', dayOrMomentForm],
]);

/** Parts of other columns, and what no edit of a row is about. */
const skippedTypes: ReadonlySet<string> = new Set([
  'VirtualType',
  'EntityNameType',
  'UniqueidentifierType',
  'ManagedPropertyType',
  'StateType',
  '',
]);

const mostPlaces = 4;

/** The digits after the point of the currency that has most: which one a row has is known to its record only. */
function currencyPlaces(metadata: Metadata): number {
  const known = (metadata['currencies'] ?? []).flatMap((one) => numberIn(one, 'currencyprecision') ?? []);
  return known.length === 0 ? mostPlaces : Math.max(...known);
}

function limits(column: JsonObject): { readonly least?: number | undefined; readonly most?: number | undefined } {
  return { least: numberIn(column, 'MinValue'), most: numberIn(column, 'MaxValue') };
}

function numberIn(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

function thingsOf(column: JsonObject | undefined): readonly NamedThing[] {
  return objectsIn(column?.['options']).flatMap((option): NamedThing[] => {
    const [id, label] = [scalarText(option['Value'] ?? null), textIn(option, 'label')];
    return id === undefined ? [] : [{ id, names: label === undefined ? [] : [label] }];
  });
}
