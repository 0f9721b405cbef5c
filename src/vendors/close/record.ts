import type { RecordReads } from '../../core/vendor.ts';
import { followers, memberRecord, notShown, objectBody, recordCall } from '../shared/record-reads.ts';

/** Besides the fields of an edit, those that anybody would miss: what else a write changes of them is said. */
export const watchedFields = [
  'status_id',
  'value',
  'value_currency',
  'value_period',
  'confidence',
  'user_id',
  'contact_id',
  'date_won',
];

/** An opportunity has no name of its own: people know it by its lead. */
export const closeRecord = memberRecord('id', 'lead_name');

const moved = { status_id: ['date_won'] } as const;

/** One GET, narrowed to the fields of the edit and those that are watched. https://developer.close.com/api/resources/opportunities/list, 2026-10. */
export const closeRecords: RecordReads = {
  call: (edit) => {
    const asked = [...edit.changes.map(({ field }) => field), ...followers(edit.changes, moved)];
    const names = [...new Set([...asked, ...watchedFields, 'lead_name'])];
    const query = asked.length === 0 ? [] : [['_fields', ['id', ...names].join(',')] as const];
    return recordCall(edit, `/opportunity/${encodeURIComponent(edit.id)}/`, 'GET /opportunity', query);
  },
  read: (reply, call) => {
    const record = closeRecord(objectBody(reply) ?? null);
    if (record === undefined) return notShown(reply, 'Close');
    const values = new Map(record.values);
    // A custom field without a value is left out of the record.
    for (const { field } of call.edits[0]?.changes ?? [])
      if (field.startsWith('custom.') && !values.has(field)) values.set(field, { value: null });
    return { kind: 'found', record: { ...record, values } };
  },
  echoed: closeRecord,
  waitsMs: [0, 2_000],
  // A won status fills date_won with today, and going back leaves it there.
  sentTogether: [['status_id', 'date_won']],
  sideEffectFields: (changes) => followers(changes, moved),
  // Close keeps both forms of the note, and may rewrite the XHTML of one.
  linkedFields: (changes) =>
    changes.flatMap(({ field }) =>
      field === 'note' ? ['note_html'] : field === 'note_html' ? ['note', 'note_html'] : [],
    ),
};
