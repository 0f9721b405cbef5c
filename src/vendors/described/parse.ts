import { parsePlacedJson, placementOf, type PlacedJson, type Placement } from '../../core/placed-json.ts';
import { hidden } from '../../core/printable.ts';
import { checkCredentials, checkSignIn } from './agreement-account.ts';
import { checkBatch, checkPaths, checkTemplates, checkWrites } from './agreement-calls.ts';
import { offsetOf, type Agreement } from './agreement-context.ts';
import { checkFields } from './agreement-fields.ts';
import { checkList, checkReplies } from './agreement-replies.ts';
import { form, type VendorForm } from './form.ts';
import type { Report } from './shape.ts';

/** A mistake in a vendor file: where, what, and what to write instead. */
export interface Mistake extends Placement {
  readonly message: string;
  readonly hint: string;
}

export type Parsed = { readonly form: VendorForm } | { readonly mistakes: readonly Mistake[] };

const longestFile = 262_144;

/** Reads a vendor file; all its mistakes, in the order of their places. Pure. */
export function parseVendorFile(text: string): Parsed {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (content.length > longestFile)
    return {
      mistakes: [{ line: 1, column: 1, message: 'is longer than 256 KiB', hint: 'Describe one service in a file.' }],
    };
  const root = parsePlacedJson(content);
  const found: { readonly offset: number; readonly message: string; readonly hint: string }[] = [];
  const report: Report = (offset, message, hint) => void found.push({ offset, message, hint });
  if ('problem' in root)
    report(
      root.offset,
      `the file ${root.problem}`,
      'Write JSON: names and texts in double quotes, a comma between members, none after the last.',
    );
  else {
    reportHidden(root, report);
    const read = form.read(root, report);
    if (read !== undefined && found.length === 0) disagreements(read, root, report);
    if (read !== undefined && found.length === 0) return { form: read };
  }
  const mistakes = found
    .toSorted((one, other) => one.offset - other.offset)
    .map(({ offset, message, hint }): Mistake => {
      const { line, column } = placementOf(content, offset);
      return { line, column, message, hint };
    });
  return { mistakes };
}

/** What cannot be seen has no place in a file that decides what is sent: it would not be seen in messages and headers either. */
function reportHidden({ value, members, items, offset }: PlacedJson, report: Report): void {
  const check = (text: string, at: number): void => {
    const found = hidden(text);
    if (found !== undefined) report(at, `holds ${found}, a character that cannot be seen`, 'Leave it out.');
  };
  if (typeof value === 'string') check(value, offset);
  for (const member of members ?? []) {
    check(member.name, member.offset);
    reportHidden(member.value, report);
  }
  for (const item of items ?? []) reportHidden(item, report);
}

/** What several parts of a vendor file have to agree on: names that are used are declared, and what belongs together is there. */
function disagreements(form: VendorForm, root: PlacedJson, report: Report): void {
  const at: Agreement['at'] = (...path) => offsetOf(root, path);
  const agreement: Agreement = { form, at, report };
  checkTemplates(agreement, root);
  checkWrites(agreement);
  checkPaths(agreement);
  checkCredentials(agreement);
  checkSignIn(agreement);
  checkFields(agreement);
  checkReplies(agreement);
  checkBatch(agreement);
  checkList(agreement);
}
