import { plainJsonIn } from '../../core/plain-json.ts';
import type { SandboxRecord } from '../records.ts';
import type { SandboxRequest } from '../vendor-server.ts';
import { hash } from '../faults.ts';
import { textAt } from './asked.ts';
import type { ReadPart } from './described-file.ts';
import { at, put } from './values.ts';

/** The version of a record, by which a described vendor refuses a write of one that has changed. */

type GuardPart = NonNullable<ReadPart['guard']>;

/** The version as a read shows it: a text of what the record holds, or the number in the record. */
function versionOf({ at: place }: GuardPart, record: SandboxRecord): string {
  return place === undefined
    ? `"${Math.floor(hash(JSON.stringify(record)) * 0xffff_ffff).toString(16)}"`
    : (textAt(record, place) ?? '');
}

/** The header of a read that shows the version. */
export function versionHeader({ guard }: ReadPart, record: SandboxRecord): Readonly<Record<string, string>> {
  return guard?.header === undefined ? {} : { [guard.header.toLowerCase()]: versionOf(guard, record) };
}

/** Whether the request is for another version than the record has. */
export function isOutdated({ guard }: ReadPart, request: SandboxRequest, record: SandboxRecord): boolean {
  if (guard === undefined) return false;
  const sent =
    guard.in === 'body'
      ? textAt(plainJsonIn(request.body), `/${guard.send}`)
      : request.headers[guard.send.toLowerCase()];
  return sent !== undefined && sent !== versionOf(guard, record);
}

/** The record with its next number, where its version stands in it. */
export function nextVersion(read: ReadPart | undefined, record: SandboxRecord): SandboxRecord {
  const place = read?.guard?.at;
  return place === undefined ? record : (put(record, place, Number(at(record, place) ?? 0) + 1) as SandboxRecord);
}
