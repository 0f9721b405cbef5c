import { printable } from '../core/printable.ts';
import type { Paint } from './paint.ts';
import { totalsLines, type PlanTotals } from './totals-text.ts';

export interface Question extends PlanTotals {
  readonly vendorTitle: string;
  readonly profile: string | null;
  readonly host: string;
  readonly production: boolean;
  readonly paint: Paint;
}

/** What is told before a run begins: how many edits go to which account. */
export function questionText(question: Question): string {
  const { vendorTitle, profile, host, production, paint } = question;
  const account = profile === null ? 'credentials from the environment' : `profile ${printable(profile)}`;
  const mark = production ? ` ${paint.bad('PRODUCTION')}` : '';
  return [
    `${paint.strong(vendorTitle)} at ${printable(host)}, ${account}${mark}`,
    ...totalsLines(question, paint),
  ].join('\n');
}
