import { OppatchError } from '../../core/errors.ts';
import type { Credentials, Vendor } from '../../core/vendor.ts';
import { needsSignIn } from '../../profiles/credential-set.ts';
import { askCredentials, readCredentialsJson } from '../../profiles/ask-credentials.ts';
import type { CredentialSource } from '../../profiles/profile.ts';
import { vendors } from '../../vendors/index.ts';
import { mustNotAsk } from '../session/context.ts';
import { givenSettings } from '../session/options.ts';
import { print } from '../session/output.ts';
import { vendorCalled } from '../session/vendor-called.ts';
import { chooseStore } from './choose-store.ts';
import { checkNewEntry, storeEntry, type ProfileAddOptions } from './new-entry.ts';

/** Stores an account and makes no call; without a name or a vendor it asks a person for all that is needed, and checks it. */
export async function addProfileEntry(name: string | undefined, options: ProfileAddOptions): Promise<void> {
  if (name === undefined || options.vendor === undefined) {
    if (!mustNotAsk(options) && options.credentialsStdin !== true) {
      const { setUpProfile } = await import('./profile-set-up.ts');
      return setUpProfile(name, options);
    }
    throw name === undefined
      ? new OppatchError('usage', 'A profile needs a name.', {
          hint: 'Type `oppatch profile add NAME --vendor VENDOR`, or on a terminal `oppatch profile add` to be asked.',
        })
      : new OppatchError('vendor-needed', 'A profile needs a vendor.', {
          hint: `Add --vendor with one of ${vendors.map((vendor) => vendor.name).join(', ')}.`,
        });
  }
  const vendor = vendorCalled(options.vendor, vendors);
  const settings = givenSettings(options);
  await checkNewEntry(name, vendor, settings, options);
  const source = await chooseStore(options, process.env);
  const credentials = await givenCredentials(vendor, source, options);
  const { where, usable } = await storeEntry({ name, vendor, settings, source, credentials, options });
  if (options.json === true) print(JSON.stringify({ profile: name, vendor: vendor.name, credentials: where }));
  else {
    const next = usable !== undefined && needsSignIn(vendor, usable) ? 'login' : 'check';
    print(
      `Stored the profile ${name} (${vendor.title}). Credentials: ${where}.\nNext: oppatch profile ${next} ${name}`,
    );
  }
}

/** Undefined where the store takes none. */
async function givenCredentials(
  vendor: Vendor,
  source: CredentialSource,
  options: ProfileAddOptions,
): Promise<Credentials | undefined> {
  if (source === 'env' || source === 'command') return undefined;
  if (options.credentialsStdin === true) return readCredentialsJson(process.stdin, vendor);
  if (options.input && process.stdin.isTTY) return askCredentials(vendor);
  throw new OppatchError('credentials-needed', 'Nobody is there to type the credentials: this is not a terminal.', {
    hint: 'Use --credentials-stdin (one JSON object), --secret-command or --from-env.',
  });
}
