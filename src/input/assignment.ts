import { OppatchError } from '../core/errors.ts';

/** `FIELD=VALUE` of `set` and `--set`: a change for every row. */
export interface Assignment {
  readonly name: string;
  /** The value as it was typed, never empty. */
  readonly text: string;
}

/** Splits at the first `=`: field names hold none, values may. Throws `bad-assignment`. */
export function parseAssignment(text: string): Assignment {
  const split = text.indexOf('=');
  const name = text.slice(0, Math.max(0, split)).trim();
  const value = text.slice(split + 1);
  if (split === -1 || name === '') {
    throw new OppatchError('bad-assignment', `"${text}" is not of the form FIELD=VALUE.`, {
      place: 'FIELD=VALUE',
      hint: "For example stage=won; in quotes where the value has blanks: 'note=called back'.",
    });
  }
  if (value.trim() === '') {
    throw new OppatchError('bad-assignment', `No value is given for ${name}.`, {
      place: text,
      hint: `Type ${name}=VALUE, or ${name}=:clear: to clear the field.`,
    });
  }
  return { name, text: value };
}
