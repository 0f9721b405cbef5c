import { isJsonObject, type Json } from './json.ts';

/*
 * What no person means as a value: what a spreadsheet leaves where it could not reckon, and characters that a wrong decoding, a cut or a binary file
 * leaves. Such a value is refused in every field and every format, before its form is asked.
 */

/** Errors of Excel that do not end in ! or ?, in the languages in which it writes them: a value that is not there. */
const missingValues =
  'N/A|N/D|N/B|N/V|N/D!|I/T|NV|YOK|Н/Д|Δ/Υ|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA|DATEN_ABRUFEN|CHARGEMENT_DONNEES|OBTENIENDO_DATOS|ERROR';

const spreadsheetErrors: readonly RegExp[] = [
  new RegExp(`^#(?:${missingValues})$`, 'iu'),
  // #REF! #VALUE! #NAME? #DIV/0! #SPILL! and what they are called elsewhere: #BEZUG! #VALEUR! #¿NOMBRE? #ДЕЛ/0! #DĚLENÍ_NULOU!
  /^#[¡¿]?\p{Lu}[\p{Lu}\p{M}_/]*(?:\/0)?[!?]$/u,
  /^#(?:ref|value|name|div\/0|num|null|spill|calc|wert|bezug|zahl)[!?]$/i,
  // LibreOffice.
  /^Err:\d{3}$/,
];

/** A column that was too narrow for its number when it was exported. */
const tooNarrow = /^#{3,}$/;

/** A formula that was exported as its text: a call, a reference to cells, a calculation, a text, an array, DDE. */
const formulas: readonly RegExp[] = [
  /^[{]?=\s*[-+@(]*\s*\p{L}[\p{L}\p{N}_.]*\(/u,
  /^[{]?=\s*[-+@(]*\$?[A-Z]{1,3}\$?\d{1,7}(?![\p{L}\p{N}_])/u,
  /^[{]?=\s*[-+@(]*(?:'[^']+'|\[[^\]]+\][\p{L}\p{N}_ ]*|[\p{L}\p{N}_.]+)!/u,
  /^=\s*[-+(]*\d[\d\s.,%]*[-+*/^&)]/,
  /^=\s*"/,
  /^[=+@-][\w.]+\|/,
  /^[+@]\p{Lu}[\p{Lu}\p{N}_.]*\(/u,
];

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** What a text can't be damaged without. */
// oxlint-disable-next-line no-control-regex -- as above
const suspicious = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff\ufffd]|^\s*[#=+@{-]|^\s*Err:/;

/** Why this text is damaged, as half a sentence after it; undefined where it is not. */
export function damageOf(text: string): string | undefined {
  if (!suspicious.test(text)) return undefined;
  const whole = text.trim();
  if (spreadsheetErrors.some((form) => form.test(whole))) return 'is an error value of a spreadsheet';
  if (tooNarrow.test(whole)) return 'is what a spreadsheet shows where a column is too narrow for its value';
  if (formulas.some((form) => form.test(whole))) return 'is a formula, not its result';
  if (text.includes('\0')) return 'holds a NUL character';
  if (text.includes('\ufffd')) return 'holds U+FFFD, which stands for a character that was lost';
  if (/\p{Surrogate}/u.test(text)) return 'holds half of a character';
  const [found] = control.exec(text) ?? [];
  return found === undefined
    ? undefined
    : `holds the control character U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The same of all texts in a value, names of members included. */
export function damageIn(value: Json): { readonly text: string; readonly reason: string } | undefined {
  if (typeof value === 'string') {
    const reason = damageOf(value);
    return reason === undefined ? undefined : { text: value, reason };
  }
  if (Array.isArray(value)) return firstDamage(value as readonly Json[]);
  if (!isJsonObject(value)) return undefined;
  return firstDamage(Object.entries(value).flatMap(([name, member]) => [name, member ?? null]));
}

function firstDamage(values: readonly Json[]): ReturnType<typeof damageIn> {
  for (const value of values) {
    const found = damageIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
