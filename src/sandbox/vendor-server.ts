import type { VendorBehaviour } from './options.ts';
import type { Records, SandboxRecord } from './records.ts';

export interface SandboxRequest {
  readonly method: string;
  /** Below the vendor's base path, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request that is let through, and what it works on. */
export interface SandboxCall extends SandboxRequest {
  readonly records: Records;
  readonly behaviour: VendorBehaviour;
}

export interface SandboxResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON, texts as they are. */
  readonly body?: unknown;
  /** The write was applied. */
  readonly applied?: boolean;
  /** The opportunities that a write of several has changed. */
  readonly appliedIds?: readonly string[];
  /** What was wrong with the request on the wire, for tests to find. */
  readonly violation?: string;
}

export interface QuotaState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
  readonly windowMs: number;
  /** Of a quota that counts what calls cost. */
  readonly unit?: string;
}

/** One vendor of the sandbox. Handlers are pure but for the records. */
export interface VendorServer {
  readonly name: string;
  /** For the greeting, where it is not one of the built-in ones: how commands name it, and a change that it takes. */
  readonly greeting?: { readonly account: string; readonly change: string };
  /** The prefix on the sandbox's origin. */
  readonly basePath: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly quota: VendorBehaviour['quota'];
  /** Ids of the records that stand there from the start: practice data. */
  readonly sample: (number: number) => Readonly<Record<string, unknown>> & { readonly id: string };
  /** A new record for an unknown id. */
  readonly blank: (id: string) => Record<string, unknown>;
  /** The id that a write is for; undefined for reads and for what is not a known write. */
  readonly writtenId: (request: SandboxRequest) => string | undefined;
  /** The group of calls whose quota a request counts for, besides the quota of all. */
  readonly quotaGroup?: (request: SandboxRequest) => string | undefined;
  /** What a request costs in quotas with a unit; 1 where absent. */
  readonly price?: (request: SandboxRequest) => number;
  readonly handle: (call: SandboxCall) => SandboxResponse;
  /** Whether this call names the rows that are refused by itself: a refusal that is asked for does not meet the whole of it. */
  readonly refusesRows?: (request: SandboxRequest) => boolean;
  /** Undefined where the credentials are right. */
  readonly unauthorised: (request: SandboxRequest, behaviour: VendorBehaviour) => SandboxResponse | undefined;
  readonly throttled: (quota: QuotaState, behaviour: VendorBehaviour, number: number) => SandboxResponse;
  /** What a write that overreaches changes besides what it is asked. */
  readonly overreach?: (record: SandboxRecord) => SandboxRecord;
  readonly refused: (code: string | undefined, message: string | undefined) => SandboxResponse;
  readonly failed: () => SandboxResponse;
  /** Headers that state the quota on every reply: the tightest of those that count the call, and all of them. */
  readonly quotaHeaders?: (quota: QuotaState, all: readonly QuotaState[]) => Readonly<Record<string, string>>;
}
