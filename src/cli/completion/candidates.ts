import { defined } from '../../core/defined.ts';
import { attributeOf, settingFlags } from '../../app/session/setting-flags.ts';
import { hasVendorFiles } from '../../app/session/vendor-files.ts';
import { vendorOutlines } from '../../app/session/vendor-outlines.ts';
import { directories } from '../../core/directories.ts';
import type { Field } from '../../core/field.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import type { CandidateKind } from './candidate-kinds.ts';

/** Candidates of a kind, `word<tab>meaning`. Reads what is on this machine only. */
export async function candidates(host: Host, kind: CandidateKind, words: readonly string[]): Promise<string[]> {
  const found = await finders[kind](host, words);
  return found
    .map(([word, meaning]) => [printable(word), oneLine(meaning)] as const)
    .map(([word, meaning]) => (meaning === '' ? word : `${word}\t${meaning}`));
}

type Candidate = readonly [word: string, meaning: string];

const finders: Readonly<Record<CandidateKind, (host: Host, words: readonly string[]) => Promise<Candidate[]>>> = {
  profiles: async (host) => {
    const { openProfileStore } = await import('../../profiles/profile-store.ts');
    const profiles = await (await openProfileStore(directories(host.env).config)).list();
    return profiles.map(({ name, vendor }) => [name, vendor]);
  },
  vendors: async ({ env }) => {
    const described = hasVendorFiles(env)
      ? (await import('../../app/session/known-vendors.ts')).describedVendors(env)
      : [];
    return [...vendorOutlines, ...described].map(({ name, title }) => [name, title]);
  },
  fields: async (host, words) => (await fieldsOf(host, words)).flatMap((field) => named(field, '')),
  assignments: async (host, words) => (await fieldsOf(host, words)).flatMap((field) => named(field, '=')),
  mappings: async (host, words) => {
    const last = words.at(-1) ?? '';
    const header = last.includes('=') ? last.slice(0, last.indexOf('=') + 1) : '';
    if (header === '') return [];
    return (await fieldsOf(host, words)).map(({ name, description }) => [`${header}${name}`, description]);
  },
  runs: (host) => runs(host, () => true),
  'unfinished-runs': (host) => runs(host, (status) => status !== 'finished'),
  settings: async (host, words) => {
    const { account } = await contextOf(host, words);
    return account.vendor.settings.map(({ name, description }) => [`${name}=`, description]);
  },
};

function named({ name, label, common, description }: Field, tail: string): Candidate[] {
  const meaning = label ?? description;
  return [...new Set([name, ...(common ?? [])])].map((word) => [`${word}${tail}`, meaning]);
}

/** The fields that can be written: those that the account told last, else those that every account has. */
async function fieldsOf(host: Host, words: readonly string[]): Promise<readonly Field[]> {
  const [context, { withMetadata }, { rememberedMetadata }] = await Promise.all([
    contextOf(host, words),
    import('../../app/edits/resolve-names.ts'),
    import('../../app/accounts/account-metadata.ts'),
  ]);
  const remembered = await rememberedMetadata(context).catch(() => undefined);
  const { service } = withMetadata(context, remembered?.metadata).context.account;
  return service.fields.filter(({ readOnly }) => readOnly === undefined);
}

/** What is remembered is kept by the account's key, so credentials are looked at where they are at hand; a secret command is not run for a completion. */
async function contextOf(host: Host, words: readonly string[]) {
  const { openContext } = await import('../../app/session/context.ts');
  const profile = valueOf(words, '--profile', '-p');
  const vendor = valueOf(words, '--vendor');
  const baseUrl = valueOf(words, '--base-url');
  const own = settingFlags().flatMap(({ flag }): [string, string][] => {
    const value = valueOf(words, flag.split(' ', 1)[0] ?? flag);
    return value === undefined ? [] : [[attributeOf(flag), value]];
  });
  const options = {
    setting: [],
    rate: [],
    color: false,
    input: false,
    quiet: true as const,
    ...defined({ profile, vendor, baseUrl }),
    ...Object.fromEntries(own),
  };
  const offline = await openContext(host, options, { offline: true });
  if (await needsCommand(host, offline.account.profileName)) return offline;
  return openContext(host, options, { offline: false }).catch(() => offline);
}

async function needsCommand(host: Host, profile: string | null): Promise<boolean> {
  if (profile === null) return false;
  const { openProfileStore } = await import('../../profiles/profile-store.ts');
  const store = await openProfileStore(directories(host.env).config);
  return (await store.get(profile)).credentialSource === 'command';
}

/** What stands behind a flag, as `--flag value` or `--flag=value`. */
function valueOf(words: readonly string[], ...flags: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (flags.includes(word)) return words[index + 1] === '=' ? words[index + 2] : words[index + 1];
    const flag = flags.find((one) => one.startsWith('--') && word.startsWith(`${one}=`));
    if (flag !== undefined) return word.slice(flag.length + 1);
  }
  return undefined;
}

async function runs(host: Host, wanted: (status: string | undefined) => boolean): Promise<Candidate[]> {
  const [{ runsDirectory }, { listRuns }] = await Promise.all([
    import('../../journal/run-directory.ts'),
    import('../../journal/run-listing.ts'),
  ]);
  const all = await listRuns(runsDirectory(directories(host.env).state));
  return all
    .filter(({ end }) => wanted(end?.status))
    .map(({ header, end }) => [
      header.run,
      `${header.command} ${header.source} (${header.profile ?? header.vendor}), ${end?.status ?? 'unfinished'}`,
    ]);
}

const longestMeaning = 70;

function oneLine(text: string): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  return line.length <= longestMeaning ? line : `${line.slice(0, longestMeaning - 1)}…`;
}
