import type { Call } from '../../core/call.ts';
import { scalarText, type Json } from '../../core/json.ts';
import type { VendorForm } from './form.ts';
import { lookUp, pointerOf, pointerTo, segmentsOf } from './pointers.ts';

/** How a refusal names fields. */
export type Naming = Pick<NonNullable<VendorForm['refusals']>[number], 'fieldAs' | 'fieldFrom'>;

/** The column that a refusal speaks of, where the file says how it names fields; else the name as it came. `row`: of a call of several, where it is known. */
export function blamedField(
  form: VendorForm,
  { fieldAs, fieldFrom = '' }: Naming,
  named: Json,
  call: Call | undefined,
  row?: number,
): string | undefined {
  const text = scalarText(named);
  if (fieldAs === 'label')
    return [...form.fields].find(
      ([, field]) => typeof field !== 'string' && field.label?.toLowerCase() === text?.trim().toLowerCase(),
    )?.[0];
  if (fieldAs !== 'path') return text;
  const path = [...segmentsOf(fieldFrom), ...pathOf(named)];
  const { steps, sent } = inRecord(form, path, call, row);
  return path.length === 0 ? text : (fieldAt(form, steps, sent) ?? text);
}

/** The columns whose labels stand in a sentence, as words of their own. */
export function labelsIn(form: VendorForm, message: string): readonly string[] {
  const words = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return [...form.fields].flatMap(([name, field]) => {
    const label = typeof field === 'string' ? undefined : field.label?.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');
    return label !== undefined && label.trim() !== '' && words.includes(` ${label.trim()} `) ? [name] : [];
  });
}

/** `/data/amount`, `#/data/amount`, `data.value.amount`, `records[3].amount`, or a list of steps. */
function pathOf(named: Json): readonly string[] {
  if (Array.isArray(named)) return (named as readonly Json[]).map((step) => scalarText(step) ?? '');
  const text = (scalarText(named) ?? '').replace(/^#/, '');
  return text.startsWith('/') ? segmentsOf(text) : text.split(/[.[\]]+/).filter((step) => step !== '' && step !== '$');
}

interface InRecord {
  readonly steps: readonly string[];
  readonly sent: Json | undefined;
}

/** A path into the list of a batch, `/records/3/amount`, is one into the fourth record; others count from the whole body, or from the record of the row. */
function inRecord(form: VendorForm, path: readonly string[], call: Call | undefined, row?: number): InRecord {
  const sent = call?.body;
  if (form.batch === undefined || call?.step !== 'batch') return { steps: path, sent };
  const list = segmentsOf(form.batch.records);
  const index = path[list.length] ?? '';
  if (list.every((step, position) => path[position] === step) && /^\d{1,6}$/.test(index))
    return {
      steps: path.slice(list.length + 1),
      sent: lookUp(sent, `${form.batch.records}/${index}`),
    };
  return { steps: path, sent: row === undefined ? sent : lookUp(sent, `${form.batch.records}/${row}`) };
}

/** Looks the path up in what was sent: a place of a field, an entry of a keyed list, or an operation of a JSON Patch. */
function fieldAt(form: VendorForm, path: readonly string[], sent: Json | undefined): string | undefined {
  const patched = form.update.patch === undefined ? undefined : lookUp(sent, `/${path[0] ?? ''}/path`);
  const steps = typeof patched === 'string' ? segmentsOf(patched) : path;
  const writes = [form.update, ...(form.extra ?? []), ...(form.batch === undefined ? [] : [form.batch])];
  const wrappers = typeof patched === 'string' ? [''] : [...new Set(writes.map(({ under = '' }) => under))];
  const places = [...form.fields].flatMap(([name, short]) => {
    const said = typeof short === 'string' ? { type: short } : short;
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
