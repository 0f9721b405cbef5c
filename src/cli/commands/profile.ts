import { Option, type Command } from 'commander';
import type { ProfileAddOptions } from '../../app/profiles/new-entry.ts';
import type { ProfileLoginOptions } from '../../app/profiles/profile-login.ts';
import { storeNames } from '../../app/profiles/store-names.ts';
import type { AccountOptions, OutputOptions } from '../../app/session/options.ts';
import { parseMapping } from '../../input/mapping.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { repeatable, sharedOptions } from '../flags/flags.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addProfile(program: Command, { host, end }: Invocation): void {
  const profile = program
    .command('profile')
    .summary('stored accounts: add, list, show, use, remove, check, login')
    .description('Stored accounts: a vendor, its settings, and where the credentials are.');
  addParts(profile, {
    examples: `
  oppatch profile add                          (asks)
  oppatch profile list
  oppatch profile check prod`,
    exitCodes: [0, 2, 4],
  });
  addAdd(profile, { host, end });

  const list = profile.command('list').description('Lists the stored accounts.');
  addParts(list, {
    options: ['output'],
    examples: `
  oppatch profile list
  oppatch profile list --json | jq -r '.[].name'`,
    exitCodes: [0, 2],
  });
  list.action(async (options: OutputOptions) => (await stored()).listProfiles(host, options));

  const show = profile
    .command('show')
    .description('Shows a stored account and where its credentials are, never the credentials themselves.')
    .argument('<name>');
  addParts(show, {
    options: ['output'],
    examples: `
  oppatch profile show prod
  oppatch profile show prod --json | jq .rates`,
    exitCodes: [0, 2],
  });
  show.action(async (name: string, options: OutputOptions) => (await stored()).showProfile(host, name, options));

  const use = profile
    .command('use')
    .description('Makes an account the default, used where no profile is named.')
    .argument('<name>');
  addParts(use, {
    examples: `
  oppatch profile use prod
  OPPATCH_PROFILE=sandbox oppatch plan edits.csv    (for one command)`,
    exitCodes: [0, 2],
  });
  use.action(async (name: string) => (await stored()).useProfile(host, name));

  const remove = profile.command('remove').description('Removes an account and its credentials.').argument('<name>');
  addParts(remove, {
    options: ['yes'],
    examples: `
  oppatch profile remove old
  oppatch profile list          (what is left)`,
    exitCodes: [0, 2],
  });
  remove.action(async (name: string) => (await stored()).dropProfile(host, name));

  const check = profile
    .command('check')
    .summary('prove the credentials with one harmless read')
    .description('Proves the credentials with one harmless read, and names the account that they belong to.')
    .argument('[name]');
  addParts(check, {
    options: ['account', 'output'],
    examples: `
  oppatch profile check                        (the one in use)
  oppatch profile check prod --json
  oppatch profile check --vendor ${exampleVendor(0).name}   (${exampleVendor(0).environment} in the environment)`,
    exitCodes: [0, 1, 2, 4, 6],
  });
  check.action(async (name: string | undefined, options: AccountOptions & OutputOptions) => {
    const { checkAccount } = await import('../../app/profiles/profile-check.ts');
    end(await checkAccount(host, name === undefined ? options : { ...options, profile: name }));
  });
  addLogin(profile, { host, end });
}

function addAdd(profile: Command, { host, end }: Invocation): void {
  const add = profile
    .command('add')
    .summary('store an account')
    .description(
      "Stores an account. Without a name or a vendor it asks for everything, says where to find each value, and checks the account live. With both it asks for the vendor's credentials alone, without echo, and makes no call (`profile check` does).",
    )
    .argument('[name]', 'letters, digits, . _ -');
  sharedOptions
    .account(add)
    .addOption(repeatable('--map <header=field>', 'always map this column', parseMapping))
    .addOption(repeatable('--ignore <header>', 'always leave this column out'))
    .option('--id-column <name>', "the column that holds the opportunity's id");
  sharedOptions
    .declarations(add)
    .option('--production', 'require the name to be typed, or --confirm NAME, before anything is sent')
    .option('--credentials-stdin', 'read the credentials from stdin as one JSON object')
    .addOption(storeOption('where the credentials are kept (default: keychain where there is one, else file)'))
    .option(
      '--secret-command <command>',
      'a shell command that prints the credentials as JSON, run when they are needed',
    )
    .option('--from-env', 'store only the names of the environment variables; the same as --store env')
    .option('--force', 'replace a profile of this name');
  addParts(add, {
    options: ['output'],
    examples: `
  oppatch profile add prod --vendor ${exampleVendor(1).name} --rate 10/5s
  vault read -format=json … | oppatch profile add prod --vendor ${exampleVendor(0).name} --credentials-stdin
  oppatch profile add ci --vendor ${exampleVendor(1).name} --from-env
  oppatch profile add prod --vendor ${exampleVendor(0).name} --secret-command 'vault read -format=json …'
  oppatch profile add team --vendor ${exampleVendor(0).name} --quota-store redis://redis.example:6379 --reserve 20%
  oppatch profile add                          (asks)

Stores: keychain (of the operating system), file (only its owner can read it), env (variables; nothing is stored).
OPPATCH_STORE names the one to use where --store does not. A secret command reads no stdin, may take 30 s, and must hold no
secret itself: it is kept with the profile.`,
    exitCodes: [0, 2, 4, 6, 130],
  });
  add.action(async (name: string | undefined, options: ProfileAddOptions) => {
    const { addProfileEntry } = await import('../../app/profiles/profile-add.ts');
    await addProfileEntry(host, name, options);
    end(0);
  });
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
  addParts(login, {
    options: ['network', 'output'],
    examples: `
  oppatch profile add prod    (leave the refresh token empty)
  oppatch profile login prod
  oppatch profile login prod --browser                (where the tenant blocks device codes)
  vault read -field=token … | oppatch profile login prod --refresh-token-stdin`,
    exitCodes: [0, 2, 4, 6, 130],
  });
  login.action(async (name: string | undefined, options: ProfileLoginOptions) => {
    const { signInToProfile } = await import('../../app/profiles/profile-login.ts');
    await signInToProfile(host, name, options);
    end(0);
  });
}

function storeOption(description: string): Option {
  return new Option('--store <where>', description).choices(storeNames);
}

function stored() {
  return import('../../app/profiles/stored-profiles.ts');
}
