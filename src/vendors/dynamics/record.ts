import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { FieldValue, FieldValues, FoundRecord, RecordReads, Settings } from '../../core/vendor.ts';
import { followers, idIn, listBody, notShown, objectBody, titleIn } from '../shared/record-reads.ts';
import { recordAudit } from './audit.ts';
import { bound, partsOf } from './forms.ts';
import type { DynamicsNames } from './names.ts';
import { movedByState } from './states.ts';
import { annotated, dynamicsGet, lookupTarget, selected } from './write.ts';

/*
 * Reading opportunities. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/retrieve-entity-using-web-api and
 * …/webapi/query/filter-rows, as of 2026-10.
 */

/** What decides whether an edit can be made, and what people call the record. */
const always = ['name', 'statecode', 'statuscode', 'isrevenuesystemcalculated'] as const;

const mostTogether = 50;

export function dynamicsRecords(names: DynamicsNames, settings: Settings): RecordReads {
  const all = names.fields
    .filter(({ writes, readOnly }) => writes === undefined && readOnly === undefined)
    .map(({ name }) => name);
  const record = (data: Json): FoundRecord | undefined => recordOf(data, names, settings);
  const asked = (edits: readonly Edit[]): string => {
    const isWhole = edits.some(({ changes }) => changes.length === 0);
    const named = edits.flatMap(({ changes }) => [
      ...changes.map(({ field }) => field),
      ...followers(changes, movedByState),
    ]);
    return selected([...always, ...(isWhole ? all : named)], names);
  };
  return {
    call: (edit) =>
      dynamicsGet(`/opportunities(${encodeURIComponent(edit.id)})`, 'read', [['$select', asked([edit])]], [edit], {
        prefer: annotated,
      }),
    read: (reply) => {
      const found = record(objectBody(reply) ?? null);
      return found === undefined ? notShown(reply, 'Dynamics 365') : { kind: 'found', record: found };
    },
    bulk: {
      most: mostTogether,
      key: ({ changes }) => (changes.length === 0 ? 'whole' : 'named'),
      call: (_key, edits) => {
        const ids = [...new Set(edits.map(({ id }) => id.toLowerCase()))];
        return dynamicsGet(
          '/opportunities',
          'batch-read',
          [
            ['$select', asked(edits)],
            // Whether the function In takes ids is not confirmed; comparisons always do.
            ['$filter', ids.map((id) => `opportunityid eq ${id}`).join(' or ')],
          ],
          edits,
          { prefer: annotated },
        );
      },
      read: (reply) => {
        const found = listBody(reply, 'value')?.flatMap((one) => record(one) ?? []);
        return found && { found, absent: [] };
      },
    },
    echoed: record,
    waitsMs: [0, 2_000],
    // Without its outcome a win takes the estimate instead, whatever the record still holds from an earlier one.
    sentTogether: [['statecode', 'statuscode', 'actualvalue', 'actualclosedate']],
    sideEffectFields: (changes) => followers(changes, movedByState),
    linkedFields: (changes) => followers(changes, linkedWith),
    audit: (edit, values) => recordAudit(edit, values, names.stateOf),
  };
}

/** Columns that the service may change along with these. */
const linkedWith: Readonly<Record<string, readonly string[]>> = {
  ...movedByState,
  transactioncurrencyid: ['estimatedvalue', 'actualvalue', 'budgetamount'],
  isrevenuesystemcalculated: ['estimatedvalue'],
};

/** The record that a reply shows, with its version as the guard of a write. */
export function recordOf(data: Json, names: DynamicsNames, settings: Settings): FoundRecord | undefined {
  const id = isJsonObject(data) ? idIn(data, 'opportunityid') : undefined;
  if (!isJsonObject(data) || id === undefined) return undefined;
  const tag = data['@odata.etag'];
  const environment = settings['environment'] ?? '';
  return {
    id,
    values: valuesOf(data, names),
    ...titleIn(data, 'name'),
    // https://learn.microsoft.com/power-apps/developer/model-driven-apps/open-forms-views-dialogs-reports-url, 2026-10.
    ...(environment === ''
      ? {}
      : {
          link: `https://${environment}/main.aspx?etn=opportunity&pagetype=entityrecord&id=%7B${encodeURIComponent(id)}%7D`,
        }),
    ...(names.locks && typeof tag === 'string' && tag !== ''
      ? { guard: { in: 'header', name: 'if-match', value: tag } }
      : {}),
  };
}

/** A lookup is read as `_column_value`, with an annotation that names its table; it is kept as `/set(id)`, the way it is written. */
function valuesOf(data: JsonObject, names: DynamicsNames): FieldValues {
  const values = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined || name.includes('@') || name === 'opportunityid') continue;
    const column = /^_(.+)_value$/.exec(name)?.[1];
    if (column === undefined)
      values.set(name, { value: value !== null && names.isSeveral(name) ? partsOf(value) : value });
    else if (value === null) values.set(column, { value: null });
    else {
      const table = data[`${name}@${lookupTarget}`];
      const set = typeof table === 'string' ? names.entitySet(table) : undefined;
      // Without its table a lookup can neither be compared nor put back.
      if (set !== undefined) values.set(column, { value: bound(set, scalarText(value) ?? '') });
    }
  }
  return values;
}
