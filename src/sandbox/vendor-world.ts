import { defined } from '../core/defined.ts';
import type { QuotaState, SandboxRequest, SandboxResponse, VendorServer } from './vendor-server.ts';
import { FaultPlan } from './faults.ts';
import { defaultBehaviour, type FaultKind, type VendorBehaviour } from './options.ts';
import { QuotaWindow } from './quota-window.ts';
import { createRandom } from './random.ts';
import { Records } from './records.ts';

/** A call as the log keeps it. */
export interface LoggedCall extends Omit<SandboxRequest, 'query'> {
  readonly vendor: string;
  readonly query: string;
  /** Monotonic, when it was counted. */
  readonly arrivedAtMs: number;
  readonly status: number;
  readonly applied: boolean;
  readonly fault?: FaultKind;
}

export interface Statistics {
  arrivals: number;
  throttled: number;
  applied: number;
  /** The most calls that were seen in one window of the first quota. */
  mostInWindow: number;
  /** Ids with the number of writes that were applied. */
  appliedById: Record<string, number>;
  readonly violations: string[];
}

type Counted = QuotaState & { readonly refused: boolean };

/** What is to be done of the connection. */
export interface Treatment {
  readonly response: SandboxResponse;
  readonly delivery: 'answer' | 'cut' | 'silence' | 'cut-in-body';
  /** What was done to it, where something was. */
  readonly fault?: FaultKind;
}

/** One vendor at work: its records, its quota, its faults, its memory of what came. */
export class VendorWorld {
  readonly server: VendorServer;
  readonly records: Records;
  readonly log: LoggedCall[] = [];
  readonly random: () => number;
  behaviour: VendorBehaviour = defaultBehaviour;
  statistics = freshStatistics();
  readonly #faultPlan: FaultPlan;
  #windows: QuotaWindow[] = [];
  #refusals = 0;

  constructor(server: VendorServer, seed: number) {
    this.server = server;
    this.records = new Records(server.blank);
    this.random = createRandom(seed);
    this.#faultPlan = new FaultPlan(this.random);
  }

  configure(behaviour: VendorBehaviour): void {
    this.behaviour = behaviour;
    this.records.autoCreate = behaviour.autoCreate;
    this.records.keepState = behaviour.keepState;
    this.#windows = behaviour.quota.map((quota) => new QuotaWindow(quota));
    this.#faultPlan.set(behaviour.faults, behaviour.refuse);
  }

  reset(samples: number): void {
    this.records.clear();
    this.log.length = 0;
    this.statistics = freshStatistics();
    this.configure(this.behaviour);
    for (let number = 1; number <= samples; number += 1) {
      const record = this.server.sample(number);
      this.records.put(record.id, { ...record });
    }
  }

  /** Counts the call as arrived now and decides everything about it. */
  treat(request: SandboxRequest, nowMs: number): Treatment {
    this.statistics.arrivals += 1;
    const { tightest: quota, all } = this.#count(request, nowMs);
    const treatment = this.#decide(request, quota);
    const { response } = treatment;
    if (quota === undefined || response.headers?.['retry-after'] !== undefined)
      return this.#noted(request, nowMs, treatment);
    const headers = { ...this.server.quotaHeaders?.(quota, all), ...response.headers };
    return this.#noted(request, nowMs, { ...treatment, response: { ...response, headers } });
  }

