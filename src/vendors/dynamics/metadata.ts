import type { Call, Reply } from '../../core/call.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { MetadataRead, MetadataReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { listed, objectsIn, picked } from '../shared/metadata-reads.ts';
import { objectBody } from '../shared/record-reads.ts';
import { dynamicsGet } from './write.ts';

/*
 * How an environment is asked for its own columns, choices, users, teams and currencies.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api and …/entity-attribute-metadata, as of 2026-10.
 */

const table = "/EntityDefinitions(LogicalName='opportunity')";
const typed = (cast: string): string => `${table}/Attributes/Microsoft.Dynamics.CRM.${cast}`;

/** Columns of which the environment knows what their values are called, or how they are written. */
const namedByEnvironment: ReadonlySet<string> = new Set([
  'statuscode',
  'salesstage',
  'opportunityratingcode',
  'customerid',
  'parentaccountid',
  'parentcontactid',
  'campaignid',
  'pricelevelid',
]);

export const dynamicsMetadata: MetadataReads = {
  reads: [
    read('columns', 'columns must be given by their standard names', `${table}/Attributes`, {
      select: [
        'LogicalName',
        'AttributeTypeName',
        'IsValidForUpdate',
        'IsValidForRead',
        'RequiredLevel',
        'DisplayName',
      ],
      slim: (column) => ({
        ...picked(column, ['LogicalName', 'IsValidForUpdate', 'IsValidForRead']),
        type: nested(column, ['AttributeTypeName', 'Value']) ?? '',
        label: nested(column, ['DisplayName', 'UserLocalizedLabel', 'Label']) ?? '',
        required: nested(column, ['RequiredLevel', 'Value']) ?? '',
      }),
    }),
    choices('choices', 'PicklistAttributeMetadata'),
    choices('several-choices', 'MultiSelectPicklistAttributeMetadata'),
    choices('reasons', 'StatusAttributeMetadata'),
    read('money', 'amounts must be given with no more digits than the column holds', typed('MoneyAttributeMetadata'), {
      select: ['LogicalName', 'Precision', 'PrecisionSource', 'MinValue', 'MaxValue'],
    }),
    read(
      'decimals',
      'numbers must be given with no more digits than the column holds',
      typed('DecimalAttributeMetadata'),
      { select: ['LogicalName', 'Precision', 'MinValue', 'MaxValue'] },
    ),
    read('texts', 'texts must be given no longer than the column holds', typed('StringAttributeMetadata'), {
      select: ['LogicalName', 'MaxLength'],
    }),
    read('moments', 'days and moments must be given as the column holds them', typed('DateTimeAttributeMetadata'), {
      select: ['LogicalName', 'DateTimeBehavior'],
      slim: (column) => ({
        ...picked(column, ['LogicalName']),
        behaviour: nested(column, ['DateTimeBehavior', 'Value']) ?? '',
      }),
    }),
    read('lookups', 'lookups must be given in standard columns', `${table}/ManyToOneRelationships`, {
      select: ['ReferencingAttribute', 'ReferencedEntity', 'ReferencingEntityNavigationPropertyName'],
    }),
    read('sets', 'records that lookups lead to must be given with their set', '/EntityDefinitions', {
      select: ['LogicalName', 'EntitySetName', 'IsOptimisticConcurrencyEnabled'],
      slim: (one) => ({
        ...picked(one, ['LogicalName', 'EntitySetName']),
        ...(one['LogicalName'] === 'opportunity' ? picked(one, ['IsOptimisticConcurrencyEnabled']) : {}),
      }),
    }),
    read('users', 'owners must be given by id', '/systemusers', {
      select: ['systemuserid', 'fullname', 'internalemailaddress', 'domainname'],
      filter: 'isdisabled eq false',
    }),
    read('teams', 'teams must be given by id: teams(…)', '/teams', { select: ['teamid', 'name'] }),
    read('currencies', 'currencies must be given by id', '/transactioncurrencies', {
      select: ['transactioncurrencyid', 'isocurrencycode', 'currencyprecision'],
    }),
  ],
  helpsWith: (need, name) => {
    if (need === 'name') return true;
    if (need === 'field') return namedByEnvironment.has(name);
    return name === 'ownerid' || name === 'transactioncurrencyid' || namedByEnvironment.has(name);
  },
};

interface Asked {
  readonly select: readonly string[];
  readonly filter?: string;
  readonly expand?: string;
  /** What is kept of an entry; absent: what was asked for. */
  readonly slim?: (one: JsonObject) => JsonObject;
}

function read(name: string, without: string, path: string, { select, filter, expand, slim }: Asked): MetadataRead {
  const query = [
    ['$select', select.join(',')] as const,
    ...(expand === undefined ? [] : [['$expand', expand] as const]),
    ...(filter === undefined ? [] : [['$filter', filter] as const]),
  ];
  return {
    name,
    without,
    call: dynamicsGet(path, 'metadata', query),
    items: listed('value', slim ?? select),
    next: nextPage,
  };
}

/** The link is absolute, perhaps with another host: only its query is taken. A page without an entry is the last one. */
export function nextPage(reply: Reply, call: Call): Call | undefined {
  const { '@odata.nextLink': link, value: list } = objectBody(reply) ?? {};
  if (typeof link !== 'string' || !URL.canParse(link) || !Array.isArray(list) || list.length === 0) return undefined;
  return { ...call, query: [...new URL(link).searchParams] };
}

/** Whether the page says that others follow, of which {@link nextPage} makes no call. */
export function leadsNowhere(reply: Reply, call: Call): boolean {
  const body = jsonBody(reply);
  const link = isJsonObject(body) ? (body['@odata.nextLink'] ?? '') : '';
  return link !== '' && nextPage(reply, call) === undefined;
}

function choices(name: string, cast: string): MetadataRead {
  return read(name, 'choices must be given by number', typed(cast), {
    select: ['LogicalName'],
    expand: 'OptionSet($select=Options)',
    slim: (column) => ({
      ...picked(column, ['LogicalName']),
      options: objectsIn(
        isJsonObject(column['OptionSet'] ?? null) ? (column['OptionSet'] as JsonObject)['Options'] : undefined,
      ).map(slimOption),
    }),
  });
}

function slimOption(option: JsonObject): JsonObject {
  return {
    ...picked(option, ['Value', 'State']),
    label: nested(option, ['Label', 'UserLocalizedLabel', 'Label']) ?? '',
  };
}

function nested(object: JsonObject, path: readonly string[]): string | undefined {
  let value: Json | undefined = object;
  for (const name of path) value = isJsonObject(value ?? null) ? (value as JsonObject)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
