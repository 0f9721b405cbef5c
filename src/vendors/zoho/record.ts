import type { Change, Edit } from '../../core/edit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { FieldValue, FoundRecord, RecordRead, RecordReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { followers, idIn, listBody, notShown, titleIn } from '../shared/record-reads.ts';
import { zohoRead } from './write.ts';

/* Reading deals by id. https://www.zoho.com/crm/developer/docs/api/v8/get-records.html, as of 2026-10. */

/** What a read asks for besides the fields of the edits. */
const always = ['Deal_Name', 'Modified_Time'] as const;

/** Most fields of one read. */
const mostFields = 50;

/** The parameter may hold 1,024 characters: 46 ids of 19 digits where each comma counts as `%2C`. */
const mostIds = 46;

/** What the settings and the account's list of fields say about what a read shows. */
export interface ReadingRules {
  readonly guarded: boolean;
  /** Fields that the organisation keeps from the API. */
  readonly restricted?: ReadonlySet<string>;
  /** Fields of formatted text. */
  readonly rich?: ReadonlySet<string>;
}

/** Formatted text is read cut at so many characters. https://www.zoho.com/crm/developer/docs/api/v7/get-rich-text-fields.html, as of 2026-10. */
const cutAt = 500;

export function zohoRecords(told: ReadingRules): RecordReads {
  const record = (data: Json): FoundRecord | undefined => recordOf(data, told);
  return {
    // The whole deal: the published description knows no parameter here, and a list of fields holds fifty at most.
    call: (edit) => zohoRead(`/Deals/${encodeURIComponent(edit.id)}`, 'read', [], [edit]),
    read: (reply) => {
      // Which of the three says that there is none is not confirmed: https://github.com/api-evangelist/zoho-crm lists them all.
      if (reply.status === 204) return absent;
      const [only] = listBody(reply, 'data') ?? [];
      const found = only === undefined ? undefined : record(only);
      if (found !== undefined) return { kind: 'found', record: found };
      const body = reply.status === 400 ? jsonBody(reply) : undefined;
      return isJsonObject(body) && namesTheId(body) ? absent : notShown(reply, 'Zoho CRM');
    },
    bulk: {
      most: mostIds,
      key: (edit) => (edit.changes.length > 0 && edit.changes.length <= mostFields - 10 ? 'deals' : undefined),
      call: (_key, edits) =>
        zohoRead(
          '/Deals',
          'batch-read',
          [
            ['ids', [...new Set(edits.map(({ id }) => id))].join(',')],
            [
              'fields',
              fieldList(edits.flatMap(({ changes }) => changes.map(({ field }) => field).concat(movedBy(changes)))),
            ],
            ['per_page', '200'],
          ],
          edits,
        ),
      read: (reply, { edits }) => {
        if (reply.status === 204) return { found: [], absent: [] };
        const found = listBody(reply, 'data')?.flatMap((one) => record(one) ?? []);
        return found && { found: found.filter((one) => showsAll(one, edits)), absent: [] };
      },
    },
    // Replies to writes show no field. https://www.zoho.com/crm/developer/docs/api/v8/update-records.html, 2026-10.
    waitsMs: [0, 2_000, 10_000],
    sideEffectFields: movedBy,
    linkedFields: (changes) => followers(changes, linkedWith),
  };
}

const absent: RecordRead = {
  kind: 'absent',
  code: 'not-found',
  message: 'Zoho CRM shows no such deal.',
  hint: 'Check the id and that this user may see it; --blind sends without reading.',
};

function namesTheId(body: JsonObject): boolean {
  const data = body['data'];
  const entry = Array.isArray(data) ? (data as readonly Json[])[0] : body;
  const details = isJsonObject(entry) ? entry['details'] : undefined;
  return (
    isJsonObject(entry) && entry['code'] === 'INVALID_DATA' && isJsonObject(details) && details['api_name'] === 'id'
  );
}

function fieldList(asked: readonly string[]): string {
  return [...new Set([...always, ...asked])].slice(0, mostFields).join(',');
}

/** A deal whose fields the read could not ask for, or that hides one of them from this user, is read by itself. */
function showsAll(record: FoundRecord, edits: readonly Edit[]): boolean {
  return edits
    .filter(({ id }) => id === record.id)
    .every(({ changes }) => changes.every(({ field }) => record.values.has(field)));
}

/** Zoho changes these by itself, and an undo puts them back. */
function movedBy(changes: readonly Change[]): readonly string[] {
  return followers(changes, moved);
}

const movedByStage = ['Probability', 'Reason_For_Loss__s'] as const;
const moved = { Stage: movedByStage };

const linkedWith: Readonly<Record<string, readonly string[]>> = {
  Stage: ['Expected_Revenue', 'Overall_Sales_Duration', 'Sales_Cycle_Duration', ...movedByStage],
  Amount: ['Expected_Revenue'],
  Probability: ['Expected_Revenue'],
  Currency: ['Exchange_Rate', 'Amount', 'Expected_Revenue'],
};

/**
 * Lookups are shown with names, which are cut off. Fields that the organisation has restricted read as null though they are filled, so a null of one
 * says nothing; nor does a text that may be cut: an undo would write it back so. Where the list of fields does not say which are formatted, it is one of
 * exactly that length.
 */
function recordOf(data: Json, { guarded, restricted, rich }: ReadingRules): FoundRecord | undefined {
  const record = dealRecord(data, (name, value) => {
    if (name.startsWith('$') || (value === null && restricted?.has(name) === true)) return false;
    return typeof value !== 'string' || (rich?.has(name) === true ? value.length < cutAt : value.length !== cutAt);
  });
  const modified = isJsonObject(data) && guarded ? data['Modified_Time'] : undefined;
  return record === undefined || typeof modified !== 'string'
    ? record
    : { ...record, guard: { in: 'header', name: 'If-Unmodified-Since', value: modified } };
}

/** A deal with those of its values that `isShown` takes; a lookup is its id. */
export function dealRecord(data: Json, isShown: (name: string, value: Json) => boolean): FoundRecord | undefined {
  const id = isJsonObject(data) ? idIn(data, 'id') : undefined;
  if (!isJsonObject(data) || id === undefined) return undefined;
  const values = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(data))
    if (value !== undefined && name !== 'id' && isShown(name, value))
      values.set(name, { value: isJsonObject(value) && typeof value['id'] === 'string' ? { id: value['id'] } : value });
  return { id, values, ...titleIn(data, 'Deal_Name') };
}
