import { OppatchError } from '../core/errors.ts';
import type { Vendor } from '../core/vendor.ts';
import { openSecretCommand } from './secret-command.ts';
import { openSecretFile } from './secret-file.ts';
import { openSecretKeychain } from './secret-keychain.ts';
import type { SecretStores } from './secret-store.ts';

/** The stores of this configuration: each profile's credentials are where the profile says. */
export function openSecretStores(
  configDirectory: string,
  env: NodeJS.ProcessEnv,
  vendors: readonly Vendor[],
): SecretStores {
  const file = openSecretFile(configDirectory);
  const keychain = openSecretKeychain(configDirectory);
  return (profile, vendor) => {
    switch (profile.credentialSource) {
      case 'file':
        return file;
      case 'keychain':
        return keychain;
      case 'command': {
        const { secretCommand: command = '' } = profile;
        return openSecretCommand({ command, vendor, vendors, env }, file);
      }
      case 'env':
        throw new OppatchError('credentials-in-environment', `The profile ${profile.name} stores no credentials.`);
    }
  };
}
