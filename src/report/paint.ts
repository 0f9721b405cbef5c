import { Chalk } from 'chalk';

/** Meanings that have a colour. Without colour every one of them leaves the text as it is. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  /** A value that is there now and is going to be replaced. */
  readonly before: (text: string) => string;
  /** A value that is going to stand there. */
  readonly after: (text: string) => string;
}

/** Sixteen colours only: what every terminal has, and what its owner has chosen. This module is the only door to chalk. */
export function createPaint({ colour }: { readonly colour: boolean }): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    before: (text) => chalk.red(text),
    after: (text) => chalk.green(text),
  };
}

/**
 * `--no-color` and NO_COLOR turn colour off, whatever else is set; FORCE_COLOR turns it on (`0` and `false`: off); else it is for
 * terminals that are not dumb. https://no-color.org
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  flags: { readonly color: boolean },
): boolean {
  if (!flags.color || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
