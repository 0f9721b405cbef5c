import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { OppatchError } from '../core/errors.ts';

/** Where questions are asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  /** Shown beside the label while it is pointed at. */
  readonly hint?: string;
}

/** One of several. Throws `cancelled` (exit 130) on Ctrl-C or Esc, as all questions do. */
export async function askChoice<T>(message: string, choices: readonly Choice<T>[], terminal: Terminal): Promise<T> {
  const { select } = await import('@clack/prompts');
  const index = answered(
    await select({
      message: lines(message, terminal).join('\n'),
      options: choices.map(({ label, hint }, value) => ({ value, label, ...(hint === undefined ? {} : { hint }) })),
      ...terminal,
    }),
  );
  const choice = choices[index];
  if (choice === undefined) throw new TypeError('A choice that was not offered');
  return choice.value;
}

export interface TextQuestion {
  readonly message: string;
  /** Stands there already, to be changed or taken. */
  readonly initial?: string;
  readonly secret?: boolean;
  /** What is wrong with an answer, as a sentence. */
  readonly problem?: (text: string) => string | undefined;
}

/** A line of text, without blanks at its ends. A secret one is not shown. */
export async function askText(question: TextQuestion, terminal: Terminal): Promise<string> {
  const { password, text } = await import('@clack/prompts');
  const { initial, secret = false, problem } = question;
  const message = lines(question.message, terminal).join(`\n${barBeside}`);
  const validate = (value: string | undefined) => problem?.((value ?? '').trim());
  const answer: string | undefined | symbol = await (secret
    ? password({ message, validate, mask: '', ...terminal })
    : text({ message, validate, ...(initial === undefined ? {} : { initialValue: initial }), ...terminal }));
  // Clack gives undefined for a line that was left empty.
  return (answered(answer) ?? '').trim();
}

export async function askYesNo(message: string, initial: boolean, terminal: Terminal): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const shown = lines(message, terminal).join('\n');
  return answered(await confirm({ message: shown, initialValue: initial, ...terminal }));
}

/** What Clack sets before each line of a choice; a question for a text is given it here. */
const barBeside = '│  ';
const narrowest = 20;

/** The lines of a question, broken at blanks so that none leaves the terminal. */
function lines(message: string, { output }: Terminal): string[] {
  const columns = Math.max(narrowest, ((output as Partial<WriteStream>).columns || 80) - barBeside.length - 1);
  const broken: string[] = [];
  let line = '';
  for (const word of message.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      broken.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...broken, line];
}

export function cancelled(): OppatchError {
  return new OppatchError('cancelled', 'Cancelled; nothing was stored.', { exitCode: 130 });
}

/** Leaves by an error where the question was cancelled. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw cancelled();
  return answer as Exclude<T, symbol>;
}
