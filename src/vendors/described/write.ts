import type { Call, CallStep } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { exactNumber, isJsonObject, scalarText, type Json } from '../../core/json.ts';
import type { Settings } from '../../core/vendor.ts';
import type { DescribedField } from './fields.ts';
import type { VendorForm, WriteForm } from './form.ts';
import { lookUp, placed } from './pointers.ts';
import { filled, filledJson, filledPath } from './templates.ts';

/** What the calls of a described vendor are made of. */
export interface Described {
  readonly form: VendorForm;
  readonly settings: Settings;
  readonly fields: ReadonlyMap<string, DescribedField>;
}

/** The update of what it takes, then the calls of their own. Each carries its part of the edit. */
export function describedCalls(described: Described, edit: Edit): readonly Call[] {
  const { form } = described;
  const extras = form.extra ?? [];
  const own = new Set(extras.flatMap(({ fields }) => fields));
  const rest = edit.changes.filter(({ field }) => !own.has(field));
  const calls =
    rest.length === 0
      ? []
      : [writeCall(described, form.update, { ...edit, changes: rest }, extras.length === 0 ? 'update' : 'fields')];
  for (const extra of extras) {
    const changes = edit.changes.filter(({ field }) => extra.fields.includes(field));
    if (changes.length > 0) calls.push(writeCall(described, extra, { ...edit, changes }, extra.step ?? 'fields'));
  }
  return calls;
}

function writeCall(described: Described, write: WriteForm, edit: Edit, step: CallStep): Call {
  const { form, settings } = described;
  const query = queryOf(write.query, { ...settings, id: edit.id });
  return {
    method: write.method,
    path: filledPath(write.path, { ...settings, id: edit.id }),
    ...(query.length === 0 ? {} : { query }),
    headers: headersOf(form, settings, write.patch === undefined ? 'application/json' : 'application/json-patch+json'),
    body:
      write.patch === undefined ? recordBody(described, write, edit) : patchBody(described, write.patch, edit.changes),
    edits: [edit],
    step,
    repeatable: repeatableOf(described, write, edit.changes),
    quotaGroup: 'calls',
  };
}

/** Constant headers win over the tool's own: an API version may stand in `accept`. */
export function headersOf(
  form: VendorForm,
  settings: Settings,
  contentType?: string,
): Readonly<Record<string, string>> {
  const constant = [...(form.headers ?? [])].map(([name, value]) => [name, filled(value, settings)] as const);
  const named = new Set(constant.map(([name]) => name.toLowerCase()));
  const own = { ...(contentType === undefined ? {} : { 'content-type': contentType }), accept: 'application/json' };
  return Object.fromEntries([...Object.entries(own).filter(([name]) => !named.has(name)), ...constant]);
}

export function queryOf(
  query: ReadonlyMap<string, string> | undefined,
  values: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  return [...(query ?? [])].map(([name, value]) => [name, filled(value, values)] as const);
}

/** The members of one record: constant ones, its id, its fields, its lists. */
export function recordBody({ fields, settings }: Described, write: WriteForm, edit: Edit): Json {
  const id: Json =
    write.idAs === 'number' && /^\d{1,30}$/.test(edit.id) ? exactNumber(edit.id.replace(/^0+(?=\d)/, '')) : edit.id;
  let body: Json = filledJson(write.constant ?? {}, { id }, settings);
  if (write.idAt !== undefined) body = placed(body, write.idAt, id);
  const under = write.under ?? '';
  if (under !== '' && lookUp(body, under) === undefined) body = placed(body, under, {});
  for (const change of edit.changes) {
    const field = fields.get(change.field);
    if (field === undefined) continue;
    const { list } = field;
    if (list === undefined) body = placed(body, under + field.at, change.value);
    else {
      const before = lookUp(body, under + list.at);
      const template =
        change.action === 'clear'
          ? (list.clearEntry ?? list.entry)
          : field.said.type === 'choice'
            ? (list.choiceEntry ?? list.entry)
            : list.entry;
      const entry = filledJson(template, { key: list.key, value: change.value, id }, settings);
      body = placed(body, under + list.at, [...(Array.isArray(before) ? (before as readonly Json[]) : []), entry]);
    }
  }
  return body;
}

function patchBody(
  { fields }: Described,
  { set = 'replace', clear = 'replace' }: NonNullable<WriteForm['patch']>,
  changes: readonly Change[],
): Json {
  return changes.map(({ field, action, value }) => {
    const path = fields.get(field)?.at ?? '';
    if (action === 'clear' && clear === 'remove') return { op: clear, path };
    return { op: action === 'clear' ? clear : set, path, value };
  });
}

/** A value that must not be sent twice makes its call one that is looked at first. A POST is looked at unless the file says otherwise. */
function repeatableOf(
  { fields }: Described,
  { method, repeatable }: WriteForm,
  changes: readonly Change[],
): Call['repeatable'] {
  const said = { yes: true, 'when-absent': 'when-absent', unknown: 'when-absent', no: false } as const;
  const own = repeatable === undefined ? (method === 'POST' ? 'when-absent' : true) : said[repeatable];
  return own === true && changes.some((change) => mustNotRepeat(fields, change)) ? 'when-absent' : own;
}

export function mustNotRepeat(fields: ReadonlyMap<string, DescribedField>, { field, value }: Change): boolean {
  const sent = isJsonObject(value) ? undefined : scalarText(value);
  return (fields.get(field)?.said.notTwice ?? []).some((one) => scalarText(one) === sent);
}
