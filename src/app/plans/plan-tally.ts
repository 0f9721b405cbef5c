import { addDecimals, compareDecimals, decimalText, parseDecimal, type Decimal } from '../../core/decimal.ts';
import { listField, staysAsItIs } from '../../core/difference.ts';
import { scalarText, stringifyJson, type Json } from '../../core/json.ts';
import { currenciesOf, shownValue, type Names } from '../../core/names.ts';
import type { FieldValues, Service } from '../../core/vendor.ts';
import { asItIs, type Redact } from '../../core/redact.ts';
import type { CurrentTotals, MoneySum } from '../../report/totals-text.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import type { ReadRow } from '../edits/edits.ts';
import { count } from '../edits/edits-tally.ts';

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
    else if (plan.kind === 'send') this.#addSent(plan);
  }

  get totals(): CurrentTotals {
    const columnOf = (field: string): string => this.#names.field(field, this.#fields.get(field)?.column);
    return {
      unchanged: this.#unchanged,
      blind: this.#blind,
      refused: [...this.#refused].map(([code, rows]) => ({ code, rows })),
      fields: [...this.#fields].map(([field, { rows, cleared }]) => ({ field: columnOf(field), rows, cleared })),
      statuses: [...this.#transitions.values()]
        .filter(({ rows }) => rows > 0)
        .map(({ field, change, rows, unknown, sums }) => ({
          field: columnOf(field),
          change,
          rows,
          sums:
            unknown > 0 ? [] : [...sums].flatMap(([code, sum]) => (sum.rows === 0 ? [] : [moneySum(code, sum.sum)])),
        })),
      money: [...this.#money]
        .filter(([, { rows }]) => rows > 0)
        .map(([code, { rows, before, after }]) =>
          Object.assign(currencyOf(code), {
            field: columnOf(this.#amountField ?? ''),
            rows,
            before: decimalText(before),
            after: decimalText(after),
          }),
        ),
    };
  }

  #addSent({ differences, seen, recorded }: Extract<RowPlan, { kind: 'send' }>): void {
    const after = new Map(seen);
    for (const difference of differences) {
      const { change, after: value } = difference;
      const { field, column, action } = change;
      after.set(listField(change), { value });
      if (staysAsItIs(difference)) continue;
      const known = this.#fields.get(field) ?? { column, rows: 0, cleared: 0 };
      this.#fields.set(field, known);
      known.rows += 1;
      if (action === 'clear') known.cleared += 1;
    }
    const first = this.#standing(recorded ?? seen);
    // Rows of one opportunity count as one step: from what its record holds to what the last of them leaves.
    if (recorded !== undefined) this.#count(first, this.#standing(seen), -1);
    this.#count(first, this.#standing(after), 1);
  }

  /** What of a record the sums are made of. */
  #standing(values: FieldValues): Standing {
    const field = this.#amountField;
    const statuses = [...this.#statusFields].flatMap((name) => {
      const value = shownValue(values.get(name));
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      amount: field === undefined ? undefined : this.#decimal(field, values.get(field)?.value),
      code: field === undefined ? '' : (currenciesOf(this.#names, [], values)(field).before ?? ''),
      statuses: new Map(statuses),
    };
  }

  /** Adds what a step comes to; with -1 it takes away what was added of it. */
  #count(from: Standing, to: Standing, sign: 1 | -1): void {
    if (from.amount !== undefined && to.amount !== undefined && !isSameMoney(from.amount, to.amount, from, to)) {
      const was = this.#bucket(from.code);
      was.before = addDecimals(was.before, signed(from.amount, sign));
      was.rows += sign;
      const is = this.#bucket(to.code);
      is.after = addDecimals(is.after, signed(to.amount, sign));
      if (is !== was) is.rows += sign;
    }
    for (const [field, status] of to.statuses) {
      const before = from.statuses.get(field);
      if (before !== undefined && stringifyJson(before) === stringifyJson(status)) continue;
      const [was, is] = [before, status].map((value) => this.#statusText(field, value));
      const transition = this.#transition(field, `${was} → ${is}`);
      transition.rows += sign;
      // A sum of some of the rows would be taken for that of all.
      if (to.amount === undefined) transition.unknown += sign;
      else addSum(transition.sums, to.code, to.amount, sign);
    }
  }

  #transition(field: string, given: string): Transition {
    const isKnown = this.#transitions.has(`${field}\n${given}`);
    const change = isKnown || this.#transitions.size < mostTransitions ? given : 'other changes';
    const key = `${field}\n${change}`;
    const known: Transition = this.#transitions.get(key) ?? { field, change, rows: 0, unknown: 0, sums: new Map() };
    this.#transitions.set(key, known);
    return known;
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

interface Transition {
  readonly field: string;
  readonly change: string;
  rows: number;
  /** Rows whose amount is not known. */
  unknown: number;
  /** What the others come to, by currency. */
  readonly sums: Map<string, { rows: number; sum: Decimal }>;
}

/** What a record holds, as far as the sums go. */
interface Standing {
  /** Undefined where it is not known. */
  readonly amount: Decimal | undefined;
  /** Of the currency; empty where it is not known. */
  readonly code: string;
  readonly statuses: ReadonlyMap<string, Json>;
}

function isSameMoney(was: Decimal, is: Decimal, from: Standing, to: Standing): boolean {
  return from.code === to.code && compareDecimals(was, is) === 0;
}

function signed({ digits, scale }: Decimal, sign: 1 | -1): Decimal {
  return { digits: digits * BigInt(sign), scale };
}

function addSum(sums: Transition['sums'], code: string, amount: Decimal, sign: 1 | -1): void {
  const known = sums.get(code) ?? { rows: 0, sum: zero };
  sums.set(code, { rows: known.rows + sign, sum: addDecimals(known.sum, signed(amount, sign)) });
}

const zero: Decimal = { digits: 0n, scale: 0 };

function currencyOf(code: string): { currency?: string } {
  return code === '' ? {} : { currency: code };
}

function moneySum(code: string, sum: Decimal): MoneySum {
  return { ...currencyOf(code), amount: decimalText(sum) };
}
