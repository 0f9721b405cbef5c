import type { Reply } from './call.ts';

/** A call ready to be sent: with its base URL and its credentials. Must not be printed except through the trace. */
export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the reply that are read; absent: the transport's own limit. */
  readonly mostReplyBytes?: number;
}

/** Sends requests and nothing more: no retry, no redirect, no judgement. */
export interface Sender {
  /**
   * Resolves with any reply, whatever its status. Rejects with a {@link WireError} only.
   * `timeoutMs` bounds the whole exchange. `signal` cuts it off.
   */
  readonly send: (
    request: WireRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<Reply>;
}

export interface Transport extends Sender {
  readonly close: () => Promise<void>;
}

/** No reply came. */
export class WireError extends Error {
  /** Of the system or of this tool: `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`, `TIMEOUT`, `CUT`, `CERTIFICATE`, `ABORTED` … */
  readonly code: string;
  /** False where it is certain that the vendor never got the request (no connection was made). */
  readonly mayHaveArrived: boolean;

  constructor(code: string, message: string, mayHaveArrived: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'WireError';
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
  }
}
