import type { Command } from 'commander';
import { OppatchError } from '../../core/errors.ts';
import { exitCodesHelp } from '../help.ts';
import { addSandboxOptions, sandboxOptions, type SandboxFlags } from '../flags/sandbox-flags.ts';
import type { Invocation } from '../invocation.ts';

export function addSandbox(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('sandbox')
    .summary('local servers that behave like the vendors')
    .description(
      'Serves all vendors on loopback, with their limits and errors, for practice and tests. Ctrl-C ends it.',
    );
  addSandboxOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch sandbox
  oppatch sandbox --port 4000 --rate 25/5s --latency 20-100
  oppatch sandbox --fault cut-after/3 --refuse 13%
${exitCodesHelp([0, 2])}`,
  );
  command.action(async (flags: SandboxFlags) => {
    const [{ startSandbox }, { sandboxGreeting }, { writeOut }, { findVendor }] = await Promise.all([
      import('../../sandbox/sandbox.ts'),
      import('../../sandbox/greeting.ts'),
      import('../../app/session/output.ts'),
      import('../../vendors/index.ts'),
    ]);
    const sandbox = await startSandbox(sandboxOptions(flags)).catch((error: unknown) => {
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
