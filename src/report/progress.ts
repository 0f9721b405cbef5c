import { durationText } from '../core/duration.ts';
import type { GateStatus } from '../core/gate.ts';
import type { RunEvent } from '../core/run-event.ts';
import { printable } from '../core/printable.ts';
import { countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { cut } from './text-width.ts';

export interface ProgressOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly paint: Paint;
  /** `bar` redraws one line of a terminal, `lines` writes a line now and then, `silent` nothing but notes. */
  readonly mode: 'bar' | 'lines' | 'silent';
  readonly totalRows: number;
  readonly gateStatus: () => GateStatus;
  readonly nowMs?: () => number;
}

export interface Progress {
  readonly event: (event: RunEvent) => void;
  /** A line of its own, above the bar. */
  readonly note: (line: string) => void;
  /** Leaves a clean last state; may be called twice. */
  readonly stop: () => void;
}

const redrawMs = 100;
const lineMs = 10_000;
/** Waits shorter than this are the normal pace of a quota and not worth a word. */
const toldWaitMs = 1_500;

/** Tells on stderr how a run goes: rows done, rate, failures, time left, and why it waits when it waits. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, paint, mode, totalRows, gateStatus, nowMs = () => performance.now() } = options;
  const startedAtMs = nowMs();
  let done = 0;
  let failed = 0;
  let drawn = false;
  let stopped = false;

  const erase = (): void => {
    if (drawn) stream.write('\r\u001b[2K');
    drawn = false;
  };
  const draw = (): void => {
    if (stopped) return;
    const columns = Math.max(20, stream.columns ?? 80);
    const state = { done, failed, totalRows, elapsedMs: nowMs() - startedAtMs, gate: gateStatus() };
    stream.write(`\r\u001b[2K${barLine(state, columns - 1, paint)}`);
    drawn = true;
  };
  const tellLine = (): void => {
    const state = { done, failed, totalRows, elapsedMs: nowMs() - startedAtMs, gate: gateStatus() };
    stream.write(`${plainLine(state)}\n`);
  };
  const timer =
    mode === 'silent' ? undefined : setInterval(mode === 'bar' ? draw : tellLine, mode === 'bar' ? redrawMs : lineMs);
  timer?.unref();

  const note = (line: string): void => {
    erase();
    stream.write(`${printable(line)}\n`);
  };

  return {
    event: (event) => {
      if (event.kind !== 'row-settled') return;
      done += 1;
      const { status } = event.outcome;
      if (status !== 'applied' && status !== 'unchanged') failed += 1;
    },
    note,
    stop: () => {
      if (stopped) return;
      clearInterval(timer);
      erase();
      stopped = true;
    },
  };
}

interface State {
  readonly done: number;
  readonly failed: number;
  readonly totalRows: number;
  readonly elapsedMs: number;
  readonly gate: GateStatus;
}

function rowsPerSecond({ done, elapsedMs }: State): number {
  return elapsedMs < 200 ? 0 : (done * 1000) / elapsedMs;
}

function rateShown(perSecond: number): string {
  if (perSecond >= 10) return `${countText(Math.round(perSecond))}/s`;
  return perSecond >= 0.1 ? `${perSecond.toFixed(1)}/s` : `${(perSecond * 60).toFixed(1)}/min`;
}

function timeLeft(state: State): string | undefined {
  const perSecond = rowsPerSecond(state);
  const left = state.totalRows - state.done;
  return perSecond === 0 || state.done < 5 || left === 0
    ? undefined
    : `${durationText((left / perSecond) * 1000)} left`;
}

function waiting({ gate }: State): string | undefined {
  if (gate.reason === undefined || gate.waitMs < toldWaitMs) return undefined;
  return `waiting ${durationText(gate.waitMs)}: ${gate.reason}`;
}

/** The parts in order of their worth; what does not fit into the terminal is left out from the end. */
function barLine(state: State, columns: number, paint: Paint): string {
  const { done, totalRows, failed } = state;
  const share = totalRows === 0 ? 1 : done / totalRows;
  const counts = `${countText(done)}/${countText(totalRows)}`;
  const parts = [
    counts,
    `${Math.floor(share * 100)}%`,
    failed > 0 ? `${countText(failed)} failed` : undefined,
    waiting(state),
    timeLeft(state),
    rowsPerSecond(state) > 0 ? rateShown(rowsPerSecond(state)) : undefined,
  ].filter((part) => part !== undefined);
  while (parts.length > 1 && parts.join(' · ').length > columns) parts.pop();
  const words = parts.join(' · ');
  const room = columns - words.length - 1;
  const text =
    failed > 0 ? words.replace(`${countText(failed)} failed`, paint.bad(`${countText(failed)} failed`)) : words;
  if (room < 12) return cut(words, columns) === words ? text : cut(words, columns);
  const width = Math.min(30, room - 1);
  const filled = Math.floor(share * width);
  return `${paint.good('█'.repeat(filled))}${paint.dim('░'.repeat(width - filled))} ${text}`;
}

function plainLine(state: State): string {
  const { done, totalRows, failed } = state;
  const parts = [
    `${countText(done)} of ${countText(totalRows)} rows`,
    failed > 0 ? `${countText(failed)} failed` : undefined,
    rowsPerSecond(state) > 0 ? rateShown(rowsPerSecond(state)) : undefined,
    timeLeft(state),
    waiting(state),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
