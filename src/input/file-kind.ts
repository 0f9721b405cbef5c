import { OppatchError } from '../core/errors.ts';

interface Kind {
  readonly title: string;
  readonly bytes: readonly number[];
  readonly hint: string;
}

const spreadsheetHint = 'Open it in the spreadsheet program and save the sheet as CSV (UTF-8).';
const unpackHint = 'Unpack it first, then give the CSV or JSON file inside.';

/** Files that people hand over by mistake, by the bytes with which they begin. */
const kinds: readonly Kind[] = [
  { title: 'an Excel workbook or another zip archive', bytes: [0x50, 0x4b, 0x03, 0x04], hint: spreadsheetHint },
  { title: 'an empty zip archive', bytes: [0x50, 0x4b, 0x05, 0x06], hint: unpackHint },
  { title: 'an old Excel workbook (.xls)', bytes: [0xd0, 0xcf, 0x11, 0xe0], hint: spreadsheetHint },
  { title: 'a gzip file', bytes: [0x1f, 0x8b], hint: unpackHint },
  { title: 'a zstd file', bytes: [0x28, 0xb5, 0x2f, 0xfd], hint: unpackHint },
  { title: 'a bzip2 file', bytes: [0x42, 0x5a, 0x68], hint: unpackHint },
  { title: 'an xz file', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], hint: unpackHint },
  { title: 'a 7z archive', bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], hint: unpackHint },
  { title: 'a PDF', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], hint: 'Export the table as CSV instead.' },
  { title: 'a Parquet file', bytes: [0x50, 0x41, 0x52, 0x31], hint: 'Export the table as CSV or NDJSON instead.' },
  { title: 'an image', bytes: [0x89, 0x50, 0x4e, 0x47], hint: 'Export the table as CSV instead.' },
];

/** Throws `binary-file`, `web-page` or `xml-file` where the first bytes of a file show that it is not a table of text. */
export function refuseForeignFile(head: Buffer, displayName: string): void {
  const kind = kinds.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (kind !== undefined) {
    throw new OppatchError('binary-file', `The file is ${kind.title}, not text.`, {
      place: displayName,
      hint: kind.hint,
    });
  }
  const [, markup] = /^\ufeff?\s*<(!doctype html|html|\?xml)[\s>]/i.exec(head.toString('utf8', 0, 200)) ?? [];
  if (markup === undefined) return;
  throw markup === '?xml'
    ? new OppatchError('xml-file', 'The file is XML, not CSV or JSON: an old form of Excel workbooks, perhaps.', {
        place: displayName,
        hint: spreadsheetHint,
      })
    : new OppatchError('web-page', 'The file is a web page, not a table: a download that asked to sign in, perhaps.', {
        place: displayName,
        hint: 'Export the table again as CSV or JSON.',
      });
}

/** The error for a NUL byte, which no text has. */
export function binaryText(place: string): OppatchError {
  return new OppatchError('binary-file', 'The file holds NUL bytes: it is not text in this encoding.', {
    place,
    hint: 'Save it as CSV (UTF-8). If it is UTF-16 without a byte order mark, type --encoding utf-16le.',
  });
}
