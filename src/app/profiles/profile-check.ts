import type { ExitCode } from '../../core/exit-code.ts';
import { notableSkewMs, proveAccount, skewText } from '../accounts/account-check.ts';
import { defaultTimeoutMs, openContext, openWire } from '../session/context.ts';
import type { AccountOptions, OutputOptions } from '../session/options.ts';
import { print, tell } from '../session/output.ts';

/** One harmless read that proves the credentials. Resolves with 0, or throws what is wrong. */
export async function checkAccount(options: AccountOptions & OutputOptions): Promise<ExitCode> {
  const context = await openContext(options, { offline: false });
  const { account, paint } = context;
  const { vendor } = account;
  const wire = await openWire(context, {
    concurrency: 1,
    timeoutMs: defaultTimeoutMs,
    ...(options.verbose === true ? { trace: tell } : {}),
  });
  try {
    const proof = await proveAccount(context, wire);
    if (options.json === true) {
      print(
        JSON.stringify({
          ok: true,
          profile: account.profileName,
          vendor: vendor.name,
          account: proof.account ?? null,
          host: proof.host,
          skew_ms: proof.skewMs ?? null,
        }),
      );
      return 0;
    }
    const name = proof.account === undefined ? '' : `, account ${proof.account}`;
    print(`The credentials work: ${vendor.title} at ${proof.host}${name}.`);
    if (proof.skewMs !== undefined && Math.abs(proof.skewMs) >= notableSkewMs)
      tell(`${paint.warn('!')} ${skewText(proof.skewMs)}.`);
    return 0;
  } finally {
    await wire.transport.close();
  }
}
