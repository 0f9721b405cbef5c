import { OppatchError } from '../core/errors.ts';
import { isLoopback, readNoProxy } from './no-proxy.ts';

/** A proxy as it is given, its user and password taken out. */
export interface Proxy {
  /** `http://proxy.example:3128`. */
  readonly url: string;
  /** `proxy.example:3128`. */
  readonly host: string;
  /** The header for it. Secret. */
  readonly authorization?: string;
  /** Where it is given: `HTTPS_PROXY`, `--proxy`, `the profile`. */
  readonly source: string;
}

/** Which way leads to an address. */
export interface Proxies {
  /** Undefined: directly. */
  readonly of: (target: URL) => Proxy | undefined;
  /** Why an address is reached directly although there is a proxy; undefined where there is none. */
  readonly exception: (target: URL) => 'loopback' | 'NO_PROXY' | undefined;
  /** User and password of the proxy, as they were given and decoded. */
  readonly secrets: readonly string[];
}

export const noProxies: Proxies = { of: () => undefined, exception: () => undefined, secrets: [] };

/** In place of an address: no proxy, whatever the environment and the profile say. */
const noProxyWord = 'none';

const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;

/**
 * The proxy for what leaves the machine: flag, environment, profile, in this order. Only https leaves it, so that HTTPS_PROXY counts before ALL_PROXY, and HTTP_PROXY
 * where neither is set. Loopback hosts and those of NO_PROXY are reached directly. Throws `bad-proxy`.
 */
export function readProxies(given: {
  readonly flag?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly profile?: string | undefined;
}): Proxies {
  const { flag, env, profile } = given;
  const variable = variables.find((name) => (env[name] ?? '') !== '');
  const [text, source] =
    flag !== undefined
      ? [flag, '--proxy']
      : variable === undefined
        ? [profile ?? '', 'the profile']
        : [env[variable] ?? '', variable];
  if (text === '' || text === noProxyWord) return noProxies;
  const { proxy, secrets } = readProxy(text, source);
  const bypassed = readNoProxy(env['no_proxy'] ?? env['NO_PROXY'] ?? '');
  const exception: Proxies['exception'] = ({ hostname, port, protocol }) => {
    if (isLoopback(hostname)) return 'loopback';
    const spoken = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
    return bypassed(hostname, spoken) ? 'NO_PROXY' : undefined;
  };
  return { of: (target) => (exception(target) === undefined ? proxy : undefined), exception, secrets };
}

/** Parts of the address of a proxy. The scheme may be left out: `proxy.example:3128`. */
export function readProxy(
  text: string,
  source: string,
): { readonly proxy: Proxy; readonly userinfo: string; readonly secrets: readonly string[] } {
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new OppatchError('bad-proxy', 'This is not the address of a proxy that can be used.', {
      place: source,
      hint: 'Write http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host where it asks for them.',
    });
  }
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const proxy: Proxy = {
    url: url.origin,
    host: url.host === url.hostname ? `${url.hostname}:${url.protocol === 'http:' ? 80 : 443}` : url.host,
    ...(user === '' && password === ''
      ? {}
      : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }),
    source,
  };
  const userinfo = user === '' && password === '' ? '' : `${url.username}:${url.password}`;
  const secrets = [url.password, password, userinfo, `${user}:${password}`].filter((secret) => secret.length > 1);
  return { proxy, userinfo, secrets: password === '' ? [] : secrets };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
