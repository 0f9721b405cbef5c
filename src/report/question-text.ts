import { printable } from '../core/printable.ts';
import type { Paint } from './paint.ts';
import { totalsLines, type PlanTotals } from './totals-text.ts';
import { wrap } from './wrap.ts';

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
