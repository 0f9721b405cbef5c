import { directories } from '../core/directories.ts';
import { rateText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import type { Credentials } from '../core/vendor.ts';
import { needsSignIn } from '../profiles/credential-set.ts';
import { askCredentials, readCredentialsJson } from '../profiles/ask-credentials.ts';
import { openProfileStore } from '../profiles/profile-store.ts';
import { checkStoredQuotaStore } from '../profiles/resolve-quota.ts';
import { checkSettings, environmentName } from '../profiles/resolve.ts';
import { openSecretFile } from '../profiles/secret-file.ts';
import { checkBaseUrl } from '../transport/base-url.ts';
import { vendors } from '../vendors/index.ts';
import { givenQuota, givenSettings, type AccountOptions, type OutputOptions } from './options.ts';
import { print, tell } from './output.ts';
import { vendorCalled } from './vendors.ts';

export interface ProfileAddOptions extends AccountOptions, OutputOptions {
  readonly map: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly idColumn?: string;
  readonly production?: true;
  readonly credentialsStdin?: true;
  readonly fromEnv?: true;
  readonly force?: true;
}

/** Stores an account. The secret is durable before the profile that names it. Makes no call. */
export async function addProfileEntry(name: string, options: ProfileAddOptions): Promise<void> {
  if (options.vendor === undefined) {
    throw new OppatchError('vendor-needed', 'A profile needs a vendor.', {
      hint: `Add --vendor with one of ${vendors.map((vendor) => vendor.name).join(', ')}.`,
    });
  }
  const vendor = vendorCalled(options.vendor, vendors);
  const { config } = directories(process.env);
  const store = await openProfileStore(config);
  const secrets = openSecretFile(config);
  const known = (await store.list()).some((profile) => profile.name === name);
  if (known && options.force !== true) {
    throw new OppatchError('profile-exists', `There is a profile ${name} already.`, {
      hint: 'Choose another name, or add --force to replace it.',
    });
  }
  const given = givenSettings(options);
  checkSettings(vendor, given);
  if (options.baseUrl !== undefined) checkBaseUrl(options.baseUrl);
  if (options.quotaStore !== undefined) checkStoredQuotaStore(options.quotaStore);

  const names = vendor.credentials.flatMap(({ fields }) => fields.map((field) => field.name));
  let credentials: Credentials | undefined;
  if (options.fromEnv !== true) {
    if (options.credentialsStdin === true) credentials = await readCredentialsJson(process.stdin, vendor);
    else if (!options.input || !process.stdin.isTTY) {
      throw new OppatchError('credentials-needed', 'Nobody is there to type the credentials: this is not a terminal.', {
        hint: 'Use --credentials-stdin (one JSON object) or --from-env.',
      });
    } else credentials = await askCredentials(vendor);
    await secrets.set(name, credentials);
  }
  await store.save({
    name,
    vendor: vendor.name,
    settings: given,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    rates: options.rate.map(rateText),
    map: Object.fromEntries(options.map),
    ignore: [...options.ignore],
    ...(options.idColumn === undefined ? {} : { idColumn: options.idColumn }),
    ...givenQuota(options),
    production: options.production === true,
    credentialSource: credentials === undefined ? 'env' : 'file',
    ...(credentials === undefined
      ? { environmentNames: Object.fromEntries(names.map((field) => [field, environmentName(vendor.name, field)])) }
      : {}),
    createdAt: new Date().toISOString(),
  });
  if (credentials === undefined) await secrets.remove(name);
  for (const field of vendor.credentials.flatMap((set) => set.fields)) {
    const value = credentials?.[field.name];
    const doubt = value === undefined ? undefined : field.doubt?.(value);
    if (doubt !== undefined) tell(`! ${field.name}: ${doubt}`);
  }
  const where = credentials === undefined ? 'only the names of the environment variables' : secrets.describe();
  if (options.json === true) print(JSON.stringify({ profile: name, vendor: vendor.name, credentials: where }));
  else {
    const next = credentials !== undefined && needsSignIn(vendor, credentials) ? 'login' : 'check';
    print(
      `Stored the profile ${name} (${vendor.title}). Credentials: ${where}.\nNext: oppatch profile ${next} ${name}`,
    );
  }
}
