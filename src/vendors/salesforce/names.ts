import type { Reply } from '../../core/call.ts';
import type { ValueForm } from '../../core/field.ts';
import { scalarText, type JsonObject } from '../../core/json.ts';
import type { Metadata, MetadataRead, MetadataReads, Settings } from '../../core/vendor.ts';
import { metadataCall, namedThings, objectsIn, picked, textIn } from '../shared/metadata-reads.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { objectBody } from '../shared/record-reads.ts';
import { refined } from '../shared/value-forms.ts';
import { slimField, type BetterForms } from './describe.ts';
import { picklistForm, type PicklistValue } from './forms.ts';
import { longId, recordIdProblem } from './ids.ts';
import { nextPage, pageRecords, queryCall } from './soql.ts';
import { allCalls, dataPath } from './write.ts';

/*
 * What an org says of itself: the fields that this user sees, the stages, the users. https://developer.salesforce.com/docs/platform/api-rest/guide/ and
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunitystage.htm, 2026-11.
 */

const recordTypeMark = 'recordTypeId';

export function salesforceMetadata(settings: Settings): MetadataReads {
  return {
    reads: [
      {
        name: 'fields',
        without: 'fields must be given by API name, and their values are not checked',
        call: metadataCall(`${dataPath(settings)}/sobjects/Opportunity/describe`, allCalls),
        items: describeItems,
      },
      queried(settings, {
        name: 'stages',
        without: 'stages must be given unchecked, with --setting picklist-values=any',
        soql: 'SELECT ApiName, MasterLabel, IsActive, IsClosed, IsWon, DefaultProbability, ForecastCategoryName, SortOrder FROM OpportunityStage',
        kept: ['ApiName', 'MasterLabel', 'IsActive', 'IsClosed', 'SortOrder'],
      }),
      queried(settings, {
        name: 'users',
        without: 'owners must be given by id',
        soql: 'SELECT Id, Name, Email, Username, IsActive FROM User WHERE IsActive = true',
        kept: ['Id', 'Name', 'Email', 'Username'],
      }),
    ],
    helpsWith: (need, name) => {
      if (need === 'name') return true;
      if (need === 'field') return /__c(\.(add|remove))?$/.test(name) || listedFields.has(name);
      return name === 'OwnerId' || name === 'RecordTypeId' || listedFields.has(name);
    },
  };
}

/** Fields whose values only the org's own lists can judge. */
const listedFields: ReadonlySet<string> = new Set([
  'StageName',
  'Type',
  'LeadSource',
  'ForecastCategoryName',
  'CurrencyIsoCode',
]);

function queried(
  settings: Settings,
  {
    soql,
    kept,
    ...read
  }: Pick<MetadataRead, 'name' | 'without'> & { readonly soql: string; readonly kept: readonly string[] },
): MetadataRead {
  return {
    ...read,
    call: queryCall(settings, soql, 'metadata'),
    items: (reply) => pageRecords(reply)?.map((record) => picked(record, kept)),
    next: nextPage,
  };
}

/** Fields and record types of describe, in one list: both come with one call. */
function describeItems(reply: Reply): readonly JsonObject[] | undefined {
  const body = objectBody(reply);
  if (!Array.isArray(body?.['fields'])) return undefined;
  const types = objectsIn(body['recordTypeInfos']).filter(
    (type) => type['available'] !== false && type['master'] !== true,
  );
  return objectsIn(body['fields'])
    .map(slimField)
    .concat(types.map((type) => picked(type, [recordTypeMark, 'name'])));
}

/** What the metadata teach; `described` is absent where the fields could not be read. */
export interface OrgNames {
  readonly described?: readonly JsonObject[];
  readonly forms: BetterForms;
  readonly closes: (stage: string) => boolean | undefined;
}

export function orgNames(metadata: Metadata, anyText: boolean): OrgNames {
  const entries = metadata['fields'];
  const fields = entries?.filter((entry) => entry[recordTypeMark] === undefined) ?? [];
  // A list without any field is not a list of an object's fields.
  const described = fields.length === 0 ? undefined : fields;
  const types = entries?.filter((entry) => entry[recordTypeMark] !== undefined) ?? [];
  const stages = metadata['stages']
    ?.map(stageValue)
    .filter(({ value }) => value !== '')
    .sort((one, other) => one.order - other.order);
  const closed = new Map(
    metadata['stages']?.map((stage) => [textIn(stage, 'ApiName') ?? '', stage['IsClosed'] === true]),
  );
  const users = metadata['users'];
  return {
    ...(described === undefined ? {} : { described }),
    forms: {
      StageName: stages === undefined ? undefined : picklistForm(stages, anyText),
      OwnerId:
        users === undefined
          ? undefined
          : namedForm('user', userThings(users), 'Give the e-mail address, the user name or the id of a user.'),
      RecordTypeId:
        types.length === 0
          ? undefined
          : namedForm(
              'record type',
              namedThings(types, recordTypeMark, ['name']),
              'Give the name or the id of a record type.',
              true,
            ),
    },
    closes: (stage) => closed.get(stage),
  };
}

function stageValue(stage: JsonObject): PicklistValue & { readonly order: number } {
  const value = textIn(stage, 'ApiName') ?? textIn(stage, 'MasterLabel') ?? '';
  const order = Number(scalarText(stage['SortOrder'] ?? null) ?? '0');
  return { value, label: textIn(stage, 'MasterLabel') ?? value, active: stage['IsActive'] !== false, order };
}

function userThings(users: readonly JsonObject[]): readonly NamedThing[] {
  const things = namedThings(users, 'Id', ['Name', 'Email', 'Username']);
  return things.map(({ id, names }) => ({ id, names: [...new Set(names)] }));
}

/** A reference by name; an id is sent in its long spelling. */
function namedForm(noun: string, things: readonly NamedThing[], hint: string, listed = false): ValueForm {
  const known = new Set(things.flatMap(({ names }) => names.map((name) => name.trim().toLowerCase())));
  const form = nameForm({
    noun,
    // A name of 15 letters is not an id.
    isId: (text) => recordIdProblem(text) === undefined && !known.has(text.toLowerCase()),
    things,
    hint,
    listed,
  });
  return refined(form, (id) => ({ value: longId(scalarText(id) ?? '') }));
}
