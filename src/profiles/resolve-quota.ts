import { OppatchError } from '../core/errors.ts';
import { environmentValue, type Environment } from './environment-name.ts';
import type { Profile } from './profile.ts';

/** How the quota of an account is kept and used. */
export interface QuotaChoices {
  /** Where those who share the account keep its quota; on this machine where it is not given. May hold a password. */
  readonly quotaStore?: string;
  /** Of each limit, left for others: from 0 to 99. */
  readonly reservePercent: number;
}

export type QuotaFlags = Partial<QuotaChoices>;

const quotaStoreVariable = 'OPPATCH_QUOTA_STORE';

/** For each part flag, environment, profile, in this order. */
export function resolveQuota(
  flags: QuotaFlags,
  env: Environment,
  profile: Pick<Profile, 'quotaStore' | 'reservePercent'> | undefined,
): QuotaChoices {
  const quotaStore = flags.quotaStore ?? environmentValue(env, quotaStoreVariable) ?? profile?.quotaStore;
  return {
    ...(quotaStore === undefined ? {} : { quotaStore }),
    reservePercent: flags.reservePercent ?? profile?.reservePercent ?? 0,
  };
}

/** What of the address is secret: the password, as it stands there and decoded. */
export function quotaStoreSecrets(address: string | undefined): readonly string[] {
  if (address === undefined || !URL.canParse(address)) return [];
  const { password } = new URL(address);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** Throws `quota-store-secret` where the address holds a user or a password: a profile is not a place for a secret. Never repeats it. */
export function checkStoredQuotaStore(address: string): void {
  // What can't be read as an address may hold a password all the same.
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isRedis = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
  if (!isRedis || url.search !== '' || url.hash !== '') {
    throw new OppatchError('quota-store-unknown', 'This is not the address of a quota store.', {
      place: '--quota-store',
      hint: 'Write redis://host:port, or rediss://host:port for TLS; without it, the quota is kept on this machine.',
    });
  }
  if (url.username === '' && url.password === '') return;
  throw new OppatchError('quota-store-secret', 'The address of the quota store holds a user or a password.', {
    place: '--quota-store',
    hint: `A profile keeps no secret: leave --quota-store out here, and set ${quotaStoreVariable} to the whole address where oppatch runs.`,
  });
}
