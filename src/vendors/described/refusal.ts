import type { Call, Reply } from '../../core/call.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { Conditions, VendorForm } from './form.ts';
import { lookUp, pointerOf, pointerTo, segmentsOf } from './pointers.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

type Place = NonNullable<VendorForm['refusals']>[number];

const mostMessages = 20;

/** Why a reply refuses, put together from all the places that the file names; undefined where none of them holds anything. */
export function refusalIn(form: VendorForm, body: Json | undefined, call?: Call): Refusal | undefined {
  const found = (form.refusals ?? []).flatMap((place) =>
    refusalsAt(place, body, {
      named: (said) => blamedField(form, place, said, call),
      labels: (message) => labelsIn(form, message),
    }),
  );
  if (found.length === 0) return undefined;
  const messages = [...new Set(found.flatMap(({ messages: told }) => told))].slice(0, mostMessages);
  const code = found.find((one) => one.code !== undefined)?.code;
  return {
    code: code === undefined ? 'refused' : excerpt(code, 80),
    message: messages.length === 0 ? 'no reason given' : excerpt(messages.join('; '), 500),
  };
}

interface Told {
  readonly code: string | undefined;
  readonly messages: readonly string[];
}

/** How the fields of a refusal become columns of the file. */
interface Columns {
  readonly named: (said: Json) => string | undefined;
  readonly labels: (message: string) => readonly string[];
}

function refusalsAt(place: Place, body: Json | undefined, columns: Columns): readonly Told[] {
  const target = lookUp(body, place.at ?? '');
  if (target === undefined || target === null) return [];
  // The whole body may be a list of records: an entry of it is a refusal only where it says something.
  const named = (place.at ?? '') !== '';
  if (Array.isArray(target)) return (target as readonly Json[]).flatMap((entry) => told(place, entry, named, columns));
  return told(place, target, named, columns);
}

/** What one object, or one text, says. `named`: the place is one of refusals only, so that it is one even where it says nothing. */
function told(place: Place, target: Json, named: boolean, columns: Columns): readonly Told[] {
  const bare = scalarText(target);
  if (bare !== undefined) return named && bare !== '' ? [{ code: undefined, messages: [bare] }] : [];
  if (!isJsonObject(target)) return [];
  const code = textAt(target, place.code);
  const said = messagesAt(target, place.message);
  const at = place.field === undefined ? undefined : lookUp(target, place.field);
  const field = at === undefined || at === null || at === '' ? undefined : (columns.named(at) ?? scalarText(at));
  const subject = (message: string): string =>
    field ?? (place.fieldAs === 'label' && place.field === undefined ? columns.labels(message).join(', ') : '');
  const fields = place.fields === undefined ? undefined : lookUp(target, place.fields);
  const messages = [
    ...said.map((message) => (subject(message) === '' ? message : `${subject(message)}: ${message}`)),
    ...(isJsonObject(fields)
      ? Object.entries(fields).flatMap(([name, one]) =>
          textsOf(one ?? null).map((message) => `${columns.named(name) ?? name}: ${message}`),
        )
      : []),
  ];
  return named || code !== undefined || messages.length > 0 ? [{ code, messages }] : [];
}

/** A message, or a list of them. */
function messagesAt(target: Json, pointer: string | undefined): readonly string[] {
  const found = pointer === undefined ? undefined : lookUp(target, pointer);
  return found === undefined || found === null || found === '' ? [] : textsOf(found);
}

function textsOf(value: Json): readonly string[] {
  return (Array.isArray(value) ? (value as readonly Json[]) : [value]).map((one) => scalarText(one) ?? 'refused');
}

export function textAt(value: Json, pointer: string | undefined): string | undefined {
  const text = pointer === undefined ? undefined : scalarText(lookUp(value, pointer) ?? null);
  return text === '' ? undefined : text;
}

/** Whether all that a rule says is true of the reply. */
export function fits(
  { status, code, mediaType, at, equals }: Conditions,
  reply: Reply,
  body: Json | undefined,
  refusal: Refusal | undefined,
): boolean {
  if (status !== undefined && reply.status !== status) return false;
  if (code !== undefined && refusal?.code !== code) return false;
  if (
    mediaType !== undefined &&
    reply.headers['content-type']?.trim().toLowerCase().startsWith(mediaType.toLowerCase()) !== true
  )
    return false;
  if (at === undefined) return true;
  const found = lookUp(body, at);
  return equals === undefined ? found !== undefined && found !== null : found !== undefined && isSame(found, equals);
}

