import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import type { DescribedFile } from '../../sandbox/described/described-file.ts';
import { describedServer } from '../../sandbox/described/server.ts';
import { sandboxGreeting } from '../../sandbox/greeting.ts';
import { startSandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import type { VendorServer } from '../../sandbox/vendor-server.ts';
import { findVendor } from '../../vendors/index.ts';
import { openVendorFile } from './known-vendors.ts';
import { writeOut } from './output.ts';
import { shellQuoted } from './shell-quoted.ts';

/** Serves the practice servers until a signal comes. */
export async function serveSandbox(
  host: Host,
  options: SandboxOptions,
  { vendorFile, json }: { readonly vendorFile?: string; readonly json?: true },
): Promise<void> {
  const described = vendorFile === undefined ? {} : { servers: [serverOf(vendorFile)] };
  const sandbox = await startSandbox({ ...options, ...described }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new OppatchError('port-not-free', `The port ${options.port} can't be used (${code}).`, {
      hint: 'Choose another one, or leave --port out for any free one.',
      cause: error,
    });
  });
  const { origin, baseUrls, credentials } = sandbox;
  const greeting = (): string => sandboxGreeting(sandbox, (name) => findVendor(name)?.example.change);
  writeOut(host, json === true ? JSON.stringify({ origin, base_urls: baseUrls, credentials }) : greeting());
  await new Promise<void>((resolve) => {
    const off = host.onSignal(() => {
      off();
      resolve();
    });
  });
  await sandbox.close();
}

/** A server for the vendor of a file, once the file has no mistakes; it reads the file for itself. */
function serverOf(path: string): VendorServer {
  const { text, vendor } = openVendorFile(path);
  const file = JSON.parse(text.replace(/^\ufeff/, '')) as DescribedFile;
  return describedServer(file, {
    account: `--vendor-file ${shellQuoted(path)}`,
    change: shellQuoted(vendor.example.change),
  });
}
