/** Saves profiles or secrets as a process of its own: `store-child profiles|secrets|count|crash DIRECTORY NAME COUNT`. */
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import { openSecretKeychain } from '../../src/profiles/secret-keychain.ts';
import { sampleProfile } from './sample-profile.ts';

const [, , what = '', directory = '', name = '', count = '0'] = process.argv;

if (what === 'profiles') {
  const store = await openProfileStore(directory);
  for (let i = 0; i < Number(count); i += 1) await store.save(sampleProfile(`${name}-${i}`));
}
if (what === 'secrets') {
  const secrets = openSecretFile(directory);
  for (let i = 0; i < Number(count); i += 1) await secrets.set(`${name}-${i}`, { apiKey: `key ${name} ${i}` });
}
if (what === 'count') {
  const secrets = openSecretKeychain(directory);
  for (let i = 0; i < Number(count); i += 1) {
    await secrets.update(name, (before) => ({ count: String(Number(before?.['count']) + 1) }));
  }
}
if (what === 'crash') {
  // Writes until it is killed: every content is whole, and says so itself.
  const secrets = openSecretFile(directory);
  for (let i = 0; ; i += 1) {
    await secrets.set(name, { apiKey: String(i).repeat(2000), length: String(String(i).length * 2000) });
    if (i === 3) process.send?.('writing');
  }
}
process.disconnect();
