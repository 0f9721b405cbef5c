import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Proxy } from './proxies.ts';

/** An agent for addresses that are reached through the proxy, by CONNECT. */
export function proxyAgent(
  { url, authorization }: Proxy,
  options: Omit<ProxyAgent.Options, 'uri' | 'token' | 'clientFactory'>,
): Dispatcher {
  return new ProxyAgent({
    ...options,
    uri: url,
    ...(authorization === undefined ? {} : { token: authorization }),
    clientFactory: (origin, clientOptions) => new ProxyPool(origin, clientOptions),
  });
}

/** undici takes a proxy that hangs up for a passing fault, and asks it again without a pause and without an end. */
class ProxyPool extends Pool {
  override connect = async (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    try {
      return await super.connect(options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'UND_ERR_SOCKET') throw error;
      throw Object.assign(new Error('The proxy hung up.', { cause: error }), { code: 'CUT' });
    }
  };
}
