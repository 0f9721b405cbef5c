import { OppatchError } from '../core/errors.ts';
import type { LineEnd } from '../core/source-row.ts';
import { longestRecordBytes } from './csv-parser.ts';

/** How a CSV file is written, found on its first lines. */
export interface CsvDialect {
  readonly delimiter: string;
  /** Of the header line. CR alone is what old Mac programs write. */
  readonly lineEnd: LineEnd;
  /** Bytes before the header line: those that were asked to be left out, blank lines and Excel's `sep=;`. */
  readonly skipBytes: number;
  /** Lines in those bytes. */
  readonly skipLines: number;
}

/** In the order in which a tie is decided. */
const candidates = [',', ';', '\t', '|'];

const words: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

/** The delimiter that `--delimiter` names: a word or any one character. Throws `bad-delimiter`. */
export function parseDelimiter(text: string): string {
  const delimiter = words[text.toLowerCase()] ?? text;
  if ([...delimiter].length === 1 && !/["\r\n\p{L}\p{N} ]/u.test(delimiter)) return delimiter;
  throw new OppatchError('bad-delimiter', `"${text}" cannot separate cells.`, {
    place: '--delimiter',
    hint: 'Give comma, semicolon, tab, pipe or one other character that is not a letter, digit, blank or quote.',
  });
}

/**
 * Looks at the beginning of a file until its header line and the line after it are complete. Outside quotes, the most frequent of `, ; tab |` is the
 * delimiter, comma where there is none; of several as frequent the one that is so in the next line, too. `delimiter`: one that is already decided.
 * `skippedLines`: lines before the header line, whatever is in them.
 */
export async function detectDialect(
  bytes: AsyncIterable<Buffer>,
  delimiter: string | undefined,
  skippedLines = 0,
): Promise<CsvDialect> {
  let head = Buffer.alloc(0);
  let ended = true;
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk]);
    ended = false;
    if (head.length > longestRecordBytes || headerLine(head.toString('utf8'), skippedLines).complete) break;
    ended = true;
  }
  const text = head.toString('utf8');
  const { skipped, line, next, separator, ending } = headerLine(text, skippedLines, ended);
  return {
    delimiter: delimiter ?? separator ?? mostFrequent(line, next),
    lineEnd: ending === '\r' || ending === '\r\n' ? ending : '\n',
    skipBytes: Buffer.byteLength(skipped),
    skipLines: skipped.match(/\r\n|\n|\r/g)?.length ?? 0,
  };
}

interface HeaderLine {
  readonly skipped: string;
  readonly line: string;
  /** The line after it, as far as the text has it. */
  readonly next: string;
  /** What `sep=` names. */
  readonly separator: string | undefined;
  readonly ending: string;
  /** Its end is in the text, with a character after it. */
  readonly complete: boolean;
}

function headerLine(text: string, skippedLines: number, ended = false): HeaderLine {
  let offset = skippedLines === 0 ? 0 : lengthOfLines(text, skippedLines);
  const first = offset;
  let separator: string | undefined;
  for (;;) {
    const end = lineEnd(text, offset);
    const line = text.slice(offset, end);
    const ending = text.startsWith('\r\n', end) ? '\r\n' : text.slice(end, end + 1);
    const next = end + ending.length;
    const more = next < text.length;
    const sep = offset === first ? /^"?sep=([^"\r\n])"?$/i.exec(line)?.[1] : undefined;
    if ((sep === undefined && line.trim() !== '') || !more) {
      const nextLine = text.slice(next, lineEnd(text, next));
      return { skipped: text.slice(0, offset), line, next: nextLine, separator, ending, complete: more || ended };
    }
    separator ??= sep;
    offset = next;
  }
}

/** Lines as an editor counts them: quotes have no meaning before the header line. */
function lengthOfLines(text: string, count: number): number {
  const breaks = /\r\n|\r|\n/g;
  for (let line = 0; line < count; line++) if (breaks.exec(text) === null) return text.length;
  return breaks.lastIndex;
}

/** The first line break outside quotes, or the end of the text. */
function lineEnd(text: string, from: number): number {
  let quoted = false;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) return index;
  }
  return text.length;
}

function mostFrequent(line: string, next: string): string {
  const counts = candidates.map((candidate) => ({ candidate, cells: cellsOf(line, candidate) }));
  const most = Math.max(...counts.map(({ cells }) => cells));
  const best = counts.filter(({ cells }) => cells === most);
  const alike = best.find(({ candidate, cells }) => cells > 1 && cellsOf(next, candidate) === cells);
  return (alike ?? best[0])?.candidate ?? ',';
}

function cellsOf(line: string, delimiter: string): number {
  return line.replace(/"[^"]*"/g, '').split(delimiter).length;
}

/** A delimiter as messages name it. */
export function delimiterName(delimiter: string): string {
  return { ',': 'the comma', ';': 'the semicolon', '\t': 'the tab', '|': 'the bar (|)' }[delimiter] ?? delimiter;
}
