import { exampleVendor } from '../flags/vendor-words.ts';
import { Option, type Command } from 'commander';
import { directories } from '../../core/directories.ts';
import { parseMapping } from '../../input/mapping.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addNetworkOptions, addOutputOptions, yesOption } from '../flags/flags.ts';
import { addDeclarations } from '../flags/file-flags.ts';
import type { AccountOptions, OutputOptions } from '../../app/session/options.ts';
import type { ProfileAddOptions } from '../../app/profiles/new-entry.ts';
import { storeNames } from '../../app/profiles/store-names.ts';
import type { ProfileLoginOptions } from '../../app/profiles/profile-login.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import type { Profile } from '../../profiles/profile.ts';

export function addProfile(program: Command, { host, end }: Invocation): void {
  const profile = program
    .command('profile')
    .summary('stored accounts: add, list, show, use, remove, check, login')
    .description('Stored accounts: a vendor, its settings, and where the credentials are.');
  profile.addHelpText(
    'after',
    `
Examples:
  oppatch profile add                          (asks)
  oppatch profile list
  oppatch profile check prod
${exitCodesHelp([0, 2, 4])}`,
  );

  const add = profile
    .command('add')
    .summary('store an account')
    .description(
      "Stores an account. Without a name or a vendor it asks for everything, says where to find each value, and checks the account live. With both it asks for the vendor's credentials alone, without echo, and makes no call (`profile check` does).",
    )
    .argument('[name]', 'letters, digits, . _ -');
  addAccountOptions(add);
  add
    .option('--map <header=field>', 'always map this column (repeatable)', collectMapping, [])
    .option('--ignore <header>', 'always leave this column out (repeatable)', collect, [])
    .option('--id-column <name>', "the column that holds the opportunity's id");
  addDeclarations(add)
    .option('--production', 'require the name to be typed, or --confirm NAME, before anything is sent')
    .option('--credentials-stdin', 'read the credentials from stdin as one JSON object')
    .addOption(storeOption('where the credentials are kept (default: keychain where there is one, else file)'))
    .option(
      '--secret-command <command>',
      'a shell command that prints the credentials as JSON, run when they are needed',
    )
    .option('--from-env', 'store only the names of the environment variables; the same as --store env')
    .option('--force', 'replace a profile of this name');
  addOutputOptions(add);
  add.addHelpText(
    'after',
    `
Examples:
  oppatch profile add prod --vendor ${exampleVendor(1).name} --rate 10/5s
  vault read -format=json … | oppatch profile add prod --vendor ${exampleVendor(0).name} --credentials-stdin
  oppatch profile add ci --vendor ${exampleVendor(1).name} --from-env
  oppatch profile add prod --vendor ${exampleVendor(0).name} --secret-command 'vault read -format=json …'
  oppatch profile add team --vendor ${exampleVendor(0).name} --quota-store redis://redis.example:6379 --reserve 20%
  oppatch profile add                          (asks)

Stores: keychain (of the operating system), file (only its owner can read it), env (variables; nothing is stored).
OPPATCH_STORE names the one to use where --store does not. A secret command reads no stdin, may take 30 s, and must hold no
secret itself: it is kept with the profile.
${exitCodesHelp([0, 2, 4, 6, 130])}`,
  );
  add.action(async (name: string | undefined, options: ProfileAddOptions) => {
    const { addProfileEntry } = await import('../../app/profiles/profile-add.ts');
    await addProfileEntry(host, name, options);
    end(0);
  });

  const list = profile.command('list').description('Lists the stored accounts.');
  addOutputOptions(list);
  list.addHelpText(
    'after',
    `
Examples:
  oppatch profile list
  oppatch profile list --json | jq -r '.[].name'
${exitCodesHelp([0, 2])}`,
  );
  list.action(async (options: OutputOptions) => listProfiles(host, options));

  const show = profile
    .command('show')
    .description('Shows a stored account and where its credentials are, never the credentials themselves.')
    .argument('<name>');
  addOutputOptions(show);
  show.addHelpText(
    'after',
    `
Examples:
  oppatch profile show prod
  oppatch profile show prod --json | jq .rates
${exitCodesHelp([0, 2])}`,
  );
  show.action(async (name: string, options: OutputOptions) => showProfile(host, name, options));

  profile
    .command('use')
    .description('Makes an account the default, used where no profile is named.')
    .argument('<name>')
    .addHelpText(
      'after',
      `
Examples:
  oppatch profile use prod
  OPPATCH_PROFILE=sandbox oppatch plan edits.csv    (for one command)
${exitCodesHelp([0, 2])}`,
    )
    .action(async (name: string) => {
      const { store, writeOut } = await open(host);
      await store.use(name);
      writeOut(host, `${name} is now used where no profile is named.`);
    });

  profile
    .command('remove')
    .description('Removes an account and its credentials.')
    .argument('<name>')
    .addOption(yesOption())
    .addHelpText(
      'after',
      `
Examples:
  oppatch profile remove old
  oppatch profile list          (what is left)
${exitCodesHelp([0, 2])}`,
    )
    .action(async (name: string) => {
      const { store, secrets, writeOut } = await open(host);
      const { removeProfile } = await import('../../profiles/save-profile.ts');
      const profile = await store.get(name);
      await removeProfile({ store, secrets }, { profile, vendor: await vendorOf(host, profile) });
      writeOut(host, `The profile ${name} and its credentials are removed.`);
    });

  const check = profile
    .command('check')
    .summary('prove the credentials with one harmless read')
    .description('Proves the credentials with one harmless read, and names the account that they belong to.')
    .argument('[name]');
  addAccountOptions(check);
  addOutputOptions(check);
  check.addHelpText(
    'after',
    `
Examples:
  oppatch profile check                        (the one in use)
  oppatch profile check prod --json
  oppatch profile check --vendor ${exampleVendor(0).name}   (${exampleVendor(0).environment} in the environment)
${exitCodesHelp([0, 1, 2, 4, 6])}`,
  );
  check.action(async (name: string | undefined, options: AccountOptions & OutputOptions) => {
    const { checkAccount } = await import('../../app/profiles/profile-check.ts');
    end(await checkAccount(host, name === undefined ? options : { ...options, profile: name }));
  });
  addLogin(profile, { host, end });
}

