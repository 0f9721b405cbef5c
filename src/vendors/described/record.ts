import type { Call, Reply } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { exactNumber, type Json } from '../../core/json.ts';
import type { BulkReads, RecordRead, RecordReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { notShown } from '../shared/record-reads.ts';
import type { ReadForm } from './form.ts';
import { withValue } from './pages.ts';
import { lookUp, placed } from './pointers.ts';
import { fits, refusalIn } from './refusal.ts';
import { shownRecord } from './shown-record.ts';
import { filledJson, filledPath } from './templates.ts';
import { headersOf, queryOf, type Described } from './write.ts';

/** How the records of a described vendor are read. */
export function describedRecords(described: Described, read: ReadForm): RecordReads {
  const { form, fields } = described;
  const bulk = bulkReads(described, read);
  const together = [...fields.values()]
    .filter(({ said }) => said.needs !== undefined)
    .map(({ name, said }) => [name, said.needs ?? []].flat());
  return {
    call: (edit) => readCall(described, read, edit),
    read: (reply, call) => recordRead(described, read, reply, call),
    ...(bulk === undefined ? {} : { bulk }),
    echoed: (echo) => shownRecord(described, read, echo),
    waitsMs: read.lag === undefined ? [0, 2_000] : [0, read.lag, read.lag, 2 * read.lag],
    ...(together.length === 0 ? {} : { sentTogether: together }),
    sideEffectFields: () => [...(form.readOnly?.values() ?? [])].flat(),
  };
}

function readCall({ form, settings }: Described, read: ReadForm, edit: Edit): Call {
  const { id } = edit;
  const { method = 'GET' } = read;
  return jsonCall({
    method,
    path: filledPath(read.path, { ...settings, id }),
    query: queryOf(read.query, { ...settings, id }),
    headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
    ...(method === 'POST' ? { body: filledJson(read.constant ?? {}, { id }, settings) } : {}),
    edits: [edit],
    step: 'read',
    quotaGroup: 'calls',
  });
}

function recordRead(described: Described, read: ReadForm, reply: Reply, call: Call): RecordRead {
  const { form } = described;
  const { title } = form;
  const body = jsonBody(reply);
  const { absent } = read;
  if (reply.status === 204)
    return { kind: 'absent', code: 'not-found', message: `${title} shows no such record (HTTP 204).` };
  const shown =
    reply.status === 200
      ? shownRecord(described, read, lookUp(body, read.record ?? ''), reply, call.edits[0]?.id)
      : undefined;
  if (shown !== undefined) return { kind: 'found', record: shown };
  if (absent?.some((rule) => fits(rule, reply, body, refusalIn(form, body))) === true)
    return { ...notShown({ ...reply, status: 404 }, title) };
  if (absent !== undefined && reply.status === 404)
    return { kind: 'unknown', message: `${title} does not show this record`, absentIf: 'another-read-succeeded' };
  if (reply.status === 403 || reply.status === 405)
    return { kind: 'unsupported', message: `${title} does not let this account read records (HTTP ${reply.status})` };
  return notShown(reply, title);
}

/** Reads of several records; undefined where the file names none. */
function bulkReads(described: Described, read: ReadForm): BulkReads | undefined {
  const { many } = read;
  // A list shows no header of a single record: its guard would be lost.
  if (many === undefined || read.guard?.header !== undefined) return undefined;
  const { form, settings } = described;
  const { ids, method = 'GET' } = many;
  return {
    most: many.most,
    key: () => 'many',
    call: (_key, edits) => {
      const wanted = edits.map(({ id }) => id);
      const inQuery =
        ids.query === undefined
          ? []
          : ids.as === 'repeated'
            ? wanted.map((id) => [ids.query ?? '', id] as const)
            : [[ids.query, wanted.join(',')] as const];
      const bodyIds = wanted.map((id): Json => (ids.numbers === true && /^\d{1,30}$/.test(id) ? exactNumber(id) : id));
      const call = jsonCall({
        method,
        path: filledPath(many.path, settings),
        query: [...queryOf(many.query, settings), ...inQuery],
        headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
        ...(method === 'POST'
          ? { body: placed(filledJson(many.constant ?? {}, {}, settings), ids.at ?? '', bodyIds) }
          : {}),
        edits,
        step: 'batch-read',
        quotaGroup: 'calls',
      });
      return many.pageSize === undefined ? call : withValue(call, many.pageSize, wanted.length);
    },
    read: (reply, call) => {
      const asked = call.edits.map(({ id }) => id);
      if (reply.status === 204) return many.missing === 'absent' ? { found: [], absent: asked } : undefined;
      const entries = reply.status === 200 ? lookUp(jsonBody(reply), many.records) : undefined;
      if (!Array.isArray(entries)) return undefined;
      const found = (entries as readonly Json[]).flatMap(
        (entry) => shownRecord(described, read, lookUp(entry, many.record ?? '')) ?? [],
      );
      const shown = new Set(found.map(({ id }) => id));
      return { found, absent: many.missing === 'absent' ? asked.filter((id) => !shown.has(id)) : [] };
    },
  };
}
