import { OppatchError } from '../core/errors.ts';

/**
 * `CSV header=field` of `--map`, as header and field. Splits at the last `=`: a header may hold one, the name of a field does not.
 * Throws `bad-mapping`.
 */
export function parseMapping(text: string): readonly [header: string, field: string] {
  const split = text.lastIndexOf('=');
  const header = text.slice(0, Math.max(0, split)).trim();
  const field = text.slice(split + 1).trim();
  if (header !== '' && field !== '') return [header, field];
  throw new OppatchError('bad-mapping', `"${text}" is not of the form HEADER=FIELD.`, {
    place: '--map',
    hint: "For example --map 'Deal value=amount'.",
  });
}
