import { printable } from '../../core/printable.ts';
import { nearHint, type Agreement } from './agreement-context.ts';
import { oauthCredentials, tokenSetting } from './account.ts';
import { isCredentialName } from './text-problems.ts';

/** Credentials are sent in one way each, are never in the file, and are enough for what it says of signing in. */

export function checkCredentials({ form, at, report }: Agreement): void {
  const carried = new Set<string>();
  for (const [name, { header, query, as, prefix }] of form.credentials) {
    if ([header, query, as].filter((way) => way !== undefined).length !== 1)
      report(
        at('credentials', name),
        'does not say in one way how it is sent',
        'Write one of "header": "X-API-Key", "query": "api_key", "as": "bearer".',
      );
    if (prefix !== undefined && header === undefined)
      report(
        at('credentials', name, 'prefix'),
        'a prefix stands in a header only',
        'Add "header", or leave out the prefix.',
      );
    if (as !== 'oauth') carried.add((header ?? query ?? 'Authorization').toLowerCase());
  }
  if ([...form.credentials.values()].every((credential) => credential.public === true))
    report(
      at('credentials'),
      'none of the credentials is secret',
      'Leave out "public" where the value must not be seen.',
    );
  for (const name of form.headers?.keys() ?? []) {
    if (isCredentialName(name) || carried.has(name.toLowerCase()))
      report(
        at('headers', name),
        'is a header that carries a credential',
        'Credentials are never in the file: declare it in `credentials`.',
      );
  }
  for (const [path, query] of [
    [['update', 'query'], form.update.query],
    [['read', 'query'], form.read?.query],
    [['check', 'query'], form.check.query],
    [['batch', 'query'], form.batch?.query],
    [['read', 'many', 'query'], form.read?.many?.query],
    [['read', 'list', 'query'], form.read?.list?.query],
  ] as const) {
    for (const name of query?.keys() ?? []) {
      if (isCredentialName(name) || carried.has(name.toLowerCase()))
        report(
          at(...path, name),
          'is a parameter that carries a credential',
          'Credentials are never in the file: declare it in `credentials` with "query".',
        );
    }
  }
}

export function checkSignIn({ form, at, report }: Agreement): void {
  const { credentials, alternatives, oauth, settings } = form;
  for (const [index, set] of (alternatives ?? []).entries()) {
    for (const [position, name] of set.entries()) {
      if (credentials.has(name)) continue;
      const hint = nearHint(name, credentials.keys(), 'Declare it in `credentials`.');
      report(at('alternatives', index, position), `"${printable(name)}" is not a credential of this file`, hint);
    }
  }
  for (const name of credentials.keys()) {
    if (alternatives !== undefined && !alternatives.some((set) => set.includes(name)))
      report(at('credentials', name), 'is in none of the alternatives', 'Add it to one of them, or leave it out.');
    if (credentials.get(name)?.as !== 'oauth') continue;
    if (oauth === undefined)
      report(
        at('credentials', name, 'as'),
        'goes to the address of tokens, and the file names none',
        'Add "oauth": { "tokenUrl": "https://…" }.',
      );
    if (!Object.hasOwn(oauthCredentials, name))
      report(
        at('credentials', name),
        'is not one of the credentials that a token is obtained with',
        `Name it ${Object.keys(oauthCredentials).join(', ')}.`,
      );
  }
  if (settings?.has('clear') === true || settings?.has(tokenSetting) === true)
    report(
      at('settings', settings.has('clear') ? 'clear' : tokenSetting),
      'is a setting that the tool itself has',
      'Give it another name.',
    );
  if (oauth === undefined) return;
  if (!credentials.has('accessToken'))
    report(
      at('oauth'),
      'nothing says how the access token is sent',
      'Add to the credentials: "accessToken": { "description": "An access token.", "as": "bearer" }.',
    );
  const grants = oauth.grants ?? ['refresh'];
  const wanted = ['clientId', ...(grants.includes('refresh') ? ['refreshToken'] : [])];
  if (grants.includes('client-credentials')) wanted.push('clientSecret');
  for (const name of wanted) {
    if (credentials.get(name)?.as !== 'oauth')
      report(
        at('oauth', 'grants'),
        `the credential ${name} is missing`,
        `Add to the credentials: "${name}": { "description": "…", "as": "oauth" }.`,
      );
  }
  const filledIn: ReadonlySet<string> = new Set(['grant_type', ...Object.values(oauthCredentials)]);
  for (const name of oauth.form?.keys() ?? []) {
    if (filledIn.has(name) || isCredentialName(name))
      report(
        at('oauth', 'form', name),
        'is a member that the tool itself fills in, or a credential',
        'Leave it out: credentials are never in the file.',
      );
  }
}
