import type { Verdict } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { BatchWrites } from '../../core/vendor.ts';
import type { BatchForm } from './form.ts';
import { lookUp, placed } from './pointers.ts';
import { isSame, textAt } from './refusal.ts';
import { filledPath } from './templates.ts';
import { headersOf, mustNotRepeat, queryOf, recordBody, type Described } from './write.ts';

/** Calls of several edits. A row with a field of a call of its own, or with a value that must not be sent twice, goes by itself. */
export function describedBatches(described: Described, batch: BatchForm): BatchWrites {
  const { form, settings, fields } = described;
  const own = new Set((form.extra ?? []).flatMap((extra) => extra.fields));
  return {
    most: batch.most,
    key: ({ changes }) =>
      changes.some((change) => own.has(change.field) || mustNotRepeat(fields, change)) ? undefined : 'batch',
    call: (_key, edits) => {
      const records = edits.map((edit, index) => {
        const record = recordBody(described, batch, edit);
        return batch.keyAt === undefined ? record : placed(record, batch.keyAt, String(index));
      });
      const query = queryOf(batch.query, settings);
      return {
        method: batch.method,
        path: filledPath(batch.path, settings),
        ...(query.length === 0 ? {} : { query }),
        headers: headersOf(form, settings, 'application/json'),
        body: placed({}, batch.records, records),
        edits,
        step: 'batch',
        repeatable: batch.repeatable === undefined || batch.repeatable === 'yes',
        quotaGroup: form.quotas?.some(({ of }) => of === 'batches') === true ? 'batches' : 'calls',
      };
    },
  };
}

/** One verdict for each edit. What the reply does not say in a declared form is `unnamed`: the record is read. */
export function batchVerdicts(batch: BatchForm, outcomes: readonly Json[], edits: readonly Edit[]): readonly Verdict[] {
  if (batch.by === 'position') {
    if (outcomes.length !== edits.length) return edits.map(() => ({ kind: 'unnamed' }));
    return outcomes.map((outcome) => verdictOf(batch, outcome));
  }
  return edits.map(({ id }, index) => {
    const wanted = batch.by === 'key' ? String(index) : id;
    const own = outcomes
      .filter((outcome) => textAt(outcome, batch.outcomeKey) === wanted)
      .map((outcome) => verdictOf(batch, outcome));
    return (
      own.find(({ kind }) => kind === 'rejected') ?? (own.length === 1 ? own[0] : undefined) ?? { kind: 'unnamed' }
    );
  });
}

function verdictOf({ success, code, message, record }: BatchForm, outcome: Json): Verdict {
  if (!isJsonObject(outcome)) return { kind: 'unnamed' };
  const [said, told] = [textAt(outcome, code), textAt(outcome, message)];
  if (success !== undefined && isSame(lookUp(outcome, success.at) ?? null, success.equals)) {
    const echo = record === undefined ? undefined : lookUp(outcome, record);
    return echo === undefined ? { kind: 'applied' } : { kind: 'applied', echo };
  }
  if (said === undefined && told === undefined) return { kind: 'unnamed' };
  return { kind: 'rejected', code: excerpt(said ?? 'refused', 80), message: excerpt(told ?? 'no reason given', 500) };
}

/** The positions of the rows that a refusal of the whole names: as a number, in a path such as `/records/3/amount`, or by id. */
export function guiltyEdits({ guilty }: BatchForm, body: Json | undefined, edits: readonly Edit[]): readonly number[] {
  const errors = guilty === undefined ? undefined : lookUp(body, guilty.list);
  if (guilty === undefined || !Array.isArray(errors)) return [];
  const found = (errors as readonly Json[]).map((error) => {
    const text = scalarText(lookUp(error, guilty.position ?? guilty.id ?? '') ?? null) ?? '';
    return guilty.position === undefined
      ? edits.findIndex(({ id }) => id === text)
      : Number(/(?:^|[/[.])(\d{1,6})(?:$|[\]/.])/.exec(text)?.[1] ?? -1);
  });
  return [...new Set(found)]
    .filter((index) => index >= 0 && index < edits.length)
    .toSorted((one, other) => one - other);
}
