import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

const utf8 = new TextDecoder('utf-8');

/**
 * The text of a reply's body: UTF-8, without a byte order mark, bytes that are not UTF-8 as U+FFFD. A compressed body is unpacked (a server may
 * compress although it was asked not to), up to `mostBytes`; one that cannot be unpacked stays as it is.
 */
export function replyBody(chunks: readonly Buffer[], contentEncoding: string | undefined, mostBytes: number): string {
  const [only] = chunks;
  const packed = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  return utf8.decode(contentEncoding === undefined ? packed : unpacked(packed, contentEncoding, mostBytes));
}

function unpacked(packed: Buffer, contentEncoding: string, mostBytes: number): Buffer {
  const encodings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim());
  try {
    return encodings.reduceRight((bytes, encoding) => unpackedOnce(bytes, encoding, mostBytes), packed);
  } catch {
    return packed;
  }
}

function unpackedOnce(bytes: Buffer, encoding: string, mostBytes: number): Buffer {
  const limit = { maxOutputLength: mostBytes };
  const cutAllowed = { ...limit, finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, cutAllowed);
    case 'deflate':
      // Some servers leave out the zlib header, whose first half byte is 8.
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, cutAllowed) : inflateRawSync(bytes, cutAllowed);
    case 'br':
      return brotliDecompressSync(bytes, { ...limit, finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return bytes;
  }
}
