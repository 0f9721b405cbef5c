/** What an HTTP client wants to know of a URL. */
export interface Address {
  readonly origin: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

/** A path and a query that URL parsers leave as they are. */
const plain = /^(?:\/[\w~%-][\w.~%-]*)+\/?(?:\?[\w.~%&=-]+)?$/;
const encodedDot = /%2e/i;

/** Takes URLs apart; one of the same server as the last one is not parsed where that comes to the same. */
export function createAddressReader(): (url: string) => Address {
  let last: Pick<Address, 'origin' | 'host'> | undefined;
  return (url) => {
    const path = last !== undefined && url.startsWith(last.origin) ? url.slice(last.origin.length) : '';
    if (last !== undefined && plain.test(path) && !encodedDot.test(path))
      return { origin: last.origin, host: last.host, path };
    const { origin, host, pathname, search } = new URL(url);
    last = { origin, host };
    return { origin, host, path: pathname + search };
  };
}
