import type { Guard } from '../core/call.ts';
import type { TypeOf } from '../core/difference.ts';
import type { Edit } from '../core/edit.ts';
import type { FieldValues } from '../core/vendor.ts';
import type { RecordResult } from './record-reader.ts';
import { shownChanges } from './record-proof.ts';

export interface DoubtCheckParts {
  readonly read: (edit: Edit) => Promise<RecordResult>;
  readonly typeOf: TypeOf;
  /** Milliseconds before each read; at least one. */
  readonly waitsMs: readonly number[];
  /** The field that only says with which others an edit may go: no record shows it. */
  readonly keyField?: string;
  /** Resolves after the time, or as soon as the run is to stop. */
  readonly wait: (delayMs: number) => Promise<void>;
}

/** What a record says of changes that may have been made. */
export type DoubtAnswer =
  /** All of them are there. */
  | { readonly kind: 'applied' }
  /** They are not there. `guard`: of the record that was read. */
  | { readonly kind: 'absent'; readonly values: FieldValues; readonly guard?: Guard }
  /** Some are there and some are not, or the record does not show them all. */
  | { readonly kind: 'unclear' }
  /** The record cannot be read. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'stopped' };

/** Finds out by the record itself whether changes have been made, in one way for lost replies, unknown forms and `--verify`. */
export type DoubtCheck = (edit: Edit) => Promise<DoubtAnswer>;

/** Reads until the changes show, or as often as the vendor says: reads may follow writes late. */
export function createDoubtCheck({ read, typeOf, waitsMs, keyField, wait }: DoubtCheckParts): DoubtCheck {
  return async (edit) => {
    const changes = edit.changes.filter(({ field }) => field !== keyField);
    let answer: DoubtAnswer = { kind: 'unreadable' };
    for (const waitMs of waitsMs) {
      if (waitMs > 0) await wait(waitMs);
      const result = await read(edit);
      if (result.kind === 'stopped') return result;
      if (result.kind !== 'found') {
        answer = { kind: 'unreadable' };
        if (result.kind === 'failed') continue;
        return answer;
      }
      const { values, guard } = result.record;
      const { kind } = shownChanges(changes, values, typeOf);
      if (kind === 'all') return { kind: 'applied' };
      answer =
        kind === 'none' ? { kind: 'absent', values, ...(guard === undefined ? {} : { guard }) } : { kind: 'unclear' };
    }
    return answer;
  };
}
