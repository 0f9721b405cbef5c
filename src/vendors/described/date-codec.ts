import { dayText, parseMoment, utcText } from '../../core/dates.ts';
import type { ValueForm } from '../../core/field.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { dayForm, utcForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { datePattern, zoneDay, zoneMidnightMs } from './date-pattern.ts';
import type { FieldForm } from './form.ts';
import { filled } from './templates.ts';

/** A form on the wire, both ways. `plain`: what a person would write for it; undefined for what is not of this form. */
export interface Codec {
  readonly form: ValueForm;
  readonly plain: (wire: Json) => Json | undefined;
}

/** Days and moments, as the service writes them: ISO, epoch, or a pattern of its own. */
export function dateCodec({ type, zone: named }: FieldForm, wire: string | undefined, settings: Settings): Codec {
  const zone = named === undefined ? undefined : filled(named, settings);
  const base = type === 'date' ? dayForm() : utcForm();
  const kind = wire ?? (type === 'date' ? 'day' : 'iso');
  /** The moment that a day or a moment as people write it means, in milliseconds. */
  const msOf = (text: string): number | undefined => {
    const moment = parseMoment(text);
    if (moment === undefined) return undefined;
    return type === 'date' && zone !== undefined ? zoneMidnightMs(text, zone) : moment.epochMs;
  };
  /** As people write it. */
  const plainOf = (epochMs: number): string | undefined => {
    if (!(Math.abs(epochMs) < 8_000_000_000_000_000)) return undefined;
    const moment = { epochMs, dayOnly: false, ...fractionOf(epochMs) };
    if (type === 'date') return zone === undefined ? dayText(moment) : zoneDay(epochMs, zone);
    return utcText(moment);
  };
  const pattern = datePattern(kind);
  const write = (text: string): Json | undefined => {
    if (pattern !== undefined) return pattern.write(text);
    const epochMs = msOf(text);
    if (epochMs === undefined || kind === 'day' || (kind === 'iso' && type === 'date-time')) return text;
    if (kind === 'epoch-ms') return epochMs;
    if (kind === 'epoch-s') return epochMs % 1000 === 0 ? epochMs / 1000 : undefined;
    return utcText({ epochMs, dayOnly: false, ...fractionOf(epochMs) });
  };
  const plain = (value: Json): Json | undefined => {
    const text = scalarText(value);
    if (text === undefined) return undefined;
    if (pattern !== undefined) return pattern.read(text);
    if (kind === 'epoch-ms' || kind === 'epoch-s')
      return /^-?\d{1,16}$/.test(text) ? plainOf(Number(text) * (kind === 'epoch-s' ? 1000 : 1)) : undefined;
    const moment = parseMoment(text);
    if (moment === undefined) return undefined;
    return type === 'date-time' ? utcText(moment) : moment.dayOnly ? text : plainOf(moment.epochMs);
  };
  const show = (value: Json): string => scalarText(plain(value) ?? value) ?? '';
  const form: ValueForm = {
    ...base,
    encode: (input) => {
      const encoded = base.encode(input);
      if ('problem' in encoded) return encoded;
      const value = write(scalarText(encoded.value) ?? '');
      return value === undefined
        ? { problem: 'has a part of a second that the service does not keep', hint: 'Write whole seconds.' }
        : { value };
    },
    ...(pattern === undefined && kind === 'day' ? {} : { show, cell: show }),
  };
  return { form, plain };
}

function fractionOf(epochMs: number): { readonly fraction?: string } {
  const rest = ((epochMs % 1000) + 1000) % 1000;
  return rest === 0 ? {} : { fraction: String(rest).padStart(3, '0').replace(/0+$/, '') };
}
