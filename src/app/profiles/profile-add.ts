import { OppatchError } from '../../core/errors.ts';
import type { Credentials, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { needsSignIn } from '../../profiles/credential-set.ts';
import { askCredentials } from '../../profiles/ask-credentials.ts';
import { readCredentialsJson } from '../../profiles/credentials-json.ts';
import type { CredentialSource } from '../../profiles/profile.ts';
import { mustNotAsk } from '../session/context.ts';
import { givenSettings } from '../session/setting-flags.ts';
import { writeOut } from '../session/output.ts';
import { vendorCalled } from '../session/vendor-called.ts';
import { chooseStore } from './choose-store.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { checkNewEntry, storeEntry, terminalOf, type ProfileAddOptions } from './new-entry.ts';

/** Stores an account and makes no call, but that which exchanges a one-time code; without a name or a vendor it asks a person for all that is needed, and checks it. */
export async function addProfileEntry(host: Host, name: string | undefined, options: ProfileAddOptions): Promise<void> {
  if (name === undefined || options.vendor === undefined) {
    if (!mustNotAsk(host, options) && options.credentialsStdin !== true) {
      const { setUpProfile } = await import('./profile-set-up.ts');
      return setUpProfile(host, name, options);
    }
    throw name === undefined
      ? new OppatchError('usage', 'A profile needs a name.', {
          hint: 'Type `oppatch profile add NAME --vendor VENDOR`, or on a terminal `oppatch profile add` to be asked.',
        })
      : new OppatchError('vendor-needed', 'A profile needs a vendor.', {
          hint: `Add --vendor with one of ${knownVendors(host.env)
            .map((vendor) => vendor.name)
            .join(', ')}.`,
        });
  }
  const vendor = vendorCalled(host, options.vendor);
  const settings = givenSettings(options);
  await checkNewEntry(host, name, vendor, settings, options);
  const source = await chooseStore(options, host.env);
  const credentials = await givenCredentials(host, vendor, source, options);
  const { where, usable } = await storeEntry(host, { name, vendor, settings, source, credentials, options });
  if (options.json === true) writeOut(host, JSON.stringify({ profile: name, vendor: vendor.name, credentials: where }));
  else {
    const next = usable !== undefined && needsSignIn(vendor, usable) ? 'login' : 'check';
    writeOut(
      host,
      `Stored the profile ${name} (${vendor.title}). Credentials: ${where}.\nNext: oppatch profile ${next} ${name}`,
    );
  }
}

/** Undefined where the store takes none. */
async function givenCredentials(
  host: Host,
  vendor: Vendor,
  source: CredentialSource,
  options: ProfileAddOptions,
): Promise<Credentials | undefined> {
  if (source === 'env' || source === 'command') return undefined;
  if (options.credentialsStdin === true) return readCredentialsJson(host.stdin, vendor);
  if (options.input && host.stdin.isTTY === true) return askCredentials(vendor, terminalOf(host));
  throw new OppatchError('credentials-needed', 'Credentials are needed, but stdin is not a terminal.', {
    hint: 'Use --credentials-stdin (one JSON object), --secret-command or --from-env.',
  });
}
