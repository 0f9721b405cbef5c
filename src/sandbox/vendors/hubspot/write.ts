import type { SandboxRecord } from '../../records.ts';
import { longestTerritory, owners, pipelines, properties, type Property } from './properties.ts';

/** One error as a reply lists it. */
export interface WriteError {
  readonly message: string;
  readonly code: string;
  readonly property: string;
  /** What was wrong with the request on the wire. */
  readonly violation?: string;
}

export interface Warning {
  readonly category: 'PROPERTY_VALUE_NORMALIZED';
  readonly message: string;
  readonly context: { readonly propertyName: string; readonly rawValue: string; readonly normalizedValue: string };
}

/** The record as the write leaves it, or why it is refused. */
export interface Written {
  readonly record: SandboxRecord;
  readonly errors: readonly WriteError[];
  readonly warnings: readonly Warning[];
}

const byName = new Map(properties.map((one) => [one.name, one]));
const stages = new Map(
  pipelines.flatMap(({ id, stages: list }) => list.map((one) => [one.id, { ...one, pipeline: id }])),
);

/** Judges and does what `sent` asks of a record. */
export function written(record: SandboxRecord, sent: Record<string, unknown>): Written {
  const next: SandboxRecord = { ...record };
  const errors: WriteError[] = [];
  const warnings: Warning[] = [];
  for (const [name, raw] of Object.entries(sent)) {
    const known = byName.get(name);
    if (typeof raw !== 'string') {
      errors.push({ ...invalid(name, 'INVALID_JSON', 'is not text'), violation: `${name} is not text` });
    } else if (known === undefined) {
      errors.push(invalid(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`));
    } else if (known.modificationMetadata.readOnlyValue) {
      errors.push(invalid(name, 'READ_ONLY_VALUE', `"${name}" is a read only property; its value cannot be set.`));
    } else if (raw === '') {
      next[name] = null;
    } else {
      const stored = storedText(known, raw, record[name]);
      if ('code' in stored) errors.push(stored);
      else next[name] = stored.text;
      if ('text' in stored && known.type === 'phone_number' && stored.text !== raw) {
        const context = { propertyName: name, rawValue: raw, normalizedValue: stored.text };
        const message = 'The number was brought into one form.';
        warnings.push({ category: 'PROPERTY_VALUE_NORMALIZED', message, context });
      }
    }
  }
  if (errors.length === 0) errors.push(...followStage(record, next, sent));
  next['hs_lastmodifieddate'] = new Date().toISOString();
  return { record: next, errors, warnings };
}

function invalid(property: string, code: string, message: string): WriteError {
  return { property, code, message };
}

/** What is kept of a text of a type, undefined where it is refused; and the refusal. */
const plainTypes: Readonly<Record<string, readonly [(raw: string) => string | undefined, string, string]>> = {
  number: [matching(/^-?\d+(\.\d+)?$/), 'INVALID_INTEGER', 'was not a number'],
  datetime: [(raw) => (isMoment(raw) ? momentText(raw) : undefined), 'INVALID_DATE', 'was not a date'],
  date: [matching(/^\d{4}-\d{2}-\d{2}$/), 'INVALID_DATE', 'was not a date'],
  bool: [matching(/^(true|false)$/), 'INVALID_OPTION', 'was not a boolean'],
  phone_number: [(raw) => raw.replace(/(?!^\+)[^\d]/g, ''), '', ''],
};

function matching(form: RegExp): (raw: string) => string | undefined {
  return (raw) => (form.test(raw) ? raw : undefined);
}

/** The value as it is kept, or the error. */
function storedText(known: Property, raw: string, held: unknown): { readonly text: string } | WriteError {
  const { name, type } = known;
  if (type === 'enumeration') return storedOption(known, raw, held);
  const [kept, code, problem] = plainTypes[type] ?? [(text: string) => text, '', ''];
  const text = kept(raw);
  if (text === undefined) return invalid(name, code, `${name} ${problem}`);
  // The length is checked for the property with a rule.
  if (name === 'territory' && raw.length > longestTerritory)
    return invalid(name, 'INVALID_LENGTH', `${name} is too long`);
  if (name === 'territory' && raw === 'nowhere') return invalid(name, 'INVALID_VALUE', `${name} is not a territory`);
  return { text };
}

function storedOption(known: Property, raw: string, held: unknown): { readonly text: string } | WriteError {
  const { name, fieldType } = known;
  const allowed = optionsOf(known);
  const appends = fieldType === 'checkbox' && raw.startsWith(';');
  const parts = fieldType === 'checkbox' ? raw.replace(/^;/, '').split(';') : [raw];
  if (!parts.every((part) => allowed.has(part))) {
    return invalid(name, 'INVALID_OPTION', `${name} was not one of the allowed options`);
  }
  const before = appends && typeof held === 'string' && held !== '' ? held.split(';') : [];
  return { text: [...new Set([...before, ...parts])].join(';') };
}

function optionsOf({ name, options, referencedObjectType }: Property): ReadonlySet<string> {
  if (referencedObjectType === 'OWNER') return new Set(owners.map(({ id }) => id));
  if (name === 'pipeline') return new Set(pipelines.map(({ id }) => id));
  if (name === 'dealstage') return new Set(stages.keys());
  return new Set(options.map(({ value }) => value));
}

function isMoment(raw: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z)?$/.test(raw) || /^\d{12,13}$/.test(raw);
}

function momentText(raw: string): string {
  return new Date(/^\d+$/.test(raw) ? Number(raw) : raw).toISOString();
}

/** A stage has to stand in the deal's pipeline; a rule of the account wants a reason for what is lost; a closed stage sets the close date. */
function followStage(record: SandboxRecord, next: SandboxRecord, sent: Record<string, unknown>): readonly WriteError[] {
  const stage = stages.get(String(next['dealstage']));
  if (
    stage === undefined ||
    ('pipeline' in sent || 'dealstage' in sent ? stage.pipeline !== next['pipeline'] : false)
  ) {
    return [invalid('dealstage', 'INVALID_PIPELINE_STAGE', 'The stage is not one of the pipeline')];
  }
  if (next['dealstage'] === record['dealstage']) return [];
  if (stage.id === 'closedlost' && (next['closed_lost_reason'] ?? '') === '') {
    const message = 'A value is required because of the value of [dealstage]';
    return [invalid('closed_lost_reason', 'MISSING_CONDITIONAL_REQUIRED_PROPERTY', message)];
  }
  if (stage.closed && !('closedate' in sent)) next['closedate'] = new Date().toISOString();
  next['hs_is_closed'] = String(stage.closed);
  next['hs_is_closed_won'] = String(stage.closed && stage.probability === '1.0');
  next['hs_is_closed_lost'] = String(stage.closed && stage.probability === '0.0');
  next['hs_deal_stage_probability'] = stage.probability;
  return [];
}
