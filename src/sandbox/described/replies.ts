import type { SandboxRecord } from '../records.ts';
import type { SandboxResponse } from '../vendor-server.ts';
import type { DescribedFile } from './described-file.ts';
import type { WrongField } from './fields.ts';
import { at, put } from './values.ts';

/** What a described vendor answers. */

/** The record as replies show it. */
export function shown({ id }: DescribedFile, record: SandboxRecord, own: string): unknown {
  // The sandbox knows its records by the member `id`; the file may show it elsewhere, or as a number.
  const value = id?.form === 'digits' ? Number(own) : own;
  return (id?.at ?? '/id') === '/id' ? { ...record, id: value } : put(record, id?.at ?? '/id', value);
}

/** What every reply says beside its contents: the member of success. */
export function envelope({ success: said }: DescribedFile, body: unknown): unknown {
  return said?.at === undefined ? body : put(body, said.at, said.equals);
}

export function success(file: DescribedFile, record: unknown): SandboxResponse {
  const { status = [200], empty, record: place } = file.success ?? {};
  return {
    status: status[0] ?? 200,
    ...(empty === true ? {} : { body: envelope(file, place === undefined ? {} : put({}, place, record)) }),
  };
}

/** A refusal in the first form that the file declares. `wrong`: the field that it speaks of. */
export function refusal(
  file: DescribedFile,
  status: number,
  code: string,
  message: string,
  wrong?: WrongField,
): SandboxResponse {
  const { refusals: [place] = [], success: said } = file;
  if (place === undefined) return { status, body: { message } };
  const { field, fieldAs = 'name', fieldFrom = '' } = place;
  let inner: unknown = place.message === undefined && place.code === undefined ? message : {};
  if (place.message !== undefined) {
    const named = wrong === undefined || field !== undefined ? message : `${wrong.label} ${message}`;
    inner = put(inner, place.message, named);
  }
  if (place.code !== undefined) inner = put(inner, place.code, code);
  if (field !== undefined && wrong !== undefined) {
    const path = wrong.place.startsWith(fieldFrom) ? wrong.place.slice(fieldFrom.length) : wrong.place;
    inner = put(inner, field, { name: wrong.name, label: wrong.label, path }[fieldAs]);
  }
  const body = put({}, place.at ?? '', inner);
  return {
    status,
    body: said?.at !== undefined && typeof said.equals === 'boolean' ? put(body, said.at, !said.equals) : body,
  };
}

export function notFound(file: DescribedFile): SandboxResponse {
  const { status = 404, code = 'NOT_FOUND' } = file.read?.absent?.[0] ?? {};
  return refusal(file, status, code, 'there is no such record');
}

export function checkBody({ check }: DescribedFile): unknown {
  const named = (check.account ?? []).reduce<unknown>((body, pointer) => put(body, pointer, 'Sandbox'), {});
  if (check.shows === undefined || at(named, check.shows) !== undefined) return named;
  return put(named, check.shows, []);
}
