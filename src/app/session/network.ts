import type { Host } from '../../host.ts';
import type { TransportOptions } from '../../transport/send.ts';

/** How this machine reaches others: what every transport of a command is opened with. */
export type Network = Required<Pick<TransportOptions, 'proxies' | 'authorities'>>;

/** The choice of the flags, else of the environment, else of the profile. Throws `bad-proxy` and `ca-file`. */
export async function openNetwork(
  { env }: Pick<Host, 'env'>,
  flags: { readonly proxy?: string; readonly ca?: string },
  profile: { readonly proxy?: string; readonly ca?: string } = {},
): Promise<Network> {
  const { readProxies } = await import('../../transport/proxies.ts');
  const proxies = readProxies({ flag: flags.proxy, env, profile: profile.proxy });
  const file = flags.ca ?? profile.ca;
  if (file === undefined) return { proxies, authorities: undefined };
  const { readAuthorities } = await import('../../transport/authorities.ts');
  return { proxies, authorities: await readAuthorities(file, env, flags.ca === undefined ? 'the profile' : '--ca') };
}
