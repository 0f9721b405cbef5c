import type { SandboxQuota } from './quota-window.ts';

/** How a vendor of the sandbox is to behave. */
export interface VendorBehaviour {
  readonly quota: readonly SandboxQuota[];
  /** The form in which LeadSquared refuses for lack of quota. */
  readonly refusalForm: '429' | '403' | '200' | 'rotate';
  /** Milliseconds on the way there and back, uniformly between the two numbers; a share of the calls takes `ms` longer each way. */
  readonly latency: {
    readonly requestMs: Range;
    readonly replyMs: Range;
    readonly spike?: { readonly share: number; readonly ms: number };
  };
  readonly faults: readonly Fault[];
  readonly refuse: readonly Refusal[];
  /** An id that is not known is made on its first use. */
  readonly autoCreate: boolean;
  /** False: writes are judged but not kept, for load tests. */
  readonly keepState: boolean;
  /** What Close does of unknown keys. */
  readonly unknownKeys: 'reject' | 'ignore';
  /** Where LeadSquared takes its keys. */
  readonly keysIn: 'both' | 'headers' | 'query';
  /** How LeadSquared answers a write of several opportunities, and whether one that is refused takes the others with it. */
  readonly bulk: { readonly reply: BulkReply; readonly atomic: boolean };
  /** How a vendor answers a batch whose reply may name rows: which order, and whether a refused row is named or refuses the whole batch. */
  readonly batch: { readonly inOrder: boolean; readonly namesRows: boolean };
  /**
   * How Salesforce works on jobs: for how long after they are closed, how they end, for which rows (by their places from the end of the file) a job that
   * fails or is aborted does nothing, which are in no file of results, and whether the results name a row that was not sent; `refused`: there are no jobs.
   */
  readonly jobs: {
    readonly workMs: number;
    readonly ends: 'JobComplete' | 'Failed' | 'Aborted' | 'refused';
    readonly unprocessed: number;
    readonly untold: number;
    readonly foreign: boolean;
  };
  /** Milliseconds by which LeadSquared's reads follow its writes. */
  readonly readLagMs: number;
  /** Whether Raze answers GET /opportunities/:id. */
  readonly readable: boolean;
  /** What becomes of reads of names and users: told, refused with 403, or answered with a body of another form. */
  readonly metadata: 'open' | 'forbidden' | 'odd';
  /** How many calls the request log keeps; 0 for none. */
  readonly logged: number;
}

/**
 * `named`: a list with an entry for each row that was applied; `failures`: counts, and a list of those that were refused; `bare`: success, without a
 * word of the rows; `none`: there is no such call.
 */
export const bulkReplies = ['named', 'failures', 'bare', 'none'] as const;
export type BulkReply = (typeof bulkReplies)[number];

export type Range = readonly [least: number, most: number];

export const faultKinds = [
  'cut-before',
  'cut-after',
  '500',
  '500-after',
  '502-page',
  '503',
  '504-after',
  'never-answers',
  'html-200',
  'garbage',
  'truncated-body',
  '401',
  '429-unannounced',
  'lie',
  'overreach',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Which calls something happens to: every n-th write, a share of them, those for certain ids; all conditions together. */
export interface Selection {
  readonly every?: number;
  readonly share?: number;
  readonly ids?: readonly string[];
  /** Only the first so many writes for each id. */
  readonly first?: number;
}

/** `-after` kinds, `lie` apart, have applied the write; the others have not. `lie` answers as if it had; `overreach` changes another field, too. */
export interface Fault extends Selection {
  readonly kind: FaultKind;
}

/** Writes that are refused in the vendor's own form. */
export interface Refusal extends Selection {
  readonly code?: string;
  readonly message?: string;
}

export const defaultBehaviour: VendorBehaviour = {
  quota: [],
  refusalForm: '429',
  latency: { requestMs: [0, 0], replyMs: [0, 0] },
  faults: [],
  refuse: [],
  autoCreate: false,
  keepState: true,
  unknownKeys: 'reject',
  keysIn: 'both',
  bulk: { reply: 'named', atomic: false },
  batch: { inOrder: false, namesRows: false },
  jobs: { workMs: 0, ends: 'JobComplete', unprocessed: 0, untold: 0, foreign: false },
  readLagMs: 0,
  readable: true,
  metadata: 'open',
  logged: 100_000,
};
