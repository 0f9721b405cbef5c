import { writtenValue } from '../../core/cell-text.ts';
import { afterChange, listField } from '../../core/difference.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Field } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import type { RowStatus } from '../../core/outcome.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import { isEmpty } from '../../core/same-value.ts';
import type { Service } from '../../core/vendor.ts';

/** A row of which something may stand at the vendor. */
export function mayHaveChanged(status: RowStatus, code: string | undefined, callsApplied: number): boolean {
  return status === 'applied' || status === 'in_doubt' || callsApplied > 0 || code === 'partly-undone';
}

/** What puts a row back. */
export interface UndoValuesOfRow {
  /** The values from before by the field's own name, as an edit writes them; null for empty. */
  readonly back: Readonly<Record<string, Json>>;
  /** What the row made of the fields that it wrote. */
  readonly expected: Readonly<Record<string, Json>>;
}

/** Works out which edits put back what rows changed. */
export class UndoValues {
  readonly #service: Service;
  readonly #fields = new Map<string, Field>();
  readonly #openFields = new Map<string, Field | undefined>();

  constructor(service: Service) {
    this.#service = service;
    for (const field of service.fields) if (!this.#fields.has(field.name)) this.#fields.set(field.name, field);
  }

  /** `name` receives each change that can't be put back. Undefined where nothing can be. */
  of(sent: Edit, planned: PlannedRow, name: (reason: string) => void = () => undefined): UndoValuesOfRow | undefined {
    const back: Record<string, Json> = {};
    const expected: Record<string, Json> = {};
    for (const change of sent.changes) {
      const before = planned.before[listField(change)];
      const reason =
        planned.withheld?.includes(listField(change)) === true
          ? 'what it held before holds a secret of this account, and was not kept'
          : this.#irreversibleReason(change, before);
      if (reason !== undefined || before === undefined) {
        name(`${change.field}: ${reason ?? 'unknown'}`);
        continue;
      }
      back[change.field] = this.#written(change.field, before);
      // Several changes of one list follow each other.
      expected[change.field] = afterChange(change, expected[change.field] ?? before);
    }
    if (Object.keys(back).length === 0) return undefined;
    for (const [field, before] of Object.entries(planned.before)) {
      if (field in back || planned.sent.includes(field) || this.field(field) === undefined) continue;
      back[field] = this.#written(field, before);
    }
    return { back, expected };
  }

  /** As an edit writes it: cents or a pattern of the vendor's would be read as something else. */
  #written(field: string, before: Json): Json {
    return isEmpty(before) ? null : writtenValue(this.field(field)?.form, before);
  }

  /** The field of this very name that a column can write. */
  field(name: string): Field | undefined {
    const field = this.#fields.get(name) ?? this.#openField(name);
    return field?.readOnly === undefined ? field : undefined;
  }

  #openField(name: string): Field | undefined {
    if (!this.#openFields.has(name)) this.#openFields.set(name, this.#service.openField?.(name));
    return this.#openFields.get(name);
  }

  #irreversibleReason(change: Change, before: Json | undefined): string | undefined {
    const reason = this.#service.records?.irreversibleReason?.(change);
    if (reason !== undefined) return reason;
    if (before === undefined) return 'what it held before was not shown';
    const field = this.field(change.field);
    if (field === undefined) return 'no column writes it';
    if (!isEmpty(before) || field.cleared !== undefined) return undefined;
    return `it was empty, and can't be cleared${field.clearingHint === undefined ? '' : `. ${field.clearingHint}`}`;
  }
}
