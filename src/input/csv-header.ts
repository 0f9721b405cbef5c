import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';
import { placeIn } from './place.ts';

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
      const text = `columns ${first} and ${index + 1} are both named "${excerpt(name, 60)}"`;
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
        : 'Give each column a name, or remove it. A delimiter too many at the end of the line makes such a column.',
  });
}
