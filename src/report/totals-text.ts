import { amountWords } from '../core/decimal-words.ts';
import { printable } from '../core/printable.ts';
import { forecastLines, type CallForecast } from './forecast-text.ts';
import { counted, countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

/** What a file of edits comes to, for the end of a plan and for the question before a run. */
export interface PlanTotals extends CallForecast {
  readonly rows: number;
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  /** Each kind once: what may not be wanted, such as a status that is final. */
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly count: number }[];
  /** What the writes set off at the vendor, as a sentence. */
  readonly setsOff?: string;
  /** Rows and lines without any content. */
  readonly blankRows?: number;
  /** Columns that are left out because they cannot be written. */
  readonly leftOut?: readonly string[];
  /** Rows that will not be sent, by what the look at their records showed. */
  readonly refused?: CurrentTotals['refused'];
  readonly statuses?: CurrentTotals['statuses'];
  readonly money?: CurrentTotals['money'];
  readonly blind?: number;
}

/** What a look at the records adds. */
export interface CurrentTotals {
  readonly unchanged: number;
  /** Rows that would be sent without reading the record first. */
  readonly blind: number;
  readonly refused: readonly { readonly code: string; readonly rows: number }[];
  /** What changes, by field as people call it. */
  readonly fields: readonly { readonly field: string; readonly rows: number; readonly cleared: number }[];
  /** `Open → Won`, with what the rows come to once they are applied, in each currency. */
  readonly statuses: readonly {
    readonly field: string;
    readonly change: string;
    readonly rows: number;
    readonly sums: readonly MoneySum[];
  }[];
  /** What the rows whose amount or currency changes come to, before and after: one entry for each currency. */
  readonly money: readonly {
    readonly field: string;
    readonly currency?: string;
    readonly rows: number;
    readonly before: string;
    readonly after: string;
  }[];
}

/** In major units. */
export interface MoneySum {
  /** Absent where the record does not say it. */
  readonly currency?: string;
  readonly amount: string;
}

/** Counts, calls and time, then, each on its own line, what will be cleared and what to mind. */
export function totalsLines(
  totals: PlanTotals,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  const { rows, edits, unchanged, invalid, clears, warnings, blind = 0, blankRows = 0, leftOut = [] } = totals;
  const { refused = [], statuses = [], money = [] } = totals;
  const counts = [
    `${counted(rows, 'row')}: ${counted(edits, 'edit')}`,
    unchanged > 0 ? `${countText(unchanged)} with nothing to change` : undefined,
    invalid > 0 ? paint.bad(`${countText(invalid)} invalid, left out`) : undefined,
    ...refused.map(({ code, rows: some }) => paint.bad(`${countText(some)} ${printable(code)}, not sent`)),
    blind > 0 ? `${countText(blind)} sent without reading current values` : undefined,
    blankRows > 0 ? `${counted(blankRows, 'blank row')} left out` : undefined,
  ].filter((part) => part !== undefined);
  const forecast = forecastLines(totals).map(({ text, warns }) => {
    const line = wrap(text, columns, '  ');
    return warns ? paint.warn(line) : line;
  });
  const lines = [wrap(counts.join(', '), columns, '  '), ...forecast];
  if (totals.setsOff !== undefined && totals.calls > 0) lines.push(wrap(totals.setsOff, columns, '  '));
  for (const name of new Set(statuses.map(({ field }) => field))) {
    const texts = statuses
      .filter(({ field }) => field === name)
      .map((change) => `${printable(change.change)} (${transitionText(change)})`);
    lines.push(wrap(`${printable(name)}: ${texts.join(', ')}`, columns, '  '));
  }
  for (const change of money) lines.push(`${moneyText(change)} in all (${counted(change.rows, 'row')})`);
  if (leftOut.length > 0)
    lines.push(
      wrap(`left out, they can't be written: ${leftOut.map((name) => printable(name)).join(', ')}`, columns, '  '),
    );
  if (clears.size > 0) {
    const fields = [...clears].map(([field, count]) => `${printable(field)} (${counted(count, 'row')})`);
    lines.push(paint.warn(wrap(`CLEARED: ${fields.join(', ')}`, columns, '  ')));
  }
  return [...lines, ...warningLines(warnings, { paint, columns })];
}

/** What may not be wanted, a line each. */
export function warningLines(
  warnings: readonly { readonly message: string; readonly count: number }[],
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  return warnings.map(({ message, count }) =>
    paint.warn(wrap(`! ${printable(message)} (${counted(count, 'row')})`, columns, '  ')),
  );
}

/** `42 rows, 1,200,000 EUR` */
export function transitionText({ rows, sums }: CurrentTotals['statuses'][number]): string {
  return [counted(rows, 'row'), ...sums.map(sumText)].join(', ');
}

/** `amount: 1,000.00 → 42,000.50 USD` */
export function moneyText({ field, currency, before, after }: CurrentTotals['money'][number]): string {
  return printable(
    `${field}: ${amountWords(before)} → ${sumText({ amount: after, ...(currency === undefined ? {} : { currency }) })}`,
  );
}

function sumText({ amount, currency }: MoneySum): string {
  return printable(currency === undefined ? amountWords(amount) : `${amountWords(amount)} ${currency}`);
}

export interface Question extends PlanTotals {
  readonly vendorTitle: string;
  /** Null where the credentials come from the environment. */
  readonly profile: string | null;
  /** Whom the credentials belong to, as the vendor says. */
  readonly account?: string;
  /** Of the base URL, with its port. */
  readonly host: string;
  readonly production: boolean;
  readonly paint: Paint;
  /** Of the terminal; 80 unless said otherwise. */
  readonly columns?: number;
}

/** What is told before a run begins: which account, how many edits and calls, what is cleared, what to mind, how long it takes. */
export function questionText(question: Question): string {
  const { vendorTitle, profile, host, production, paint, columns = 80 } = question;
  const account = profile === null ? 'credentials from the environment' : `profile ${printable(profile)}`;
  const target = question.account === undefined ? ' at' : ` · ${printable(question.account)} ·`;
  const mark = production ? ` ${paint.bad('PRODUCTION')}` : '';
  const title = printable(vendorTitle);
  const head = wrap(`${title}${target} ${printable(host)}, ${account}`, columns, '  ');
  return [
    `${paint.strong(title)}${head.slice(title.length)}${mark}`,
    ...totalsLines(question, { paint, columns }),
  ].join('\n');
}
