import type { Call } from '../../core/call.ts';
import { rateText } from '../../core/duration.ts';
import type { Gate } from '../../core/gate.ts';
import type { Authorisation, Credentials } from '../../core/vendor.ts';
import type { Sender, WireRequest } from '../../core/wire.ts';
import type { Context } from './context.ts';
import { writeErr } from './output.ts';
import { warn } from './session.ts';

/** The way to the vendor for one step of a command: the session's connections and credentials, behind the quota that all who use the account share. */
export interface Wire {
  readonly transport: Sender;
  readonly gate: Gate;
  readonly authorise: (call: Call) => WireRequest | Promise<WireRequest>;
  readonly renew: (() => Promise<boolean>) | undefined;
  /** Forgets the limits that the vendor stated in refusals and headers; answers with those that hold no more: `10/5s`. */
  readonly forgetStated: () => Promise<readonly string[]>;
  /** To be called when done: permits that are held go back. */
  readonly close: () => Promise<void>;
}

/** Rejects with an `OppatchError` where the quota can't be kept. */
export async function openWire(
  context: Context,
  options: {
    /** Of one call. */
    readonly timeoutMs: number;
    /** Every exchange is shown, masked, line by line. */
    readonly verbose?: true | undefined;
    /** Shows it, where stderr is not written to as it is. */
    readonly trace?: (line: string) => void;
  },
): Promise<Wire> {
  const { account, baseUrl, session, host } = context;
  const { timeoutMs, verbose, trace = (line: string) => writeErr(host, line) } = options;
  const [{ wireRequest }, { PermitGate }, { SharedPermits }, store, { transport, tokens }] = await Promise.all([
    import('../../transport/wire-request.ts'),
    import('../../quota/gate.ts'),
    import('../../quota/shared-permits.ts'),
    session.permits(),
    session.wire(),
  ]);
  const permits = new SharedPermits({
    store,
    rates: await store.rates(),
    timeoutMs,
    onStated: (rates) =>
      warn(
        context,
        `The vendor states a limit of ${rates.join(' and ')}: it holds from now on. \`oppatch doctor\` forgets it.`,
      ),
  });
  let last: { readonly credentials: Credentials; readonly authorisation: Authorisation } | undefined;
  const signed = (call: Call, credentials: Credentials): WireRequest => {
    if (last?.credentials !== credentials)
      last = { credentials, authorisation: account.vendor.authorise(credentials, account.settings) };
    return wireRequest(call, baseUrl, last.authorisation);
  };
  return {
    transport:
      verbose === true
        ? (await import('../../transport/trace.ts')).createTrace(transport, trace, context.redact)
        : transport,
    gate: new PermitGate({ permits }),
    authorise: (call) => {
      const credentials = tokens.credentials();
      return credentials instanceof Promise
        ? credentials.then((renewed) => signed(call, renewed))
        : signed(call, credentials);
    },
    renew: tokens.renew,
    forgetStated: async () => {
      const before = await store.rates();
      await store.forgetTold();
      const after = new Set((await store.rates()).map(rateText));
      return before.map(rateText).filter((rate) => !after.has(rate));
    },
    close: () => permits.close(),
  };
}
