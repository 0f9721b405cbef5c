import { TextDecoder } from 'node:util';

import { OppatchError } from '../core/errors.ts';

/** Turns bytes into text, chunk by chunk. Bytes that mean nothing in the encoding become U+FFFD or throw a `TypeError`. */
export interface Decoding {
  readonly write: (bytes: Buffer) => string;
  readonly end: () => string;
}

/** What the byte order mark of a file says, and how many bytes it takes. */
export function byteOrderMark(head: Buffer): { readonly encoding: string; readonly length: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

export function isUtf8Name(encoding: string): boolean {
  return /^utf-?8$/i.test(encoding.trim());
}

export function isUtf16Name(encoding: string): boolean {
  return /^(?:utf-?16(?:-?[lb]e)?|ucs-?2)$/i.test(encoding.trim());
}

/** Names that iconv-lite takes but that are not encodings of text. */
const notText = /^(?:base64|hex|binary|internal|ucs2be)$/;

/**
 * The decoder of a named encoding other than UTF-8: `windows-1252`, `iso-8859-1`, `shift_jis`, `utf-16le` …
 * Throws `unknown-encoding`. This module is the only door to iconv-lite.
 */
export async function createDecoding(encoding: string): Promise<Decoding> {
  const name = encoding.trim().toLowerCase();
  if (isUtf16Name(name)) {
    const decoder = new TextDecoder(name.endsWith('be') ? 'utf-16be' : 'utf-16le', { fatal: true });
    return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
  }
  const { default: iconv } = await import('iconv-lite');
  if (notText.test(name) || !iconv.encodingExists(name)) {
    throw new OppatchError('unknown-encoding', `"${encoding}" is not a known text encoding.`, {
      place: '--encoding',
      hint: 'Common ones: utf-8, utf-16le, windows-1252, iso-8859-1, windows-1251, shift_jis, gb18030.',
    });
  }
  const decoder = iconv.getDecoder(name);
  return { write: (bytes) => decoder.write(bytes), end: () => decoder.end() ?? '' };
}
