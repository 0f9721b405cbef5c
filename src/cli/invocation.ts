import type { ExitCode } from '../core/exit-code.ts';
import type { Host } from '../host.ts';

/** One call of the program, as each command gets it. */
export interface Invocation {
  readonly host: Host;
  /** Says what the program is to end with; 0 where no command says anything. */
  readonly end: (code: ExitCode) => void;
}
