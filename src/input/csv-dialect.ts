import { OppatchError } from '../core/errors.ts';
import { longestRecordBytes } from './csv-parser.ts';

/** How a CSV file is written, found on its first lines. */
export interface CsvDialect {
  readonly delimiter: string;
  /** Lines end in CR alone, as old Mac programs write them. */
  readonly carriageReturnOnly: boolean;
  /** Bytes before the header line: blank lines and Excel's `sep=;`. */
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
    hint: 'Give comma, semicolon, tab, pipe or one other character that is no letter, digit, blank or quote.',
  });
}

/**
 * Looks at the beginning of a file until its header line is complete. Outside quotes, the most frequent of `, ; tab |` is the
 * delimiter, comma where there is none. `delimiter`: one that is already decided.
 */
export async function detectDialect(bytes: AsyncIterable<Buffer>, delimiter: string | undefined): Promise<CsvDialect> {
  let head = Buffer.alloc(0);
  let ended = true;
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk]);
    ended = false;
    if (head.length > longestRecordBytes || headerLine(head.toString('utf8')).complete) break;
    ended = true;
  }
  const text = head.toString('utf8');
  const { skipped, line, separator, ending } = headerLine(text, ended);
  return {
    delimiter: delimiter ?? separator ?? mostFrequent(line),
    carriageReturnOnly: ending === '\r',
    skipBytes: Buffer.byteLength(skipped),
    skipLines: skipped.match(/\r\n|\n|\r/g)?.length ?? 0,
  };
}

interface HeaderLine {
  readonly skipped: string;
  readonly line: string;
  /** What `sep=` names. */
  readonly separator: string | undefined;
  readonly ending: string;
  /** Its end is in the text, with a character after it. */
  readonly complete: boolean;
}

function headerLine(text: string, ended = false): HeaderLine {
  let offset = 0;
  let separator: string | undefined;
  for (;;) {
    const end = lineEnd(text, offset);
    const line = text.slice(offset, end);
    const ending = text.startsWith('\r\n', end) ? '\r\n' : text.slice(end, end + 1);
    const next = end + ending.length;
    const more = next < text.length;
    const sep = offset === 0 ? /^"?sep=([^"\r\n])"?$/i.exec(line)?.[1] : undefined;
    if ((sep === undefined && line.trim() !== '') || !more) {
      return { skipped: text.slice(0, offset), line, separator, ending, complete: more || ended };
    }
    separator ??= sep;
    offset = next;
  }
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

function mostFrequent(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  let best = ',';
  for (const candidate of candidates) {
    if (bare.split(candidate).length > bare.split(best).length) best = candidate;
  }
  return best;
}
