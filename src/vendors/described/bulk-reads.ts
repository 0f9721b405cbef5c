import type { Call } from '../../core/call.ts';
import { exactNumber, type Json } from '../../core/json.ts';
import type { BulkReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import type { ReadForm } from './form.ts';
import { withValue } from './pages.ts';
import { lookUp, placed } from './pointers.ts';
import { shownRecord } from './shown-record.ts';
import { filledJson, filledPath } from './templates.ts';
import { headersOf, queryOf, type Described } from './write.ts';

/** Reads of several records; undefined where the file names none. */
export function bulkReads(described: Described, read: ReadForm): BulkReads | undefined {
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
      const call: Call = {
        method,
        path: filledPath(many.path, settings),
        query: [...queryOf(many.query, settings), ...inQuery],
        headers: headersOf(form, settings, method === 'POST' ? 'application/json' : undefined),
        ...(method === 'POST'
          ? { body: placed(filledJson(many.constant ?? {}, {}, settings), ids.at ?? '', bodyIds) }
          : {}),
        edits,
        step: 'batch-read',
        repeatable: true,
        quotaGroup: 'calls',
      };
      return many.pageSize === undefined ? call : withValue(call, many.pageSize, wanted.length);
    },
    read: (reply, call) => {
      const asked = call.edits.map(({ id }) => id);
      if (reply.status === 204) return many.missing === 'absent' ? { found: [], absent: asked } : undefined;
      const entries = reply.status === 200 ? lookUp(jsonBody(reply), many.records) : undefined;
      if (!Array.isArray(entries)) return undefined;
      const found = (entries as readonly Json[]).flatMap((entry) => {
        const record = shownRecord(described, read, lookUp(entry, many.record ?? ''));
        return record === undefined ? [] : [record];
      });
      const shown = new Set(found.map(({ id }) => id));
      return { found, absent: many.missing === 'absent' ? asked.filter((id) => !shown.has(id)) : [] };
    },
  };
}
