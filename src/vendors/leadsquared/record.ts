import { utcSpaceText } from '../../core/dates.ts';
import type { Edit } from '../../core/edit.ts';
import type { FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, type JsonObject } from '../../core/json.ts';
import type { BulkReads, FieldValue, FoundRecord, RecordReads, Settings } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { objectsIn } from '../shared/metadata-reads.ts';
import { idIn, notShown, objectBody, recordCall, titleIn } from '../shared/record-reads.ts';
import { guidForm } from './fields.ts';
import { eventCodeField, eventCodeOf } from './write.ts';

/** One GET; the record says of each field what type it is. https://apidocs.leadsquared.com/get-an-opportunity-by-id/, 2026-10. */
export function leadsquaredRecords(settings: Settings): RecordReads {
  return {
    call: (edit) =>
      recordCall(edit, '/OpportunityManagement.svc/GetOpportunityDetails', 'calls', [['OpportunityId', edit.id]]),
    read: (reply, { edits: [edit] }) => {
      const body = objectBody(reply);
      const record = body === undefined ? undefined : detailsRecord(body, edit);
      if (record !== undefined) return { kind: 'found', record };
      // Whether the AutoId value is understood by the read is not documented.
      return edit !== undefined && guidForm.test(edit.id)
        ? notShown(reply, 'LeadSquared', { anyIsAbsent: true })
        : { kind: 'unknown', message: 'LeadSquared does not show an opportunity by this AutoId value' };
    },
    bulk: bulkReads(settings),
    echoed: (echo) => {
      const named = isJsonObject(echo) ? echo['Message'] : undefined;
      const id = isJsonObject(named) ? idIn(named, 'Id') : undefined;
      return id === undefined ? undefined : { id, values: new Map() };
    },
    // Its reply shows nothing of the record, and reads follow writes after some seconds.
    waitsMs: [0, 3_000, 5_000, 10_000, 20_000, 30_000],
    // A stage has to be valid under its status.
    sentTogether: [['Status', 'mx_Custom_2']],
  };
}

function detailsRecord(body: JsonObject, edit: Edit | undefined): FoundRecord | undefined {
  const id = idIn(body, 'ID');
  if (id === undefined) return undefined;
  const values = new Map<string, FieldValue>();
  for (const field of objectsIn(body['Fields'])) {
    const name = field['SchemaName'];
    if (typeof name === 'string') values.set(name, fieldValue(field));
  }
  const note = body['OpportunityNote'];
  if (note !== undefined) values.set('OpportunityNote', { value: note });
  const record = { id, values, ...titleIn(body, 'OpportunityName') };
  if (edit === undefined || guidForm.test(edit.id)) return record;
  // An AutoId is the value of one of its fields.
  const isShown = [...values.values()].some(({ value }) => scalarText(value) === edit.id);
  return isShown ? { ...record, formerIds: [edit.id] } : undefined;
}

const fieldTypes: Readonly<Record<string, FieldType>> = { Number: 'decimal', DateTime: 'date-time' };

function fieldValue({ Value: value = null, DataType: type }: JsonObject): FieldValue {
  const known = typeof type === 'string' ? fieldTypes[type] : undefined;
  if (known === undefined) return { value };
  return { value: known === 'date-time' && typeof value === 'string' ? sortedDate(value) : value, type: known };
}

/** Up to 2,000 opportunities a read. What an entry leaves out of the asked columns is looked up by itself. */
function bulkReads(settings: Settings): BulkReads {
  return {
    most: 2_000,
    key: (edit) => (guidForm.test(edit.id) && edit.changes.length > 0 ? eventCodeOf(edit, settings) : undefined),
    call: (code, edits) =>
      jsonCall({
        method: 'POST',
        path: '/OpportunityManagement.svc/GetOpportunitiesById',
        body: {
          SearchParameters: [
            {
              EventCode: Number(code),
              ProspectActivityId: [...new Set(edits.map(({ id }) => id))],
              Columns: { Include_CSV: [...new Set(edits.flatMap(columnsOf))].join(',') },
            },
          ],
        },
        edits,
        step: 'batch-read',
        quotaGroup: 'bulk',
      }),
    read: (reply, { edits }) => {
      const groups = reply.status === 200 ? jsonBody(reply) : undefined;
      if (!Array.isArray(groups)) return undefined;
      const asked = new Map(edits.map((edit) => [edit.id.toLowerCase(), edit]));
      const found = objectsIn(groups)
        .flatMap((group) => objectsIn(group['Opportunities']))
        .flatMap((record) => {
          const edit = asked.get((idIn(record, 'ProspectActivityId') ?? '').toLowerCase());
          return (edit === undefined ? undefined : entryRecord(edit, record)) ?? [];
        });
      // What is not there is left out without a word, so that nothing is known to be absent.
      return { found, absent: [] };
    },
  };
}

function columnsOf({ changes }: Edit): readonly string[] {
  return changes.map(({ field }) => field).filter((field) => field !== eventCodeField);
}

const momentForm = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** Undefined where the entry lacks a column that was asked for: the opportunity is then read by itself. */
function entryRecord(edit: Edit, record: JsonObject): FoundRecord | undefined {
  const values = new Map<string, FieldValue>();
  for (const { field, value: asked } of edit.changes) {
    if (field === eventCodeField) continue;
    const value = record[field];
    if (value === undefined) return undefined;
    // The entry does not say which of its texts are moments; the form of what is to be written does.
    const moment = typeof value === 'string' && typeof asked === 'string' && momentForm.test(asked);
    values.set(field, { value: moment ? sortedDate(value) : value });
  }
  return { id: idIn(record, 'ProspectActivityId') ?? '', values };
}

const americanDate = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([AP])M)?)?$/i;

/** `M/D/YYYY h:mm:ss AM`, which some reads show, as `YYYY-MM-DD HH:MM:SS`, the form that is written. Both are UTC. */
function sortedDate(text: string): string {
  const match = americanDate.exec(text);
  if (match === null) return text;
  const [, month, day, year, hour = '0', minute = '0', second = '0', half] = match;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  const epochMs = Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second));
  return utcSpaceText({ epochMs, dayOnly: false });
}