function addLogin(profile: Command, { host, end }: Invocation): void {
  const login = profile
    .command('login')
    .summary('sign in: by device code, by browser, or with a refresh token')
    .description(
      'Signs a person in, at vendors that use such sign-in, and keeps the refresh token with the profile. Without a flag: by a code that is entered on any device. Needs no terminal.',
    )
    .argument('[name]')
    .option('--browser', "sign in with this machine's browser (PKCE, redirect to 127.0.0.1)")
    .option('--no-open', 'with --browser: only print the address')
    .option('--refresh-token-stdin', 'read a refresh token from stdin, try it, and keep it')
    .addOption(storeOption('move the credentials there (default: where the profile has them)'));
  addNetworkOptions(login);
  addOutputOptions(login);
  login.addHelpText(
    'after',
    `
Examples:
  oppatch profile add prod    (leave the refresh token empty)
  oppatch profile login prod
  oppatch profile login prod --browser                (where the tenant blocks device codes)
  vault read -field=token … | oppatch profile login prod --refresh-token-stdin
${exitCodesHelp([0, 2, 4, 6, 130])}`,
  );
  login.action(async (name: string | undefined, options: ProfileLoginOptions) => {
    const { signInToProfile } = await import('../../app/profiles/profile-login.ts');
    await signInToProfile(host, name, options);
    end(0);
  });
}

