import { defined } from '../../core/defined.ts';
import { once } from 'node:events';
import { OppatchError } from '../../core/errors.ts';
import { directories } from '../../core/directories.ts';
import type { Credentials, Setting, Settings, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { askCredentials } from '../../profiles/ask-credentials.ts';
import { needsSignIn } from '../../profiles/credential-set.ts';
import { openProfileStore } from '../../profiles/profile-store.ts';
import { checkProfileName } from '../../profiles/profile.ts';
import { askChoice, askText, askYesNo, cancelled, type Terminal } from '../../profiles/question.ts';
import { checkSettings } from '../../profiles/resolve.ts';
import { chooseStore } from './choose-store.ts';
import { givenSettings } from '../session/setting-flags.ts';
import { writeOut, writeErr } from '../session/output.ts';
import { checkNewEntry, storeEntry, terminalOf, type ProfileAddOptions } from './new-entry.ts';
import { writeError } from '../session/write-error.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { vendorCalled } from '../session/vendor-called.ts';

/**
 * Sets an account up by question; what a flag says is not asked. Stores it, signs in where that is due, proves it with one harmless read. When the
 * person cancels, or wants no account that does not work, everything is as it was before.
 */
export async function setUpProfile(host: Host, named: string | undefined, options: ProfileAddOptions): Promise<void> {
  const terminal = terminalOf(host);
  const vendor =
    options.vendor === undefined
      ? await askVendor(terminal, knownVendors(host.env))
      : vendorCalled(host, options.vendor);
  const given = givenSettings(options);
  const name = named ?? (await askName(host, vendor, options));
  await checkNewEntry(host, name, vendor, given, options);
  const settings = { ...given, ...(await missingSettings(terminal, vendor, given)) };
  const source = await chooseStore(options, host.env);
  const takesNone = source === 'env' || source === 'command';
  const credentials = takesNone ? undefined : await askCredentials(vendor, terminal, { signInFollows: true });
  const production =
    options.production === true ||
    (await askYesNo(
      'Is this a production account? Its name must then be typed before anything is sent.',
      false,
      terminal,
    ));
  const { where, usable, undo } = await storeEntry(host, {
    name,
    vendor,
    settings,
    source,
    credentials,
    options: { ...options, ...(production ? { production } : {}) },
  });
  writeErr(host, `Credentials: ${where}.`);
  await provenOrUndone(host, { name, vendor, usable, options }, undo);
  if (options.json !== true)
    writeOut(host, `The profile ${name} is ready.\nNext: oppatch template edits.csv -p ${name}`);
}

function askVendor(terminal: Terminal, vendors: readonly Vendor[]): Promise<Vendor> {
  const choices = vendors.map((vendor: Vendor) => ({
    value: vendor,
    label: vendor.title,
    hint: vendor.credentials.map(({ title }) => title).join(', or '),
  }));
  return askChoice('Which service?', choices, terminal);
}

async function askName(host: Host, vendor: Vendor, { force }: ProfileAddOptions): Promise<string> {
  const store = await openProfileStore(directories(host.env).config);
  const taken = new Set((await store.list()).map(({ name }) => name));
  let initial = vendor.name;
  for (let number = 2; taken.has(initial); number += 1) initial = `${vendor.name}-${number}`;
  return askText(
    {
      message: 'Name of the profile (letters, digits, . _ -)',
      initial,
      problem: (name) =>
        taken.has(name) && force !== true
          ? `There is a profile ${name} already.`
          : problemOf(() => checkProfileName(name)),
    },
    terminalOf(host),
  );
}

async function missingSettings(terminal: Terminal, vendor: Vendor, given: Settings): Promise<Settings> {
  const answers: [string, string][] = [];
  for (const setting of vendor.settings) {
    if (setting.question === undefined || Object.hasOwn(given, setting.name)) continue;
    const value = await askSetting(terminal, vendor, setting, setting.question);
    if (value !== '') answers.push([setting.name, value]);
  }
  return Object.fromEntries(answers);
}

async function askSetting(
  terminal: Terminal,
  vendor: Vendor,
  { name, choices }: Setting,
  question: string,
): Promise<string> {
  const typed = () =>
    askText(
      { message: question, problem: (value) => problemOf(() => checkSettings(vendor, { [name]: value })) },
      terminal,
    );
  if (choices === undefined) return typed();
  const chosen = await askChoice<string | undefined>(
    question,
    [...choices, { value: undefined, label: 'Another' }],
    terminal,
  );
  return chosen ?? typed();
}

interface Entry {
  readonly name: string;
  readonly vendor: Vendor;
  readonly usable: Credentials | undefined;
  readonly options: ProfileAddOptions;
}

async function provenOrUndone(host: Host, entry: Entry, undo: () => Promise<void>): Promise<void> {
  try {
    await proven(host, entry);
  } catch (error) {
    if (!(error instanceof OppatchError) || error.exitCode >= 129) {
      await undo();
      // A reply that is still on its way does not keep the process.
      host.endWithin(200);
      throw error;
    }
    await writeError(entry.options.color ? { ...host, args: [] } : { ...host, args: ['--no-color'] }, error);
    const kept = await askYesNo('Keep the profile all the same?', false, terminalOf(host)).catch(
      async (refusal: unknown) => {
        await undo();
        throw refusal;
      },
    );
    if (!kept) await undo();
    throw new OppatchError(
      error.code,
      kept ? `The profile ${entry.name} is stored, but it does not work yet.` : 'Nothing was stored.',
      {
        hint: kept ? `When it is fixed: oppatch profile check ${entry.name}` : 'Begin again: oppatch profile add',
        exitCode: error.exitCode,
      },
    );
  }
}

/** Signs in where that is due, and checks. */
async function proven(host: Host, { name, vendor, usable, options }: Entry): Promise<void> {
  const { color, input, json, quiet, verbose } = options;
  const output = { color, input, ...defined({ json, quiet, verbose }) };
  if (usable !== undefined && needsSignIn(vendor, usable)) {
    const { signInToProfile } = await import('./profile-login.ts');
    await signInToProfile(host, name, { ...output, open: true, partOfSetUp: true });
  }
  const { checkAccount } = await import('./profile-check.ts');
  await untilInterrupted(host, checkAccount(host, { ...output, profile: name, setting: [], rate: [] }));
}

/** Ctrl-C and SIGTERM end the waiting for a reply. */
async function untilInterrupted<T>(host: Host, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const off = host.onSignal(() => end.abort());
  try {
    return await Promise.race([
      work,
      once(end.signal, 'abort').then(() => {
        throw cancelled();
      }),
    ]);
  } finally {
    off();
  }
}

/** What is wrong, as a sentence; undefined where the check passes. */
function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof OppatchError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  }
}
