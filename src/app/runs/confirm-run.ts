import { createInterface } from 'node:readline/promises';
import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import { questionText } from '../../report/totals-text.ts';
import { columnsOf, type Context } from '../session/context.ts';
import type { EditsCheck, WarningTally } from '../edits/edits-tally.ts';
import type { OutputOptions, SendOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';
import { planTotals, writeWarnings } from '../plans/plan-totals.ts';

export interface Confirmation {
  readonly context: Context;
  readonly check: EditsCheck;
  readonly warnings: WarningTally;
  readonly options: SendOptions & OutputOptions;
  readonly asks: boolean;
  /** Asks whom the credentials belong to; undefined where that is not known. Called once the flags are known to be right. */
  readonly accountName: () => Promise<string | undefined>;
}

/**
 * Says how many edits go to which account and asks; `--yes` answers. A production profile wants its name: typed, or by `--confirm`.
 * Returns when the run may begin.
 */
export async function confirmRun(confirmation: Confirmation): Promise<void> {
  const { context, check, warnings, options, asks, accountName } = confirmation;
  const { host, account, baseUrl, paint } = context;
  const reads = options.blind !== true && account.service.records !== undefined;
  const production = account.production && account.profileName !== null;
  if (production && options.confirm !== undefined && options.confirm !== account.profileName) {
    const message = `--confirm names ${options.confirm}, the profile is ${account.profileName}.`;
    throw new OppatchError('wrong-confirmation', message, { hint: 'Make sure which account you mean.' });
  }
  const confirmed = production ? options.confirm === account.profileName : !asks;
  if (production && !confirmed && !asks) {
    throw new OppatchError('confirmation-needed', `The profile ${account.profileName} is marked --production.`, {
      hint: `Add --confirm ${account.profileName}.`,
    });
  }
  const name = await accountName();
  if (options.quiet !== true || !confirmed) {
    writeErr(
      host,
      questionText({
        vendorTitle: account.vendor.title,
        profile: account.profileName,
        ...(name === undefined ? {} : { account: name }),
        host: new URL(baseUrl).host,
        ...(await planTotals(check, warnings, context, { reads, concurrency: options.concurrency, online: true })),
        production: account.production,
        paint,
        columns: columnsOf(host.stderr),
      }),
    );
  } else writeWarnings(context, check, warnings);
  if (confirmed) return;
  const wanted = production ? account.profileName : 'y';
  const question = production ? `Type ${account.profileName} to send them: ` : 'Send them? [y/N] ';
  const answer = (await ask(host, question)).trim();
  if (production ? answer === wanted : /^y(es)?$/i.test(answer)) return;
  throw new OppatchError('not-confirmed', 'Nothing was sent.', { hint: 'Answer y, or add --yes, to send them.' });
}

async function ask({ stdin, stderr }: Host, question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  const interrupted = new AbortController();
  lines.once('SIGINT', () => interrupted.abort());
  try {
    return await lines.question(question, { signal: interrupted.signal });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new OppatchError('interrupted', 'Interrupted; nothing was sent.', { exitCode: 130 });
  } finally {
    lines.close();
  }
}
