import type { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Redact } from '../core/redact.ts';
import { nodeVersion, platform } from '../core/own-process.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

export interface ErrorTextOptions {
  /** Of the terminal; infinite for no wrapping. */
  readonly columns: number;
  readonly redact: Redact;
}

const label = 'error';

/** What happened, where, why, and what to type next. */
export function errorText(error: OppatchError, paint: Paint, { columns, redact }: ErrorTextOptions): string {
  const place = error.place === undefined ? '' : `${printable(redact(error.place))}: `;
  // A message of several lines is a list; each line is made safe on its own.
  const [first = '', ...rest] = redact(error.message).split('\n').map(printable);
  const head = wrap(`${label} ${place}${first}`, columns, '  ');
  const lines = [labelled(head, place, paint), ...rest.map((line) => wrap(line, columns, '    '))];
  if (error.hint !== undefined) lines.push(...hintLines(redact(error.hint), columns));
  return lines.join('\n');
}

function hintLines(hint: string, columns: number): string[] {
  return hint
    .split('\n')
    .map(printable)
    .map((line, index) => wrap(`${index === 0 ? '  → ' : '    '}${line}`, columns, '    '));
}

/** Colours the label, and the place where wrapping has not torn it. */
function labelled(text: string, place: string, paint: Paint): string {
  const rest = text.slice(label.length);
  const placed = place !== '' && rest.startsWith(` ${place.trimEnd()}`);
  if (!placed) return paint.bad(label) + rest;
  const end = 1 + place.trimEnd().length;
  return `${paint.bad(label)} ${paint.strong(rest.slice(1, end))}${rest.slice(end)}`;
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

/** A bug of ours: short, with what is needed to report it; the stack and its causes with `verbose` only. */
export function unexpectedErrorText(
  error: unknown,
  paint: Paint,
  { columns, redact, version, verbose }: ErrorTextOptions & { readonly version: string; readonly verbose: boolean },
): string {
  const message = printable(redact(messageOf(error)));
  const lines = [
    labelled(wrap(`${label} Unexpected: ${message}`, columns, '  '), '', paint),
    ...hintLines(
      `This is a bug in oppatch ${version} (Node ${nodeVersion}, ${platform}). ` +
        "What was sent is in the run's journal: `oppatch runs` shows it.",
      columns,
    ),
  ];
  if (!verbose) lines.push(...hintLines('Type the same again with --verbose, and report what it prints.', columns));
  else for (const line of stackLines(error)) lines.push(paint.dim(printable(redact(line))));
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}

/** Causes may go in a circle. */
const deepestCause = 5;

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  let next = error;
  for (let depth = 0; depth < deepestCause && next instanceof Error; depth += 1) {
    const stack = (next.stack ?? messageOf(next)).split('\n');
    lines.push(...(depth === 0 ? stack : [`caused by ${stack[0] ?? ''}`, ...stack.slice(1)]));
    next = next.cause;
  }
  return lines;
}
