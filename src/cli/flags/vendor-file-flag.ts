import { hasVendorFiles, vendorFileVariable } from '../../app/session/vendor-files.ts';
import type { Host } from '../../host.ts';

const flag = '--vendor-file';

/**
 * The host with the vendor file of the command line in its environment, where every part of the program looks for it: runs, plans and completion know
 * vendors by name long before, or without, the options of a command. Whether the file can be used is judged by whoever needs it.
 */
export async function withVendorFile(given: Host): Promise<Host> {
  const host = withFlag(given);
  if (hasVendorFiles(host.env)) await (await import('../../app/session/known-vendors.ts')).loadVendorFiles();
  return host;
}

function withFlag(host: Host): Host {
  const { args, env } = host;
  const end = args.indexOf('--');
  const words = end === -1 ? args : args.slice(0, end);
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  if (word === undefined) return host;
  const path = word === flag ? words[at + 1] : word.slice(flag.length + 1);
  return path === undefined || path === '' ? host : { ...host, env: { ...env, [vendorFileVariable]: path } };
}
