import type { Reply } from '../../core/call.ts';
import { defined } from '../../core/defined.ts';
import type { Field, FieldType, ValueForm } from '../../core/field.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { dayForm, decimalForm, textForm, utcForm } from '../../core/value-forms.ts';
import type { Metadata, MetadataRead, MetadataReads, Settings } from '../../core/vendor.ts';
import { field, withForm } from '../shared/fields.ts';
import { listed, metadataCall, objectsIn, picked, textIn } from '../shared/metadata-reads.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { objectBody } from '../shared/record-reads.ts';
import { collaboratorsField, hubspotFields, longestText, severalFields, withClearing } from './fields.ts';
import { booleanForm, optionForm, ownerForm, type Option, type Owner } from './forms.ts';
import { quotaGroup, versionOf } from './write.ts';

/** What an account calls its properties, pipelines, stages and owners, as far as other parts than the fields need it. */
export interface AccountNames {
  /** By id; undefined where the pipelines could not be read. */
  readonly stages: ReadonlyMap<string, Stage> | undefined;
  /** The hidden options of each property. */
  readonly hidden: ReadonlyMap<string, ReadonlySet<string>>;
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  /** Properties whose values are unique; undefined where the properties could not be read. */
  readonly unique: ReadonlySet<string> | undefined;
}

export interface Stage {
  readonly label: string;
  readonly pipelineId: string;
  readonly pipelineLabel: string;
  readonly writePermissions?: string;
}

