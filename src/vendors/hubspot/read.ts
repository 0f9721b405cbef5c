import type { Answer, Call, QuotaNotice, Reading, Reply, Verdict, VerdictNote } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import {
  jsonBody,
  refusedWhole,
  retryAfterMs,
  settled,
  statusAnswer,
  statusMessage,
  throttled,
  withSigns,
} from '../shared/http-status.ts';
import { objectsIn, textIn } from '../shared/metadata-reads.ts';
import { quotaNotice } from '../shared/rate-limit-header.ts';
import { entriesOf, hubspotErrors, notFound, textsOf, type HubspotErrors } from './errors.ts';
import { partsOf } from './forms.ts';
import { mergedIdsField } from './record.ts';
import { traceId } from './write.ts';

/**
 * What a reply means. A success is judged by its body: the deal that was meant, or `results`; one that holds `errors`, too, is done in part.
 * https://developers.hubspot.com/docs/api-reference/latest/error-handling, 2026-10.
 */
export function readReply(reply: Reply, call: Call): Reading {
  const body = jsonBody(reply);
  const object = isJsonObject(body) ? body : undefined;
  const isDone = reply.status === 200 || reply.status === 207;
  const answer = (isDone && object !== undefined ? doneAnswer(reply, object, call) : undefined) ?? refusal(reply, call);
  const ownId = object === undefined ? undefined : textIn(object, 'correlationId');
  return withSigns(answer, quotaNotices(reply), ownId ?? reply.headers['x-hubspot-correlation-id']);
}

function doneAnswer(reply: Reply, body: JsonObject, call: Call): Answer | undefined {
  const [edit] = call.edits;
  const isRecord = textIn(body, 'id') !== undefined && isJsonObject(body['properties']);
  const isList = Array.isArray(body['results']);
  if (call.step === 'update') {
    return isRecord && edit !== undefined ? settled(call, updateVerdict(edit, body)) : undefined;
  }
  if (call.step === 'batch') {
    return isList ? { kind: 'settled', verdicts: batchVerdicts(reply, body, call.edits) } : undefined;
  }
  if (call.step === 'check') {
    return body['portalId'] === undefined ? undefined : settled(call, { kind: 'applied', echo: body });
  }
  return (call.step === 'read' ? isRecord : isList) ? settled(call, { kind: 'applied' }) : undefined;
}

/**
 * A deal that was merged into another one is said to answer under the other's id (the page of 2026-03); only a list of merged ids proves that.
 */
function updateVerdict(edit: Edit, body: JsonObject): Verdict {
  const id = textIn(body, 'id') ?? '';
  const { properties } = body;
  const warnings = objectsIn(body['warnings']);
  const note = normalisedNote(warnings);
  if (id === edit.id) {
    return { kind: 'applied', echo: asSent(body, warnings), ...(note === undefined ? {} : { note }) };
  }
  const merged = isJsonObject(properties) ? partsOf(properties[mergedIdsField] ?? null) : [];
  if (!merged.includes(edit.id)) return { kind: 'unnamed' };
  const message = `the deal ${edit.id} was merged into ${id}, which was changed`;
  return { kind: 'applied', echo: body, note: { code: 'merged-record', message } };
}

/** Results come in any order: each says whose it is. A row that is in no list, or in both, is not known. */
function batchVerdicts(reply: Reply, body: JsonObject, edits: readonly Edit[]): readonly Verdict[] {
  const results = new Map(objectsIn(body['results']).map((result) => [textIn(result, 'id'), result]));
  const entries = entriesOf(reply);
  const common = objectsIn(body['warnings']);
  return edits.map((edit): Verdict => {
    const entry = entries.find(({ traceIds, ids }) => traceIds.includes(traceId(edit)) || ids.includes(edit.id));
    const result = results.get(edit.id);
    if (entry === undefined && isJsonObject(result?.['properties'])) {
      const own = [...objectsIn(result['warnings']), ...common.filter((warning) => isAbout(warning, edit))];
      const note = normalisedNote(own);
      return { kind: 'applied', echo: asSent(result, own), ...(note === undefined ? {} : { note }) };
    }
    // An id that was merged into another deal is said to be taken by the single call only.
    if (entry === undefined || result !== undefined || entry.category === notFound) return { kind: 'unnamed' };
    const { code, message } = entry;
    return {
      kind: 'rejected',
      code,
      message: message ?? 'HubSpot refused this row of the batch',
      ...hintFor(code, []),
    };
  });
}

/** Where a warning for all says whose it is, it names the row, the deal, or the value that was sent. */
function isAbout({ context }: JsonObject, edit: Edit): boolean {
  const [traceIds, ids] = [textsOf(context, 'objectWriteTraceId'), textsOf(context, 'ids')];
  if (traceIds.length + ids.length > 0) return traceIds.includes(traceId(edit)) || ids.includes(edit.id);
  const [[name], [raw]] = [textsOf(context, 'propertyName'), textsOf(context, 'rawValue')];
  return edit.changes.some(({ field, value }) => field === name && scalarText(value) === raw);
}

/** The record without the values that HubSpot says it brought into another form: they do not contradict what was sent. */
function asSent(record: JsonObject, warnings: readonly JsonObject[]): JsonObject {
  const normalised = warnings
    .filter(({ category }) => category === 'PROPERTY_VALUE_NORMALIZED')
    .flatMap(({ context }) => textsOf(context, 'propertyName'));
  const { properties } = record;
  if (normalised.length === 0 || !isJsonObject(properties)) return record;
  const others = Object.entries(properties).filter(([name]) => !normalised.includes(name));
  return { ...record, properties: Object.fromEntries(others) };
}

