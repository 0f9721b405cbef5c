import type { SandboxRequest } from '../vendor-server.ts';
import type { CredentialPart, DescribedFile } from './described-file.ts';

/** The credentials that a described vendor of the sandbox takes, by name. */
export function sandboxCredentials(file: DescribedFile): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(file.credentials)
      // Tokens come from elsewhere: here one is given.
      .filter(([, { as }]) => as !== 'oauth')
      .map(([name, { beginsWith = '' }]) => [name, `${beginsWith}sandbox-${name}-5f2c91`]),
  );
}

/** Whether a request carries all of them, or those of one way to sign in, each where the file says. */
export function hasCredentials(file: DescribedFile, request: SandboxRequest): boolean {
  const all = sandboxCredentials(file);
  return (file.alternatives ?? [Object.keys(all)]).some((set) =>
    set.every((name) => {
      const part = file.credentials[name];
      return part === undefined || part.as === 'oauth' || isGiven(request, part, all, name, file);
    }),
  );
}

function isGiven(
  { headers, query }: SandboxRequest,
  part: CredentialPart,
  all: Readonly<Record<string, string>>,
  name: string,
  file: DescribedFile,
): boolean {
  const value = all[name] ?? '';
  if (part.query !== undefined) return query.get(part.query) === value;
  if (part.header !== undefined) return headers[part.header.toLowerCase()] === `${part.prefix ?? ''}${value}`;
  const authorization = headers['authorization'] ?? '';
  if (part.as === 'bearer') return authorization === `Bearer ${value}`;
  const of = (as: CredentialPart['as']): string =>
    all[Object.keys(file.credentials).find((one) => file.credentials[one]?.as === as) ?? ''] ?? '';
  return authorization === `Basic ${Buffer.from(`${of('basic-user')}:${of('basic-password')}`).toString('base64')}`;
}
