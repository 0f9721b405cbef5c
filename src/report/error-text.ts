import type { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Redact } from '../core/redact.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

export interface ErrorTextOptions {
  readonly columns: number;
  readonly redact: Redact;
}

/** What happened, where, why, and what to type next. */
export function errorText(error: OppatchError, paint: Paint, { columns, redact }: ErrorTextOptions): string {
  const place = error.place === undefined ? '' : `${printable(redact(error.place))}: `;
  // A message of several lines is a list; each line is made safe on its own.
  const [first = '', ...rest] = redact(error.message).split('\n').map(printable);
  const lines = [
    `${paint.bad('error')} ${paint.strong(place)}${wrap(first, Math.max(40, columns - 8), '  ')}`,
    ...rest,
  ];
  if (error.hint !== undefined) {
    const hint = redact(error.hint).split('\n').map(printable);
    lines.push(...hint.map((line) => wrap(`  → ${line}`, columns, '    ')));
  }
  return lines.join('\n');
}

/** For scripts, the same; the place stands before the message. */
export function errorJson(
  error: OppatchError,
  redact: Redact,
): { readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } } {
  const { code, message, hint, place } = error;
  return {
    error: {
      code,
      message: redact(place === undefined ? message : `${place}: ${message}`),
      hint: hint === undefined ? null : redact(hint),
    },
  };
}

/** A defect of ours: short, with what is needed to report it; the stack with `verbose` only. */
export function unexpectedErrorText(
  error: unknown,
  paint: Paint,
  { columns, redact, version, verbose }: ErrorTextOptions & { readonly version: string; readonly verbose: boolean },
): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    `${paint.bad('error')} ${wrap(`Unexpected: ${printable(redact(message))}`, columns, '  ')}`,
    `  → This is a defect of oppatch ${version} (Node ${process.versions.node}). Nothing that was reported as done is lost.`,
    verbose ? '' : '  → Run it again with --verbose and report what it prints.',
  ];
  if (verbose && error instanceof Error && error.stack !== undefined) {
    lines.push(
      ...redact(error.stack)
        .split('\n')
        .map((line) => paint.dim(printable(line))),
    );
  }
  return lines.filter((line) => line !== '').join('\n');
}
