import type { Call } from '../core/call.ts';
import { listField, unasked } from '../core/difference.ts';
import type { Change, Edit } from '../core/edit.ts';
import type { Json } from '../core/json.ts';
import type { RowOutcome } from '../core/outcome.ts';
import { excerpt } from '../core/printable.ts';
import type { FieldValue, FieldValues, FoundRecord } from '../core/vendor.ts';
import type { DoubtCheck } from './doubt-check.ts';
import { contradicted, isRecordOf, stillAsBefore } from './record-proof.ts';
import type { ReadParts } from './record-reader.ts';
import type { PlanParts } from './row-planner.ts';
import { inspectHint, type CallEnd } from './send-call.ts';

/** Compares what the vendor says it did with what its replies and its records show. */
export class WriteProof {
  readonly #current: (ReadParts & PlanParts) | undefined;
  readonly #doubtCheck: DoubtCheck | undefined;

  /** `current` and `doubtCheck`: absent where this vendor's records cannot be read. */
  constructor(current: (ReadParts & PlanParts) | undefined, doubtCheck: DoubtCheck | undefined) {
    this.#current = current;
    this.#doubtCheck = doubtCheck;
  }

  /**
   * What becomes of a call that the vendor says it did, where the record in its reply is another one's or does not show what was sent: the record is
   * read again. Where it shows the changes, all is well; where it holds what it held before, nothing was done; else nobody knows. Undefined, without a
   * promise, where the reply shows what was sent: nearly always.
   */
  contradiction(call: Call, end: CallEnd, seen: FieldValues | undefined): Promise<Partial<CallEnd>> | undefined {
    const current = this.#current;
    const [edit] = call.edits;
    if (edit === undefined || end.echo === undefined || current?.echoed === undefined) return undefined;
    const record = current.echoed(end.echo, edit.changes.map(listField));
    if (record === undefined) return undefined;
    const { keyField, linkedFields, typeOf, canonicalId } = current;
    const changes = edit.changes.filter(({ field }) => field !== keyField);
    const isOther = !isRecordOf(edit.id, record, canonicalId);
    const notShown = contradicted(changes, record.values, typeOf);
    if (!isOther && notShown.length === 0) return undefined;
    const linked = new Set(notShown.length === 0 ? [] : linkedFields?.(changes));
    const undone = notShown.filter(
      (change) => !linked.has(change.field) || stillAsBefore([change], seen ?? noValues, record.values, typeOf),
    );
    return isOther || undone.length > 0
      ? this.#readContradicted(edit, record, { undone, isOther, seen }, current)
      : undefined;
  }

  /** Whether the record in a reply is another one's than the edit's; false where it shows none. */
  readonly isOther = (edit: Edit, echo: Json): boolean => {
    const record = this.#current?.echoed?.(echo, edit.changes.map(listField));
    return record !== undefined && !isRecordOf(edit.id, record, this.#current?.canonicalId);
  };

  /** The reply shows `record`, which is another one's (`isOther`) or does not show the changes that are `undone`. */
  async #readContradicted(
    edit: Edit,
    record: FoundRecord,
    { undone, isOther, seen }: { undone: readonly Change[]; isOther: boolean; seen: FieldValues | undefined },
    { typeOf, valueText, keyField }: PlanParts,
  ): Promise<Partial<CallEnd>> {
    const changes = isOther ? edit.changes.filter(({ field }) => field !== keyField) : undone;
    const answer = (await this.#doubtCheck?.({ ...edit, changes })) ?? { kind: 'unreadable' };
    if (answer.kind === 'applied') return {};
    const nothingDone =
      answer.kind === 'absent' && seen !== undefined && stillAsBefore(changes, seen, answer.values, typeOf);
    return {
      kind: nothingDone && !isOther ? 'rejected' : 'in_doubt',
      ...contradictory(record, undone, isOther, valueText),
    };
  }

  /** What a row's calls did besides what was asked, as far as their replies show the record; nothing where they did nothing. */
  alsoChanged(
    calls: readonly Call[],
    echoes: readonly Json[],
    seen: FieldValues,
  ): Pick<RowOutcome, 'code' | 'message' | 'hint'> {
    const current = this.#current;
    const echoed = current?.echoed;
    if (current === undefined || echoed === undefined) return {};
    const changes = calls.flatMap(({ edits }) => edits.flatMap((edit) => edit.changes));
    const spared = new Set([
      ...(current.sideEffectFields?.(changes) ?? []),
      ...(current.linkedFields?.(changes) ?? []),
    ]);
    const watched = (field: string): boolean => !spared.has(field) && current.isWritable(field);
    // A later reply may show less of the record than an earlier one.
    const after = new Map(echoes.flatMap((echo) => [...(echoed(echo)?.values ?? [])]));
    const more = unasked(changes, seen, after, current.typeOf, watched);
    if (more.length === 0) return {};
    const told = more.map(
      ({ field, before, after }) =>
        `${field} ${shown(current.valueText(field, before))} → ${shown(current.valueText(field, after))}`,
    );
    return {
      code: 'changed-more',
      message: `It was done, and the vendor changed more than was asked: ${excerpt(told.join(', '), 400)}`,
      hint: 'An automation at the vendor may do that; look at the record.',
    };
  }

  /** Why a write that the vendor says it did is not proven by what its record shows; undefined where it is. */
  async unproven(
    calls: readonly Call[],
  ): Promise<Pick<RowOutcome, 'status' | 'code' | 'message' | 'hint'> | undefined> {
    const [edit] = calls.at(-1)?.edits ?? [];
    if (edit === undefined || this.#doubtCheck === undefined) return undefined;
    const changes = calls.flatMap(({ edits }) => edits.flatMap((one) => one.changes));
    const { kind } = await this.#doubtCheck({ ...edit, changes });
    // What can't be read can't be proven: the vendor's word is all there is.
    if (kind === 'applied' || kind === 'unreadable') return undefined;
    return {
      status: 'in_doubt',
      code: 'not-seen',
      message:
        kind === 'stopped'
          ? 'The vendor says that it was done; the run was stopped before that could be seen.'
          : 'The vendor says that it was done, but its record does not show it.',
      hint: inspectHint,
    };
  }
}

const noValues: FieldValues = new Map();

function contradictory(
  record: FoundRecord,
  undone: readonly Change[],
  isOther: boolean,
  valueText: PlanParts['valueText'],
): Pick<CallEnd, 'code' | 'message' | 'hint'> {
  if (isOther) {
    const message = `The vendor says that it updated the opportunity ${excerpt(record.id, 60)} instead.`;
    return { code: 'wrong-opportunity', message, hint: `Look at both opportunities. ${inspectHint}` };
  }
  const told = undone.map((change) => {
    const held = record.values.get(listField(change));
    return `${change.field} is ${shown(valueText(change.field, shownValue(held)))}`;
  });
  return {
    code: 'not-applied',
    message: `The vendor answered that it is done, but ${excerpt(told.join(', '), 300)}`,
    hint: `Look at the record at the vendor; ${undone.map(({ column }) => column).join(', ')} may not be allowed as things stand there.`,
  };
}

/** What may be shown of a value that was read. */
function shownValue(held: FieldValue | undefined): Json {
  return held?.masked ?? held?.value ?? null;
}

function shown(text: string): string {
  return text === '' ? 'empty' : `"${excerpt(text, 60)}"`;
}
