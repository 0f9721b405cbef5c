import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import { OppatchError } from '../core/errors.ts';
import { contradiction, refuseContradiction, Utf8Evidence } from './encoding-evidence.ts';
import { byteOrderMark, createDecoding, isUtf16Name, isUtf8Name } from './encoding.ts';
import { binaryText, refuseForeignFile } from './file-kind.ts';
import { countLineBreaks, placeIn } from './place.ts';
import { checkedUtf8, refuseOtherBytes } from './utf8.ts';

/** A file of text, read from its beginning as often as asked, without its byte order mark. Chunks end between characters. */
export interface TextFile {
  readonly displayName: string;
  readonly byteOrderMark: boolean;
  /** The text as UTF-8, whatever the encoding of the file. */
  readonly bytes: () => AsyncIterable<Buffer>;
  readonly text: () => AsyncIterable<string>;
}

export const emptyHint = 'A CSV file needs a header line and at least one row; a JSON file an array of objects.';

const chunkBytes = 128 * 1024;
const headBytes = 4096;

/**
 * Opens a file. A byte order mark decides its encoding, else `encoding`, else UTF-8; bytes that contradict `encoding` are an error.
 * Throws `file-not-found`, `file-unreadable`, `file-empty`, `binary-file`, `web-page`, `xml-file`, `unknown-encoding`; reading throws
 * `wrong-encoding`, `encoding-contradicted` and `binary-file` with the line.
 */
export async function openTextFile(
  path: string,
  { displayName, encoding }: { readonly displayName: string; readonly encoding?: string | undefined },
): Promise<TextFile> {
  const head = await readHead(path, displayName);
  const mark = byteOrderMark(head);
  const start = mark?.length ?? 0;
  if (head.length === start)
    throw new OppatchError('file-empty', 'The file is empty.', { place: displayName, hint: emptyHint });
  const name = encodingOf(head, encoding, displayName);
  const marked = mark !== undefined;
  const whole = head.length < headBytes ? [head.subarray(start)] : undefined;
  const chunks = (): AsyncIterable<Buffer> =>
    whole === undefined ? createReadStream(path, { highWaterMark: chunkBytes, start }) : inMemory(whole);
  if (isUtf8Name(name)) {
    const bytes = (): AsyncIterable<Buffer> => checkedUtf8(chunks, displayName);
    return { displayName, byteOrderMark: marked, bytes, text: () => asText(bytes()) };
  }
  await createDecoding(name);
  const text = (): AsyncIterable<string> => decoded(chunks, name, displayName);
  return { displayName, byteOrderMark: marked, bytes: () => asBytes(text()), text };
}

/** Throws what the first block of a file shows to be wrong with it: `binary-file`, `web-page`, `wrong-encoding`, `encoding-contradicted`. */
export async function refuseFirstBlock(head: Buffer, encoding: string | undefined, displayName: string): Promise<void> {
  const name = encodingOf(head, encoding, displayName);
  if (isUtf8Name(name)) await refuseOtherBytes(head.subarray(byteOrderMark(head)?.length ?? 0), displayName);
  else if (!isUtf16Name(name) && head.includes(0)) throw binaryText(displayName);
}

/** The encoding by the first bytes of a file, which are those of a text. */
function encodingOf(head: Buffer, encoding: string | undefined, displayName: string): string {
  refuseForeignFile(head, displayName);
  if (encoding !== undefined) refuseContradiction(head, encoding, displayName);
  return byteOrderMark(head)?.encoding ?? encoding ?? 'utf-8';
}

/** As long as asked, or all that the file holds. */
async function readHead(path: string, displayName: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const head = Buffer.alloc(headBytes);
      let length = 0;
      for (let read = -1; read !== 0 && length < headBytes; length += read)
        ({ bytesRead: read } = await file.read(head, length, headBytes - length, length));
      return head.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      throw new OppatchError('file-not-found', 'There is no such file.', {
        place: displayName,
        hint: 'Check its name and the current directory.',
        cause,
      });
    }
    const reason = code === 'EISDIR' ? 'it is a directory' : (code ?? 'unknown reason');
    throw new OppatchError('file-unreadable', `The file cannot be read: ${reason}.`, {
      place: displayName,
      hint: code === 'EISDIR' ? 'Name one file in it.' : 'Look at who may read it (`ls -l`), or name another file.',
      cause,
    });
  }
}

/** A short file is read once: a run goes through its edits several times. */
async function* inMemory(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function* asText(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.toString('utf8');
}

async function* asBytes(chunks: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk, 'utf8');
}

async function* decoded(
  chunks: () => AsyncIterable<Buffer>,
  encoding: string,
  displayName: string,
): AsyncGenerator<string> {
  const decoding = await createDecoding(encoding);
  let line = 1;
  let endsWithCr = false;
  const checked = (decode: () => string): string => {
    let text: string;
    try {
      text = decode();
    } catch (cause) {
      throw undecodable(encoding, placeIn(displayName, line), cause);
    }
    const nul = text.indexOf('\0');
    const fault = nul === -1 ? text.indexOf('\ufffd') : nul;
    if (fault !== -1) {
      const place = placeIn(displayName, line + countLineBreaks(text.slice(0, fault)));
      throw nul === -1 ? undecodable(encoding, place) : binaryText(place);
    }
    line += countLineBreaks(text) - (endsWithCr && text.startsWith('\n') ? 1 : 0);
    endsWithCr = text.endsWith('\r');
    return text;
  };
  const utf8 = new Utf8Evidence();
  for await (const chunk of chunks()) {
    utf8.add(chunk);
    const text = checked(() => decoding.write(chunk));
    if (text !== '') yield text;
  }
  if (utf8.isUtf8 && !isUtf16Name(encoding)) throw contradiction(encoding, 'UTF-8', displayName);
  const last = checked(() => decoding.end());
  if (last !== '') yield last;
}

function undecodable(encoding: string, place: string, cause?: unknown): OppatchError {
  return new OppatchError(
    'wrong-encoding',
    `The file is not ${encoding}: bytes from this line on mean nothing in it.`,
    {
      place,
      hint: 'Give the encoding in which the file is written with --encoding, or save it as UTF-8.',
      cause,
    },
  );
}
