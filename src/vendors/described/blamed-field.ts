import type { Call } from '../../core/call.ts';
import { scalarText, type Json } from '../../core/json.ts';
import type { VendorForm } from './form.ts';
import { lookUp, pointerOf, pointerTo, segmentsOf } from './pointers.ts';

type Place = NonNullable<VendorForm['refusals']>[number];

/** The column that a refusal speaks of, where the file says how it names fields; else the name as it came. */
export function blamedField(form: VendorForm, place: Place, named: Json, call: Call | undefined): string | undefined {
  const text = scalarText(named);
  if (place.fieldAs === 'label')
    return [...form.fields].find(
      ([, field]) => typeof field !== 'string' && field.label?.toLowerCase() === text?.trim().toLowerCase(),
    )?.[0];
  if (place.fieldAs !== 'path') return text;
  const path = [...segmentsOf(place.fieldFrom ?? ''), ...pathOf(named)];
  return path.length === 0 ? text : (fieldAt(form, path, call?.body) ?? text);
}

/** The columns whose labels stand in a sentence, as words of their own. */
export function labelsIn(form: VendorForm, message: string): readonly string[] {
  const words = ` ${message.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return [...form.fields].flatMap(([name, field]) => {
    const label = typeof field === 'string' ? undefined : field.label?.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');
    return label !== undefined && label.trim() !== '' && words.includes(` ${label.trim()} `) ? [name] : [];
  });
}

/** `/data/amount`, `#/data/amount`, `data.value.amount`, or a list of steps. */
function pathOf(named: Json): readonly string[] {
  if (Array.isArray(named)) return (named as readonly Json[]).map((step) => scalarText(step) ?? '');
  const text = (scalarText(named) ?? '').replace(/^#/, '');
  return text.startsWith('/') ? segmentsOf(text) : text.split(/[.[\]]+/).filter((step) => step !== '' && step !== '$');
}

/** Looks the path up in what was sent: a place of a field, an entry of a keyed list, or an operation of a JSON Patch. */
function fieldAt(form: VendorForm, path: readonly string[], sent: Json | undefined): string | undefined {
  const patched = form.update.patch === undefined ? undefined : lookUp(sent, `/${path[0] ?? ''}/path`);
  const steps = typeof patched === 'string' ? segmentsOf(patched) : path;
  const places = [...form.fields].flatMap(([name, short]) => {
    const said = typeof short === 'string' ? { type: short } : short;
    const list = said.list === undefined ? undefined : form.lists?.get(said.list);
    const at = segmentsOf(list?.at ?? said.at ?? pointerTo(said.member ?? name));
    const whole = typeof patched === 'string' ? at : [...segmentsOf(form.update.under ?? ''), ...at];
    if (!whole.every((step, index) => steps[index] === step)) return [];
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
