import type { Command } from 'commander';
import { addParts, type Invocation } from '../command-parts.ts';
import { addSandboxOptions, sandboxOptions, type SandboxFlags } from '../flags/sandbox-flags.ts';

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
    const { serveSandbox } = await import('../../app/session/serve-sandbox.ts');
    await serveSandbox(host, sandboxOptions(flags), flags);
    end(0);
  });
}
