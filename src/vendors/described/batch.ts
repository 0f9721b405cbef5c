import type { Call, Verdict } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { BatchWrites } from '../../core/vendor.ts';
import { jsonCall } from '../shared/json-call.ts';
import type { BatchForm, VendorForm } from './form.ts';
import { lookUp, placed } from './pointers.ts';
import { blamedField, isSame, labelsIn, textAt } from './refusal.ts';
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
      return jsonCall({
        method: batch.method,
        path: filledPath(batch.path, settings),
        ...(query.length === 0 ? {} : { query }),
        headers: headersOf(form, settings, 'application/json'),
        body: placed({}, batch.records, records),
        edits,
        step: 'batch',
        repeatable: batch.repeatable === undefined || batch.repeatable === 'yes',
        quotaGroup: form.quotas?.some(({ of }) => of === 'batches') === true ? 'batches' : 'calls',
      });
    },
  };
}

/**
 * One verdict for each edit; undefined where the reply is not of the declared form. What it does not say is `unnamed`: the record is read. A refusal of a
 * record counts more than a success of it.
 */
export function batchVerdicts(
  form: VendorForm,
  batch: BatchForm,
  body: Json | undefined,
  call: Call,
): readonly Verdict[] | undefined {
  const outcomes = namedOutcomes(batch, lookUp(body, batch.outcomes));
  const failures = batch.failures === undefined ? [] : namedOutcomes(batch, lookUp(body, batch.failures), true);
  if (outcomes === undefined && (failures === undefined || failures.length === 0)) return undefined;
  const { edits } = call;
  if (batch.by === 'position' && outcomes?.length !== edits.length) return edits.map(() => ({ kind: 'unnamed' }));
  return edits.map(({ id }, row) => {
    const wanted = batch.by === 'id' ? id : String(row);
    const own = [...(outcomes ?? []), ...(failures ?? [])]
      .filter((one) => one.name === wanted)
      .map((one) => verdictOf(form, batch, one, call, row));
    return (
      own.find(({ kind }) => kind === 'rejected') ?? (own.length === 1 ? own[0] : undefined) ?? { kind: 'unnamed' }
    );
  });
}

interface Outcome {
  /** The position, the id or the key. */
  readonly name: string | undefined;
  readonly said: Json;
  readonly isRefusal: boolean;
}

/** A list of outcomes that hold their names, or an object with the names. */
function namedOutcomes(
  { by, outcomeKey }: BatchForm,
  found: Json | undefined,
  isRefusal = false,
): readonly Outcome[] | undefined {
  if (Array.isArray(found))
    return (found as readonly Json[]).map((said, position) => ({
      name: by === 'position' ? String(position) : textAt(said, outcomeKey),
      said,
      isRefusal,
    }));
  if (!isJsonObject(found) || by === 'position' || outcomeKey !== undefined) return undefined;
  return Object.entries(found).map(([name, said]) => ({ name, said: said ?? null, isRefusal }));
}

function verdictOf(
  form: VendorForm,
  { success, listed, code, message, record, field, fieldAs }: BatchForm,
  { said, isRefusal }: Outcome,
  call: Call,
  row: number,
): Verdict {
  if (!isRefusal && success !== undefined && isSame(lookUp(said, success.at) ?? null, success.equals)) {
    const echo = record === undefined ? undefined : lookUp(said, record);
    return echo === undefined ? { kind: 'applied' } : { kind: 'applied', echo };
  }
  if (!isRefusal && listed === true) return { kind: 'applied' };
  const words = plainTexts(message === undefined ? undefined : lookUp(said, message));
  const coded = textAt(said, code);
  if (coded === undefined && words.length === 0 && !isRefusal) return { kind: 'unnamed' };
  const named = field === undefined ? undefined : lookUp(said, field);
  const blamed =
    named === undefined || named === null
      ? undefined
      : blamedField(form, fieldAs === undefined ? {} : { fieldAs }, named, call, row);
  const labels = fieldAs === 'label' && field === undefined ? labelsIn(form, words.join(' ')).join(', ') : '';
  const subject = blamed ?? labels;
  const told = words.length === 0 ? 'no reason given' : words.join('; ');
  return {
    kind: 'rejected',
    code: excerpt(coded ?? 'refused', 80),
    message: excerpt(subject === '' ? told : `${subject}: ${told}`, 500),
  };
}

/** A message, or a list of them. */
function plainTexts(found: Json | undefined): readonly string[] {
  return (Array.isArray(found) ? (found as readonly Json[]) : [found ?? null]).flatMap((one) => scalarText(one) || []);
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
