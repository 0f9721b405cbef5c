import { writeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { armCrashPoint } from './core/crash-point.ts';

/** All that the program gets from the outside. A test gives it another one than the process. */
export interface Host {
  /** What is typed behind `oppatch`. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: HostInput;
  /** For results. */
  readonly stdout: HostOutput;
  /** For people: questions, progress, notes, errors. */
  readonly stderr: HostOutput;
  /** Calls back for each signal that asks for an end, in place of what the system would do; the function that it returns takes that off again. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /** Ends the process after so long at the latest, though a reply is still waited for. */
  readonly endWithin: (delayMs: number) => void;
}

/** Ctrl-C, the wish of another process, the loss of the terminal. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export type HostInput = Readable & { readonly isTTY?: boolean };

/** `columns` and `rows` are those of a terminal. */
export type HostOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The process itself, for `bin`. */
export const processHost: Host = {
  args: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal: (listener) => {
    for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      for (const signal of stopSignals) process.off(signal, listener);
    };
  },
  endWithin: (delayMs) => {
    setTimeout(() => process.exit(), delayMs).unref();
  },
};

/** What Node ends with where nothing is left that could settle what is waited for: a defect, which must not pass in silence. */
const unsettledExit = 13;

/** Prepares the process for {@link processHost}: a halt without an end is explained, and crash tests can end it. */
export function prepareProcess(): void {
  armCrashPoint(process.env['OPPATCH_CRASH_AT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));
  process.once('exit', (code) => {
    if (code !== unsettledExit) return;
    process.exitCode = 1;
    writeSync(
      2,
      'oppatch stopped unexpectedly; this is a bug in oppatch. Nothing that was sent is lost; `oppatch resume` goes on.\n',
    );
  });
}
