import { OppatchError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { environmentValue } from '../../profiles/environment-name.ts';
import { keychainProblem } from '../../profiles/keychain.ts';
import type { CredentialSource } from '../../profiles/profile.ts';
import { storeNames, type StoreName } from './store-names.ts';

export interface StoreOptions {
  readonly store?: StoreName;
  readonly fromEnv?: true;
  readonly secretCommand?: string;
  readonly credentialsStdin?: true;
}

/**
 * Where a profile's credentials are to be kept: as the flags or `OPPATCH_STORE` say, else in the keychain where one proves to work, else in the file. Throws
 * `keychain-unusable` (exit 4) where the keychain is asked for and does not work.
 */
export async function chooseStore(options: StoreOptions, env: NodeJS.ProcessEnv): Promise<CredentialSource> {
  const { store, fromEnv, secretCommand, credentialsStdin } = options;
  const given = [
    ...(secretCommand === undefined ? [] : ['--secret-command']),
    ...(fromEnv === true ? ['--from-env'] : []),
    ...(store === undefined || (store === 'env' && fromEnv === true) ? [] : [`--store ${store}`]),
  ];
  const takesNone = secretCommand !== undefined || fromEnv === true || store === 'env';
  if (credentialsStdin === true && takesNone) given.push('--credentials-stdin');
  if (given.length > 1) {
    throw new OppatchError('usage', `${given.join(' and ')} do not go together.`, {
      hint: 'Name one place for the credentials: --store keychain, --store file, --store env, or --secret-command.',
    });
  }
  if (secretCommand !== undefined) {
    if (secretCommand.trim() !== '') return 'command';
    throw new OppatchError('usage', 'The command of --secret-command is empty.', {
      hint: "Write it as for a shell: --secret-command 'vault read -format=json …'",
    });
  }
  if (fromEnv === true) return 'env';
  const wanted = store ?? storeOfEnvironment(env);
  if (wanted !== undefined && wanted !== 'keychain') return wanted;
  const problem = await keychainProblem();
  if (wanted === undefined) return problem === undefined ? 'keychain' : 'file';
  if (problem === undefined) return 'keychain';
  throw new OppatchError(problem.code, problem.message, {
    hint: 'Unlock it, or begin from a session that has one. Or keep the credentials in a file that only you can read: --store file',
    exitCode: problem.exitCode,
    cause: problem,
  });
}

function storeOfEnvironment(env: NodeJS.ProcessEnv): StoreName | undefined {
  const text = environmentValue(env, 'OPPATCH_STORE');
  const name = storeNames.find((known) => known === text);
  if (text === undefined || name !== undefined) return name;
  const shown = JSON.stringify(printable(text.slice(0, 40)));
  throw new OppatchError('bad-store', `${shown} is not a store of credentials.`, {
    place: 'OPPATCH_STORE',
    hint: `Possible are ${storeNames.join(', ')}.`,
  });
}
