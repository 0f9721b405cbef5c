import { BlockList, isIP } from 'node:net';

/** Whether a host is reached without a proxy. `host` as a URL spells it; `port` is the one that is spoken to. */
export type Bypass = (host: string, port: number) => boolean;

/** `localhost`, names below it, 127.0.0.0/8 and ::1, as the URL parser spells them: it turns `127.1` and `0x7f.1` into four decimal parts. */
export function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$/.test(host) || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * Reads the list of NO_PROXY, parted by commas or blanks: `*` (all), `example.com` and `.example.com` (the name and all below it), `*.example.com` (the same), an
 * IP address, a network (`10.0.0.0/8`, `fd00::/8`); each but the first may be followed by `:port`. Whatever is none of these matches nothing.
 */
export function readNoProxy(list: string): Bypass {
  const rules = list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf);
  return (host, port) => {
    const plain = bare(host);
    return rules.some((rule) => (rule.port === undefined || rule.port === port) && rule.matches(plain));
  };
}

interface Rule {
  readonly matches: (host: string) => boolean;
  readonly port?: number;
}

function ruleOf(entry: string): Rule {
  if (entry === '*') return { matches: () => true };
  const { host, port } = parted(entry.toLowerCase());
  return { matches: matcherOf(host), ...(port === undefined ? {} : { port }) };
}

/** An IPv6 address has colons of its own: its port stands behind brackets. */
function parted(entry: string): { readonly host: string; readonly port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return { host: entry };
  return port === undefined ? { host } : { host, port: Number(port) };
}

function matcherOf(text: string): Rule['matches'] {
  const network = /^(.+)\/(\d{1,3})$/.exec(text);
  const family = isIP(network?.[1] ?? text);
  if (family !== 0) {
    const addresses = new BlockList();
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    const bits = Number(network?.[2] ?? (family === 4 ? 32 : 128));
    if (bits > (family === 4 ? 32 : 128)) return () => false;
    addresses.addSubnet(network?.[1] ?? text, bits, kind);
    return (host) => isIP(host) === family && addresses.check(host, kind);
  }
  const name = text.replace(/^\*?\./, '').replace(/\.$/, '');
  return (host) => name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** Without the brackets of an IPv6 address and the last dot of a name. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
