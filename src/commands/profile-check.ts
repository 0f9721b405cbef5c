import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import { printable } from '../core/printable.ts';
import { WireError } from '../core/wire.ts';
import { defaultTimeoutMs, openContext, openWire } from './context.ts';
import type { AccountOptions, OutputOptions } from './options.ts';
import { print, tell } from './output.ts';

/** One harmless read that proves the credentials. Resolves with 0, or throws what is wrong. */
export async function checkAccount(options: AccountOptions & OutputOptions): Promise<ExitCode> {
  const context = await openContext(options, { offline: false });
  const { account, baseUrl, redact } = context;
  const { vendor, settings } = account;
  const check = vendor.check(settings);
  const wire = await openWire(context, {
    concurrency: 1,
    timeoutMs: defaultTimeoutMs,
    ...(options.verbose === true ? { trace: tell } : {}),
  });
  try {
    const request = await wire.authorise(check.call);
    const permit = await wire.gate.acquire(check.call.quotaGroup);
    const reply = await wire.transport.send(request, { timeoutMs: defaultTimeoutMs }).catch((error: unknown) => {
      if (error instanceof WireError && !error.mayHaveArrived) permit.unused();
      else permit.lost();
      throw error;
    });
    permit.replied();
    const reading = vendor.read(reply, check.call);
    if (reading.quota !== undefined) wire.gate.notice(permit, reading.quota);
    const proven =
      check.proves?.(reply) ?? (reply.status >= 200 && reply.status < 300 && reading.kind !== 'unauthorised');
    if (!proven) {
      const refused = reading.kind === 'unauthorised';
      const [verdict] = reading.kind === 'settled' ? reading.verdicts : [];
      const told =
        reading.kind === 'settled'
          ? verdict !== undefined && 'message' in verdict
            ? verdict.message
            : ''
          : reading.message;
      const hint = reading.kind === 'unauthorised' ? reading.hint : undefined;
      throw new OppatchError(
        refused ? 'unauthorised' : 'check-failed',
        redact(printable(`${vendor.title} answered HTTP ${reply.status}: ${told}`)),
        {
          place: new URL(baseUrl).host,
          hint: hint ?? 'Check the address (--base-url, --host) and the rights of the credentials.',
          exitCode: refused ? 4 : 1,
        },
      );
    }
    const owner = check.account(reply);
    const name = owner === undefined ? undefined : printable(owner);
    if (options.json === true) {
      print(
        JSON.stringify({
          ok: true,
          profile: account.profileName,
          vendor: vendor.name,
          account: name ?? null,
          host: new URL(baseUrl).host,
        }),
      );
    } else {
      print(
        `The credentials work: ${vendor.title} at ${new URL(baseUrl).host}${name === undefined ? '' : `, account ${name}`}.`,
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new OppatchError('no-reply', `No reply from the vendor: ${redact(error.message)}`, {
      place: new URL(baseUrl).host,
      hint: 'Check the network, the address (--base-url, --host) and the proxy.',
      exitCode: 1,
      cause: error,
    });
  } finally {
    await wire.transport.close();
  }
}
