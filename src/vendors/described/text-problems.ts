import { hidden } from '../../core/printable.ts';

/** What single texts of a vendor file must not be: each problem with what to write instead. Nothing here lets a call leave its base URL. */

type Problem = readonly [message: string, hint: string] | undefined;

export function nameProblem(name: string): Problem {
  return /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) && name.length <= 40
    ? undefined
    : ['is not a name', 'Write small letters, digits and hyphens, a letter first: "my-crm".'];
}

/** The host may hold settings, and nothing else but letters of a host. */
export function addressProblem(address: string): Problem {
  const example =
    'Write an address such as "https://api.example.com/v1" or "https://{domain}.example.com/api", without a slash at its end.';
  if (/^https?:\/\/[^/]*@/.test(address))
    return ['holds credentials', 'Leave them out: declare them in `credentials`, and give them to the profile.'];
  if (address.startsWith('http://'))
    return ['is not encrypted', 'Write https://. For a server on this machine give --base-url http://127.0.0.1:PORT.'];
  const [, host = '', path = ''] = /^https:\/\/([^/]+)((?:\/.*)?)$/.exec(address) ?? [];
  if (!/^(?:[A-Za-z0-9-]|\{[a-z][a-z0-9-]*\})+(?:\.(?:[A-Za-z0-9-]|\{[a-z][a-z0-9-]*\})+)*(?::\d{1,5})?$/.test(host))
    return ['is not an address', example];
  if (path === '') return undefined;
  return address.endsWith('/') ? ['ends with a slash', example] : pathProblem(path);
}

/** An address of tokens: as a base URL, but a slash may end it. */
export function tokenAddressProblem(address: string): Problem {
  return addressProblem(address.replace(/([^/])\/$/, '$1'));
}

export function pathProblem(path: string): Problem {
  if (!path.startsWith('/'))
    return ['does not begin with a slash', 'Write the path below the base URL: "/deals/{id}".'];
  if (path.startsWith('//')) return ['begins with two slashes: it would leave the base URL', 'Write one slash.'];
  if (/[?#]/.test(path)) return ['holds a ? or a #', 'Write query parameters into `query`.'];
  const segments = path.split('/').map((segment) => segment.replace(/%2e/gi, '.'));
  if (segments.some((segment) => segment === '.' || segment === '..') || /\\|%2f|%5c/i.test(path))
    return ['leaves its place: it would leave the base URL', 'Write the path without . and .. and backslashes.'];
  return /^[\w\-./~%!$&'()*+,;=:@{}]*$/.test(path)
    ? undefined
    : ['holds a character that has no place in a path', 'Write it percent-encoded.'];
}

export function httpsProblem(address: string): Problem {
  return /^https:\/\/[^\s/@\\]+(?:\/[^\s\\]*)?$/.test(address) && hidden(address) === undefined
    ? undefined
    : ['is not an https address', 'Write "https://…", without blanks.'];
}

const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'expect',
]);

export function headerNameProblem(name: string): Problem {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name))
    return ['is not the name of a header', 'Write letters, digits and hyphens: "X-API-Key".'];
  return ownHeaders.has(name.toLowerCase()) ? ['is a header that the tool itself sets', 'Leave it out.'] : undefined;
}

/** A line break would begin another header. */
export function headerValueProblem(value: string): Problem {
  return /^[\x20-\x7e]*$/.test(value)
    ? undefined
    : ['holds a line break or another character that has no place in a header', 'Write plain ASCII on one line.'];
}

export function queryNameProblem(name: string): Problem {
  return name === '' || hidden(name) !== undefined
    ? ['is not the name of a query parameter', 'Write it as the documentation does.']
    : undefined;
}

/** Whether a constant header or parameter of this name would carry a credential. */
export function isCredentialName(name: string): boolean {
  return /^(?:authorization|proxy-authorization|cookie|auth)$|(?:api[-_]?key|access[-_]?key|token|secret|password|passwd)$/i.test(
    name,
  );
}
