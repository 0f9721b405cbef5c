import type { ExitCode } from '../core/exit-code.ts';

/** The process ends by itself when its work is done, so that all output is written; this is the code it ends with. */
export function setExitCode(code: ExitCode): void {
  process.exitCode = code;
}
