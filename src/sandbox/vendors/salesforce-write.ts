import { isBoolean, isDay, isNumber, isText, textOf, type Judge } from '../judges.ts';
import type { SandboxRecord } from '../records.ts';
import { fields, stages, users, type DescribedField } from './salesforce-metadata.ts';

/** What Salesforce makes of the members of one write: the new record, or its refusals. */

export interface Refusal {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

export type Written = { readonly record: SandboxRecord } | { readonly refusals: readonly Refusal[] };

const byName = new Map(fields.map((field) => [field.name, field]));

/** A value whose JSON form is wrong refuses the whole request, before any row is judged. */
export function malformed(members: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(members)) {
    const field = byName.get(name);
    if (field === undefined || value === null) continue;
    const fits = wireForms[field.type] ?? isText;
    if (!fits(value)) return `Cannot deserialize instance of ${field.type} from ${JSON.stringify(value)} for ${name}`;
  }
  return undefined;
}

const wireForms: Readonly<Record<string, Judge>> = {
  boolean: isBoolean,
  currency: isNumber,
  date: isDay,
  datetime: textOf(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)$/),
  double: isNumber,
  int: (value) => Number.isInteger(value),
  percent: isNumber,
};

/** A row under a lock, an org rule, an approval: members of the practice record that tests set. */
export function written(record: SandboxRecord, members: Readonly<Record<string, unknown>>, now: Date): Written {
  const locks = Number(record['sandbox_locks'] ?? 0);
  if (locks > 0) {
    record['sandbox_locks'] = locks - 1;
    const message = 'unable to obtain exclusive access to this record or 1 records: 0015e00000ZzZzZAAV';
    return refused('UNABLE_TO_LOCK_ROW', message);
  }
  const refusals = Object.entries(members).flatMap(([name, value]) => judged(name, value, record) ?? []);
  if (refusals.length > 0) return { refusals };
  const next: SandboxRecord = { ...record };
  for (const [name, value] of Object.entries(members)) {
    // Products decide the amount: the update succeeds and leaves it.
    if (name === 'Amount' && record['HasOpportunityLineItem'] === true) continue;
    next[name] = stored(byName.get(name)?.type ?? '', value);
  }
  follow(record, next, members, now);
  return { record: next };
}

function refusal(statusCode: string, message: string, ...named: string[]): Refusal {
  return { statusCode, message, fields: named };
}

export function refused(...said: Parameters<typeof refusal>): { readonly refusals: readonly Refusal[] } {
  return { refusals: [refusal(...said)] };
}

