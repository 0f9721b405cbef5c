import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import {
  boundedWaitMs,
  jsonBody,
  retryAfterMs,
  settled,
  statusAnswer,
  throttled,
  withSigns,
  type ReplyDetail,
} from '../shared/http-status.ts';
import { joinedTexts, objectsIn } from '../shared/metadata-reads.ts';
import { idIn } from '../shared/record-reads.ts';

/**
 * What a reply means. 204 without a body, or 200 with the referral where `Prefer` asks for it; errors by status, their codes are no closed list.
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, and error-codes.md of https://github.com/MicrosoftDocs/partner-rest,
 * as of 2026-10.
 */
export function readPartnerCenter(reply: Reply, call: Call): Reading {
  const body = jsonBody(reply);
  const answer = doneAnswer(reply, body, call) ?? failureAnswer(reply, body, call);
  return withSigns(answer, [], reply.headers['request-id']);
}

/** 204, or 200 with nothing or with a referral; a referral with an error beside it is none. */
function doneAnswer(reply: Reply, body: Json | undefined, call: Call): Answer | undefined {
  const [edit] = call.edits;
  if (edit === undefined) {
    const isList = reply.status === 200 && isJsonObject(body) && Array.isArray(body['value']);
    return isList ? settled(call, { kind: 'applied', echo: body }) : undefined;
  }
  const isBare = reply.status === 204 || (reply.status === 200 && reply.body.trim() === '');
  if (isBare) return settled(call, call.method === 'GET' ? { kind: 'unnamed' } : { kind: 'applied' });
  const isReferral = isJsonObject(body) && idIn(body, 'id') !== undefined && body['error'] === undefined;
  return reply.status === 200 && isReferral ? settled(call, { kind: 'applied', echo: body }) : undefined;
}

function failureAnswer(reply: Reply, body: Json | undefined, call: Call): Answer {
  const detail = errorDetail(body);
  const { status } = reply;
  const { code = `http-${status}`, message = `the vendor answered HTTP ${status}` } = detail;
  switch (status) {
    case 401:
      return { kind: 'unauthorised', code, message, hint: signInHint(reply) };
    case 403:
      // The token lacks what Conditional Access asks for, whatever the referral.
      if (wantsClaims(reply, detail)) return { kind: 'unauthorised', code, message, hint: claimsHint };
      return settled(call, { kind: 'rejected', code, message, hint: roleHint });
    case 409:
    case 412:
      return settled(call, { kind: 'conflict', code, message, hint: changedHint });
    case 428:
      return settled(call, { kind: 'conflict', code, message, hint: eTagHint });
    case 423:
    case 509: {
      // Locked, and over the bandwidth: the call was turned away.
      const waitMs = retryAfterMs(reply.headers, reply.receivedAtMs);
      return { kind: 'transient', code, message, mayHaveApplied: false, ...(waitMs === undefined ? {} : { waitMs }) };
    }
    case 429:
      return throttled(message, retryAfterMs(reply.headers, reply.receivedAtMs) ?? gatewayWaitMs(message));
    default:
      return statusAnswer(reply, call, detail);
  }
}

const roleHint =
  'The signed-in user needs the role Referrals admin, or Referrals user and a place in the team of this referral.';
const changedHint = 'Someone changed the referral meanwhile; look at it and send the row again.';
const eTagHint = 'Partner Center wants the eTag of the referral for this change.';

const claimsHint =
  'Conditional Access of your tenant wants more than this sign-in gave: sign in again in a browser that meets it: oppatch profile login NAME --browser';

/**
 * 900421, whose place in the body is not documented, or the words of the older refusal.
 * https://learn.microsoft.com/en-us/partner-center/security/partner-security-requirements-mandating-mfa, 2026-10.
 */
function signInHint({ headers, body }: Reply): string {
  return /\b(?:900421|MFA)\b/i.test(`${headers['www-authenticate'] ?? ''} ${body.slice(0, 4_000)}`)
    ? 'Partner Center wants a sign-in with MFA: sign in again with MFA: oppatch profile login NAME'
    : 'The access token is missing, expired or of another audience; sign in again: oppatch profile login NAME. A 401 right after a sign-in means that MFA was missing.';
}

/** Spelled as in OAuth and as in error-codes.md. */
function wantsClaims({ headers }: Reply, { code, message }: ReplyDetail): boolean {
  return /insuffici?ent_claims/i.test(`${headers['www-authenticate'] ?? ''} ${code ?? ''} ${message ?? ''}`);
}

/** `Rate limit is exceeded. Try again in 57 seconds.`: the gateway says it nowhere else. */
function gatewayWaitMs(message: string): number | undefined {
  const seconds = /try again in (\d{1,5}) seconds?/i.exec(message)?.[1];
  return seconds === undefined ? undefined : boundedWaitMs(Number(seconds) * 1000);
}

const deepestError = 8;

/**
 * `{"error":{"code","message","target","innerError"}}`, where the inner error nests and is spelled in several ways; also the gateway's
 * `{"statusCode","message"}` and the other host's `{"code","description"}`. The code is the outer one and the innermost: `preconditionFailed/99918`.
 */
function errorDetail(body: Json | undefined): ReplyDetail {
  if (!isJsonObject(body)) return {};
  const error = isJsonObject(body['error']) ? body['error'] : body;
  const code = scalarText(error['code'] ?? null) ?? '';
  let inner: JsonObject = error;
  let innerCode = '';
  for (let depth = 0; depth < deepestError; depth += 1) {
    const next = Object.entries(inner).find(([name]) => name.toLowerCase() === 'innererror')?.[1];
    if (!isJsonObject(next)) break;
    inner = next;
    innerCode = scalarText(inner['code'] ?? null) ?? innerCode;
  }
  const told = [error['message'] ?? error['description'], error['target'], inner['message']]
    .map((part) => (typeof part === 'string' ? part : ''))
    .filter((part, index, parts) => part !== '' && parts.indexOf(part) === index)
    .join('; ');
  const codes = [code, innerCode].filter((part) => part !== '').join('/');
  return {
    ...(codes === '' ? {} : { code: codes }),
    ...(told === '' ? {} : { message: excerpt(told, 500) }),
  };
}

/** The organisation of the first referral of a list, where there is one. */
export function listedOrganisation(reply: Reply): string | undefined {
  const body = jsonBody(reply);
  const [first] = objectsIn(isJsonObject(body) ? body['value'] : undefined);
  return joinedTexts([first?.['organizationName']], '');
}
