import { CommanderError } from 'commander';
import type { ExitCode } from './core/exit-code.ts';
import { surviveLostOutput, writeErr } from './app/session/output.ts';
import type { Invocation } from './cli/command-parts.ts';
import { withVendorFile } from './cli/flags/vendor-file-flag.ts';
import { commandsFor, createProgram } from './cli/program.ts';
import type { Host } from './host.ts';

/** The program: does what the host's arguments say and resolves with the exit code. The one place that turns an error into words. */
export async function main(given: Host): Promise<ExitCode> {
  const host = await withVendorFile(given);
  surviveLostOutput(host);
  host.onProgressWanted(() => {
    writeErr(host, `oppatch ${host.args[0] ?? ''}: at work for ${Math.round(performance.now() / 1000)} s.`);
  });
  if (host.args.length === 0) {
    const { greet } = await import('./cli/greet.ts');
    await greet(host);
    return 0;
  }
  let exitCode: ExitCode = 0;
  const invocation: Invocation = { host, end: (code) => (exitCode = code) };
  const program = createProgram(invocation, await commandsFor(invocation));
  try {
    if (!onlyShows(host.args)) {
      const { checkHome } = await import('./app/session/check-home.ts');
      await checkHome(host);
    }
    await program.parseAsync(host.args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const [{ writeError }, { usageError }] = await Promise.all([
      import('./app/session/write-error.ts'),
      import('./cli/usage-error.ts'),
    ]);
    return writeError(host, error instanceof CommanderError ? usageError(program, error, host.args) : error);
  } finally {
    await Promise.allSettled(host.endings.map((close) => close()));
  }
}

/** Help, the version and completion read nothing that somebody else could have put there, and are asked for often. */
function onlyShows([command = '', ...words]: readonly string[]): boolean {
  return (
    ['help', 'complete', 'completion'].includes(command) ||
    [command, ...words].some((word) => ['-h', '--help', '-V', '--version'].includes(word))
  );
}
