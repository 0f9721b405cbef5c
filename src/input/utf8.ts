import { isUtf8 } from 'node:buffer';

import { OppatchError } from '../core/errors.ts';
import { binaryText } from './file-kind.ts';
import { placeIn, positionAt } from './place.ts';

/**
 * The same bytes in chunks that end between characters. Throws `wrong-encoding` or `binary-file` with line and column where they
 * are not UTF-8 text, after reading them again from the start.
 */
export async function* checkedUtf8(chunks: () => AsyncIterable<Buffer>, displayName: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks()) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.length - openSequenceLength(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole) || whole.includes(0)) throw await utf8Fault(chunks, displayName);
    rest = Buffer.from(bytes.subarray(end));
    if (end > 0) yield whole;
  }
  if (rest.length > 0) throw await utf8Fault(chunks, displayName);
}

/** Bytes at the end that begin a character whose other bytes are still to come: 0 to 3. */
export function openSequenceLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < needed ? back : 0;
    }
  }
  return 0;
}

/** Reads again from the start to name the place of the first byte that is not UTF-8 text. */
async function utf8Fault(chunks: () => AsyncIterable<Buffer>, displayName: string): Promise<OppatchError> {
  let position = { line: 1, column: 1 };
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks()) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.length - openSequenceLength(bytes);
    const whole = bytes.subarray(0, end);
    const text = whole.toString('utf8');
    if (!isUtf8(whole) || text.includes('\0')) {
      const offset = firstBadCharacter(whole, text);
      const { line, column } = positionAt(text, offset, position);
      const place = placeIn(displayName, line, column);
      return text[offset] === '\0' ? binaryText(place) : notUtf8(place);
    }
    position = positionAt(text, text.length, position);
    rest = Buffer.from(bytes.subarray(end));
  }
  return notUtf8(placeIn(displayName, position.line, position.column));
}

/** Offset of the first NUL, or of the first U+FFFD that stands for a bad byte and not for itself. */
function firstBadCharacter(bytes: Buffer, text: string): number {
  const bad = /[\0\ufffd]/g;
  for (let match = bad.exec(text); match !== null; match = bad.exec(text)) {
    if (match[0] === '\0') return match.index;
    const upTo = Buffer.from(text.slice(0, match.index + 1), 'utf8');
    if (!upTo.equals(bytes.subarray(0, upTo.length))) return match.index;
  }
  return text.length;
}

function notUtf8(place: string): OppatchError {
  return new OppatchError('wrong-encoding', 'The file is not UTF-8: a byte here belongs to another encoding.', {
    place,
    hint: 'Save it as CSV UTF-8, or say how it is written, for example --encoding windows-1252.',
  });
}

/** Throws `wrong-encoding` or `binary-file` where the first block of a file shows that it is not UTF-8 text. */
export async function refuseOtherBytes(head: Buffer, displayName: string): Promise<void> {
  const whole = head.subarray(0, head.length - openSequenceLength(head));
  if (!isUtf8(whole) || whole.includes(0)) throw await utf8Fault(() => onlyChunk(whole), displayName);
}

async function* onlyChunk(chunk: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(chunk);
}
