import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { parseDecimal } from '../../core/decimal.ts';
import type { Audit, FieldValue, FieldValues, FoundRecord, RecordReads } from '../../core/vendor.ts';
import { followers, idIn, listBody, notShown, objectBody, titleIn } from '../shared/record-reads.ts';
import { changeOf, customKey, pipedriveCall } from './write.ts';

/*
 * Reading deals. https://developers.pipedrive.com/docs/api/v1/openapi-v2.yaml, as of 2026-09. A read by id shows archived and deleted deals; a list by
 * ids leaves archived and unknown ones out, so that these are read by themselves.
 */

/** Most keys that a read may be narrowed to; without the parameter all custom fields come. */
const mostCustomKeys = 15;

/** What decides whether a deal can be edited, beside the fields of the edit; the reply holds them unasked but for the number of products. */
const included = 'products_count';

/** `times`: custom fields that hold a time of day. */
export function pipedriveRecords(times: ReadonlySet<string>): RecordReads {
  const record = (data: Json): FoundRecord | undefined => pipedriveRecord(data, times);
  return {
    call: (edit) =>
      pipedriveCall(`/v2/deals/${encodeURIComponent(edit.id)}`, {
        query: [['include_fields', included], ...customKeys([edit])],
        edits: [edit],
        step: 'read',
        cost: 1,
      }),
    read: (reply) => {
      const body = objectBody(reply);
      const found = body?.['success'] === true ? record(body['data'] ?? null) : undefined;
      return found === undefined ? notShown(reply, 'Pipedrive') : { kind: 'found', record: found };
    },
    bulk: {
      most: 100,
      key: (edit) => (edit.changes.length > 0 ? 'deals' : undefined),
      call: (_key, edits) =>
        pipedriveCall('/v2/deals', {
          query: [
            ['ids', [...new Set(edits.map(({ id }) => id))].join(',')],
            ['limit', '100'],
            ['include_fields', included],
            ...customKeys(edits),
          ],
          edits,
          step: 'batch-read',
          cost: 10,
        }),
      read: (reply) => {
        const data = objectBody(reply)?.['success'] === true ? listBody(reply, 'data') : undefined;
        return data && { found: data.flatMap((one) => record(one) ?? []), absent: [] };
      },
    },
    echoed: record,
    waitsMs: [0, 2_000],
    sideEffectFields: (changes) => followers(changes, moved).filter((field) => writableSideEffects.has(field)),
    linkedFields: (changes) => followers(changes, moved),
    audit: recordAudit,
  };
}

function customKeys(edits: readonly Edit[]): (readonly [string, string])[] {
  const keys = new Set(
    edits.flatMap(({ changes }) => changes.map(({ field }) => field).filter((field) => customKey.test(field))),
  );
  return keys.size === 0 || keys.size > mostCustomKeys ? [] : [['custom_fields', [...keys].join(',')]];
}

/** A deal as any reply shows it: custom fields stand under their keys. A time that is a bare text is the object that would be written. */
export function pipedriveRecord(data: Json, times: ReadonlySet<string> = noFields): FoundRecord | undefined {
  const id = isJsonObject(data) ? idIn(data, 'id') : undefined;
  if (!isJsonObject(data) || id === undefined) return undefined;
  const values = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(data))
    if (name !== 'custom_fields' && value !== undefined) values.set(name, { value });
  // Fields of a deal that are empty may be left out of it.
  for (const name of oftenLeftOut) if (!values.has(name)) values.set(name, { value: null });
  const custom = data['custom_fields'];
  if (isJsonObject(custom))
    for (const [name, value] of Object.entries(custom))
      if (value !== undefined)
        values.set(name, { value: times.has(name) && typeof value === 'string' ? { value } : value });
  return { id, values, ...titleIn(data, 'title') };
}

const noFields: ReadonlySet<string> = new Set();

const oftenLeftOut = [
  'won_time',
  'lost_time',
  'close_time',
  'expected_close_date',
  'org_id',
  'person_id',
  'lost_reason',
];

/** What Pipedrive changes by itself along with a change. */
const moved: Readonly<Record<string, readonly string[]>> = {
  status: [
    'won_time',
    'lost_time',
    'close_time',
    'lost_reason',
    'local_won_date',
    'local_lost_date',
    'local_close_date',
    'first_won_time',
    'probability',
  ],
  stage_id: ['pipeline_id', 'stage_change_time', 'probability'],
  pipeline_id: ['stage_id', 'stage_change_time', 'probability'],
  currency: ['value'],
  is_archived: ['archive_time'],
};

/** Those that an undo can put back; the rest follows from what it puts back. */
const writableSideEffects: ReadonlySet<string> = new Set(['lost_reason', 'stage_id']);

const restoreHint = 'Restore it there first, or leave the row out.';
const archivedMessage =
  'The deal is archived, and Pipedrive refuses every edit of it but taking it out of the archive.';

function recordAudit(edit: Edit, values: FieldValues): readonly Audit[] {
  const held = (field: string): Json => values.get(field)?.value ?? null;
  const [deleted, archived] = [held('status') === 'deleted', held('is_archived') === true];
  if (deleted) return [error('deal-deleted', 'The deal is deleted at Pipedrive.', restoreHint)];
  if (archived && !edit.changes.every(({ field, value }) => field === 'is_archived' && value === false))
    return [
      error(
        'deal-archived',
        archivedMessage,
        'Take it out first: oppatch set ID is_archived=false, then this row again.',
      ),
    ];
  const audits: Audit[] = [];
  const status = changeOf(edit, 'status')?.value ?? held('status');
  for (const [field, wanted] of Object.entries(statusOf)) {
    const one = changeOf(edit, field);
    if (one === undefined || one.value === '' || typeof status !== 'string' || wanted.includes(status)) continue;
    const message = `${field} is for deals that are ${wanted.join(' or ')}, and this one is ${status}.`;
    const hint = `Add status=${wanted[0] ?? ''}, or leave ${one.column} empty.`;
    audits.push(error('other-status', message, hint, one.column));
  }
  const value = changeOf(edit, 'value');
  const currency = changeOf(edit, 'currency')?.value ?? held('currency');
  const scale = value === undefined ? 0 : (parseDecimal(scalarText(value.value) ?? '')?.scale ?? 0);
  const most = scale > 0 && typeof currency === 'string' ? placesOf(currency) : undefined;
  if (most !== undefined && scale > most) {
    const message = `${scalarText(currency) ?? ''} has ${most} digits after the point at Pipedrive, and what it does with more is not known.`;
    audits.push(error('too-many-digits', message, 'Round the amount.', value?.column));
  }
  if (value !== undefined && Number(scalarText(held('products_count')) ?? 0) > 0)
    audits.push({
      severity: 'warning',
      code: 'value-follows-products',
      message: 'The deal has products, from which its value follows: Pipedrive may refuse or overwrite it',
      column: value.column,
    });
  return audits;
}

function error(code: string, message: string, hint: string, column?: string): Audit {
  return { severity: 'error', code, message, hint, ...(column === undefined ? {} : { column }) };
}

const statusOf: Readonly<Record<string, readonly string[]>> = {
  lost_reason: ['lost'],
  lost_time: ['lost'],
  won_time: ['won'],
  close_time: ['won', 'lost'],
};

/** Digits after the point by ISO 4217; the company's own list is not asked for, and other codes are not judged. */
function placesOf(currency: string): number | undefined {
  if (!Intl.supportedValuesOf('currency').includes(currency)) return undefined;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
}
