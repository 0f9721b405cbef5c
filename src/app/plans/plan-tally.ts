import { addDecimals, decimalText, parseDecimal, type Decimal } from '../../core/decimal.ts';
import type { Difference } from '../../core/difference.ts';
import { scalarText, stringifyJson, type Json } from '../../core/json.ts';
import { namesOf, type Names } from '../../core/names.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { CurrentTotals } from '../../report/totals-text.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import type { ReadRow } from '../edits/edits.ts';

/** Counts what a look at the records adds to a plan. */
export class PlanTally {
  readonly #amountField: string | undefined;
  readonly #amountPlaces: number;
  readonly #statusFields: ReadonlySet<string>;
  readonly #names: Names;
  readonly #refused = new Map<string, number>();
  readonly #statuses = new Map<string, number>();
  #unchanged = 0;
  #blind = 0;
  #amountRows = 0;
  #before: Decimal = zero;
  #after: Decimal = zero;

  constructor({ service }: Account) {
    const { fields } = service;
    const amount = fields.find(({ common }) => common?.includes('amount') === true);
    this.#amountField = amount?.writes ?? amount?.name;
    // One in major units, as the vendor writes it: 100 where it counts in cents.
    const encoded = amount?.form.encode('1');
    const unit = encoded !== undefined && 'value' in encoded ? (scalarText(encoded.value) ?? '1') : '1';
    this.#amountPlaces = Math.max(0, unit.length - 1);
    const statuses = fields.filter(
      ({ common }) => common?.some((name) => name === 'status' || name === 'stage') === true,
    );
    this.#statusFields = new Set(statuses.map(({ name, writes }) => writes ?? name));
    this.#names = namesOf(service);
  }

  add(row: ReadRow, plan: RowPlan | undefined): void {
    if ('invalid' in row) return;
    if (plan === undefined || (plan.kind === 'ended' && plan.ending.status === 'unchanged')) this.#unchanged += 1;
    else if (plan.kind === 'ended') count(this.#refused, plan.ending.code ?? plan.ending.status);
    else if (plan.kind === 'blind') this.#blind += 1;
    else if (plan.kind === 'send') for (const difference of plan.differences) this.#difference(difference);
  }

  get totals(): CurrentTotals {
    const money =
      this.#amountRows === 0
        ? {}
        : { money: { rows: this.#amountRows, before: this.#shown(this.#before), after: this.#shown(this.#after) } };
    return {
      unchanged: this.#unchanged,
      blind: this.#blind,
      refused: [...this.#refused].map(([code, rows]) => ({ code, rows })),
      statuses: [...this.#statuses].map(([change, rows]) => ({ change, rows })),
      ...money,
    };
  }

  #difference({ change: { field }, before, after }: Difference): void {
    const moves = before === undefined || stringifyJson(before) !== stringifyJson(after);
    if (moves && this.#statusFields.has(field)) {
      const [was, is] = [before, after].map((value) => this.#statusText(field, value));
      count(this.#statuses, `${was} → ${is}`);
    }
    if (field !== this.#amountField) return;
    const [beforeAmount, afterAmount] = [amountOf(before), amountOf(after)];
    if (beforeAmount === undefined || afterAmount === undefined) return;
    this.#amountRows += 1;
    this.#before = addDecimals(this.#before, beforeAmount);
    this.#after = addDecimals(this.#after, afterAmount);
  }

  #statusText(field: string, value: Json | undefined): string {
    if (value === undefined) return '?';
    return this.#names.ofValue(field, value) ?? scalarText(value) ?? 'empty';
  }

  #shown(amount: Decimal): string {
    return decimalText({ ...amount, scale: amount.scale + this.#amountPlaces });
  }
}

const zero: Decimal = { digits: 0n, scale: 0 };

/** An empty amount is none. */
function amountOf(value: Json | undefined): Decimal | undefined {
  if (value === undefined) return undefined;
  const text = scalarText(value) ?? '';
  return text === '' ? zero : parseDecimal(text);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
