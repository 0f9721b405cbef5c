import { OppatchError } from '../../core/errors.ts';
import { maskedService } from '../../core/masked-service.ts';
import type { CallCounts } from '../../core/run-event.ts';
import type { Metadata } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { needsMetadata } from '../accounts/needs-metadata.ts';
import type { Account } from '../../profiles/resolve.ts';
import {
  accountMetadata,
  hasMetadata,
  rememberedMetadata,
  type MetadataOptions,
} from '../accounts/account-metadata.ts';
import { openContext, type Context } from '../session/context.ts';
import { checkFile, type CheckedFile } from './check-file.ts';
import type { OpenEditsOf } from './edits.ts';
import type { CallSharing } from './edits-tally.ts';
import type { AccountOptions, OutputOptions } from '../session/options.ts';
import { warn } from '../session/session.ts';

/** A context whose service knows the names of its account. */
export interface ResolvedNames {
  readonly context: Context;
  /** What it knows them from; undefined where the edits need nothing of it, or nothing is available. */
  readonly metadata?: Metadata;
  /** The calls that were sent for it. */
  readonly calls?: CallCounts;
  /** What the edits are, where they were gone through to their end and mean the same without metadata. */
  readonly checked?: CheckedFile;
}

export type NameOptions = AccountOptions &
  OutputOptions &
  MetadataOptions & {
    readonly limit?: number;
    readonly offline?: true;
    readonly blind?: true;
    /** The values are in the vendor's own form: only fields that are unknown without metadata are worth a call. */
    readonly ownForm?: true;
  };

/**
 * Looks names up where the edits need it, and only then: a file whose columns and values mean the same without metadata reads none. With `blind`
 * or in the vendor's own form none is read for the sake of checks alone. `openWith` opens the edits; they are gone through until something needs metadata, and checked
 * on the way, so that those who check them need not do it again.
 */
export async function resolveNames(
  context: Context,
  options: NameOptions,
  openWith: OpenEditsOf,
  together: (account: Account) => CallSharing = () => ({}),
): Promise<ResolvedNames> {
  if (!hasMetadata(context)) return { context };
  const { need, checked } = await metadataNeed(context.account, openWith, options, together);
  if (need === undefined || (need === 'checks' && namesOnly(options)))
    return checked === undefined ? { context } : { context, checked };
  if (options.offline !== true) {
    const { metadata, calls } = await accountMetadata(context, options);
    return { ...withMetadata(context, metadata), ...(calls === undefined ? {} : { calls }) };
  }
  const remembered = await offlineMetadata(context.host, options);
  if (remembered !== undefined) return withMetadata(context, remembered);
  if (need === 'names' && options.quiet !== true)
    warn(context, "Names can't be looked up offline, and none are remembered: only ids are understood.");
  return { context };
}

export function withMetadata(context: Context, metadata: Metadata | undefined): ResolvedNames {
  if (metadata === undefined) return { context };
  const { account } = context;
  const service = maskedService(account.vendor.open(account.settings, metadata), context.mask);
  return { context: { ...context, account: { ...account, service } }, metadata };
}

/** The context that knows all that the account calls its things, where it calls anything by names of its own. */
export async function withOwnNames(context: Context, options: MetadataOptions): Promise<Context> {
  if (!hasMetadata(context)) return context;
  return withMetadata(context, (await accountMetadata(context, options)).metadata).context;
}

async function metadataNeed(
  account: Account,
  openWith: OpenEditsOf,
  options: Pick<NameOptions, 'limit' | 'blind' | 'ownForm'>,
  together: (account: Account) => CallSharing,
): Promise<{ readonly need: 'names' | 'checks' | undefined; readonly checked?: CheckedFile }> {
  const { service, need } = needsMetadata(account.service);
  const watched = { ...account, service };
  const goOn = (): boolean => need() === undefined || (need() === 'checks' && namesOnly(options));
  try {
    const checked = await checkFile(watched, openWith, options.limit, together(watched), goOn);
    return { need: need(), ...(checked.whole ? { checked } : {}) };
  } catch (error) {
    if (!(error instanceof OppatchError)) throw error;
    // What metadata can't fix is told when the edits are read in earnest.
    const resolvable = ['unknown-field', 'bad-columns', 'bad-value'].includes(error.code);
    return { need: resolvable ? need() : undefined };
  }
}

function namesOnly({ blind, ownForm }: Pick<NameOptions, 'blind' | 'ownForm'>): boolean {
  return blind === true || ownForm === true;
}

/** Whose account it is can be told without a call where the credentials are there. */
async function offlineMetadata(host: Host, options: NameOptions): Promise<Metadata | undefined> {
  const known = await openContext(host, { ...options, quiet: true }, { offline: false }).catch(() => undefined);
  return known === undefined ? undefined : (await rememberedMetadata(known))?.metadata;
}
