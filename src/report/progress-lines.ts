import { durationText, rateText, type Rate } from '../core/duration.ts';
import type { GateStatus } from '../core/gate.ts';
import { printable } from '../core/printable.ts';
import { rateWords } from './forecast-text.ts';
import { counted, countText, timeOfDayText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { cut, textWidth } from './text-width.ts';

/** What the quota lets a run do from now. */
export interface TimeLeft {
  /** Until the last row, if nothing but the quota held it up. */
  readonly leftMs: number;
  /** The budget that ends the run before. */
  readonly stop?: { readonly rate: Rate; readonly inMs: number };
}

/** How a run stands at one moment. */
export interface ProgressState {
  readonly done: number;
  readonly failed: number;
  readonly totalRows: number;
  /** Failures so far by their code, the most frequent first. */
  readonly causes: readonly { readonly code: string; readonly rows: number }[];
  /** Rows a second; 0 where that is not known yet. */
  readonly perSecond: number;
  /** Calls a second, reads among them; 0 where that is not known yet. */
  readonly callsPerSecond: number;
  readonly gate: GateStatus;
  readonly timeLeft?: TimeLeft;
  /** Rows that wait for a repeat of their call: when the next of them goes, and why. */
  readonly retry?: { readonly rows: number; readonly inMs: number; readonly code: string };
  /** The job that the vendor works on, with as many of its rows as it has been through. */
  readonly job?: { readonly job: string; readonly done: number; readonly rows: number };
  /** Records are being read, and nothing was written yet. */
  readonly reading: boolean;
  readonly stopping: boolean;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

/** Waits shorter than this are not worth a word. */
const toldWaitMs = 1_500;
/** Of a wait as long as this the time of day at its end is told, too. */
const longWaitMs = 60_000;
/** The pace of the first few rows says little. */
const fewestRows = 5;
/** A longer time is a guess that helps nobody. */
const longestLeftMs = 365 * 86_400_000;
/** Over a longer window the pace of the last half minute says little. */
const longestPacedWindowMs = 30_000;
const widestBar = 30;
const narrowestBar = 8;
const mostCauses = 3;
const separator = ' · ';

interface Part {
  readonly text: string;
  /** What is said where there is no room for the text. */
  readonly short?: string;
  readonly colour?: (text: string) => string;
}

/**
 * What a terminal shows of a run, each line at most `columns` wide: a bar with rows and time left, then the rate against the quota and why it
 * waits, then the failures by cause. What matters most stands first in a line; what has no room is left out.
 */
export function progressLines(state: ProgressState, columns: number, paint: Paint): string[] {
  const second = fitted(sendingParts(state, paint), columns);
  const third = failureLine(state, columns, paint);
  return [barLine(state, columns, paint), second, third].filter((line) => line !== '');
}

function barLine(state: ProgressState, columns: number, paint: Paint): string {
  const { done, totalRows } = state;
  const share = totalRows === 0 ? 1 : Math.min(1, done / totalRows);
  const parts: Part[] = [{ text: `${countText(done)}/${countText(totalRows)} ${Math.floor(share * 100)}%` }];
  const left = leftText(state);
  if (left !== undefined) parts.push({ text: left });
  if (state.perSecond > 0) parts.push({ text: paceText(state.perSecond, 'row'), colour: paint.dim });
  const beside = columns - narrowestBar - 1;
  const words = fitted(parts, textWidth(parts[0]?.text ?? '') > beside ? columns : beside);
  const cells = Math.min(widestBar, columns - textWidth(words) - 1);
  if (cells < narrowestBar) return words;
  const filled = Math.floor(share * cells);
  return `${paint.good('█'.repeat(filled))}${paint.dim('░'.repeat(cells - filled))} ${words}`;
}

/** Leaves out what has no room, from the end. */
function fitted(given: readonly Part[], columns: number): string {
  const parts = [...given];
  const width = (): number => textWidth(parts.map(({ text }) => text).join(separator));
  while (parts.length > 1 && width() > columns) {
    const { short, ...part } = parts.pop() ?? { text: '' };
    if (short !== undefined) parts.push({ ...part, text: short });
  }
  const [first] = parts;
  if (first === undefined) return '';
  const shown = width() > columns ? [{ ...first, text: cut(first.short ?? first.text, columns) }] : parts;
  return shown.map(({ text, colour }) => (colour === undefined ? text : colour(text))).join(separator);
}

function sendingParts(state: ProgressState, paint: Paint): Part[] {
  const rate = rateAgainstQuota(state);
  const wait = waiting(state);
  const end = endText(state);
  return [
    ...(wait === undefined ? [] : [{ ...wait, colour: paint.warn }]),
    ...(rate === undefined ? [] : [{ text: rate }]),
    ...(end === undefined ? [] : [{ text: end, colour: paint.warn }]),
  ];
}

function failureLine({ failed, causes }: ProgressState, columns: number, paint: Paint): string {
  if (failed === 0) return '';
  const top = causes.slice(0, mostCauses).map(({ code, rows }) => `${countText(rows)} ${printable(code)}`);
  const named = causes.slice(0, mostCauses).reduce((sum, { rows }) => sum + rows, 0);
  if (named < failed) top.push(`${countText(failed - named)} other`);
  const head = `${countText(failed)} failed`;
  return paint.bad(cut(top.length === 0 ? head : `${head}: ${top.join(', ')}`, columns));
}

/** The same for a log: `1,250 of 9,980 rows, 3 failed (2 not-found, 1 http-500), 5.0 rows/s, 29m 6s left`. */
export function plainLine(state: ProgressState): string {
  const { done, totalRows, failed, causes, perSecond } = state;
  const top = causes.slice(0, mostCauses).map(({ code, rows }) => `${countText(rows)} ${printable(code)}`);
  const parts = [
    `${countText(done)} of ${countText(totalRows)} rows`,
    failed > 0 ? `${countText(failed)} failed${top.length === 0 ? '' : ` (${top.join(', ')})`}` : undefined,
    perSecond > 0 ? paceText(perSecond, 'row') : undefined,
    leftText(state),
    waiting(state)?.text,
    endText(state),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** `5.0 rows/s`, `1,200 rows/s`, slower than one in ten seconds `3.5 rows/min`. */
function paceText(perSecond: number, what: string): string {
  if (perSecond >= 10) return `${countText(Math.round(perSecond))} ${what}s/s`;
  return perSecond >= 0.1 ? `${perSecond.toFixed(1)} ${what}s/s` : `${(perSecond * 60).toFixed(1)} ${what}s/min`;
}

/** `24.6 of 25/5s`: by the shortest window, which is the one that a run feels. */
function rateAgainstQuota({ callsPerSecond, gate: { rates } }: ProgressState): string | undefined {
  if (callsPerSecond <= 0) return undefined;
  const [shortest] = rates.toSorted((a, b) => a.windowMs - b.windowMs);
  if (shortest === undefined) return paceText(callsPerSecond, 'call');
  const text = rateText(shortest);
  if (shortest.windowMs > longestPacedWindowMs) return `${paceText(callsPerSecond, 'call')} of ${text}`;
  // Replies to a burst come within less than the window that they were sent in.
  const inWindow = Math.min(shortest.count, (callsPerSecond * shortest.windowMs) / 1_000);
  const shown = inWindow >= 100 ? countText(Math.round(inWindow)) : inWindow.toFixed(1);
  return `${shown} of ${text} calls`;
}

/** By the pace so far, but never less than the quota or a pause takes. A pause alone says nothing of the rows behind it. */
function leftText({ done, totalRows, perSecond, timeLeft, gate }: ProgressState): string | undefined {
  const rows = totalRows - done;
  if (rows <= 0) return undefined;
  const paceMs = perSecond > 0 && done >= fewestRows ? (rows / perSecond) * 1000 : 0;
  if (paceMs === 0 && timeLeft === undefined) return undefined;
  const leftMs = Math.max(0, paceMs, gate.waitMs, timeLeft?.leftMs ?? 0);
  return leftMs > 0 && leftMs < longestLeftMs ? `${durationText(Math.max(1000, leftMs))} left` : undefined;
}

/** What the quota does to the run before it is done. */
function endText({ timeLeft, stopping }: ProgressState): string | undefined {
  if (timeLeft?.stop === undefined || stopping) return undefined;
  const { rate, inMs } = timeLeft.stop;
  return `the budget of ${rateWords(rate)} ends it in ${durationText(inMs)}`;
}

/** Why it waits: `waiting 3s: quota 25/5s`, `paused by the vendor 57s`, `3 rows again in 4s: http-503`, `reading first`. */
function waiting({ gate, retry, job, stopping, reading, timeMs }: ProgressState): Part | undefined {
  if (stopping) return { text: 'stopping: waits for the calls under way', short: 'stopping' };
  if (gate.reason !== undefined && gate.waitMs >= toldWaitMs) {
    const reason = printable(gate.reason);
    const time = durationText(gate.waitMs);
    const until = gate.waitMs < longWaitMs ? '' : `, until ${timeOfDayText(timeMs + gate.waitMs)}`;
    if (reason.startsWith('paused')) return { text: `${reason} ${time}${until}`, short: `paused ${time}` };
    return { text: `waiting ${time}: ${reason}${until}`, short: `waiting ${time}` };
  }
  if (retry !== undefined && retry.inMs >= toldWaitMs) {
    const again = `${counted(retry.rows, 'row')} again in ${durationText(retry.inMs)}`;
    return { text: `${again}: ${printable(retry.code)}`, short: again };
  }
  if (job !== undefined) {
    const done = `${countText(job.done)} of ${countText(job.rows)}`;
    return { text: `the vendor works on job ${printable(job.job)}: ${done}`, short: `job: ${done}` };
  }
  return reading ? { text: 'reading current values first', short: 'reading first' } : undefined;
}
