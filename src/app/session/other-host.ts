import { environmentName, type Account } from '../../profiles/resolve.ts';
import { rateText } from '../../core/duration.ts';

/**
 * The command that moves an account to the host that a vendor's hint names (`--host X`); undefined where it names none. A stored profile is
 * written again with all that it holds; for credentials of the environment it is the variable of the host.
 */
export function otherHostCommand(hint: string, account: Account): string | undefined {
  const host = /(?:^|\s)--host ([a-z0-9.-]+\.[a-z]{2,})$/i.exec(hint)?.[1];
  if (host === undefined) return undefined;
  const { vendor, profileName, settings, rates, map, ignore, idColumn, production, proxy, ca } = account;
  if (profileName === null) return `export ${environmentName(vendor.name, 'host')}=${host}`;
  const changed = vendor.settings.filter(
    ({ name, default: usual }) => name !== 'host' && settings[name] !== undefined && settings[name] !== usual,
  );
  const words = [
    `oppatch profile add ${profileName} --force --vendor ${vendor.name} --host ${host}`,
    ...changed.map(({ name }) => `--setting ${word(`${name}=${settings[name] ?? ''}`)}`),
    ...(rates ?? []).map((rate) => `--rate ${rateText(rate)}`),
    ...Object.entries(map).map(([header, field]) => `--map ${word(`${header}=${field}`)}`),
    ...ignore.map((header) => `--ignore ${word(header)}`),
    ...(idColumn === undefined ? [] : [`--id-column ${word(idColumn)}`]),
    // The secret part of a proxy's address does not belong on a command line.
    ...(proxy === undefined || proxy.includes('@') ? [] : [`--proxy ${word(proxy)}`]),
    ...(ca === undefined ? [] : [`--ca ${word(ca)}`]),
    ...(production ? ['--production'] : []),
    ...(account.credentialSource.startsWith('the environment') ? ['--from-env'] : []),
  ];
  return words.join(' ');
}

function word(text: string): string {
  return /^[\w./~@%+,:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
