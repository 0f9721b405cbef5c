import { Chalk } from 'chalk';

/** Meanings that have a colour. Without colour every one of them leaves the text as it is. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

export function createPaint({ colour }: { readonly colour: boolean }): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
  };
}

/** `--no-color` and NO_COLOR turn colour off, FORCE_COLOR turns it on; else it is for terminals that are not dumb. https://no-color.org */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  flags: { readonly color: boolean },
): boolean {
  if (!flags.color || (env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