function judged(name: string, value: unknown, record: SandboxRecord): Refusal | undefined {
  const field = byName.get(name);
  if (field === undefined) return refusal('INVALID_FIELD', `No such column '${name}' on sobject of type Opportunity`);
  if (!field.updateable)
    return refusal(
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      `Unable to create/update fields: ${name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      name,
    );
  if (value !== null && value !== '') return valueProblem(field, value, record);
  if (field.type === 'boolean')
    return refusal('INVALID_TYPE_ON_FIELD_IN_RECORD', `${field.label}: value not of required type: `, name);
  return field.nillable ? undefined : refusal('REQUIRED_FIELD_MISSING', `Required fields are missing: [${name}]`, name);
}

/** How ids of the records begin to which a field refers. */
const prefixes: Readonly<Record<string, string>> = {
  OwnerId: '005',
  AccountId: '001',
  CampaignId: '701',
  ContractId: '800',
  Pricebook2Id: '01s',
  RecordTypeId: '012',
};

function valueProblem(field: DescribedField, value: unknown, record: SandboxRecord): Refusal | undefined {
  const { name, label, type } = field;
  const text = String(value);
  if (type === 'reference') {
    if (!/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(text) || !text.startsWith(prefixes[name] ?? ''))
      return refusal('MALFORMED_ID', `${label}: id value of incorrect type: ${text}`, name);
    const owner = users.find(({ Id }) => String(Id).slice(0, 15) === text.slice(0, 15));
    if (name === 'OwnerId' && owner === undefined)
      return refusal('INVALID_CROSS_REFERENCE_KEY', 'Owner ID: owner cannot be blank', name);
    if (name === 'OwnerId' && owner?.['IsActive'] === false)
      return refusal('INACTIVE_OWNER_OR_USER', 'operation performed with inactive user', name);
    if (name === 'Pricebook2Id' && record['HasOpportunityLineItem'] === true)
      return refusal('FIELD_INTEGRITY_EXCEPTION', 'Price Book ID: the opportunity has products', name);
  }
  if ((type === 'picklist' || type === 'multipicklist') && field.restrictedPicklist) {
    const known = new Set(field.picklistValues.map((one) => one.value));
    const wrong = (type === 'picklist' ? [text] : text.split(';')).find((one) => !known.has(one));
    const message = `${label}: bad value for restricted picklist field: ${wrong ?? ''}`;
    if (wrong !== undefined) return refusal('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, name);
  }
  if (['string', 'textarea', 'url', 'phone', 'email'].includes(type) && text.length > field.length) {
    const message = `${label}: data value too large: ${text.slice(0, 20)} (max length=${field.length})`;
    return refusal('STRING_TOO_LONG', message, name);
  }
  if (isNumber(value) && Math.abs(value) >= 10 ** (field.precision - field.scale)) {
    const message = `${label}: value outside of valid range on numeric field: ${text}`;
    return refusal('NUMBER_OUTSIDE_VALID_RANGE', message, name);
  }
  // A validation rule of this org.
  return name === 'Amount' && Number(value) < 0
    ? refusal('FIELD_CUSTOM_VALIDATION_EXCEPTION', 'An amount is never below zero at Northwind.', name)
    : undefined;
}

function stored(type: string, value: unknown): unknown {
  if (value === '') return null;
  if (type === 'datetime' && typeof value === 'string') return moment(new Date(value));
  if (type === 'reference' && typeof value === 'string' && value.length === 15) return fullId(value);
  return value;
}

/** `2026-10-02T08:15:00.000+0000` */
export function moment(date: Date): string {
  return date.toISOString().replace('Z', '+0000');
}

/** The 18 characters of an id of 15: each triple of bits by its reversed five, looked up. */
export function fullId(id: string): string {
  if (id.length !== 15) return id;
  const letters = [id.slice(0, 5), id.slice(5, 10), id.slice(10, 15)].map((group) => {
    const bits = [...group].toReversed().map((character) => (/[A-Z]/.test(character) ? 1 : 0));
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'[parseInt(bits.join(''), 2)];
  });
  return id + letters.join('');
}

/** What Salesforce changes by itself along with a write. */
function follow(before: SandboxRecord, next: SandboxRecord, sent: Readonly<Record<string, unknown>>, now: Date): void {
  const stage = stages.find(({ ApiName }) => ApiName === next['StageName']);
  if ('StageName' in sent && sent['StageName'] !== before['StageName']) {
    if (!('Probability' in sent)) next['Probability'] = stage?.DefaultProbability ?? 0;
    if (!('ForecastCategoryName' in sent)) next['ForecastCategoryName'] = stage?.ForecastCategoryName ?? 'Omitted';
    next['LastStageChangeDate'] = moment(now);
    const today = now.toISOString().slice(0, 10);
    if (stage?.IsClosed === true && before['IsClosed'] !== true && String(next['CloseDate']) > today)
      next['CloseDate'] = today;
  }
  next['IsClosed'] = stage?.IsClosed ?? false;
  next['IsWon'] = stage?.IsWon ?? false;
  next['ForecastCategory'] = String(next['ForecastCategoryName']).replace(' ', '');
  if ('CurrencyIsoCode' in sent && sent['CurrencyIsoCode'] !== before['CurrencyIsoCode']) {
    const rate = sent['CurrencyIsoCode'] === 'EUR' ? 0.8 : 1.25;
    for (const name of ['Amount', 'List_Price__c'])
      if (!(name in sent) && typeof next[name] === 'number') next[name] = Math.round(next[name] * rate * 100) / 100;
  }
  next['ExpectedRevenue'] = Math.round(Number(next['Amount'] ?? 0) * Number(next['Probability'] ?? 0)) / 100;
  next['FiscalYear'] = Number(String(next['CloseDate']).slice(0, 4));
  next['LastModifiedDate'] = moment(now);
  next['SystemModstamp'] = moment(now);
}