  #count(request: SandboxRequest, nowMs: number): { readonly tightest: Counted | undefined; readonly all: Counted[] } {
    const group = this.server.quotaGroup?.(request);
    const price = this.server.price?.(request) ?? 1;
    const counting = this.#windows.filter(({ quota }) => quota.group === undefined || quota.group === group);
    const all = counting.map((window) => counted(window, nowMs, price));
    const [tightest] = all.toSorted((a, b) => Number(b.refused) - Number(a.refused) || a.remaining - b.remaining);
    this.statistics.mostInWindow = this.#windows[0]?.most ?? 0;
    return { tightest, all };
  }

  #decide(request: SandboxRequest, quota: Counted | undefined): Treatment {
    const { server, behaviour, records } = this;
    if (quota?.refused === true) return this.#throttled(quota);
    const denied = server.unauthorised(request, behaviour);
    if (denied !== undefined) return answered(denied);
    const id = server.writtenId(request);
    const { fault, refusal } = id === undefined ? {} : this.#faultPlan.next(id);
    if (fault !== undefined && !isAfter(fault.kind))
      return { ...this.#faultBefore(fault.kind, request), fault: fault.kind };
    if (refusal !== undefined && server.refusesRows?.(request) !== true)
      return answered(server.refused(refusal.code, refusal.message));
    const response = server.handle({ ...request, records, behaviour });
    if (fault === undefined || !isAfter(fault.kind) || response.applied !== true) return answered(response);
    return { ...faultAfter(fault.kind, response), fault: fault.kind };
  }

  #throttled(quota: QuotaState): Treatment {
    this.statistics.throttled += 1;
    this.#refusals += 1;
    return answered(this.server.throttled(quota, this.behaviour, this.#refusals));
  }

  #faultBefore(kind: Exclude<FaultKind, AfterKind>, request: SandboxRequest): Treatment {
    const { server, behaviour, records } = this;
    switch (kind) {
      case 'cut-before':
        return { response: { status: 0 }, delivery: 'cut' };
      case 'never-answers':
        return { response: { status: 0 }, delivery: 'silence' };
      case '500':
        return answered(server.failed());
      case '401': {
        const bare = { ...request, headers: {}, query: new URLSearchParams() };
        return answered(server.unauthorised(bare, behaviour) ?? { status: 401 });
      }
      case '429-unannounced':
        return this.#throttled({ limit: 100, remaining: 0, resetMs: 800, windowMs: 5_000 });
      case 'overreach': {
        const id = server.writtenId(request) ?? '';
        const record = records.get(id);
        if (record !== undefined && server.overreach !== undefined) records.put(id, server.overreach(record));
        return answered(server.handle({ ...request, records, behaviour }));
      }
      case 'lie': {
        const id = server.writtenId(request) ?? '';
        const before = structuredClone(records.get(id));
        const response = server.handle({ ...request, records, behaviour });
        if (before !== undefined) records.put(id, before);
        return answered({ ...response, applied: false });
      }
      case '502-page':
      case '503':
      case 'html-200':
      case 'garbage':
        return answered(foreignAnswers[kind]);
    }
  }

  #noted(request: SandboxRequest, nowMs: number, treatment: Treatment): Treatment {
    const { response, fault } = treatment;
    const { statistics, behaviour, server } = this;
    if (response.violation !== undefined) statistics.violations.push(response.violation);
    if (response.applied === true) {
      const ids = response.appliedIds ?? [server.writtenId(request) ?? ''];
      statistics.applied += ids.length;
      for (const id of ids)
        if (id !== '' && behaviour.keepState) statistics.appliedById[id] = (statistics.appliedById[id] ?? 0) + 1;
    }
    if (behaviour.logged > 0) {
      if (this.log.length >= behaviour.logged) this.log.splice(0, Math.ceil(behaviour.logged / 10));
      this.log.push({
        vendor: server.name,
        ...request,
        query: request.query.toString(),
        arrivedAtMs: nowMs,
        status: response.status,
        applied: response.applied === true,
        ...defined({ fault }),
      });
    }
    return treatment;
  }
}

const afterKinds = ['cut-after', '500-after', '504-after', 'truncated-body'] as const;
type AfterKind = (typeof afterKinds)[number];

function isAfter(kind: FaultKind): kind is AfterKind {
  return (afterKinds as readonly FaultKind[]).includes(kind);
}

function counted(window: QuotaWindow, nowMs: number, price: number): Counted {
  const { count, windowMs, unit } = window.quota;
  return { limit: count, windowMs, ...window.arrive(nowMs, unit === undefined ? 1 : price), ...defined({ unit }) };
}

function answered(response: SandboxResponse): Treatment {
  return { response, delivery: 'answer' };
}

const html = { 'content-type': 'text/html' };

/** What another server answers in the vendor's place. */
const foreignAnswers = {
  '502-page': {
    status: 502,
    headers: html,
    body: '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>',
  },
  '503': { status: 503, body: 'Service Unavailable' },
  'html-200': { status: 200, headers: html, body: '<html><title>Welcome</title><body>Sign in</body></html>' },
  garbage: { status: 200, body: '\u0000\u0001{"Status":' },
} as const;

function faultAfter(kind: AfterKind, response: SandboxResponse): Treatment {
  const { appliedIds } = response;
  const applied = { applied: true, ...(appliedIds === undefined ? {} : { appliedIds }) };
  switch (kind) {
    case 'cut-after':
      return { response: { status: 0, ...applied }, delivery: 'cut' };
    case '500-after':
      return answered({ status: 500, body: 'Internal Server Error', ...applied });
    case '504-after':
      return answered({ status: 504, body: '<html><title>504 Gateway Time-out</title></html>', ...applied });
    case 'truncated-body':
      return { response, delivery: 'cut-in-body' };
  }
}

function freshStatistics(): Statistics {
  return { arrivals: 0, throttled: 0, applied: 0, mostInWindow: 0, appliedById: {}, violations: [] };
}
