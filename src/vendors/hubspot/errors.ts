import type { Reply } from '../../core/call.ts';
import { isJsonObject, jsonIn, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { jsonBody } from '../shared/http-status.ts';
import { objectsIn, textIn } from '../shared/metadata-reads.ts';

/*
 * HubSpot's errors, any member of which may be missing. https://developers.hubspot.com/docs/api-reference/latest/error-handling, 2026-10; recorded
 * replies: https://github.com/amp-labs/connectors, providers/hubspot/test, 2026-08.
 */

export const notFound = 'OBJECT_NOT_FOUND';

/** What a refusal says. */
export interface HubspotErrors {
  /** The first error's code, else the category of all: `INVALID_OPTION`, `VALIDATION_ERROR`, `MISSING_SCOPES`. */
  readonly code?: string;
  readonly message?: string;
  /** The properties that are named. */
  readonly properties: readonly string[];
  /** Ids of deals that are named. */
  readonly ids: readonly string[];
  readonly scopes: readonly string[];
}

export function hubspotErrors(reply: Reply): HubspotErrors {
  const body = jsonBody(reply);
  if (!isJsonObject(body)) return { properties: [], ids: [], scopes: [] };
  const errors = objectsIn(body['errors']);
  const listed = listedInMessage(textIn(body, 'message') ?? '');
  const contexts = [body, ...errors].map((one) => one['context']);
  const texts = [...errors, ...listed].flatMap((one) => textIn(one, 'message') ?? []);
  const code =
    firstText(errors, 'code') ??
    firstText(listed, 'error') ??
    textIn(body, 'category') ??
    firstText(errors, 'category');
  const message = texts.length > 0 ? [...new Set(texts)].join('; ') : textIn(body, 'message');
  const names = [
    ...contexts.flatMap((context) => textsOf(context, 'propertyName')),
    ...listed.flatMap((one) => textIn(one, 'name') ?? []),
  ];
  return {
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message: excerpt(message, 500) }),
    properties: [...new Set(names)],
    ids: contexts.flatMap((context) => textsOf(context, 'ids')),
    scopes: contexts.flatMap((context) => textsOf(context, 'requiredGranularScopes')),
  };
}

/** One entry of the `errors` of a reply to a batch that was done in part. */
export interface BatchEntry {
  readonly code: string;
  readonly category: string | undefined;
  readonly message: string | undefined;
  readonly traceIds: readonly string[];
  readonly ids: readonly string[];
}

export function entriesOf(reply: Reply): readonly BatchEntry[] {
  const body = jsonBody(reply);
  return objectsIn(isJsonObject(body) ? body['errors'] : undefined).map((entry) => {
    const inner = objectsIn(entry['errors']);
    const category = textIn(entry, 'category');
    const message = textIn(entry, 'message') ?? firstText(inner, 'message');
    return {
      code: textIn(entry, 'code') ?? firstText(inner, 'code') ?? category ?? 'refused-in-batch',
      category,
      message: message === undefined ? undefined : excerpt(message, 500),
      traceIds: textsOf(entry['context'], 'objectWriteTraceId'),
      ids: textsOf(entry['context'], 'ids'),
    };
  });
}

/** The same list as in `errors` stands as JSON in the message, after the words of the sentence. */
function listedInMessage(message: string): readonly JsonObject[] {
  const start = message.indexOf('[{');
  if (start < 0 || !message.startsWith('Property values were not valid')) return [];
  return objectsIn(jsonIn(message.slice(start)));
}

function firstText(objects: readonly JsonObject[], name: string): string | undefined {
  return objects.map((one) => textIn(one, name)).find((text) => text !== undefined);
}

/** Members of a `context` are lists of texts, or single ones. */
export function textsOf(context: Json | undefined, name: string): readonly string[] {
  const value = isJsonObject(context) ? (context[name] ?? null) : null;
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return list.flatMap((one) => scalarText(one) ?? []);
}
