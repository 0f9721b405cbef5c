import { knownAccount, type KnownAccount } from './account-name.ts';
import type { Context } from './context.ts';
import type { OutputOptions, SendOptions } from './options.ts';
import { tell } from './output.ts';

/** Whom the run goes to; says so where that can't be learnt. Throws where the credentials are refused (exit 4). */
export async function tellAccount(context: Context, options: SendOptions & OutputOptions): Promise<KnownAccount> {
  const known = await knownAccount(context, options.timeout === undefined ? {} : { timeoutMs: options.timeout });
  if (known.doubt !== undefined && options.quiet !== true)
    tell(`${context.paint.warn('!')} The account's name is not known: ${known.doubt}`);
  return known;
}

/** `LeadSquared · Ada Kern (NORTHWIND) · api-in21.leadsquared.com`. */
export function accountLine({ account, baseUrl }: Context, { name }: KnownAccount): string {
  return [account.vendor.title, ...(name === undefined ? [] : [name]), new URL(baseUrl).host].join(' · ');
}
