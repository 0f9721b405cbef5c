import { nearestName } from '../../core/nearest.ts';
import type { PlacedJson } from '../../core/placed-json.ts';
import { printable } from '../../core/printable.ts';
import type { VendorForm } from './form.ts';
import type { Report } from './shape.ts';

/** What the checks of agreement share: the file, the places of its members, and where to note mistakes. */
export interface Agreement {
  readonly form: VendorForm;
  readonly at: (...path: readonly (string | number)[]) => number;
  readonly report: Report;
}

/** Of the member or entry that the path leads to, or of the last one on the way that is there. */
export function offsetOf(root: PlacedJson, path: readonly (string | number)[]): number {
  let current = root;
  let { offset } = root;
  for (const step of path) {
    const member = typeof step === 'string' ? current.members?.find(({ name }) => name === step) : undefined;
    const next = typeof step === 'number' ? current.items?.[step] : member?.value;
    if (next === undefined) break;
    offset = member?.offset ?? next.offset;
    current = next;
  }
  return offset;
}

/** What to write for a name that is not one of these. */
export function nearHint(name: string, known: Iterable<string>, otherwise: string): string {
  const near = nearestName(name, known);
  return near === undefined ? otherwise : `Did you mean "${near}"?`;
}

/** A field that is named has to be declared. */
export function checkField({ form, at, report }: Agreement, name: string, path: readonly (string | number)[]): void {
  if (form.fields.has(name)) return;
  const hint = nearHint(name, form.fields.keys(), 'Declare it in `fields`.');
  report(at(...path), `"${printable(name)}" is not a field of this file`, hint);
}
