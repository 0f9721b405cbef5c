import { durationText, rateText, type Rate } from '../core/duration.ts';
import { counted, countText } from './numbers.ts';

/** How long calls take at a quota, and whether it is enough. */
export interface CallForecast {
  readonly calls: number;
  /** Jobs at the vendor, whose calls are among `calls`: how many questions they take, and how long the vendor works on them, nobody knows before. */
  readonly jobs?: number;
  /** Calls that only read; they are not among `calls`. */
  readonly reads?: number;
  /** In force for the account; empty where the vendor states no limit. */
  readonly rates: readonly Rate[];
  readonly forecastMs: number;
  /** How often the run stops at a budget that it does not wait for. */
  readonly stops?: number;
  readonly firstStop?: {
    readonly rate: Rate;
    /** Calls and reads that go before it. */
    readonly calls: number;
    readonly atMs: number;
    readonly backInMs: number;
  };
  /** What is used of the rates already, by any program. */
  readonly budgets?: readonly { readonly rate: Rate; readonly used: number }[];
}

/** Shorter windows come back before anyone would plan with them. */
const shortestBudgetMs = 3_600_000;
const dayMs = 86_400_000;

/** Calls and time on one line, then, where a budget is used or may run out, a line on that. Uncoloured; not wrapped. */
export function forecastLines(forecast: CallForecast): { readonly text: string; readonly warns: boolean }[] {
  const { calls, jobs = 0, reads = 0, forecastMs, rates, stops = 0, firstStop } = forecast;
  if (calls === 0) return [{ text: 'no call', warns: false }];
  const readsText = reads === 0 ? '' : ` and ${counted(reads, 'read')} before them`;
  const time = `${counted(calls, 'call')}${readsText}, about ${durationText(forecastMs)}`;
  const limits = rates.map((rate) => rateText(rate)).join(', ');
  const lines = [{ text: rates.length === 0 ? time : `${time} at the quota of ${limits}`, warns: false }];
  if (jobs > 0)
    lines.push({
      text: `${counted(jobs, 'bulk job')} among them, which the vendor works on in its own time: some more calls to ask how far it is.`,
      warns: false,
    });
  const budget = budgetText(forecast);
  if (budget !== undefined) lines.push({ text: budget, warns: false });
  if (firstStop === undefined) return lines;
  const all = `${counted(calls + reads, 'call')} at ${rateWords(firstStop.rate)}: ${stretchText(forecastMs)}`;
  const after = `${counted(firstStop.calls, 'call')}, ${soonText(firstStop.atMs)}`;
  const back = durationText(firstStop.backInMs);
  const course =
    firstStop.calls === 0
      ? `nothing is left of the budget now, it is back in ${back}`
      : `it will stop at the budget after ${after}, and can be resumed after another ${back}`;
  const again = stops > 1 ? `; ${countText(stops)} stops in all` : '';
  return [...lines, { text: `${all}; ${course}${again}.`, warns: true }];
}

/** `2,310 of 10,000 a day are used already.`, of the windows that are as long as a day's work. */
function budgetText({ calls, reads = 0, budgets = [], firstStop }: CallForecast): string | undefined {
  const long = budgets.filter(({ rate }) => rate.windowMs >= shortestBudgetMs);
  if (long.length === 0) return undefined;
  const used = long.filter((budget) => budget.used > 0);
  const parts = used.map(({ rate, used: some }) => `${countText(some)} of ${rateWords(rate)}`);
  const told = parts.length === 0 ? '' : `${parts.join(' and ')} are used already`;
  const most = calls + reads;
  const enough = firstStop === undefined && long.every((budget) => budget.used + most <= budget.rate.count);
  if (!enough) return told === '' ? undefined : `${told}.`;
  const rest = long.map(({ rate }) => rateWords(rate)).join(' and ');
  return told === '' ? `The budget of ${rest} is enough.` : `${told}; the rest is enough.`;
}

/** `10,000 a day`, `100 an hour`, `25 in 5s`. */
export function rateWords({ count, windowMs }: Rate): string {
  const unit = { 1_000: 'a second', 60_000: 'a minute', 3_600_000: 'an hour', 86_400_000: 'a day' }[windowMs];
  return `${countText(count)} ${unit ?? `in ${durationText(windowMs)}`}`;
}

/** Days are counted as days on which something is sent. */
function stretchText(durationMs: number): string {
  return durationMs < dayMs ? durationText(durationMs) : counted(Math.ceil(durationMs / dayMs), 'day');
}

function soonText(inMs: number): string {
  return inMs < 1_000 ? 'at once' : `in about ${durationText(inMs)}`;
}
