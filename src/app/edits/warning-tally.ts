import type { RowIdentity } from '../../core/edit.ts';
import type { RunWarning } from '../../core/run-summary.ts';
import type { Audit } from '../../core/vendor.ts';

/** Of each warning so many rows are named. */
export const shownWarningRows = 5;

/** Warnings about edits: each kind once for a column, with the number of rows it is about and the first of them. */
export class WarningTally {
  readonly #warnings = new Map<string, { code: string; message: string; count: number; rows: RowIdentity[] }>();

  add({ code, message, column = '' }: Audit, { row, line, id }: RowIdentity): void {
    const key = `${code} ${column}`;
    const known = this.#warnings.get(key) ?? { code, message, count: 0, rows: [] };
    this.#warnings.set(key, known);
    known.count += 1;
    if (known.rows.length < shownWarningRows) known.rows.push({ row, line, id });
  }

  /** One that is counted already. */
  put({ code, message, count, rows }: RunWarning): void {
    this.#warnings.set(code, { code, message, count, rows: [...rows] });
  }

  get warnings(): readonly RunWarning[] {
    return [...this.#warnings.values()];
  }
}
