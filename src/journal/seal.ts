import { crc32 } from 'node:zlib';

/**
 * The end of each line of a journal: its number, from 1, and the CRC-32 of everything before the checksum, both inside of the object:
 *
 *     {"k":"I","r":         7,"c":0,"t":1250,"n":23,"x":"0f3a99c1"}
 *
 * The checksum finds a line that was damaged, the number one that was dropped, doubled or moved.
 */
const sumLead = ',"x":"';
const sumDigits = 8;
const sumBytes = Buffer.from(sumLead);
/** Bytes from the checksum's lead to the end of the line. */
const sealLength = sumLead.length + sumDigits + 2;
const numberLead = Buffer.from(',"n":');
const mostDigits = 12;

/** The record with its seal. `record` is a JSON object on one line, not sealed yet. */
export function sealed(record: string, number: number): string {
  const body = `${record.slice(0, -1)},"n":${number}`;
  return `${body}${sumLead}${crc32(body).toString(16).padStart(sumDigits, '0')}"}`;
}

/** The number of the line `bytes[start, end)`; undefined where its seal does not fit what stands in it. */
export function sealNumber(bytes: Buffer, start: number, end: number): number | undefined {
  const sumAt = end - sealLength;
  if (sumAt <= start || bytes[end - 1] !== 0x7d || bytes[end - 2] !== 0x22) return undefined;
  if (bytes.compare(sumBytes, 0, sumBytes.length, sumAt, sumAt + sumBytes.length) !== 0) return undefined;
  if (hexadecimal(bytes, sumAt + sumBytes.length) !== crc32(bytes.subarray(start, sumAt))) return undefined;
  let at = sumAt - 1;
  let number = 0;
  for (let unit = 1; at > sumAt - 1 - mostDigits; at -= 1, unit *= 10) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    number += digit * unit;
  }
  const leadAt = at + 1 - numberLead.length;
  if (leadAt <= start || bytes.compare(numberLead, 0, numberLead.length, leadAt, at + 1) !== 0) return undefined;
  return number;
}

/** Eight digits, lower case as they are written; -1 where one is none. */
function hexadecimal(bytes: Buffer, start: number): number {
  let value = 0;
  for (let at = start; at < start + sumDigits; at += 1) {
    const letter = bytes[at] ?? 0;
    const digit =
      letter >= 0x30 && letter <= 0x39 ? letter - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
