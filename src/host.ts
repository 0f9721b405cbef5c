import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { setTimeout as delay } from 'node:timers/promises';
import { armCrashPoint } from './core/crash-point.ts';
import type { ExitCode } from './core/exit-code.ts';

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
  /** Calls back for each signal that asks how it stands (SIGUSR1, SIGINFO); the latest listener answers. The function that it returns takes it off again. */
  readonly onProgressWanted: (listener: () => void) => () => void;
  /** Lets so much time pass, less where the signal comes first; never rejects. For waits between calls, not for those that the quota asks for. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Ends the process after so long at the latest, though a reply is still waited for. */
  readonly endWithin: (delayMs: number) => void;
  /** What is closed when the command has ended. */
  readonly endings: (() => Promise<void>)[];
}

/** Ctrl-C, the wish of another process, the loss of the terminal. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export type HostInput = Readable & { readonly isTTY?: boolean };

/** `columns` and `rows` are those of a terminal. */
export type HostOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** SIGINFO (Ctrl-T) exists on macOS and the BSDs; elsewhere people send SIGUSR1. */
const progressSignals = ['SIGUSR1', 'SIGINFO'] as const;
const progressListeners: (() => void)[] = [];

/** The process itself. Node makes a stream when it is first asked for, which most commands do for one of the three. */
export const processHost: Host = {
  args: process.argv.slice(2),
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    opened.add(process.stdout);
    return process.stdout;
  },
  get stderr() {
    return safeStderr();
  },
  onSignal: (listener) => {
    for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      for (const signal of stopSignals) process.off(signal, listener);
    };
  },
  onProgressWanted: (listener) => {
    progressListeners.push(listener);
    return () => {
      progressListeners.splice(progressListeners.lastIndexOf(listener), 1);
    };
  },
  wait: (delayMs, signal) => delay(delayMs, undefined, { signal }).catch(() => undefined),
  endWithin: (delayMs) => {
    setTimeout(() => process.exit(), delayMs).unref();
  },
  endings: [],
};

/** The outputs that were asked for. */
const opened = new Set<Writable>();

/** Errors that can't be written stop nothing. */
function safeStderr(): typeof process.stderr {
  if (!opened.has(process.stderr)) opened.add(process.stderr.on('error', () => undefined));
  return process.stderr;
}

/**
 * Runs the program as this process, for `bin`. A halt without an end is explained, crash tests can end it, a lost terminal does not abort it, and SIGUSR1
 * asks for progress: without a listener it would open Node's debugger, through which any user of the machine can read the process.
 */
export async function runProcess(main: (host: Host) => Promise<ExitCode>): Promise<void> {
  for (const signal of progressSignals) process.on(signal, () => progressListeners.at(-1)?.());
  process.once('exit', leaveLostTerminal);
  armCrashPoint(process.env['OPPATCH_CRASH_AT'] ?? '', () => process.kill(process.pid, 'SIGKILL'));
  let isOver = false;
  process.once('exit', (code) => {
    // Nothing is left that could settle what is waited for: a defect, which must not pass in silence.
    if (isOver || code !== 0) return;
    process.exitCode = 1;
    writeSync(
      2,
      'oppatch stopped unexpectedly; this is a bug in oppatch. Nothing that was sent is lost; `oppatch resume` goes on.\n',
    );
  });
  process.exitCode = await main(processHost);
  isOver = true;
  await Promise.all([...opened].map(written));
  // By itself Node would end as well, and take its memory apart before, which takes longer.
  process.exit();
}

/** Resolves when all is with the system, or can't be brought there. */
function written(output: Writable): Promise<unknown> {
  return new Promise((resolve) => output.write('', resolve));
}

/** Node puts the terminal's mode back as it ends, and aborts where the terminal is gone: the null device takes its place. */
function leaveLostTerminal(): void {
  const nullDevice = nullDeviceNumber();
  for (const descriptor of [0, 1, 2]) {
    try {
      const found = fstatSync(descriptor);
      if (!found.isCharacterDevice() || found.rdev === nullDevice || isatty(descriptor)) continue;
      closeSync(descriptor);
    } catch {
      // It is closed already.
    }
    openSync(devNull, 'r+');
  }
}

/** Undefined where the system has no number for it: Windows. */
function nullDeviceNumber(): number | undefined {
  try {
    return statSync(devNull).rdev;
  } catch {
    return undefined;
  }
}
