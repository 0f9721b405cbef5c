import { OppatchError } from '../core/errors.ts';
import { quotedName } from './field-lookup.ts';
import { placeIn } from './place.ts';

/** The columns that the header line names: a delimiter too many at its end makes none. */
export function namedColumns(cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, last + 1);
}

/** Throws `empty-column-name` or `duplicate-column`, naming the columns by number. Names are compared without blanks around them. */
export function checkHeader(columns: readonly string[], displayName: string, line: number): void {
  const place = placeIn(displayName, line);
  const positions = new Map<string, number>();
  const faults: { code: string; text: string }[] = [];
  for (const [index, column] of columns.entries()) {
    const name = column.trim();
    const first = positions.get(name);
    if (name === '') faults.push({ code: 'empty-column-name', text: `column ${index + 1} has no name` });
    else if (first === undefined) positions.set(name, index + 1);
    else {
      const text = `columns ${first} and ${index + 1} are both named ${quotedName(name)}`;
      faults.push({ code: 'duplicate-column', text });
    }
  }
  const [fault] = faults;
  if (fault === undefined) return;
  const shown = faults.slice(0, 10).map(({ text }) => text);
  const more = faults.length > shown.length ? `, and ${faults.length - shown.length} more` : '';
  throw new OppatchError(fault.code, `In the header line ${shown.join('; ')}${more}.`, {
    place,
    hint:
      fault.code === 'duplicate-column'
        ? 'Rename or remove one of them, so that it is clear which value to send.'
        : 'Give each column a name, or remove it. Where lines stand above the header line, leave them out with --skip-lines N.',
  });
}
