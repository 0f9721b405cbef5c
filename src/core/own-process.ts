/**
 * What a process knows of itself and no Host can change. Besides `host.ts` this is the only file that names the process; all that a person or a
 * script can set (arguments, environment, streams, signals) comes through the Host.
 */

export const { pid, platform } = process;

/** The user's number; undefined on Windows. */
export const ownUid = process.geteuid?.();

/** Of Node: `22.11.0`. */
export const nodeVersion = process.versions.node;

/** What its code is made for: `x64`. */
export const processor = process.arch;

/** Program and command without their options, whose values may be private: `oppatch apply`. */
export function commandName(): string {
  const [, script = '', word = ''] = process.argv;
  const program = (script.split(/[/\\]/).at(-1) ?? '').replace(/\.(js|ts|mjs)$/, '');
  return /^[a-z]+$/.test(word) ? `${program} ${word}` : program;
}

/** Milliseconds on the machine's monotonic clock, which its processes share; in steps of a microsecond. */
export function machineMonotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Whether a process of this machine lives. */
export function isAlive(otherPid: number): boolean {
  try {
    return process.kill(otherPid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ends a child that was started as a group of its own, and all that it has started. */
export function killGroup(leaderPid: number): void {
  process.kill(-leaderPid, 'SIGKILL');
}

const hookedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Loads a package and takes off what it hooks onto signals. One under conf (when-exit) answers a signal by sending it to the process again, so that one
 * Ctrl-C would count as two. Its hook for the exit stays.
 */
export async function withoutSignalHooks<T>(load: () => Promise<T>): Promise<T> {
  const before = new Map(hookedSignals.map((signal) => [signal, process.rawListeners(signal)]));
  const loaded = await load();
  for (const [signal, listeners] of before) {
    for (const listener of process.rawListeners(signal)) {
      if (!listeners.includes(listener)) process.off(signal, listener as NodeJS.SignalsListener);
    }
  }
  return loaded;
}

/**
 * Loads libsql, whose loader asks Node's report which C library there is, and then looks at the system's `ldd`, and at the report where there is none. The
 * first answer is left out: a report takes 5 ms and more, and looks up the names of the hosts that are connected.
 */
export async function withoutFirstReport<T>(load: () => Promise<T>): Promise<T> {
  const { report } = process;
  const getReport = report.getReport.bind(report);
  let isAsked = false;
  report.getReport = () => {
    if (isAsked) return getReport();
    isAsked = true;
    return {};
  };
  try {
    return await load();
  } finally {
    report.getReport = getReport;
  }
}
