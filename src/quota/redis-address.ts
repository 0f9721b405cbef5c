import { OppatchError } from '../core/errors.ts';

/** Where a Redis server is, and who asks. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/**
 * `redis://` or `rediss://` (TLS), then `user:password@host:port/database`, of which only the host must be there.
 * Throws `OppatchError` `quota-store-url`, which never repeats the address: a password may stand in it.
 */
export function parseRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'redis:' && url.protocol !== 'rediss:') || url.hostname === '') {
    throw unreadable('it does not have the form redis://host:port');
  }
  if (url.search !== '' || url.hash !== '') throw unreadable('it has parts after `?` or `#`');
  const database = /^\/?(\d{0,9})$/.exec(url.pathname)?.[1];
  if (database === undefined) throw unreadable('what follows the host is not the number of a database');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database),
  };
}

/** For people: `host:port`, without anything secret. */
export function redisPlace({ host, port }: Pick<RedisAddress, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadable('its user or password has a `%` that is not written as `%25`');
  }
}

function unreadable(why: string): OppatchError {
  return new OppatchError('quota-store-url', `The address of the quota store can't be used: ${why}.`, {
    hint: 'Give it as redis://host:6379, redis://user:password@host:6379/0, or rediss:// for TLS. Write special characters of the password with %, such as %40 for @.',
    place: '--quota-store',
  });
}
