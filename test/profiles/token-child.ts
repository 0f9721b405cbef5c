/** Asks for an access token as a process of its own, and says what it got: `token-child DIRECTORY [refused]`. */
import { createTokenSource } from '../../src/profiles/access-token.ts';
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { resolveAccount } from '../../src/profiles/resolve.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import { sampleVendors } from './sample-vendors.ts';
import { plainTransport } from './token-server.ts';

const [, , directory = '', how = ''] = process.argv;
const secrets = openSecretFile(directory);
const store = await openProfileStore(directory);
const account = await resolveAccount({
  flags: { settings: {}, rates: [] },
  env: {},
  store,
  secrets: () => secrets,
  vendors: sampleVendors,
});
const source = createTokenSource({ account, transport: plainTransport });
if (how === 'refused') await source.credentials();
process.send?.('ready');
process.once('message', () => {
  void (async () => {
    if (how === 'refused') await source.renew?.();
    process.send?.((await source.credentials())['accessToken'] ?? '');
    process.disconnect();
  })();
});
