import { isDone, listField, type TypeOf } from '../core/difference.ts';
import type { Change } from '../core/edit.ts';
import type { FieldType } from '../core/field.ts';
import { parseDecimal, compareDecimals } from '../core/decimal.ts';
import { parseMoment } from '../core/dates.ts';
import { scalarText, type Json } from '../core/json.ts';
import { sameValue } from '../core/same-value.ts';
import type { FieldValues, FoundRecord, Service } from '../core/vendor.ts';

/** Whether a record that a reply shows is the opportunity of this id. The one place that asks. */
export function isRecordOf(
  id: string,
  { id: shown, formerIds = [] }: Pick<FoundRecord, 'id' | 'formerIds'>,
  canonicalId: NonNullable<Service['canonicalId']> = (one) => one,
): boolean {
  const wanted = canonicalId(id);
  return canonicalId(shown) === wanted || formerIds.some((former) => canonicalId(former) === wanted);
}

/** What a record shows of changes that were sent, or may have been. */
export interface ShownChanges {
  /** `partly`: some are there and some are not. `unshown`: the record does not show all of their fields. */
  readonly kind: 'all' | 'none' | 'partly' | 'unshown';
  /** Those that the record contradicts. */
  readonly undone: readonly Change[];
}

/**
 * Compares a record with the changes that were sent, each field by its type. What an addition or removal leaves behind tells best whether a
 * call was applied, since a value that is set may have stood there before: where none of the list changes is there, nothing is.
 */
export function shownChanges(changes: readonly Change[], values: FieldValues, typeOf: TypeOf): ShownChanges {
  const judged = changes.map((change) => ({ change, done: isShown(change, values, typeOf) }));
  const undone = judged.filter(({ done }) => done === false).map(({ change }) => change);
  if (judged.some(({ done }) => done === undefined)) return { kind: 'unshown', undone };
  if (undone.length === 0) return { kind: 'all', undone };
  const listed = judged.filter(({ change: { action } }) => action === 'add' || action === 'remove');
  if (listed.length === 0) return { kind: 'none', undone };
  return { kind: listed.every(({ done }) => done === false) ? 'none' : 'partly', undone };
}

/** The changes that the record contradicts, as in {@link shownChanges}. */
export function contradicted(changes: readonly Change[], values: FieldValues, typeOf: TypeOf): readonly Change[] {
  return changes.filter((change) => isShown(change, values, typeOf) === false);
}

/** Undefined where the record does not show the field. */
function isShown(change: Change, values: FieldValues, typeOf: TypeOf): boolean | undefined {
  const held = values.get(listField(change));
  if (held === undefined) return undefined;
  const type = held.type ?? typeOf(change.field);
  return isDone(change, held.value, type) || (isReplacing(change) && sameMeaning(change.value, held.value, type));
}

function isReplacing({ action }: Change): boolean {
  return action === 'set' || action === 'clear';
}

/** One value in the several ways in which vendors write it: letter case of codes, line ends and blanks around texts, numbers and moments as texts. */
function sameMeaning(sent: Json, held: Json, type: FieldType): boolean {
  const [left, right] = [scalarText(sent), scalarText(held)];
  if (left === undefined || right === undefined) return false;
  if (plain(left) === plain(right)) return true;
  if (type === 'choice' || type === 'email' || type === 'id')
    return plain(left).toLowerCase() === plain(right).toLowerCase();
  if (type !== 'any' && type !== 'text') return false;
  const [leftNumber, rightNumber] = [parseDecimal(left), parseDecimal(right)];
  if (leftNumber !== undefined && rightNumber !== undefined) return compareDecimals(leftNumber, rightNumber) === 0;
  const [leftMoment, rightMoment] = [parseMoment(left), parseMoment(right)];
  return leftMoment !== undefined && rightMoment !== undefined && leftMoment.epochMs === rightMoment.epochMs;
}

function plain(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n').trim();
}

/** Whether every one of these changes shows the value from before, and not the one that was sent: the plain proof that nothing was done. */
export function stillAsBefore(
  changes: readonly Change[],
  before: FieldValues,
  after: FieldValues,
  typeOf: TypeOf,
): boolean {
  return changes.every((change) => {
    const field = listField(change);
    const [was, is] = [before.get(field), after.get(field)];
    return was !== undefined && is !== undefined && sameValue(was.value, is.value, is.type ?? typeOf(change.field));
  });
}