/** A validation rule with one argument: `MAX_LENGTH`, `20`. */
export interface Rule {
  readonly type: string;
  readonly limit: string;
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide and its neighbours, 2026-10. */
export function hubspotMetadata(settings: Settings): MetadataReads {
  const version = versionOf(settings);
  const owners = metadataCall(`/crm/owners/${version}`, quotaGroup, [['limit', '100']]);
  const reads: readonly MetadataRead[] = [
    {
      name: 'properties',
      without: 'properties of the account must be given in another way: only the usual ones are known',
      call: metadataCall(`/crm/properties/${version}/0-3`, quotaGroup),
      items: listed('results', slimProperty),
    },
    {
      name: 'pipelines',
      without: 'stages and pipelines must be given by id, with a column for the pipeline',
      call: metadataCall(`/crm/pipelines/${version}/0-3`, quotaGroup),
      items: listed('results', slimPipeline),
    },
    {
      name: 'owners',
      without: 'owners must be given by owner id',
      call: owners,
      items: listed('results', slimOwner),
      next: (reply) => {
        const after = nextPage(reply);
        return after === undefined ? undefined : { ...owners, query: [...(owners.query ?? []), ['after', after]] };
      },
    },
    {
      name: 'validations',
      without: 'values must be given as the rules of the account want them, which are not checked here',
      call: metadataCall(`/crm/property-validations/${version}/0-3`, quotaGroup),
      items: listed('results', ['propertyName', 'propertyValidationRules']),
    },
  ];
  return {
    reads,
    helpsWith: (need, name) => need === 'name' || namedFields.has(name) || need === 'value',
  };
}

/** Fields whose plain texts are accepted without metadata, and mean more with it. */
const namedFields: ReadonlySet<string> = new Set([
  'pipeline',
  'dealstage',
  'hubspot_owner_id',
  'dealtype',
  'hs_priority',
  'hs_manual_forecast_category',
  'deal_currency_code',
]);

/** The place of the next page; the address beside it is never followed. A page without an entry is the last one. */
export function nextPage(reply: Reply): string | undefined {
  const body = objectBody(reply);
  if (body === undefined || objectsIn(body['results']).length === 0) return undefined;
  const { paging } = body;
  const next = isJsonObject(paging) ? paging['next'] : undefined;
  return isJsonObject(next) ? textIn(next, 'after') : undefined;
}

function slimProperty(property: JsonObject): JsonObject | undefined {
  if (textIn(property, 'name') === undefined) return undefined;
  const { modificationMetadata: modification } = property;
  const readOnly = isJsonObject(modification) && modification['readOnlyValue'] === true;
  const options = objectsIn(property['options']).map((option) => picked(option, ['label', 'value', 'hidden']));
  return {
    ...picked(property, ['name', 'label', 'type', 'fieldType', 'referencedObjectType', 'calculated', 'hasUniqueValue']),
    ...(readOnly ? { readOnly } : {}),
    ...(options.length === 0 ? {} : { options }),
  };
}

function slimPipeline(pipeline: JsonObject): JsonObject | undefined {
  if (pipeline['archived'] === true) return undefined;
  const stages = objectsIn(pipeline['stages'])
    .filter(({ archived }) => archived !== true)
    .map((stage) => picked(stage, ['id', 'label', 'writePermissions']));
  return { ...picked(pipeline, ['id', 'label']), stages };
}

function slimOwner(owner: JsonObject): JsonObject | undefined {
  return owner['archived'] === true ? undefined : picked(owner, ['id', 'email', 'firstName', 'lastName', 'userId']);
}

/** What stages, options and rules the account has. */
export function accountNames(metadata: Metadata): AccountNames {
  const { properties, pipelines, validations = [] } = metadata;
  const stages = pipelines?.flatMap((pipeline) => {
    const [pipelineId, pipelineLabel] = [textIn(pipeline, 'id'), textIn(pipeline, 'label') ?? ''];
    if (pipelineId === undefined) return [];
    return objectsIn(pipeline['stages']).flatMap((stage): [string, Stage][] => {
      const [id, writePermissions] = [textIn(stage, 'id'), textIn(stage, 'writePermissions')];
      if (id === undefined) return [];
      const label = textIn(stage, 'label') ?? id;
      return [
        [id, { label, pipelineId, pipelineLabel, ...(writePermissions === undefined ? {} : { writePermissions }) }],
      ];
    });
  });
  const hidden = (properties ?? []).map((property): [string, Set<string>] => [
    textIn(property, 'name') ?? '',
    new Set(objectsIn(property['options']).flatMap((one) => (one['hidden'] === true ? [optionOf(one).value] : []))),
  ]);
  const rules = validations.map((entry): [string, readonly Rule[]] => [
    textIn(entry, 'propertyName') ?? '',
    objectsIn(entry['propertyValidationRules']).flatMap((rule): Rule[] => {
      const type = textIn(rule, 'ruleType');
      const { ruleArguments: list } = rule;
      const limit = scalarText((Array.isArray(list) ? (list as readonly Json[])[0] : undefined) ?? null);
      return type === undefined || limit === undefined ? [] : [{ type, limit }];
    }),
  ]);
  const unique = properties?.flatMap((one) => (one['hasUniqueValue'] === true ? [textIn(one, 'name') ?? ''] : []));
  return {
    stages: stages === undefined ? undefined : new Map(stages),
    hidden: new Map(hidden.filter(([, values]) => values.size > 0)),
    rules: new Map(rules),
    unique: unique === undefined ? undefined : new Set(unique),
  };
}

/** The fields that an account with these metadata has: the usual ones as it shows them, and all others. */
export function accountFields(metadata: Metadata): readonly Field[] {
  const forms = namedForms(metadata);
  const usual = new Map(hubspotFields.map((one) => [one.name, one]));
  // A property that came twice is one.
  const properties = new Map((metadata['properties'] ?? []).map((one) => [textIn(one, 'name') ?? '', one]));
  properties.delete('');
  const shown = new Map(
    [...properties.values()]
      .flatMap((property) => propertyFields(property, usual, forms))
      .map((one) => [one.name, one]),
  );
  const fields = [...usual.values()].map((one) => shown.get(one.name) ?? withForm(one, forms[one.name]));
  return [...fields, ...[...shown.values()].filter(({ name }) => !usual.has(name))];
}

function propertyFields(
  property: JsonObject,
  usual: ReadonlyMap<string, Field>,
  forms: Readonly<Record<string, ValueForm>>,
): readonly Field[] {
  const name = textIn(property, 'name') ?? '';
  const label = textIn(property, 'label');
  const type = textIn(property, 'type') ?? '';
  const known = usual.get(name);
  const description = known?.description ?? `A property (${type === '' ? 'of no type' : type}).`;
  const own = label === undefined ? {} : { label };
  const readOnly = readOnlyReason(property, type);
  if (readOnly !== undefined) return [field(name, description, textForm(), { ...own, readOnly })];
  const form = forms[name] ?? propertyForm(property, type, known?.form, forms['hubspot_owner_id']);
  const one = field(name, description, form, {
    ...own,
    ...(known?.common === undefined ? {} : { common: known.common }),
  });
  return (isSeveral(property) ? severalFields(one) : [one]).map(withClearing);
}

function readOnlyReason(property: JsonObject, type: string): string | undefined {
  if (property['calculated'] === true) return 'HubSpot computes it.';
  if (property['readOnly'] === true) return 'HubSpot marks it as read-only.';
  return type === 'json' || type === 'object_coordinates' ? 'HubSpot uses it internally.' : undefined;
}

/** Several values in one property. */
function isSeveral(property: JsonObject): boolean {
  return property['type'] === 'enumeration' && property['fieldType'] === 'checkbox';
}

function propertyForm(
  property: JsonObject,
  type: string,
  known: ValueForm | undefined,
  owner: ValueForm | undefined,
): ValueForm {
  const options = objectsIn(property['options']).map(optionOf);
  if (property['referencedObjectType'] === 'OWNER') return owner ?? textForm();
  switch (type) {
    case 'number':
      return decimalForm();
    case 'date':
      return dayForm();
    case 'datetime':
      return utcForm();
    case 'bool':
      return booleanForm(options);
    case 'enumeration':
      // Where the options stand elsewhere (`externalOptions`) the list is empty.
      return options.length > 0
        ? optionForm(options)
        : known !== undefined && !isSeveral(property)
          ? known
          : textForm();
    default:
      return textForm({ longest: longestText });
  }
}

function optionOf(option: JsonObject): Option {
  return { value: textIn(option, 'value') ?? '', label: textIn(option, 'label') ?? '' };
}

/** What the values of the account's properties are, for comparing. */
export function propertyTypes(metadata: Metadata | undefined): ReadonlyMap<string, FieldType> {
  const own = (metadata?.['properties'] ?? []).flatMap((property): [string, FieldType][] => {
    const type = isSeveral(property) ? 'list' : fieldTypes[textIn(property, 'type') ?? ''];
    return type === undefined ? [] : [[textIn(property, 'name') ?? '', type]];
  });
  return new Map<string, FieldType>([
    ['amount', 'decimal'],
    ['closedate', 'date-time'],
    [collaboratorsField, 'list'],
    ...own,
  ]);
}

const fieldTypes: Readonly<Record<string, FieldType | undefined>> = Object.assign(Object.create(null), {
  number: 'decimal',
  date: 'date',
  datetime: 'date-time',
  bool: 'boolean',
});

function namedForms({ pipelines, owners }: Metadata): Readonly<Record<string, ValueForm>> {
  return {
    ...(pipelines === undefined ? {} : { pipeline: pipelineForm(pipelines), dealstage: stageForm(pipelines) }),
    ...(owners === undefined ? {} : { hubspot_owner_id: ownerForm(owners.flatMap(ownerOf)) }),
  };
}

function pipelineForm(pipelines: readonly JsonObject[]): ValueForm {
  const things = pipelines.flatMap((pipeline): NamedThing[] => {
    const [id, label] = [textIn(pipeline, 'id'), textIn(pipeline, 'label')];
    return id === undefined ? [] : [{ id, names: label === undefined ? [] : [label] }];
  });
  const hint = 'Give the name or the id of a pipeline; `oppatch fields` lists them.';
  return nameForm({ noun: 'pipeline', things, hint, listed: true });
}

/** A stage is called by its name, or with its pipeline: names need not differ between pipelines. */
function stageForm(pipelines: readonly JsonObject[]): ValueForm {
  const things = [...(accountNames({ pipelines }).stages ?? [])].map(([id, { label, pipelineLabel }]): NamedThing => ({
    id,
    names: pipelineLabel === '' ? [label] : [label, `${label} (${pipelineLabel})`, `${pipelineLabel} / ${label}`],
  }));
  const hint = 'Give the name of a stage, `Pipeline / Stage`, or its id; `oppatch fields` lists them.';
  return nameForm({ noun: 'stage', things, hint, listed: true });
}

function ownerOf(owner: JsonObject): readonly Owner[] {
  const [id, email, userId] = [textIn(owner, 'id'), textIn(owner, 'email'), scalarText(owner['userId'] ?? null)];
  if (id === undefined) return [];
  const name = [textIn(owner, 'firstName'), textIn(owner, 'lastName')].filter((part) => part !== undefined).join(' ');
  return [{ id, ...defined({ email, userId, name: name || undefined }) }];
}
