import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { credentialNames } from '../../profiles/credential-set.ts';
import { environmentName } from '../../profiles/environment-name.ts';
import type { VendorForm } from '../../vendors/described/form.ts';
import type { Mistake } from '../../vendors/described/parse.ts';
import type { vendorFromFile } from '../../vendors/described/vendor.ts';
import { findVendor, vendors } from '../../vendors/index.ts';
import { vendorDirectory, vendorFileVariable } from './vendor-files.ts';

/** The vendors that a command knows: the built-in ones, those of the configuration directory, and that of `--vendor-file`. The one place that puts them together. */

type Environment = Host['env'];

let read: typeof vendorFromFile | undefined;

/** To be awaited before a vendor file is opened: what reads them is loaded only where there is one, since most people have none. */
export async function loadVendorFiles(): Promise<void> {
  read ??= (await import('../../vendors/described/vendor.ts')).vendorFromFile;
}

/** As {@link knownVendors}, without the file that was named where that is broken: for secrets that are to be hidden whatever happens. */
export function usableVendors(env: Environment): readonly Vendor[] {
  try {
    return knownVendors(env);
  } catch {
    return knownVendors({ ...env, [vendorFileVariable]: '' });
  }
}

/** All that can be used. A broken file in the directory hides its own vendor only; a broken one that was named throws. */
export function knownVendors(env: Environment): readonly Vendor[] {
  return [...vendors, ...describedVendors(env)];
}

/** Those of files. */
export function describedVendors(env: Environment): readonly Vendor[] {
  const named = namedFile(env);
  const kept = keptVendors(env);
  return [...kept.filter(({ name }) => name !== named?.name), ...(named === undefined ? [] : [named])];
}

/** The vendor of this name, letter case ignored; undefined where there is none. Throws what is wrong with the file where its file is broken. */
export function knownVendor(env: Environment, name: string): Vendor | undefined {
  const wanted = name.toLowerCase();
  const builtIn = findVendor(wanted);
  if (builtIn !== undefined) return builtIn;
  const named = namedFile(env);
  if (named?.name === wanted) return named;
  const path = keptFiles(env).find((file) => basename(file, '.json') === wanted);
  return path === undefined ? undefined : keptVendor(path);
}

/** The vendor that `--vendor-file` names; undefined without it. */
export function namedFile(env: Environment): Vendor | undefined {
  const path = env[vendorFileVariable];
  if (path === undefined || path === '') return undefined;
  const { vendor } = openVendorFile(path);
  checkVariables(path, vendor, keptVendors(env));
  return vendor;
}

/** A file must not get hold of what is meant for another vendor, or for oppatch itself, by a name that leads to the same variable of the environment. */
function checkVariables(path: string, vendor: Vendor, others: readonly Vendor[]): void {
  const owners = new Map(
    others
      .filter(({ name }) => name !== vendor.name)
      .flatMap((other) =>
        credentialNames(other).map((credential) => [environmentName(other.name, credential), other.title] as const),
      ),
  );
  const named = [...credentialNames(vendor), ...vendor.settings.map(({ name }) => name)];
  for (const variable of named.map((one) => environmentName(vendor.name, one))) {
    const owner = variable.startsWith('OPPATCH_') ? 'oppatch itself' : owners.get(variable);
    if (owner === undefined) continue;
    throw new OppatchError(
      'vendor-variable-taken',
      `${variable} would be read for ${vendor.name}; it is for ${owner}.`,
      {
        place: path,
        hint: 'Give the vendor in the file another name.',
      },
    );
  }
}

/** Of the files of the directory that can be used. */
function keptVendors(env: Environment): readonly Vendor[] {
  return keptFiles(env).flatMap((path): Vendor[] => {
    try {
      return [keptVendor(path)];
    } catch {
      return [];
    }
  });
}

function keptFiles(env: Environment): readonly string[] {
  const directory = vendorDirectory(env);
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** In the directory the name of the file is the name of the vendor. */
function keptVendor(path: string): Vendor {
  const { vendor } = openVendorFile(path);
  if (`${vendor.name}.json` === basename(path)) return vendor;
  throw new OppatchError('vendor-file-name', `The file describes the vendor ${vendor.name}.`, {
    place: path,
    hint: `Name it ${vendor.name}.json.`,
  });
}

/** Opens a vendor file; throws with every mistake in it, each with its place and what to write. */
export function openVendorFile(path: string): {
  readonly vendor: Vendor;
  readonly form: VendorForm;
  /** As it stands in the file. */
  readonly text: string;
} {
  const text = contentOf(path);
  if (read === undefined) throw new Error('vendor files are opened before loadVendorFiles');
  const opened = read(text);
  if ('mistakes' in opened) throw brokenFile(path, opened.mistakes);
  if (findVendor(opened.vendor.name) === undefined) {
    checkVariables(path, opened.vendor, vendors);
    return { ...opened, text };
  }
  throw new OppatchError('vendor-name-taken', `${opened.vendor.name} is a vendor that oppatch knows by itself.`, {
    place: path,
    hint: `Give it another name, such as "${opened.vendor.name}-by-file".`,
  });
}

function contentOf(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OppatchError(
      'vendor-file-unreadable',
      code === 'ENOENT' ? 'There is no such vendor file.' : 'The vendor file cannot be read.',
      {
        place: path,
        hint: code?.startsWith('ERR_ENCODING') === true ? 'Save it as UTF-8.' : 'Check the path and the permissions.',
        cause: error,
      },
    );
  }
}

const mostShown = 20;

function brokenFile(path: string, mistakes: readonly Mistake[]): OppatchError {
  const shown = mistakes
    .slice(0, mostShown)
    .map(({ line, column, message, hint }) => `${line}:${column} ${printable(message)}. ${printable(hint)}`);
  const more = mistakes.length > mostShown ? `\n  and ${mistakes.length - mostShown} more` : '';
  const [first] = mistakes;
  return new OppatchError(
    'vendor-file-invalid',
    `The vendor file has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n  ${shown.join('\n  ')}${more}`,
    {
      place: first === undefined ? path : `${path}:${first.line}:${first.column}`,
      hint: 'Type `oppatch vendors check FILE` until it has none; docs/your-own-vendor.md explains the form.',
    },
  );
}
