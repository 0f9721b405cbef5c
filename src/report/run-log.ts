import { closeSync, openSync, writeSync } from 'node:fs';
import { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { asItIs, type Redact } from '../core/redact.ts';
import type { RunEvent } from '../core/run-event.ts';

/** What a line of the log tells besides its time and its event. */
export type LogFields = Readonly<Record<string, string | number | null | undefined>>;

/** The log file of unattended runs: one line an event. */
export interface RunLog {
  /** What is secret from here on. */
  readonly hide: (redact: Redact) => void;
  readonly write: (event: string, fields: LogFields) => void;
  /** Lines for what is worth one: rows that were not applied, pauses, retries, the stop. */
  readonly event: (event: RunEvent) => void;
  readonly close: () => void;
}

/**
 * Opens the file to append to it, mode 0600 where it is new. Each line is one write at the file's end: processes may share it, and it may be cut
 * (logrotate's copytruncate) at any time. Throws `log-file` (exit code 2). A write that fails is told once to `onTrouble` and stops nothing.
 */
export function openRunLog(path: string, format: 'text' | 'json', onTrouble: (message: string) => void): RunLog {
  const file = opened(path);
  let redact = asItIs;
  let troubled = false;
  const write = (event: string, fields: LogFields): void => {
    const shown = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
    );
    const line = format === 'json' ? jsonLine(event, shown) : textLine(event, shown);
    try {
      writeSync(file, `${line}\n`);
    } catch (error) {
      if (troubled) return;
      troubled = true;
      onTrouble(`The log file can't be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${path}`);
    }
  };
  return {
    hide: (next) => {
      redact = next;
    },
    write,
    event: (event) => {
      const line = fieldsOf(event);
      if (line !== undefined) write(...line);
    },
    close: () => closeSync(file),
  };
}

function opened(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new OppatchError(
      'log-file',
      `The log file can't be opened: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}.`,
      {
        place: path,
        hint: 'Make its directory, or give --log-file another path. Nothing was sent.',
        cause: error,
      },
    );
  }
}

function jsonLine(event: string, fields: LogFields): string {
  return JSON.stringify({ time: new Date().toISOString(), event, ...fields });
}

/** `2026-11-21T02:15:30.120Z row row=3 id=opp_1 status=rejected`; a value with blanks is quoted as in JSON. */
function textLine(event: string, fields: LogFields): string {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const text = printable(String(value ?? '-'));
    return [`${name}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`];
  });
  return [new Date().toISOString(), event, ...parts].join(' ');
}

function fieldsOf(event: RunEvent): readonly [string, LogFields] | undefined {
  switch (event.kind) {
    case 'row-settled': {
      const { row, line, id, title, link, status, code, message } = event.outcome;
      if (status === 'unchanged' || (status === 'applied' && code === undefined)) return undefined;
      return ['row', { row, line, id, title, link, status, code, message }];
    }
    case 'throttled':
      return ['pause', { message: event.message, wait_ms: event.waitMs }];
    case 'retry':
      return [
        'retry',
        {
          rows: event.call.edits.map(({ row }) => row).join(','),
          attempt: event.attempt,
          code: event.code,
          message: event.message,
          delay_ms: Math.round(event.delayMs),
        },
      ];
    case 'notice':
      return ['warning', { message: event.message }];
    case 'job':
      return ['job', { job: event.job, done: event.done, rows: event.rows }];
    case 'stopping':
      return ['stopping', { reason: event.reason }];
    case 'call-sent':
    case 'call-replied':
      return undefined;
  }
}