/** The same plain value; 1 and "1" are two. */
export function isSame(left: Json, right: Json): boolean {
  return (
    typeof left === typeof right &&
    (left === right || (scalarText(left) !== undefined && scalarText(left) === scalarText(right)))
  );
}

/** The column that a refusal speaks of, where the file says how it names fields; else the name as it came. `row`: of a call of several, where it is known. */
export function blamedField(
  form: VendorForm,
  { fieldAs, fieldFrom = '' }: Pick<Place, 'fieldAs' | 'fieldFrom'>,
  named: Json,
  call: Call | undefined,
  row?: number,
): string | undefined {
  const text = scalarText(named);
  if (fieldAs === 'label')
    return [...form.fields].find(([, { label }]) => label?.toLowerCase() === text?.trim().toLowerCase())?.[0];
  if (fieldAs !== 'path') return text;
  const path = [...segmentsOf(fieldFrom), ...pathOf(named)];
  const { steps, sent } = inRecord(form, path, call, row);
  return path.length === 0 ? text : (fieldAt(form, steps, sent) ?? text);
}

/** The columns whose labels stand in a sentence, as words of their own. */
export function labelsIn(form: VendorForm, message: string): readonly string[] {
  const words = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return [...form.fields].flatMap(([name, { label = '' }]) => {
    const plain = label
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    return plain !== '' && words.includes(` ${plain} `) ? [name] : [];
  });
}

/** `/data/amount`, `#/data/amount`, `data.value.amount`, `records[3].amount`, or a list of steps. */
function pathOf(named: Json): readonly string[] {
  if (Array.isArray(named)) return (named as readonly Json[]).map((step) => scalarText(step) ?? '');
  const text = (scalarText(named) ?? '').replace(/^#/, '');
  return text.startsWith('/') ? segmentsOf(text) : text.split(/[.[\]]+/).filter((step) => step !== '' && step !== '$');
}

/** A path into the list of a batch, `/records/3/amount`, is one into the fourth record; others count from the whole body, or from the record of the row. */
function inRecord(
  form: VendorForm,
  path: readonly string[],
  call: Call | undefined,
  row?: number,
): { readonly steps: readonly string[]; readonly sent: Json | undefined } {
  const sent = call?.body;
  if (form.batch === undefined || call?.step !== 'batch') return { steps: path, sent };
  const list = segmentsOf(form.batch.records);
  const index = path[list.length] ?? '';
  if (list.every((step, position) => path[position] === step) && /^\d{1,6}$/.test(index))
    return { steps: path.slice(list.length + 1), sent: lookUp(sent, `${form.batch.records}/${index}`) };
  return { steps: path, sent: row === undefined ? sent : lookUp(sent, `${form.batch.records}/${row}`) };
}

/** Looks the path up in what was sent: a place of a field, an entry of a keyed list, or an operation of a JSON Patch. */
function fieldAt(form: VendorForm, path: readonly string[], sent: Json | undefined): string | undefined {
  const patched = form.update.patch === undefined ? undefined : lookUp(sent, `/${path[0] ?? ''}/path`);
  const steps = typeof patched === 'string' ? segmentsOf(patched) : path;
  const writes = [form.update, ...(form.extra ?? []), ...(form.batch === undefined ? [] : [form.batch])];
  const wrappers = typeof patched === 'string' ? [''] : [...new Set(writes.map(({ under = '' }) => under))];
  const places = [...form.fields].flatMap(([name, said]) => {
    const list = said.list === undefined ? undefined : form.lists?.get(said.list);
    const at = segmentsOf(list?.at ?? said.at ?? pointerTo(said.member ?? name));
    const whole = wrappers
      .map((under) => segmentsOf(under).concat(at))
      .find((place) => place.every((step, index) => steps[index] === step));
    if (whole === undefined) return [];
    if (list === undefined) return [{ name, length: whole.length }];
    const entry = lookUp(
      sent,
      steps
        .slice(0, whole.length + 1)
        .map(pointerTo)
        .join(''),
    );
    const key = lookUp(entry, pointerOf(list.entry, '{key}') ?? '');
    return scalarText(key ?? null) === scalarText(said.key ?? null) ? [{ name, length: whole.length + 1 }] : [];
  });
  return places.toSorted((one, other) => other.length - one.length)[0]?.name;
}
