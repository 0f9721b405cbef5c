import { OppatchError } from './errors.ts';
import type { WireError } from './wire.ts';

/** What lies behind a missing reply. */
export interface NetworkFault {
  /** Stable, for scripts. */
  readonly code: string;
  /** What to do. */
  readonly hint: string;
  /** The same call would fail in the same way: it is not repeated. */
  readonly final: boolean;
}

const ownAuthority =
  "In a company's network give the certificate of its authority: --ca FILE, or NODE_EXTRA_CA_CERTS=FILE. It can't be switched off.";

const passing = (code: string, hint: string): NetworkFault => ({ code, hint, final: false });
const final = (code: string, hint: string): NetworkFault => ({ code, hint, final: true });

const noNetwork = passing('no-network', 'Check the network connection of this machine.');
const noAnswer = passing(
  'no-answer',
  "Check the network. Where a company's network lets nothing out directly, name its proxy: HTTPS_PROXY or --proxy.",
);
const noReply = passing('no-reply', 'Check the network, and try again later.');

/** By the code of the {@link WireError}. */
const faults: Readonly<Record<string, NetworkFault>> = {
  ENETUNREACH: noNetwork,
  ENETDOWN: noNetwork,
  EHOSTUNREACH: noNetwork,
  EADDRNOTAVAIL: noNetwork,
  EAI_AGAIN: passing('no-dns', 'Check the network connection of this machine and its DNS servers.'),
  ENOTFOUND: passing(
    'unknown-host',
    "Check the address (--base-url, --host) and the network. In a company's network only its proxy may know the name: HTTPS_PROXY or --proxy.",
  ),
  ECONNREFUSED: passing('connection-refused', 'Check the address and its port (--base-url, --host), and the firewall.'),
  CONNECT_TIMEOUT: noAnswer,
  ETIMEDOUT: noAnswer,
  TIMEOUT: noAnswer,
  CERTIFICATE_EXPIRED: final(
    'certificate-expired',
    'Check the clock of this machine (`date`). If it is right, the other side has to renew its certificate.',
  ),
  CERTIFICATE_SELF_SIGNED: final('certificate-self-signed', ownAuthority),
  CERTIFICATE_ISSUER: final('certificate-unknown-issuer', ownAuthority),
  CERTIFICATE_HOST: final(
    'certificate-wrong-host',
    'Check the address (--base-url, --host): the certificate is for another name.',
  ),
  CERTIFICATE: final('certificate-refused', ownAuthority),
  PROXY_CREDENTIALS: final(
    'proxy-credentials',
    'Give the proxy its user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, or the same with --proxy.',
  ),
  PROXY_BLOCKED: final(
    'proxy-blocked',
    'Ask whoever runs the proxy to allow this address; or, where it needs no proxy, add its host to NO_PROXY.',
  ),
  PROXY_FAILED: passing('proxy-failed', 'The proxy could not reach the address. Check both (`oppatch doctor`).'),
  PROXY_UNREACHABLE: passing(
    'proxy-unreachable',
    'Check the address of the proxy (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, --proxy, the profile); `oppatch doctor` shows which one is used.',
  ),
  NOT_TLS: final(
    'not-tls',
    'Check the address and its port (--base-url, --host) and the proxy; a hotel or airport may require a sign-in in the browser first.',
  ),
  // One page in a long run may be a gateway's mishap; where there is nothing else, the run stops as for any other outage.
  PORTAL: passing(
    'captive-portal',
    'Open a browser and sign in to this network (hotel, airport, company), or check the address (--base-url, --host).',
  ),
};

export function networkFault({ code }: Pick<WireError, 'code'>): NetworkFault {
  return faults[code] ?? noReply;
}

/** For people. Its exit code is 6: nothing is wrong with the command, and it may go better later. */
export function networkError(error: WireError, place?: string): OppatchError {
  const { code, hint } = networkFault(error);
  return new OppatchError(code, `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`, {
    hint,
    exitCode: 6,
    cause: error,
    place,
  });
}
