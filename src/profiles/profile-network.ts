import type { Credentials } from '../core/vendor.ts';
import type { Profile } from './profile.ts';

/** How the secret store names the user and password of a profile's proxy; no credential has a dot in its name. */
const proxyUser = 'proxy.user';

/** The secret part of a profile's proxy, for its secret store. */
export function proxySecret(userinfo: string): Credentials {
  return userinfo === '' ? {} : { [proxyUser]: userinfo };
}

/** The proxy and the authorities of a profile; `stored` is what its secret store holds. */
export function networkOf(
  { proxy, ca }: Pick<Profile, 'proxy' | 'ca'>,
  stored: Credentials,
): { readonly proxy?: string; readonly ca?: string } {
  const userinfo = stored[proxyUser];
  const whole = proxy === undefined || userinfo === undefined ? proxy : proxy.replace('://', `://${userinfo}@`);
  return { ...(whole === undefined ? {} : { proxy: whole }), ...(ca === undefined ? {} : { ca }) };
}
