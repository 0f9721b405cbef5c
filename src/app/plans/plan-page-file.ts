import { compareDecimals, parseDecimal, type Decimal } from '../../core/decimal.ts';
import { defined } from '../../core/defined.ts';
import type { Names } from '../../core/names.ts';
import type { RowEnding } from '../../core/outcome.ts';
import { pageRow, type PageRow } from '../../report/html/page-row.ts';
import { writePlanPage, type PlanPageFacts } from '../../report/html/plan-page.ts';
import type { RowPlan } from '../../run/row-planner.ts';
import { invalidEnding, type ReadRow } from '../edits/edits.ts';
import type { PageOutput } from '../session/page-output.ts';

/** What a browser still searches at once; a page of so many rows is some megabytes. */
const mostRefused = 5_000;
const mostLargest = 1_000;
const mostOthers = 10_000;

/** A row of the page as JSON, in which thousands take half the memory. */
type RowText = string;

interface SizedRow {
  readonly text: RowText;
  /** Its number. */
  readonly row: number;
  /** By how much the amount changes, without its sign. */
  readonly size: Decimal;
}

/** Gathers the rows of a plan that its page shows, with flat memory, and writes the page once all are there. Errors are those of {@link PageOutput}. */
export class PlanPageFile {
  readonly #output: PageOutput;
  readonly #names: Names;
  readonly #redact: (text: string) => string;
  readonly #counts = new Map<string, number>();
  readonly #refused: RowText[] = [];
  #largest: SizedRow[] = [];
  readonly #others: RowText[] = [];

  constructor(output: PageOutput, names: Names, redact: (text: string) => string) {
    this.#output = output;
    // Masked whole, before anything is cut.
    this.#names = { ...names, text: (field, value, currency) => redact(names.text(field, value, currency)) };
    this.#redact = redact;
  }

  /** Absolute; undefined for stdout. */
  get path(): string | undefined {
    return this.#output.path;
  }

  add(read: ReadRow, plan: RowPlan | undefined): void {
    const status = statusOf(read, plan);
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
    const isRefused = status !== 'edit' && status !== 'unchanged' && status !== 'unread';
    if (isRefused) {
      if (this.#refused.length < mostRefused) this.#refused.push(this.#rowText(read, plan, status));
      return;
    }
    const size = this.#size(plan);
    if (size !== undefined && this.#isLarge(size))
      this.#addLarge({ text: this.#rowText(read, plan, status), row: read.source.row, size });
    else if (this.#others.length < mostOthers) this.#others.push(this.#rowText(read, plan, status));
  }

  async finish(facts: Omit<PlanPageFacts, 'counts'>): Promise<void> {
    this.#cutLargest();
    const rows = [...this.#refused, ...this.#largest.map(({ text }) => text), ...this.#others];
    const order = ['edit', 'unread', 'unchanged'];
    const place = (status: string): number => (order.includes(status) ? order.indexOf(status) : order.length);
    const counts = [...this.#counts].toSorted(([left], [right]) => place(left) - place(right));
    await writePlanPage(
      { ...facts, counts },
      { count: rows.length, at: (rank) => ({ ...(JSON.parse(rows[rank] ?? '{}') as PageRow), rank }) },
      (text) => this.#output.write(text),
    );
    await this.#output.finish();
  }

  async abandon(): Promise<void> {
    await this.#output.abandon();
  }

  /** By how much the row's amount changes; undefined where it does not, or cannot be told. */
  #size(plan: RowPlan | undefined): Decimal | undefined {
    if (plan?.kind !== 'send') return undefined;
    const found = plan.differences.find(({ change }) => this.#names.isAmount(change.field));
    if (found === undefined || found.before === undefined) return undefined;
    const { field } = found.change;
    const [before, after] = [found.before, found.after].map((value) =>
      parseDecimal(value === null || value === '' ? '0' : (this.#names.amount(field, value) ?? '')),
    );
    if (before === undefined || after === undefined) return undefined;
    const scale = Math.max(before.scale, after.scale);
    const [was, is] = [before, after].map(({ digits, scale: own }) => digits * 10n ** BigInt(scale - own));
    const change = (is ?? 0n) - (was ?? 0n);
    return { digits: change < 0n ? -change : change, scale };
  }

  /** Whether it may be among the largest: all are until there are enough. */
  #isLarge(size: Decimal): boolean {
    const smallest = this.#largest[mostLargest - 1];
    return smallest === undefined || compareDecimals(size, smallest.size) > 0;
  }

  #addLarge(sized: SizedRow): void {
    this.#largest.push(sized);
    if (this.#largest.length >= mostLargest * 2) this.#cutLargest();
  }

  /** What is pushed out by larger ones is a row like others. */
  #cutLargest(): void {
    const sorted = this.#largest.toSorted(
      (left, right) => compareDecimals(right.size, left.size) || left.row - right.row,
    );
    this.#largest = sorted.slice(0, mostLargest);
    for (const { text } of sorted.slice(mostLargest)) if (this.#others.length < mostOthers) this.#others.push(text);
  }

  #rowText(read: ReadRow, plan: RowPlan | undefined, status: string): RowText {
    const { title, link } =
      (plan?.kind === 'send' ? plan.planned : plan?.kind === 'ended' ? plan.name : undefined) ?? {};
    const { row, line, id } = 'invalid' in read ? read.invalid : read.edit;
    const ending: Partial<RowEnding> =
      'invalid' in read
        ? invalidEnding(read.invalid)
        : plan?.kind === 'ended' && plan.ending.status !== 'unchanged'
          ? plan.ending
          : {};
    const { code, message, hint } = ending;
    const masked = (text: string | undefined) => (text === undefined ? undefined : this.#redact(text));
    const differences =
      plan?.kind === 'send'
        ? plan.differences
        : plan?.kind === 'blind' && 'edit' in read
          ? read.edit.changes.map((change) => ({ change, before: undefined, after: change.value }))
          : [];
    const shown = pageRow(
      {
        row,
        line,
        id: this.#redact(id),
        status,
        ...defined({ title: masked(title), link: masked(link), code, message: masked(message), hint: masked(hint) }),
      },
      differences,
      { names: this.#names, values: plan?.kind === 'send' ? plan.seen : undefined },
    );
    return JSON.stringify(shown);
  }
}

function statusOf(read: ReadRow, plan: RowPlan | undefined): string {
  if ('invalid' in read) return 'invalid';
  if (plan?.kind === 'send') return 'edit';
  if (plan?.kind === 'ended') return plan.ending.status;
  return plan?.kind === 'blind' ? 'unread' : 'unchanged';
}
