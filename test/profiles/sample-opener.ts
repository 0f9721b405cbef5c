import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Stands in for the program that opens web addresses: writes down its words, one a line, and then its environment. */
export interface SampleOpener {
  /** A PATH on which it comes first. */
  readonly path: string;
  /** What it wrote; waits until it was called. */
  readonly written: () => Promise<string>;
  readonly wasCalled: () => boolean;
}

export function newOpener(directory: string, names: readonly string[]): SampleOpener {
  const file = join(directory, 'opened');
  const part = `${file}.part`;
  for (const name of names) {
    const program = join(directory, name);
    writeFileSync(program, `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } > '${part}' && mv '${part}' '${file}'\n`);
    chmodSync(program, 0o700);
  }
  return {
    path: [directory, process.env['PATH']].join(delimiter),
    wasCalled: () => existsSync(file),
    written: async () => {
      const changes = watch(directory, { signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
      // The watcher begins with the first call of `next`, so the look comes after it.
      let change = changes.next();
      while (!existsSync(file)) {
        await change;
        change = changes.next();
      }
      change.catch(() => undefined);
      void changes.return?.();
      return readFileSync(file, 'utf8');
    },
  };
}