function storeOption(description: string): Option {
  return new Option('--store <where>', description).choices(storeNames);
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function collectMapping(
  text: string,
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  return [...before, parseMapping(text)];
}

async function open(host: Host) {
  const [{ openProfileStore }, { openSecretStores }, { writeOut }, { knownVendors }] = await Promise.all([
    import('../../profiles/profile-store.ts'),
    import('../../profiles/open-secret-stores.ts'),
    import('../../app/session/output.ts'),
    import('../../app/session/known-vendors.ts'),
  ]);
  const { config } = directories(host.env);
  return {
    store: await openProfileStore(config),
    secrets: openSecretStores(config, host.env, knownVendors(host.env)),
    writeOut,
  };
}

async function vendorOf(host: Host, profile: Profile): Promise<Vendor> {
  const { vendorCalled } = await import('../../app/session/vendor-called.ts');
  return vendorCalled(host, profile.vendor);
}

async function listProfiles(host: Host, options: OutputOptions): Promise<void> {
  const { store, writeOut } = await open(host);
  const profiles = await store.list();
  const current = await store.current();
  const entries = profiles.map(({ name, vendor, production, rates, credentialSource }) => ({
    name,
    vendor,
    current: name === current,
    production,
    rates,
    credentials: credentialSource,
  }));
  if (options.json === true) return writeOut(host, JSON.stringify(entries));
  if (entries.length === 0)
    return writeOut(host, 'There is no profile yet. Type `oppatch profile add NAME --vendor VENDOR`.');
  const [{ terminalStyle }, { tableText }] = await Promise.all([
    import('../../app/session/context.ts'),
    import('../../report/table.ts'),
  ]);
  const { paint, columns } = await terminalStyle(host, options, 'stdout');
  const titles = ['', 'name', 'vendor', 'rates', 'credentials', ''].map((title) => ({ title }));
  const rows = entries.map((entry) => [
    entry.current ? '*' : '',
    entry.name,
    entry.vendor,
    entry.rates.length === 0 ? "vendor's" : entry.rates.join(' '),
    entry.credentials,
    entry.production ? 'production' : '',
  ]);
  writeOut(host, tableText(titles, rows, { columns, paint }));
}

/** A file that was edited by hand may hold what `profile add` refuses. */
function maskedAddress(address: string): string {
  return address.replace(/\/\/.*@/s, '//***@');
}

async function showProfile(host: Host, name: string, options: OutputOptions): Promise<void> {
  const { store, secrets, writeOut } = await open(host);
  const profile = await store.get(name);
  const where =
    profile.credentialSource === 'env'
      ? `environment variables ${Object.values(profile.environmentNames ?? {}).join(', ')}`
      : secrets(profile, await vendorOf(host, profile)).describe();
  const { vendor, settings, baseUrl, rates, map, ignore, idColumn, production, createdAt } = profile;
  const { quotaStore, reservePercent, proxy, proxyHasSecret, ca } = profile;
  const shown = {
    name,
    vendor,
    ...(baseUrl === undefined ? {} : { base_url: baseUrl }),
    settings,
    rates,
    map,
    ignore: ignore ?? [],
    ...(idColumn === undefined ? {} : { id_column: idColumn }),
    ...(quotaStore === undefined ? {} : { quota_store: maskedAddress(quotaStore) }),
    ...(proxy === undefined ? {} : { proxy: proxyHasSecret === true ? proxy.replace('://', '://***@') : proxy }),
    ...(ca === undefined ? {} : { ca }),
    ...(reservePercent === undefined ? {} : { reserve: `${reservePercent}%` }),
    production,
    created_at: createdAt,
    credentials: where,
    ...(profile.secretCommand === undefined ? {} : { secret_command: profile.secretCommand }),
  };
  if (options.json === true) return writeOut(host, JSON.stringify(shown));
  writeOut(
    host,
    Object.entries(shown)
      .map(
        ([label, value]) => `${label.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
      )
      .join('\n'),
  );
}