/** Since 2026-09 a value may be stored otherwise than it was sent. */
function normalisedNote(warnings: readonly JsonObject[]): VerdictNote | undefined {
  const texts = warnings.map((warning) => {
    const [name] = textsOf(warning['context'], 'propertyName');
    const [stored] = textsOf(warning['context'], 'normalizedValue');
    const said = textIn(warning, 'message') ?? textIn(warning, 'category') ?? 'a warning without words';
    return excerpt(name === undefined || stored === undefined ? said : `${name} was stored as ${stored}: ${said}`, 200);
  });
  return texts.length === 0 ? undefined : { code: 'vendor-warning', message: `HubSpot warns: ${texts.join('; ')}` };
}

function refusal(reply: Reply, call: Call): Reading {
  const errors = hubspotErrors(reply);
  return refusedWhole(refusalOf(reply, call, errors), call, { suspects: suspectsOf(call.edits, errors) });
}

/** The edits that the reply points at, where that are not all of them. */
function suspectsOf(edits: readonly Edit[], { properties, ids }: HubspotErrors): readonly number[] {
  const suspects = edits.flatMap(({ id, changes }, index) =>
    ids.includes(id) || changes.some(({ field }) => properties.includes(field)) ? [index] : [],
  );
  return suspects.length === edits.length ? [] : suspects;
}

/** Statuses of HubSpot that mean something else than HTTP says, or more; the rest as HTTP says. */
function refusalOf(reply: Reply, call: Call, errors: HubspotErrors): Reading {
  const { status } = reply;
  const { code, properties, scopes } = errors;
  const stated = errors.message ?? statusMessage(reply);
  const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
  switch (status) {
    case 403:
      if (code !== 'MISSING_SCOPES') break;
      return {
        kind: 'unauthorised',
        code,
        message: stated,
        hint:
          scopes.length === 0
            ? 'Give the key the scopes of deals (crm.objects.deals.read and .write).'
            : `Give the key one of these scopes: ${excerpt(scopes.join(', '), 300)}.`,
      };
    case 404:
      if (code === notFound) break;
      return {
        kind: 'unsupported',
        code: code ?? 'http-404',
        message: `${stated} (HubSpot knows no such address)`,
        hint: 'HubSpot may serve another version of its API by now: --setting api-version=…; check --base-url, too.',
      };
    case 423:
      // Locks last 2 seconds.
      return {
        kind: 'transient',
        code: code ?? 'http-423',
        message: stated,
        mayHaveApplied: true,
        waitMs: Math.max(waitMs ?? 0, 2_000),
      };
    case 429:
      return overTheLimit(reply, stated, waitMs);
    case 477:
      // The account moves to another data centre, for up to a day.
      return throttled(stated, waitMs ?? 60_000);
    case 503:
    case 521:
    case 522:
    case 523:
    case 525:
    case 526:
      // Not applied where the deals are kept, as far as the meaning of these statuses goes; sending again does no harm either way.
      return {
        kind: 'transient',
        code: code ?? `http-${status}`,
        message: stated,
        mayHaveApplied: call.repeatable !== true,
        waitMs: waitMs ?? 5_000,
      };
    default:
      break;
  }
  const named = properties.filter((name) => !stated.includes(name));
  const message = named.length === 0 ? errors.message : `${named.join(', ')}: ${stated}`;
  return statusAnswer(reply, call, { code, message, ...hintFor(code, properties) });
}

/** https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines, 2026-10. A day ends at midnight in the account's time zone, which no header tells. */
function overTheLimit(reply: Reply, message: string, waitMs: number | undefined): Answer {
  const body = jsonBody(reply);
  const policy = isJsonObject(body) ? textIn(body, 'policyName') : undefined;
  const dayIsUsedUp = policy === undefined && reply.headers['x-hubspot-ratelimit-daily-remaining']?.trim() === '0';
  if (policy === 'DAILY' || dayIsUsedUp) return { kind: 'quota-exhausted', message };
  return throttled(message, waitMs ?? policyWaitsMs.get(policy ?? ''));
}

const policyWaitsMs: ReadonlyMap<string, number> = new Map([
  ['TEN_SECONDLY_ROLLING', 10_000],
  ['SECONDLY', 1_000],
]);

/** What to do about a refusal, by its code. */
function hintFor(code: string | undefined, properties: readonly string[]): { readonly hint?: string } {
  const names = properties.length === 0 ? 'another property' : excerpt(properties.join(', '), 200);
  const hints = new Map<string | undefined, string>([
    ['MISSING_CONDITIONAL_REQUIRED_PROPERTY', `A rule of the account wants ${names} besides; add a column for it.`],
    ['PROPERTY_DOESNT_EXIST', '`oppatch fields` lists the properties of the account.'],
    ['CONFLICT', 'Another deal may have this value in a property whose values are unique.'],
    [notFound, 'The deal may have been deleted or merged, or this key may not see it.'],
  ]);
  const hint = hints.get(code);
  return hint === undefined ? {} : { hint };
}

/** The window of 10 seconds; its header tells the length, not the time left. A day has no meter: its end is told nowhere. */
function quotaNotices({ headers }: Reply): readonly QuotaNotice[] {
  const limit = countIn(headers['x-hubspot-ratelimit-max']);
  const remaining = countIn(headers['x-hubspot-ratelimit-remaining']);
  const windowMs = countIn(headers['x-hubspot-ratelimit-interval-milliseconds']);
  const notice = windowMs === burst.windowMs ? quotaNotice(limit, remaining, undefined, burst.name) : undefined;
  return notice === undefined ? [] : [notice];
}

export const burst = { name: 'burst', windowMs: 10_000 } as const;

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}
