import { rateText } from '../../core/duration.ts';
import type { Call } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Service, Vendor } from '../../core/vendor.ts';
import { addressOf, signInOf } from './as-file-account.ts';
import { idMark, placedField, withId } from './as-file-fields.ts';

/** A vendor as a file to begin with, as far as the form can say it, and what it leaves out. */
export interface AsFile {
  readonly file: JsonObject;
  /** For people, a phrase each. */
  readonly leftOut: readonly string[];
}

/** Puts a file together from what the vendor declares: the calls that it plans for a sample of each field show where values go. */
export function asFile(vendor: Vendor): AsFile {
  const settings = Object.fromEntries(
    vendor.settings.map((setting) => [setting.name, setting.default || (setting.role === 'address' ? 'example' : '')]),
  );
  const service = vendor.open(settings);
  const placed = service.fields.flatMap((field) => placedField(service, field) ?? []);
  const [main] = placed;
  const others = placed.filter(({ call }) => call.path !== main?.call.path || call.method !== main.call.method);
  const lists = placed.find(({ list }) => list !== undefined)?.list;
  const extra = others.map(({ name, call }) => Object.assign({ fields: [name] }, call));
  const read = service.records?.call({ row: 1, line: 1, id: idMark, changes: [] });
  const { oauth, credentials } = signInOf(vendor, settings);
  const file: JsonObject = {
    name: `${vendor.name}-by-file`,
    title: vendor.title,
    documentation: vendor.documentation,
    baseUrl: addressOf(vendor, settings),
    credentials,
    ...(oauth === undefined ? {} : { oauth }),
    ...(service.idNames.length === 0 ? {} : { id: { columns: service.idNames } }),
    ...quotasOf(vendor),
    update: {
      method: main?.call.method ?? 'PUT',
      path: main?.call.path ?? '/{id}',
      ...(main?.call.idAt === undefined ? {} : { idAt: main.call.idAt }),
      ...(main?.patch === true ? { patch: {} } : {}),
    },
    ...(extra.length === 0 ? {} : { extra }),
    ...(lists === undefined ? {} : { lists: { entries: lists } }),
    fields: Object.fromEntries(placed.map(({ name, said }) => [name, said])),
    ...(read === undefined
      ? {}
      : {
          read: {
            ...(read.method === 'POST' ? { method: 'POST' } : {}),
            path: withId(read.path),
            ...queryOf(read.query),
          },
        }),
    check: { path: service.check.call.path, ...queryOf(service.check.call.query) },
  };
  return { file, leftOut: leftOut(vendor, service, oauth) };
}

/** Quotas of single groups of calls are taken for all calls where there are no others: that is never too fast. */
function quotasOf({ quotas }: Vendor): JsonObject {
  const ofAll = quotas.filter(({ group, unit }) => group === undefined && unit === undefined);
  const chosen = ofAll.length > 0 ? ofAll : quotas.filter(({ unit }) => unit === undefined);
  const said = chosen.map(({ name, count, windowMs, window, description }) => ({
    name,
    rate: rateText({ count, windowMs }),
    window,
    description,
  }));
  return said.length === 0 ? {} : { quotas: said };
}

function leftOut(vendor: Vendor, service: Service, oauth: JsonObject | undefined): readonly string[] {
  return [
    'what a success and a refusal look like: each write is proved by reading the record',
    ...(service.batches === undefined ? [] : ['calls of several records']),
    ...(service.records?.bulk === undefined ? [] : ['reads of several records']),
    ...(service.list === undefined && service.find === undefined ? [] : ['lists, and other keys than the id']),
    ...(service.metadata === undefined ? [] : ["the account's own fields, options and users"]),
    ...(vendor.oauth === undefined
      ? []
      : [oauth === undefined ? 'signing in: give an access token' : 'signing a person in: give a refresh token']),
    ...(service.openField === undefined ? [] : ['fields whose names are a pattern']),
  ];
}

function queryOf(query: Call['query']): JsonObject {
  return query === undefined || query.length === 0
    ? {}
    : { query: Object.fromEntries(query.map(([name, value]) => [name, withId(value)])) };
}
