import { readFileSync } from 'node:fs';
import type { Call, Reply } from '../../src/core/call.ts';
import type { Change, Edit } from '../../src/core/edit.ts';
import type { Field } from '../../src/core/field.ts';
import { parseJson, stringifyJson, type Json } from '../../src/core/json.ts';
import type { Credentials, Service, Settings, Vendor } from '../../src/core/vendor.ts';
import { vendorFromFile } from '../../src/vendors/described/vendor.ts';
import { vendors } from '../../src/vendors/index.ts';

/**
 * Every vendor brings two files, written from its documentation, each case with the address of its source:
 *
 * `test/vendors/<name>/requests.json`, of the form {@link Requests}: rows as they stand in a file, and the calls that must come of them.
 * The body is compared as JSON text, so the order of members and the digits of numbers count. In `input` a string is a cell's text,
 * `null` clears, any other value is what JSON input holds. `authorise` shows where sample credentials end up; their values
 * must be at least 8 characters long, since the suite looks for them in everything that may be printed.
 *
 * `test/vendors/<name>/replies.json`, of the form {@link Replies}: what comes back, and how it must be read. `reading` is compared member
 * by member (what it does not name is free), `without` names members that must be absent, `contradicts` says that the record in it does not show the success. A body that is not a string is sent as its JSON text. `request`
 * names the case of `requests.json` that is answered, the first where it is absent, and `callIndex` which of its calls, the first where it is absent.
 *
 * Among the replies there must be a success, a refused row, refused credentials, every form in which the vendor throttles, and a failure
 * of its server. Pages, empty and cut bodies, redirects and random bytes are tried by the suite itself.
 */
export interface Requests {
  readonly authorise: readonly AuthoriseCase[];
  readonly cases: readonly RequestCase[];
}

export interface AuthoriseCase {
  readonly title: string;
  readonly source: string;
  readonly credentials: Credentials;
  readonly settings?: Settings;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
}

export interface RequestCase {
  readonly title: string;
  readonly source: string;
  /** Those that differ from the defaults. */
  readonly settings?: Settings;
  readonly id: string;
  /** Column name → value. */
  readonly input: Readonly<Record<string, Json>>;
  readonly calls: readonly ExpectedCall[];
}

export interface ExpectedCall {
  readonly method: string;
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  /** All of them, names as they are sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly step?: string;
  readonly repeatable?: Call['repeatable'];
  readonly quotaGroup?: string;
}

export interface Replies {
  readonly cases: readonly ReplyCase[];
}

export interface ReplyCase {
  readonly title: string;
  readonly source: string;
  readonly request?: string;
  readonly callIndex?: number;
  readonly status: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly reading: { readonly kind: string } & Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
  /** The reply claims a success, and the record in it is another one's or does not show what was sent: the core sees it. */
  readonly contradicts?: true;
}

/** A vendor that a file of `docs/examples/` describes. */
export function exampleVendor(file: string): Vendor {
  const opened = vendorFromFile(readFileSync(new URL(`../../docs/examples/${file}`, import.meta.url), 'utf8'));
  if ('mistakes' in opened) throw new Error(JSON.stringify(opened.mistakes));
  return opened.vendor;
}

/** All built-in vendors, and Raze once more as a file describes it: it has to do the same, request for request. */
export const contractVendors: readonly Vendor[] = [...vendors, exampleVendor('raze.json')];

export function readRequests(vendorName: string): Requests {
  return parseJson(fixtureText(vendorName, 'requests')) as unknown as Requests;
}

export function readReplies(vendorName: string): Replies {
  return parseJson(fixtureText(vendorName, 'replies')) as unknown as Replies;
}

function fixtureText(vendorName: string, file: 'requests' | 'replies'): string {
  const folder = vendorName.replace(/-by-file$/, '');
  return readFileSync(new URL(`../vendors/${folder}/${file}.json`, import.meta.url), 'utf8');
}

/** The vendor's settings at their defaults, with the given ones in place. */
export function settingsOf(vendor: Vendor, changed: Settings = {}): Settings {
  const defaults = vendor.settings.map((setting) => [setting.name, setting.default] as const);
  return { ...Object.fromEntries(defaults), ...changed };
}

/** The vendor as an account with these settings sees it; the others are at their defaults. */
export function serviceOf(vendor: Vendor, changed: Settings = {}): Service {
  return vendor.open(settingsOf(vendor, changed));
}

/** The field that a column of this name writes: the vendor's own name first, then a common name, then an open name. */
export function fieldOf(vendor: Vendor, column: string, settings: Settings = settingsOf(vendor)): Field | undefined {
  const { fields, openField } = vendor.open(settings);
  return (
    fields.find((field) => field.name === column) ??
    fields.find((field) => field.common?.some((name) => name === column)) ??
    openField?.(column)
  );
}

/** One change, or a thrown error that says why the value is refused. */
export function toChange(vendor: Vendor, column: string, input: Json, settings: Settings = settingsOf(vendor)): Change {
  const field = fieldOf(vendor, column, settings);
  if (field === undefined) throw new Error(`${vendor.name} has no field ${column}`);
  if (field.readOnly !== undefined) throw new Error(`${column} is read-only: ${field.readOnly}`);
  const name = field.writes ?? field.name;
  if (input === null) {
    if (field.cleared === undefined) throw new Error(`${column} cannot be cleared`);
    return { field: name, action: 'clear', value: field.cleared.value, column };
  }
  const encoded = field.form.encode(input);
  if ('problem' in encoded) throw new Error(`${column} ${encoded.problem} ${encoded.hint ?? ''}`.trim());
  return { field: name, action: field.action ?? 'set', value: encoded.value, column };
}

export function toEdit(
  vendor: Vendor,
  id: string,
  input: Readonly<Record<string, Json>>,
  settings: Settings = settingsOf(vendor),
  row = 1,
): Edit {
  const changes = Object.entries(input).map(([column, value]) => toChange(vendor, column, value, settings));
  return { row, line: row + 1, id, changes };
}

export function callsOf(vendor: Vendor, request: RequestCase): readonly Call[] {
  const settings = settingsOf(vendor, request.settings);
  return vendor.open(settings).plan(toEdit(vendor, request.id, request.input, settings));
}

/** The call that a reply case answers. */
export function answeredCall(vendor: Vendor, requests: Requests, reply: ReplyCase): Call {
  const request = requests.cases.find(({ title }) => reply.request === undefined || title === reply.request);
  const call = request === undefined ? undefined : callsOf(vendor, request)[reply.callIndex ?? 0];
  if (call === undefined) throw new Error(`no call for the reply "${reply.title}"`);
  return call;
}

/** 2026-11-20T04:10:00Z */
export const receivedAtMs = 1_795_147_800_000;

export function toReply(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: typeof body === 'string' ? body : stringifyJson(body), receivedAtMs };
}
