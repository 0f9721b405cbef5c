import { durationText } from '../core/duration.ts';
import type { GateStatus } from '../core/gate.ts';
import { excerpt, printable } from '../core/printable.ts';
import type { RunEvent } from '../core/run-event.ts';
import { createPace } from './pace.ts';
import type { Paint } from './paint.ts';
import { barLine, plainLine, type ProgressState } from './progress-line.ts';
import { textWidth } from './text-width.ts';

export type ProgressMode = 'bar' | 'lines' | 'silent';

type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly writableNeedDrain?: boolean;
};

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly paint: Paint;
  /** `bar` redraws one line of a terminal, `lines` writes a line now and then, `silent` nothing but notes. */
  readonly mode: ProgressMode;
  readonly totalRows: number;
  /** Rows of `totalRows` that were settled before, in a run that is resumed. */
  readonly doneBefore?: number;
  readonly gateStatus: () => GateStatus;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

export interface Progress {
  readonly event: (event: RunEvent) => void;
  /** A line of its own, above the bar. */
  readonly note: (line: string) => void;
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
/** A pause as long as this is told in a log when it begins. */
const longPauseMs = 10_000;

/** Tells on stderr how a run goes: rows done, failures, why it waits, time left, rate. Its timer keeps no process alive. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, paint, mode, totalRows, doneBefore = 0, gateStatus, nowMs = () => performance.now() } = options;
  const startedAtMs = nowMs();
  const pace = createPace(startedAtMs, doneBefore);
  let done = doneBefore;
  let failed = 0;
  let callsReplied = 0;
  let retry: { readonly atMs: number; readonly code: string } | undefined;
  let stopping = false;
  let stopped = false;
  let drawn = '';
  let drawnWidth = 0;
  let lastLineAtMs = startedAtMs;
  let lastPauseAtMs = Number.NEGATIVE_INFINITY;

  const state = (): ProgressState => {
    const timeMs = nowMs();
    pace.at(timeMs, done);
    return {
      done,
      failed,
      totalRows,
      perSecond: pace.perSecond(timeMs, done),
      callsPerRow: done === doneBefore ? 1 : callsReplied / (done - doneBefore),
      gate: gateStatus(),
      ...(retry === undefined ? {} : { retry: { inMs: retry.atMs - timeMs, code: retry.code } }),
      stopping,
    };
  };
  const columns = (): number => stream.columns || 80;

  /** Takes the bar away. A terminal that has become narrower has broken it into several lines. */
  const erasure = (): string => {
    if (drawn === '') return '';
    const above = Math.ceil(drawnWidth / columns()) - 1;
    drawn = '';
    return above > 0 ? `\r\u001b[${above}A\u001b[J` : '\r\u001b[2K';
  };
  const draw = (before = ''): void => {
    const line = barLine(state(), Math.max(1, columns() - 1), paint);
    if (before === '' && line === drawn) return;
    stream.write(`${erasure()}${before}${line}`);
    drawn = line;
    drawnWidth = textWidth(line);
  };
  const tell = (line: string): void => {
    lastLineAtMs = nowMs();
    stream.write(`${line}\n`);
  };
  const tick = (): void => {
    // What a slow reader has not taken yet would only grow longer.
    if (stream.writableNeedDrain === true) return;
    if (mode === 'bar') return draw();
    const elapsedMs = nowMs() - startedAtMs;
    const everyMs = sparserLines.find(({ afterMs }) => elapsedMs > afterMs)?.everyMs ?? lineMs;
    if (nowMs() - lastLineAtMs >= everyMs - redrawMs) tell(plainLine(state()));
  };
  const timer = mode === 'silent' ? undefined : setInterval(tick, mode === 'bar' ? redrawMs : lineMs);
  timer?.unref();

  const throttled = (waitMs: number, message: string): void => {
    if (mode !== 'lines' || stopped || waitMs < longPauseMs || nowMs() - lastPauseAtMs < waitMs) return;
    lastPauseAtMs = nowMs();
    tell(`paused by the vendor for ${durationText(waitMs)}: ${excerpt(message, 200)}`);
  };

  return {
    event: (event) => {
      switch (event.kind) {
        case 'row-settled': {
          done += 1;
          const { status } = event.outcome;
          if (status !== 'applied' && status !== 'unchanged' && status !== 'unprocessed') failed += 1;
          break;
        }
        case 'call-replied':
          callsReplied += 1;
          break;
        case 'throttled':
          throttled(event.waitMs ?? gateStatus().waitMs, event.message);
          break;
        case 'retry':
          retry = { atMs: nowMs() + event.delayMs, code: event.code };
          break;
        case 'stopping':
          stopping = true;
          break;
        case 'call-sent':
        case 'cannot-read':
        case 'no-batches':
        case 'no-bulk-reads':
          break;
      }
    },
    note: (line) => {
      const text = `${printable(line)}\n`;
      if (mode === 'bar' && !stopped) draw(text);
      else stream.write(text);
    },
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      if (drawn !== '') stream.write(erasure());
    },
  };
}
