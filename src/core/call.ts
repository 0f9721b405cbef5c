import type { Edit } from './edit.ts';
import type { Json } from './json.ts';
import type { Rate } from './duration.ts';

/** One HTTP request to a vendor, as data: without base URL, credentials or any secret. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Relative to the base URL, begins with `/`, parts already percent-encoded. */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  /** Without credentials, Host and Content-Length. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON text with its length; absent for no body. */
  readonly body?: Json;
  /** A body that is sent as it stands, such as a CSV file; there is no `body` then. */
  readonly text?: string;
  /** Bytes of the reply that are read, where its size follows from that of a file; absent: the transport's own limit. */
  readonly mostReplyBytes?: number;
  /** The edits it carries: one for most vendors, several for a bulk call, none for a check. */
  readonly edits: readonly Edit[];
  /** What this call does of its edits, for reports. The calls of one row are sent in the order of the plan. */
  readonly step: CallStep;
  /**
   * True where sending it twice leaves the same as sending it once. `when-absent`: it may be sent again once a read shows that what it does is not
   * there. False: only if a guard makes the vendor refuse the second one.
   */
  readonly repeatable: boolean | 'when-absent';
  /** What it costs in a meter that counts by another unit than calls; 1 where absent. */
  readonly cost?: number;
  /** Makes the vendor refuse the call where the record has changed since it was read. */
  readonly guard?: Guard;
  /** The vendor takes no condition on this call, so that the record's guard is left off it. */
  readonly unguarded?: true;
  /** The group of calls that share the vendor's quota; meters and pauses may name it. */
  readonly quotaGroup: string;
}

export type CallStep =
  | 'update'
  | 'fields'
  | 'stage'
  | 'reopen'
  | 'close'
  | 'note'
  | 'batch'
  | 'job-create'
  | 'job-upload'
  | 'job-close'
  | 'job-abort'
  | 'job-state'
  | 'job-results'
  | 'read'
  | 'batch-read'
  | 'find'
  | 'list'
  | 'metadata'
  | 'check';

/**
 * A condition on a write, as the record that was read states it: a header (`If-Match`, `If-Unmodified-Since`) or a member of the body (a version).
 */
export interface Guard {
  readonly in: 'header' | 'body';
  readonly name: string;
  readonly value: string;
}

/** What came back: any HTTP status is a reply, not an error. */
export interface Reply {
  readonly status: number;
  /** Names in lower case; a header that came several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8. May be cut at the transport's limit. */
  readonly body: string;
  /** Milliseconds since the epoch, by this machine's clock, when the reply was complete. */
  readonly receivedAtMs: number;
}

/** What a reply says of one edit. */
export type Verdict =
  /** Done. `echo` is the record as the reply shows it, where it does. `note`: what the vendor says of a success, such as a value that it normalised. */
  | { readonly kind: 'applied'; readonly echo?: Json; readonly note?: VerdictNote }
  /** The vendor refuses it; sending the same again will be refused again. */
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string; readonly hint?: string }
  /** Not done, and not the row's fault: this row alone may be tried later (a row lock). `waitMs`: as long as the vendor says. */
  | { readonly kind: 'again'; readonly code: string; readonly message: string; readonly waitMs?: number }
  /** Changed by someone else meanwhile. */
  | { readonly kind: 'conflict'; readonly code: string; readonly message: string; readonly hint?: string }
  /** The reply to a call of several edits does not say what became of this one. */
  | { readonly kind: 'unnamed' };

/** What is worth saying of an edit that was applied. */
export interface VerdictNote {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
}

/** What a reply says of the whole call, decided by status, headers and codes. */
export type Answer =
  /** One verdict for each edit of the call, in their order; one for the call itself where it carries none. */
  | { readonly kind: 'settled'; readonly verdicts: readonly Verdict[] }
  /**
   * A call of several edits was refused, and the reply does not say which of them is to blame: smaller calls will. `unsupported`: no call of
   * several edits is accepted.
   */
  | {
      readonly kind: 'refused-whole';
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly unsupported?: true;
      /** Indexes of the edits that the reply points at, such as those that change the field that it names: they are sent apart first. */
      readonly suspects?: readonly number[];
    }
  /** Over the quota, not applied. `waitMs`: as long as the vendor says, absent where it says nothing. `statedLimit`: a limit that it states. */
  | { readonly kind: 'throttled'; readonly waitMs?: number; readonly statedLimit?: Rate; readonly message: string }
  /** May go better later. `mayHaveApplied`: false only where it is certain that nothing was done. */
  | {
      readonly kind: 'transient';
      readonly code: string;
      readonly message: string;
      readonly mayHaveApplied: boolean;
      readonly waitMs?: number;
    }
  /** Credentials missing, refused or expired: stops the run. */
  | { readonly kind: 'unauthorised'; readonly code: string; readonly message: string; readonly hint?: string }
  /** The vendor does not serve such calls: an API version that is gone, a gateway that blocks the tool. Stops the run, resumable. */
  | { readonly kind: 'unsupported'; readonly code: string; readonly message: string; readonly hint?: string }
  /** A budget that will not come back within the run (a day's): stops the run, resumable. */
  | {
      readonly kind: 'quota-exhausted';
      readonly message: string;
      /** Milliseconds until it is back, where known. */ readonly resetMs?: number;
    };

/** What a reply's headers say about the quota, on any reply. */
export interface QuotaNotice {
  /** The meter it speaks of, by its name; absent: the shortest one that counts the call. */
  readonly meter?: string;
  readonly limit?: number;
  readonly remaining?: number;
  /** Milliseconds from the reply until `remaining` is full again. */
  readonly resetMs?: number;
}

export type Reading = Answer & {
  readonly quota?: readonly QuotaNotice[];
  /** The vendor's name for this exchange, for its support. */
  readonly requestId?: string;
};
