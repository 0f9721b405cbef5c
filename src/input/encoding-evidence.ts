import { isUtf8 } from 'node:buffer';

import { OppatchError } from '../core/errors.ts';
import { byteOrderMark, isUtf16Name, isUtf8Name } from './encoding.ts';
import { openSequenceLength } from './utf8.ts';

/** Whether bytes are UTF-8 beyond doubt: all of them fit, and some belong to characters of several bytes. */
export class Utf8Evidence {
  #fits = true;
  #several = false;
  #rest = Buffer.alloc(0);

  add(chunk: Buffer): void {
    if (!this.#fits) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.length - openSequenceLength(bytes);
    this.#rest = Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    this.#fits = isUtf8(whole);
    this.#several ||= whole.some((byte) => byte >= 0x80);
  }

  /** To be asked at the end. */
  get isUtf8(): boolean {
    return this.#fits && this.#several && this.#rest.length === 0;
  }
}

/** Throws `encoding-contradicted` where the first bytes of a file show that it is not in the encoding that was named. */
export function refuseContradiction(head: Buffer, encoding: string, displayName: string): void {
  const mark = byteOrderMark(head);
  const utf16 = isUtf16Name(encoding);
  if (mark !== undefined) {
    const isNamed = isUtf8Name(encoding) ? mark.encoding === 'utf-8' : utf16 && sameOrder(encoding, mark.encoding);
    if (!isNamed) throw contradiction(encoding, `${mark.encoding.toUpperCase()}, by its byte order mark`, displayName);
  } else if (utf16 && head.length > 1 && !head.includes(0))
    throw contradiction(encoding, 'an encoding of single bytes', displayName);
}

/** `utf-16` alone leaves the order of the bytes open. */
function sameOrder(encoding: string, marked: string): boolean {
  if (marked === 'utf-8') return false;
  const order = /[lb]e$/i.exec(encoding.trim())?.[0].toLowerCase();
  return order === undefined || marked.endsWith(order);
}

export function contradiction(encoding: string, found: string, displayName: string): OppatchError {
  return new OppatchError(
    'encoding-contradicted',
    `--encoding says ${encoding}, and the file is written in ${found}.`,
    {
      place: displayName,
      hint: 'Leave --encoding out: UTF-8 and UTF-16 are detected.',
    },
  );
}
