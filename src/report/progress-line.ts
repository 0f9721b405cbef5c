import { durationText } from '../core/duration.ts';
import type { GateStatus } from '../core/gate.ts';
import { printable } from '../core/printable.ts';
import { countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { cut, textWidth } from './text-width.ts';

/** How a run stands at one moment. */
export interface ProgressState {
  readonly done: number;
  readonly failed: number;
  readonly totalRows: number;
  /** Rows a second; 0 where that is not known yet. */
  readonly perSecond: number;
  /** Calls that a row takes, by what was replied so far; 1 where that is not known yet. */
  readonly callsPerRow: number;
  readonly gate: GateStatus;
  /** The latest repeat of a call; negative where it was sent already. */
  readonly retry?: { readonly inMs: number; readonly code: string };
  readonly stopping: boolean;
}

/** Waits shorter than this are not worth a word. */
const toldWaitMs = 1_500;
/** The pace of the first few rows says little. */
const fewestRows = 5;
/** A longer time is a guess that helps nobody. */
const longestLeftMs = 365 * 86_400_000;
const widestBar = 30;
const narrowestBar = 8;

/** One line of a terminal, at most `columns` wide: a bar where there is room, and what matters most first; the rest is left out. */
export function barLine(state: ProgressState, columns: number, paint: Paint): string {
  const { done, totalRows, failed } = state;
  const share = totalRows === 0 ? 1 : Math.min(1, done / totalRows);
  const parts: Part[] = [{ text: `${countText(done)}/${countText(totalRows)} ${Math.floor(share * 100)}%` }];
  if (failed > 0) parts.push({ text: `${countText(failed)} failed`, colour: paint.bad });
  const wait = waiting(state);
  if (wait !== undefined) parts.push({ ...wait, colour: paint.warn });
  const left = leftText(state);
  if (left !== undefined) parts.push({ text: left });
  if (state.perSecond > 0) parts.push({ text: perSecondText(state.perSecond), colour: paint.dim });

  const width = (): number => textWidth(parts.map(({ text }) => text).join(separator));
  while (parts.length > 1 && width() > columns) {
    const { short, ...part } = parts.pop() ?? { text: '' };
    if (short !== undefined) parts.push({ ...part, text: short });
  }
  const room = columns - width() - 1;
  const words = parts.map(({ text, colour }) => (colour === undefined ? text : colour(text))).join(separator);
  if (room < narrowestBar) return width() <= columns ? words : cut(parts[0]?.text ?? '', columns);
  const cells = Math.min(widestBar, room);
  const filled = Math.floor(share * cells);
  return `${paint.good('█'.repeat(filled))}${paint.dim('░'.repeat(cells - filled))} ${words}`;
}

const separator = ' · ';

interface Part {
  readonly text: string;
  /** What is said where there is no room for the text. */
  readonly short?: string;
  readonly colour?: (text: string) => string;
}

/** The same for a log: `1,250 of 9,980 rows, 3 failed, 5.0/s, 29m 6s left`. */
export function plainLine(state: ProgressState): string {
  const { done, totalRows, failed, perSecond } = state;
  const parts = [
    `${countText(done)} of ${countText(totalRows)} rows`,
    failed > 0 ? `${countText(failed)} failed` : undefined,
    perSecond > 0 ? perSecondText(perSecond) : undefined,
    leftText(state),
    waiting(state)?.text,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** `5.0/s`, `1,200/s`, slower than one in ten seconds `3.5/min`. */
function perSecondText(perSecond: number): string {
  if (perSecond >= 10) return `${countText(Math.round(perSecond))}/s`;
  return perSecond >= 0.1 ? `${perSecond.toFixed(1)}/s` : `${(perSecond * 60).toFixed(1)}/min`;
}

/** By the pace so far, but never less than the quota or a pause takes. */
function leftText({ done, totalRows, perSecond, callsPerRow, gate }: ProgressState): string | undefined {
  const rows = totalRows - done;
  if (rows <= 0) return undefined;
  const calls = rows * callsPerRow;
  const quotaMs = gate.rates.map(({ count, windowMs }) => Math.floor((calls - 1) / count) * windowMs);
  const paceMs = perSecond > 0 && done >= fewestRows ? (rows / perSecond) * 1000 : 0;
  const leftMs = Math.max(0, paceMs, gate.waitMs, ...quotaMs);
  return leftMs > 0 && leftMs < longestLeftMs ? `${durationText(Math.max(1000, leftMs))} left` : undefined;
}

/** Why it waits: `waiting 3s: quota 25/5s`, `paused by the vendor 57s`, `again in 4s: http-503`. */
function waiting({ gate, retry, stopping }: ProgressState): Part | undefined {
  if (stopping) return { text: 'stopping' };
  if (gate.reason !== undefined && gate.waitMs >= toldWaitMs) {
    const reason = printable(gate.reason);
    const time = durationText(gate.waitMs);
    if (reason.startsWith('paused')) return { text: `${reason} ${time}`, short: `paused ${time}` };
    return { text: `waiting ${time}: ${reason}`, short: `waiting ${time}` };
  }
  if (retry === undefined || retry.inMs < toldWaitMs) return undefined;
  const again = `again in ${durationText(retry.inMs)}`;
  return { text: `${again}: ${printable(retry.code)}`, short: again };
}
