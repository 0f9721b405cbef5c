import { OppatchError } from '../../core/errors.ts';
import { knownAccount, type KnownAccount } from './account-name.ts';
import type { Context } from '../session/context.ts';
import type { OutputOptions, SendOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';

/**
 * Whom the run goes to; says so where that is not known. Nobody is asked with `--blind` and `--yes`: such a run sends its writes and nothing
 * else. Throws where the credentials are refused (exit 4), unless `--yes` is given: then the run begins and stops by that, so that it can be resumed.
 */
export async function showAccount(
  context: Context,
  options: SendOptions & OutputOptions,
): Promise<KnownAccount | undefined> {
  if (options.blind === true && options.yes === true) return undefined;
  const known = await knownAccount(context, options.timeout === undefined ? {} : { timeoutMs: options.timeout }).catch(
    (error: unknown): undefined => {
      if (options.yes !== true || !(error instanceof OppatchError)) throw error;
    },
  );
  if (known?.doubt !== undefined && options.quiet !== true)
    writeErr(context.host, `${context.paint.warn('!')} The account's name is not known: ${known.doubt}`);
  return known;
}

/** `Vendor · Ada Kern (NORTHWIND) · api.vendor.example`. */
export function accountLine({ account, baseUrl }: Context, known: KnownAccount | undefined): string {
  return [account.vendor.title, ...(known?.name === undefined ? [] : [known.name]), new URL(baseUrl).host].join(' · ');
}
