import { exitCodes, type ExitCode } from '../core/exit-code.ts';

/** The exit codes of a command, for the end of its help. */
export function exitCodesHelp(codes: readonly ExitCode[]): string {
  const lines = codes.map((code) => `  ${String(code).padStart(3)}  ${exitCodes[code]}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}
