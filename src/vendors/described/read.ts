import type { Answer, Call, Reading, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import {
  credentialsHint,
  jsonBody,
  pageExcerpt,
  refusedWhole,
  settled,
  statusAnswer,
  statusMessage,
  throttled,
  withSigns,
} from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { batchVerdicts, guiltyEdits } from './batch.ts';
import type { VendorForm } from './form.ts';
import { lookUp } from './pointers.ts';
import { pauseMs, quotaNotices } from './quota-signs.ts';
import { idAt } from './shown-record.ts';
import { fits, isSame, refusalIn, type Refusal } from './refusal.ts';

/**
 * What a reply means: a success only in the form that the file declares, without a refusal beside it; then the file's own rules; then what the status
 * normally means. Without a declared success every reply that is not a refusal leaves the write open, and the record is read.
 */
export function readDescribed(form: VendorForm, reply: Reply, call: Call): Reading {
  const body = jsonBody(reply);
  const answer = answerOf({ form, reply, call, body, refusal: refusalIn(form, body, call) });
  return withSigns(answer, quotaNotices(form, reply));
}

/** A reply to a call, with its body as JSON and why it refuses. */
interface Case {
  readonly form: VendorForm;
  readonly reply: Reply;
  readonly call: Call;
  readonly body: Json | undefined;
  readonly refusal: Refusal | undefined;
}

function answerOf(given: Case): Answer {
  const { form, reply, call, body, refusal } = given;
  const done = call.step === 'batch' ? batchDone(given) : isRead(call) ? readDone(given) : writeDone(given);
  if (done !== undefined) return done;
  const meant = form.meanings?.find((rule) => fits(rule, reply, body, refusal));
  const hint = meant?.hint ?? (refusal === undefined ? undefined : form.hints?.get(refusal.code));
  const detail = { ...refusal, hint };
  const answer =
    meant !== undefined
      ? ruled(given, meant, detail)
      : reply.status === 429
        ? overTheLimit(given, detail)
        : statusAnswer(reply, call, detail);
  // Which rows of a batch are to blame is told where the file says how, else smaller calls find out.
  const suspects = form.batch === undefined || call.edits.length < 2 ? [] : guiltyEdits(form.batch, body, call.edits);
  return call.edits.length > 1 ? refusedWhole(answer, call, { status: reply.status, suspects }) : answer;
}

const reads: ReadonlySet<Call['step']> = new Set(['read', 'batch-read', 'find', 'list', 'check']);

function isRead({ step }: Call): boolean {
  return reads.has(step);
}

/** Whether the member that says success does, or there is none. */
function saysSuccess({ success }: VendorForm, body: Json | undefined): boolean {
  return success?.at === undefined || isSame(lookUp(body, success.at) ?? null, success.equals ?? null);
}

function writeDone({ form, reply, call, body, refusal }: Case): Answer | undefined {
  const { success, title } = form;
  if (reply.status < 200 || reply.status > 299) return undefined;
  if (success !== undefined && (success.status ?? [200]).includes(reply.status) && refusal === undefined) {
    if (success.empty === true ? reply.body.trim() === '' : body !== undefined && saysSuccess(form, body)) {
      const record = success.record === undefined ? undefined : lookUp(body, success.record);
      if (success.record === undefined) return settled(call, { kind: 'applied' });
      if (isJsonObject(record) && idAt(form, record) !== undefined)
        return settled(call, { kind: 'applied', echo: record });
    }
  }
  if (
    body === undefined ||
    (success?.record !== undefined && lookUp(body, success.record) !== undefined && success.record !== '')
  )
    return undefined;
  const said = success?.at === undefined ? undefined : lookUp(body, success.at);
  const no = said !== undefined && isRefusedValue(form, said);
  if (!no && (refusal === undefined || (said !== undefined && said !== null))) return undefined;
  const silent = {
    code: 'refused',
    message: `${title} says ${(success?.at ?? '').slice(1)}: ${scalarText(said ?? null) ?? 'something else'} and gives no reason`,
  };
  return settled(call, { kind: 'rejected', ...(refusal ?? silent) });
}

/** The opposite of a member that is true or false; else what the file names. */
function isRefusedValue({ success }: VendorForm, said: Json): boolean {
  if (success?.refused !== undefined) return success.refused.some((value) => isSame(said, value));
  return typeof said === 'boolean' && typeof success?.equals === 'boolean' && said !== success.equals;
}

/** A read succeeds where it shows anything in JSON; whose record it is, and whether there is one, is asked of the record. */
function readDone({ form, reply, call, body, refusal }: Case): Answer | undefined {
  if (reply.status === 204 && call.step !== 'check') return settled(call, { kind: 'applied' });
  if (
    reply.status !== 200 ||
    (!isJsonObject(body) && !Array.isArray(body)) ||
    refusal !== undefined ||
    !saysSuccess(form, body)
  )
    return undefined;
  const { shows, account = [] } = form.check;
  const shown =
    shows === undefined
      ? account.length === 0 || account.some((pointer) => lookUp(body, pointer) !== undefined)
      : lookUp(body, shows) !== undefined;
  return call.step === 'check' && !shown ? undefined : settled(call, { kind: 'applied' });
}

function batchDone({ form, reply, call, body, refusal }: Case): Answer | undefined {
  const { batch } = form;
  const { status } = reply;
  if (batch === undefined || status < 200 || status > 299 || (batch.status ?? status) !== status) return undefined;
  const verdicts = batchVerdicts(form, batch, body, call);
  if (verdicts === undefined || (refusal !== undefined && verdicts.every(({ kind }) => kind === 'unnamed')))
    return undefined;
  return { kind: 'settled', verdicts };
}

type Detail = Partial<Refusal> & { readonly hint?: string | undefined };

function overTheLimit({ form, reply, body }: Case, detail: Detail, ownMs?: number): Answer {
  return throttled(detail.message ?? 'rate limit exceeded', pauseMs(form, reply, body, ownMs));
}

function ruled(given: Case, { is, pause }: NonNullable<VendorForm['meanings']>[number], detail: Detail): Answer {
  const { form, reply, call, body } = given;
  const code = detail.code ?? `http-${reply.status}`;
  const message = detail.message ?? statusMessage(reply);
  const hint = detail.hint === undefined ? {} : { hint: detail.hint };
  const waitMs = pauseMs(form, reply, body);
  const wait = waitMs === undefined ? {} : { waitMs };
  switch (is) {
    case 'rejected':
    case 'conflict':
      return settled(call, { kind: is, code, message, ...hint });
    case 'again':
      return settled(call, { kind: 'again', code, message, ...wait });
    case 'throttled':
      return overTheLimit(given, detail, pause);
    case 'used-up':
      return { kind: 'quota-exhausted', message, ...(waitMs === undefined ? {} : { resetMs: waitMs }) };
    case 'unauthorised':
      // Credentials that may write need not be allowed to read: a read that is refused says nothing against the run.
      return reply.status !== 401 && isRead(call)
        ? settled(call, { kind: 'rejected', code, message, ...hint })
        : { kind: 'unauthorised', code, message, hint: detail.hint ?? credentialsHint };
    case 'blocked': {
      const shown = pageExcerpt(reply) === undefined ? message : statusMessage(reply);
      return { kind: 'unsupported', code, message: shown, ...hint };
    }
    case 'failed':
      return { kind: 'transient', code, message, mayHaveApplied: true, ...wait };
  }
}

/** Whether a reply to the check proves the credentials: a success, or a refusal that only known ones get. */
export function provesCredentials(form: VendorForm, reply: Reply): boolean {
  const body = jsonBody(reply);
  const refusal = refusalIn(form, body);
  const call = jsonCall({ path: form.check.path, step: 'check', quotaGroup: 'calls' });
  return (
    readDone({ form, reply, call, body, refusal }) !== undefined ||
    (form.check.provenBy ?? []).some((rule) => fits(rule, reply, body, refusal))
  );
}
