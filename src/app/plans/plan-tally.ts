import { addDecimals, decimalText, parseDecimal, type Decimal } from '../../core/decimal.ts';
import type { Difference } from '../../core/difference.ts';
import { scalarText, stringifyJson, type Json } from '../../core/json.ts';
import { currenciesOf, type Names } from '../../core/names.ts';
import type { FieldValues, Service } from '../../core/vendor.ts';
import type { Redact } from '../../core/redact.ts';
import type { CurrentTotals, MoneySum } from '../../report/totals-text.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import type { ReadRow } from '../edits/edits.ts';

/** Further transitions are counted together: a field with free text may have as many as there are rows. */
const mostTransitions = 200;

/** Counts what a look at the records adds to a plan. Amounts in different currencies are never added up. */
export class PlanTally {
  readonly #amountField: string | undefined;
  readonly #statusFields: ReadonlySet<string>;
  readonly #names: Names;
  readonly #refused = new Map<string, number>();
  readonly #fields = new Map<string, { readonly column: string; rows: number; cleared: number }>();
  readonly #redact: Redact;
  readonly #transitions = new Map<string, Transition>();
  readonly #money = new Map<string, { rows: number; before: Decimal; after: Decimal }>();
  #amountColumn: string | undefined;
  #unchanged = 0;
  #blind = 0;

  constructor({ fields }: Pick<Service, 'fields'>, names: Names, redact: Redact = asItIs) {
    this.#redact = redact;
    const amount = fields.find(({ common }) => common?.includes('amount') === true);
    this.#amountField = amount?.writes ?? amount?.name;
    const statuses = fields.filter(
      ({ common }) => common?.some((name) => name === 'status' || name === 'stage') === true,
    );
    this.#statusFields = new Set(statuses.map(({ name, writes }) => writes ?? name));
    this.#names = names;
  }

  add(row: ReadRow, plan: RowPlan | undefined): void {
    if ('invalid' in row) return;
    if (plan === undefined || (plan.kind === 'ended' && plan.ending.status === 'unchanged')) this.#unchanged += 1;
    else if (plan.kind === 'ended') count(this.#refused, plan.ending.code ?? plan.ending.status);
    else if (plan.kind === 'blind') this.#blind += 1;
    else if (plan.kind === 'send') this.#addSent(plan.differences, plan.seen);
  }

  get totals(): CurrentTotals {
    const shown = (field: string, column: string | undefined): string => this.#names.field(field, column);
    return {
      unchanged: this.#unchanged,
      blind: this.#blind,
      refused: [...this.#refused].map(([code, rows]) => ({ code, rows })),
      fields: [...this.#fields].map(([field, { column, rows, cleared }]) => ({
        field: shown(field, column),
        rows,
        cleared,
      })),
      statuses: [...this.#transitions.values()].map(({ field, column, change, rows, sums }) => ({
        field: shown(field, column),
        change,
        rows,
        sums: sums === undefined ? [] : [...sums].map(([code, sum]) => moneySum(code, sum)),
      })),
      money: [...this.#money].map(([code, { rows, before, after }]) =>
        Object.assign(currencyOf(code), {
          field: shown(this.#amountField ?? '', this.#amountColumn),
          rows,
          before: decimalText(before),
          after: decimalText(after),
        }),
      ),
    };
  }

  #addSent(differences: readonly Difference[], values: FieldValues): void {
    for (const { change } of differences) {
      const known = this.#fields.get(change.field) ?? { column: change.column, rows: 0, cleared: 0 };
      this.#fields.set(change.field, known);
      known.rows += 1;
      if (change.action === 'clear') known.cleared += 1;
    }
    const money = this.#addMoney(differences, values);
    for (const { change, before, after } of differences) {
      if (!this.#statusFields.has(change.field)) continue;
      if (before !== undefined && stringifyJson(before) === stringifyJson(after)) continue;
      const [was, is] = [before, after].map((value) => this.#statusText(change.field, value));
      this.#addTransition(change, `${was} → ${is}`, money);
    }
  }

  #addTransition({ field, column }: Difference['change'], given: string, money: Money | undefined): void {
    const isKnown = this.#transitions.has(`${field}\n${given}`);
    const change = isKnown || this.#transitions.size < mostTransitions ? given : 'other changes';
    const key = `${field}\n${change}`;
    const known: Transition = this.#transitions.get(key) ?? { field, column, change, rows: 0, sums: new Map() };
    this.#transitions.set(key, known);
    known.rows += 1;
    // A sum of some of the rows would be taken for that of all.
    if (money === undefined) known.sums = undefined;
    else known.sums?.set(money.code, addDecimals(known.sums.get(money.code) ?? zero, money.after));
  }

  /** What the row's amount is once the edit is done; undefined where the read does not show it. */
  #addMoney(differences: readonly Difference[], values: FieldValues): Money | undefined {
    const field = this.#amountField;
    if (field === undefined) return undefined;
    const difference = differences.find(({ change }) => change.field === field);
    const held = values.get(field)?.value;
    const before = difference === undefined ? held : difference.before;
    const after = difference === undefined ? held : difference.after;
    const [beforeAmount, afterAmount] = [this.#decimal(field, before), this.#decimal(field, after)];
    const changes = differences.map(({ change }) => change);
    const currency = currenciesOf(this.#names, changes, values)(field);
    if (afterAmount === undefined) return undefined;
    const code = currency.after ?? '';
    if (beforeAmount !== undefined && (difference !== undefined || currency.before !== currency.after)) {
      if (difference !== undefined) this.#amountColumn ??= difference.change.column;
      const from = this.#bucket(currency.before ?? '');
      from.before = addDecimals(from.before, beforeAmount);
      from.rows += 1;
      const to = this.#bucket(code);
      to.after = addDecimals(to.after, afterAmount);
      if (to !== from) to.rows += 1;
    }
    return { code, after: afterAmount };
  }

  #bucket(code: string): { rows: number; before: Decimal; after: Decimal } {
    const known = this.#money.get(code) ?? { rows: 0, before: zero, after: zero };
    this.#money.set(code, known);
    return known;
  }

  /** An empty amount counts as 0. */
  #decimal(field: string, value: Json | undefined): Decimal | undefined {
    if (value === undefined) return undefined;
    if (value === null || value === '') return zero;
    const text = this.#names.amount(field, value);
    return text === undefined ? undefined : parseDecimal(text);
  }

  #statusText(field: string, value: Json | undefined): string {
    if (value === undefined) return '?';
    // Masked whole, before anyone cuts it.
    return this.#redact(this.#names.ofValue(field, value) ?? (scalarText(value) || '(empty)'));
  }
}

function asItIs(text: string): string {
  return text;
}

interface Transition {
  readonly field: string;
  readonly column: string;
  readonly change: string;
  rows: number;
  /** By currency; undefined where the amount of one of the rows is not known. */
  sums: Map<string, Decimal> | undefined;
}

interface Money {
  /** Of the currency; empty where it is not known. */
  readonly code: string;
  readonly after: Decimal;
}

const zero: Decimal = { digits: 0n, scale: 0 };

function currencyOf(code: string): { currency?: string } {
  return code === '' ? {} : { currency: code };
}

function moneySum(code: string, sum: Decimal): MoneySum {
  return { ...currencyOf(code), amount: decimalText(sum) };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
