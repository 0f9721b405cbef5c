import type { Sandbox } from './sandbox.ts';

/** What a person needs to begin: addresses, credentials to paste, and a first command for each vendor. `changeOf`: a change that is plausible there. */
export function sandboxGreeting(
  { origin, baseUrls, credentials, world }: Sandbox,
  changeOf: (vendor: string) => string | undefined,
): string {
  const lines = [`The sandbox serves these vendors at ${origin}. Nothing leaves this machine. Ctrl-C ends it.`, ''];
  for (const [name, baseUrl] of Object.entries(baseUrls)) {
    const { records, server } = world(name);
    const id = records.all()[0]?.['id'];
    const { account, change } = server.greeting ?? { account: `--vendor ${name}`, change: changeOf(name) ?? '' };
    const prefix = name.toUpperCase().replaceAll('-', '_');
    lines.push(`${name}  ${baseUrl}`);
    for (const [credential, value] of Object.entries(credentials[name] ?? {})) {
      lines.push(`  export ${prefix}_${credential.replace(/[A-Z]/g, '_$&').toUpperCase()}='${value}'`);
    }
    lines.push(`  oppatch set ${typeof id === 'string' ? id : 'ID'} ${change} ${account} --base-url ${baseUrl}`, '');
  }
  lines.push(`The state of a record: curl ${origin}/_sandbox/state/VENDOR/ID`);
  return lines.join('\n');
}
