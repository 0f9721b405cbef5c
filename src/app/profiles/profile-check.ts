import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { notableSkewMs, proveAccount, skewText } from '../accounts/account-check.ts';
import { openContext } from '../session/context.ts';
import { defaultTimeoutMs, warn } from '../session/session.ts';
import { openWire } from '../session/wire.ts';
import type { AccountOptions, OutputOptions } from '../session/options.ts';
import { writeOut } from '../session/output.ts';

/** One harmless read that proves the credentials. Resolves with 0, or throws what is wrong. */
export async function checkAccount(host: Host, options: AccountOptions & OutputOptions): Promise<ExitCode> {
  const context = await openContext(host, options, { offline: false });
  const { account } = context;
  const { vendor } = account;
  const wire = await openWire(context, {
    timeoutMs: defaultTimeoutMs,
    verbose: options.verbose,
  });
  try {
    const proof = await proveAccount(context, wire);
    if (options.json === true) {
      writeOut(
        host,
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
    writeOut(host, `The credentials work: ${vendor.title} at ${proof.host}${name}.`);
    if (proof.skewMs !== undefined && Math.abs(proof.skewMs) >= notableSkewMs)
      warn(context, `${skewText(proof.skewMs)}.`);
    return 0;
  } finally {
    await wire.close();
  }
}
