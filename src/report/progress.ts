import { durationText } from '../core/duration.ts';
import type { GateStatus } from '../core/gate.ts';
import { excerpt, printable } from '../core/printable.ts';
import type { RunEvent } from '../core/run-event.ts';
import type { Paint } from './paint.ts';
import { createProgressTally } from './progress-tally.ts';
import { plainLine, progressLines, type TimeLeft, type ProgressState } from './progress-lines.ts';
import { textWidth } from './text-width.ts';

export type ProgressMode = 'bar' | 'lines' | 'silent';

type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly writableNeedDrain?: boolean;
};

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly paint: Paint;
  /** `bar` redraws the last lines of a terminal that is wide enough, `lines` writes a line now and then, `silent` nothing but notes. */
  readonly mode: ProgressMode;
  readonly totalRows: number;
  /** Rows of `totalRows` that were settled before, in a run that is resumed. */
  readonly doneBefore?: number;
  readonly gateStatus: () => GateStatus;
  /** What the quota lets the run do from now, given the rows that are left; undefined where that is not known yet. */
  readonly timeLeft?: (rowsLeft: number) => TimeLeft | undefined;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

export interface Progress {
  readonly event: (event: RunEvent) => void;
  /** A line of its own, above the bar. */
  readonly note: (line: string) => void;
  /** How it stands, on one line. */
  readonly line: () => string;
  /** Leaves a clean last state; may be called twice. */
  readonly stop: () => void;
}

/** A bar needs a terminal that can move its cursor. */
export function progressMode(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  { quiet }: { readonly quiet: boolean },
): ProgressMode {
  if (quiet) return 'silent';
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? 'bar' : 'lines';
}

const redrawMs = 100;
const lineMs = 10_000;
/** A log gets a line every ten seconds at first, and fewer in a long run. */
const sparserLines = [
  { afterMs: 600_000, everyMs: 60_000 },
  { afterMs: 120_000, everyMs: 30_000 },
];
/** On a terminal that is narrower, a bar and its words say too little: it gets lines, as a log does. */
const narrowestColumns = 44;
/** A terminal that is lower gets the first line only. */
const lowestRows = 6;
const timeLeftMs = 1_000;
/** A pause as long as this is told in a log when it begins. */
const longPauseMs = 10_000;

/** Tells on stderr how a run goes: rows done, time left, rate, why it waits, failures by cause. Its timer keeps no process alive. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, paint, mode, totalRows, doneBefore = 0, gateStatus, nowMs = () => performance.now() } = options;
  const startedAtMs = nowMs();
  const tally = createProgressTally(startedAtMs, doneBefore);
  let stopped = false;
  let drawn: readonly string[] = [];
  let lastLineAtMs = startedAtMs;
  let lastPauseAtMs = Number.NEGATIVE_INFINITY;
  let known: { readonly atMs: number; readonly timeLeft: TimeLeft | undefined } | undefined;

  /** Counting a long run through takes longer than a drawing should. */
  const timeLeft = (rowsLeft: number): TimeLeft | undefined => {
    if (known === undefined || nowMs() - known.atMs >= timeLeftMs)
      known = { atMs: nowMs(), timeLeft: options.timeLeft?.(rowsLeft) };
    return known.timeLeft;
  };
  const state = (): ProgressState => {
    const counts = tally.at(nowMs());
    const ahead = timeLeft(totalRows - counts.done);
    return {
      ...counts,
      totalRows,
      gate: gateStatus(),
      ...(ahead === undefined ? {} : { timeLeft: ahead }),
      timeMs: Date.now(),
    };
  };
  const columns = (): number => stream.columns || 80;
  const draws = (): boolean => mode === 'bar' && columns() >= narrowestColumns;

  /** Takes the drawing away. A terminal that has become narrower has broken its lines into several. */
  const erasure = (): string => {
    if (drawn.length === 0) return '';
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns())), 0);
    drawn = [];
    return rows > 1 ? `\r\u001b[${rows - 1}A\u001b[J` : '\r\u001b[2K';
  };
  const draw = (before = ''): void => {
    const all = progressLines(state(), columns() - 1, paint);
    const lines = (stream.rows ?? lowestRows) < lowestRows ? all.slice(0, 1) : all;
    if (before === '' && lines.join('\n') === drawn.join('\n')) return;
    stream.write(`${erasure()}${before}${lines.join('\n')}`);
    drawn = lines;
  };
  const tell = (line: string): void => {
    lastLineAtMs = nowMs();
    stream.write(`${erasure()}${line}\n`);
  };
  const tick = (): void => {
    // What a slow reader has not taken yet would only grow longer.
    if (stream.writableNeedDrain === true) return;
    if (draws()) return draw();
    if (drawn.length > 0) stream.write(erasure());
    const elapsedMs = nowMs() - startedAtMs;
    const everyMs = sparserLines.find(({ afterMs }) => elapsedMs > afterMs)?.everyMs ?? lineMs;
    if (nowMs() - lastLineAtMs >= everyMs - redrawMs) tell(plainLine(state()));
  };
  const timer = mode === 'silent' ? undefined : setInterval(tick, mode === 'bar' ? redrawMs : lineMs);
  timer?.unref();
  if (mode === 'bar') stream.on('resize', tick);

  const throttled = (waitMs: number, message: string): void => {
    if (mode === 'silent' || draws() || stopped) return;
    if (waitMs < longPauseMs || nowMs() - lastPauseAtMs < waitMs) return;
    lastPauseAtMs = nowMs();
    tell(`paused by the vendor for ${durationText(waitMs)}: ${excerpt(message, 200)}`);
  };

  return {
    event: (event) => {
      tally.event(event, nowMs());
      if (event.kind === 'throttled') throttled(event.waitMs ?? gateStatus().waitMs, event.message);
    },
    note: (line) => {
      const text = `${printable(line)}\n`;
      if (draws() && !stopped) draw(text);
      else stream.write(`${erasure()}${text}`);
    },
    line: () => plainLine(state()),
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      stream.removeListener('resize', tick);
      if (drawn.length > 0) stream.write(erasure());
    },
  };
}
