import { clockSkewMs } from '../../core/clock-skew.ts';
import { durationText } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import { networkError } from '../../core/network-fault.ts';
import { printable } from '../../core/printable.ts';
import { WireError } from '../../core/wire.ts';
import type { Context } from '../session/context.ts';
import { otherHostCommand } from '../session/other-host.ts';
import { defaultTimeoutMs } from '../session/session.ts';
import type { Wire } from '../session/wire.ts';

/** What one harmless read shows of an account. */
export interface AccountProof {
  /** Whose credentials they are; undefined where the vendor's reply does not name anybody. */
  readonly account: string | undefined;
  /** With its port. */
  readonly host: string;
  /** By which this machine's clock is ahead of the vendor's; undefined where the vendor does not send the time. */
  readonly skewMs: number | undefined;
}

const tryLater = 'Try again later; the credentials were neither taken nor refused.';

/** A difference of the clocks that is worth a word. */
export const notableSkewMs = 60_000;

/**
 * Sends the vendor's check within the quota. Throws an `OppatchError`: `unauthorised` (exit 4), `check-failed` (exit 6 where the vendor
 * can't answer at the moment, else 2), a network's fault (exit 6), or what
 * the reason why the credentials cannot be obtained; and the signal's reason where that ends the wait for the quota.
 */
export async function proveAccount(
  context: Context,
  wire: Wire,
  { timeoutMs = defaultTimeoutMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<AccountProof> {
  const { account, baseUrl, redact } = context;
  const { vendor, service } = account;
  const { host } = new URL(baseUrl);
  const { check } = service;
  const request = await wire.authorise(check.call);
  const permit = await wire.gate.acquire(check.call.quotaGroup, signal);
  const sentAtMs = Date.now();
  const reply = await wire.transport.send(request, { timeoutMs }).catch((error: unknown) => {
    if (!(error instanceof WireError)) throw error;
    if (error.mayHaveArrived) permit.lost();
    else permit.unused();
    throw networkError(error, host);
  });
  permit.replied();
  const skewMs = clockSkewMs(reply.headers['date'], { sentAtMs, receivedAtMs: Date.now() });
  const reading = service.read(reply, check.call);
  for (const notice of reading.quota ?? []) wire.gate.notice(permit, notice);
  const proven =
    check.proves?.(reply) ?? (reply.status >= 200 && reply.status < 300 && reading.kind !== 'unauthorised');
  if (proven) {
    const name = check.account(reply);
    return { account: name === undefined ? undefined : redact(printable(name)), host, skewMs };
  }
  const refused = reading.kind === 'unauthorised';
  const [verdict] = reading.kind === 'settled' ? reading.verdicts : [];
  const told =
    reading.kind === 'settled'
      ? verdict !== undefined && 'message' in verdict
        ? verdict.message
        : ''
      : reading.message;
  const isPassing = reading.kind !== 'settled' && !refused;
  const hint = refused ? reading.hint?.replace(thisCheck, remedy(account)) : undefined;
  const command = hint === undefined ? undefined : otherHostCommand(hint, account);
  const hints = [
    redact(
      printable(
        hint ?? (isPassing ? tryLater : 'Check the address (--base-url, --host) and the rights of the credentials.'),
      ),
    ),
    ...(command === undefined ? [] : [`Type: ${printable(command)}`]),
    ...(skewMs === undefined || Math.abs(skewMs) < notableSkewMs ? [] : [`${skewText(skewMs)}: set it right first.`]),
  ];
  throw new OppatchError(
    refused ? 'unauthorised' : 'check-failed',
    redact(printable(`${vendor.title} answered HTTP ${reply.status}: ${told}`)),
    { place: host, hint: hints.join('\n'), exitCode: refused ? 4 : isPassing ? 6 : 2 },
  );
}

/** What the vendors' hints name is what has just been done. */
const thisCheck = /Check the credentials with `oppatch profile check`/;

/** How credentials that are refused are replaced. */
function remedy({ profileName, vendor }: Context['account']): string {
  return profileName === null
    ? `Correct the credentials in the environment; \`oppatch vendors ${vendor.name}\` names the variables`
    : `\`oppatch profile show ${profileName}\` says where the credentials are; store others by \`oppatch profile add ${profileName} --vendor ${vendor.name} --force\``;
}

/** `This machine's clock is 2m ahead of the vendor's`. */
export function skewText(skewMs: number): string {
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return `This machine's clock is ${durationText(Math.abs(skewMs))} ${direction} the vendor's`;
}
