import type { Host } from '../../host.ts';
import type { Terminal } from '../../profiles/question.ts';

/** Where a person is asked. Questions go to stderr: stdout is for results. */
export function terminalOf({ stdin, stderr }: Host): Terminal {
  return { input: stdin, output: stderr };
}
