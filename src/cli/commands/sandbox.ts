import type { Command } from 'commander';
import { OppatchError } from '../../core/errors.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { addSandboxOptions, sandboxOptions, type SandboxFlags } from '../flags/sandbox-flags.ts';
import type { DescribedFile } from '../../sandbox/described/described-file.ts';
import type { VendorServer } from '../../sandbox/vendor-server.ts';

export function addSandbox(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('sandbox')
    .summary('local servers that behave like the vendors')
    .description(
      'Serves all vendors on loopback, with their limits and errors, for practice and tests. Ctrl-C ends it.',
    );
  addSandboxOptions(command);
  addParts(command, {
    examples: `
  oppatch sandbox
  oppatch sandbox --port 4000 --rate 25/5s --latency 20-100
  oppatch sandbox --fault cut-after/3 --refuse 13%
  oppatch sandbox --vendor-file my-crm.json`,
    exitCodes: [0, 2],
  });
  command.action(async (flags: SandboxFlags) => {
    const [{ startSandbox }, { sandboxGreeting }, { writeOut }, { findVendor }] = await Promise.all([
      import('../../sandbox/sandbox.ts'),
      import('../../sandbox/greeting.ts'),
      import('../../app/session/output.ts'),
      import('../../vendors/index.ts'),
    ]);
    const described = flags.vendorFile === undefined ? {} : { servers: [await serverOf(flags.vendorFile)] };
    const sandbox = await startSandbox({ ...sandboxOptions(flags), ...described }).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      throw new OppatchError('port-not-free', `The port ${flags.port} can't be used (${code}).`, {
        hint: 'Choose another one, or leave --port out for any free one.',
        cause: error,
      });
    });
    if (flags.json === true)
      writeOut(
        host,
        JSON.stringify({ origin: sandbox.origin, base_urls: sandbox.baseUrls, credentials: sandbox.credentials }),
      );
    else
      writeOut(
        host,
        sandboxGreeting(sandbox, (name) => findVendor(name)?.example.change),
      );
    await new Promise<void>((resolve) => {
      const off = host.onSignal(() => {
        off();
        resolve();
      });
    });
    await sandbox.close();
    end(0);
  });
}

/** A server for the vendor of a file, once the file has no mistakes; it reads the file for itself. */
async function serverOf(path: string): Promise<VendorServer> {
  const [{ openVendorFile }, { describedServer }, { shellQuoted }] = await Promise.all([
    import('../../app/session/known-vendors.ts'),
    import('../../sandbox/described/server.ts'),
    import('../../app/session/shell-quoted.ts'),
  ]);
  const { text, vendor } = openVendorFile(path);
  const file = JSON.parse(text.replace(/^\ufeff/, '')) as DescribedFile;
  return describedServer(file, {
    account: `--vendor-file ${shellQuoted(path)}`,
    change: shellQuoted(vendor.example.change),
  });
}
