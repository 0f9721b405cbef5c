import { durationText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import type { Gate, Permit } from '../core/gate.ts';
import { realClock, type Clock } from './clock.ts';
import { LocalPermits, type PermitOptions } from './local-permits.ts';
import type { Permits } from './permits.ts';

export interface GateOptions extends Omit<PermitOptions, 'random'> {
  /** A longer wait than this is not waited: the budget counts as used up. */
  readonly longestWaitMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly permits?: Permits;
}

/** An hour is the longest window that is waited for; a day's budget is not. */
export const defaultLongestWaitMs = 65 * 60_000;

interface Waiter {
  readonly resolve: (permit: Permit) => void;
  readonly reject: (reason: unknown) => void;
  /** False once it was served or gave up. */
  waiting: boolean;
}

interface Line {
  readonly waiters: Waiter[];
  untilMs: number;
  reason: string;
}

/** Hands out permits in order of asking, group by group, as early as the permits allow and never earlier. */
export function createGate(options: GateOptions): Gate {
  const clock = options.clock ?? realClock;
  const permits = options.permits ?? new LocalPermits({ ...options, random: options.random ?? Math.random });
  const longestWaitMs = options.longestWaitMs ?? defaultLongestWaitMs;
  const lines = new Map<string, Line>();
  const groupOf = new WeakMap<Permit, string>();
  let cancelTimer: (() => void) | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;

  const permitFor = (id: number, group: string): Permit => {
    let open = true;
    const once = (end: () => void) => (): void => {
      if (!open) return;
      open = false;
      end();
      serveAll();
    };
    const permit: Permit = {
      replied: once(() => permits.replied(id, clock.nowMs())),
      lost: once(() => permits.lost(id)),
      unused: once(() => permits.unused(id)),
    };
    groupOf.set(permit, group);
    return permit;
  };

  const serve = (group: string, line: Line): void => {
    for (;;) {
      while (line.waiters[0]?.waiting === false) line.waiters.shift();
      const [first] = line.waiters;
      if (first === undefined) return;
      const nowMs = clock.nowMs();
      const taking = permits.take(group, nowMs);
      if (taking.taken) {
        first.waiting = false;
        line.waiters.shift();
        line.reason = '';
        first.resolve(permitFor(taking.id, group));
        continue;
      }
      line.untilMs = taking.untilMs;
      line.reason = taking.reason;
      if (taking.untilMs - nowMs <= longestWaitMs || taking.untilMs === Number.POSITIVE_INFINITY) return;
      first.waiting = false;
      first.reject(exhausted(taking.reason, taking.untilMs - nowMs));
    }
  };

  const serveAll = (): void => {
    for (const [group, line] of lines) serve(group, line);
    schedule();
  };

  const schedule = (): void => {
    let atMs = Number.POSITIVE_INFINITY;
    for (const line of lines.values()) if (line.waiters.length > 0) atMs = Math.min(atMs, line.untilMs);
    if (atMs === timerAtMs) return;
    cancelTimer?.();
    cancelTimer = undefined;
    timerAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    cancelTimer = clock.at(atMs, () => {
      timerAtMs = Number.POSITIVE_INFINITY;
      cancelTimer = undefined;
      serveAll();
    });
  };

  return {
    acquire: (group, signal) => {
      const line = lines.get(group) ?? { waiters: [], untilMs: Number.POSITIVE_INFINITY, reason: '' };
      lines.set(group, line);
      return new Promise<Permit>((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const giveUp = (): void => {
          if (!waiter.waiting) return;
          waiter.waiting = false;
          reject(signal?.reason);
          serveAll();
        };
        const waiter: Waiter = {
          waiting: true,
          resolve: (permit) => {
            signal?.removeEventListener('abort', giveUp);
            resolve(permit);
          },
          reject: (reason) => {
            signal?.removeEventListener('abort', giveUp);
            reject(reason);
          },
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        line.waiters.push(waiter);
        if (line.waiters.length === 1) serve(group, line);
        schedule();
      });
    },
    pause: (group, waitMs) => {
      permits.pause(group, waitMs, clock.nowMs());
      serveAll();
    },
    learn: (group, rate) => permits.learn(group, rate),
    notice: (permit, notice) => {
      permits.notice(groupOf.get(permit) ?? '', notice, clock.nowMs());
      serveAll();
    },
    status: () => {
      const nowMs = clock.nowMs();
      const line = [...lines.values()].find(
        ({ waiters, reason }) => reason !== '' && waiters.some(({ waiting }) => waiting),
      );
      const rates = permits.rates();
      if (line === undefined) return { waitMs: 0, rates };
      const waitMs = line.untilMs === Number.POSITIVE_INFINITY ? 0 : Math.max(0, line.untilMs - nowMs);
      return { waitMs, reason: line.reason, rates };
    },
  };
}

function exhausted(reason: string, waitMs: number): OppatchError {
  return new OppatchError(
    'quota-exhausted',
    `The quota is used up (${reason}); it is back in ${durationText(waitMs)}.`,
    {
      hint: 'Resume the run then.',
      exitCode: 6,
    },
  );
}
