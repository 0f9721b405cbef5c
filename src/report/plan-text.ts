import { staysAsItIs, type Difference } from '../core/difference.ts';
import type { Change, Edit, Problem, RowIdentity } from '../core/edit.ts';
import type { Json } from '../core/json.ts';
import { currenciesOf, noNames, type Names } from '../core/names.ts';
import { asItIs, type Redact } from '../core/redact.ts';
import type { RowOutcome } from '../core/outcome.ts';
import { isEmpty } from '../core/same-value.ts';
import { excerpt, printable } from '../core/printable.ts';
import { recordText, type RecordName } from '../core/record-name.ts';
import type { FieldValues } from '../core/vendor.ts';
import { counted } from './numbers.ts';
import type { Paint } from './paint.ts';
import { totalsLines, type PlanTotals } from './totals-text.ts';
import { wrap } from './wrap.ts';

/** What a look at a record showed of it. */
export interface PlannedRecord {
  readonly differences: readonly Difference[];
  readonly about?: RecordName;
  /** All that it holds: the currency of an amount stands in a field of its own. */
  readonly values?: FieldValues;
}

/** A plan for people: the first rows with their calls and changes, then what the whole file comes to. URLs stay whole, for copying. */
export function createPlanText(options: {
  readonly paint: Paint;
  readonly columns: number;
  /** Rows that are shown in full, invalid ones among them. */
  readonly shownRows: number;
  /** What people call fields and values; they are shown by what the vendor calls them besides. */
  readonly names?: Names;
  /** Masks secrets in values, before they are cut. */
  readonly redact?: Redact;
}) {
  const { paint, columns, shownRows, names = noNames, redact = asItIs } = options;
  const wording: Wording = { paint, names, redact };
  let rows = 0;
  const shows = (): boolean => {
    rows += 1;
    return rows <= shownRows;
  };
  const heading = ({ row, line, id }: RowIdentity, { title, link }: RecordName = {}): string => {
    const name = recordText({ id: excerpt(id, 60), ...(title === undefined ? {} : { title: excerpt(title, 60) }) });
    const address = link === undefined ? '' : ` ${paint.dim(printable(link))}`;
    return `${paint.dim(`row ${row} (line ${line})`)} ${paint.strong(name)}${address}`;
  };
  return {
    /** True once enough rows were shown: others are only counted. */
    full: (): boolean => rows >= shownRows,
    /** The text of a row, or undefined once enough rows were shown. `seen`: what the record holds now and would hold, where that was read. */
    row: (
      edit: Edit,
      calls: readonly { readonly method: string; readonly url: string }[],
      seen?: PlannedRecord,
    ): string | undefined => {
      if (!shows()) return undefined;
      const lines = [heading(edit, seen?.about)];
      const currencies = currenciesOf(names, edit.changes, seen?.values);
      if (seen === undefined) {
        for (const { method, url } of calls) lines.push(`  ${method} ${printable(url)}`);
        for (const change of edit.changes)
          lines.push(`    ${changeText(change, columns - 4, { ...wording, currencies })}`);
      }
      for (const difference of seen?.differences ?? [])
        lines.push(`    ${differenceText(difference, columns - 4, { ...wording, currencies })}`);
      if (calls.length === 0) lines.push(paint.dim('    nothing to change'));
      return lines.join('\n');
    },
    /** The same of a row that will not be sent, given what its record shows. */
    ended: (
      row: RowIdentity,
      { status, message = '' }: Pick<RowOutcome, 'status' | 'message'>,
      about?: RecordName,
    ): string | undefined => {
      if (!shows()) return undefined;
      return `${heading(row, about)} ${paint.bad(status)}\n${paint.bad(wrap(`    ${printable(message)}`, columns, '    '))}`;
    },
    /** The same of a row that can't be sent. */
    invalid: (row: RowIdentity, problems: readonly Problem[]): string | undefined => {
      if (!shows()) return undefined;
      const reasons = problems.map(({ column, message, hint }) => {
        const name = column === undefined ? '' : `${excerpt(column, 60)}: `;
        const text = `    ${name}${printable(message)}${hint === undefined ? '' : ` ${printable(hint)}`}`;
        return paint.bad(wrap(text, columns, '    '));
      });
      return [`${heading(row)} ${paint.bad('invalid')}`, ...reasons].join('\n');
    },
    totals: (totals: PlanTotals): string => {
      const hidden = rows - shownRows;
      const more = hidden > 0 ? [paint.dim(`… and ${counted(hidden, 'more row')}: --json shows all`)] : [];
      const gap = rows > 0 ? [''] : [];
      return [...more, ...gap, ...totalsLines(totals, { paint, columns }), paint.dim('Nothing was sent.')].join('\n');
    },
  };
}

interface Wording {
  readonly paint: Paint;
  readonly names: Names;
  readonly redact: Redact;
}

interface RowWording extends Wording {
  readonly currencies: ReturnType<typeof currenciesOf>;
}

/** `stage: set "won"`; a clear says so in capitals, for it takes something away. */
function changeText({ field, action, value, column }: Change, columns: number, wording: RowWording): string {
  const { paint, names, redact, currencies } = wording;
  const name = excerpt(names.field(field, column), 80);
  if (action === 'clear') return paint.warn(`${name}: CLEARED`);
  const head = `${name}: ${action} `;
  const room = Math.max(20, columns - head.length - 2);
  const text = names.text(field, value, currencies(field).after);
  const shown = excerpt(redact(text), room);
  return head + paint[action === 'remove' ? 'before' : 'after'](text === value ? `"${shown}"` : shown);
}

/** `stage: Open → Won`; what is taken away is said in capitals. */
function differenceText(
  difference: Difference,
  columns: number,
  { paint, names, redact, currencies }: RowWording,
): string {
  const { before, after } = difference;
  const { field, action, column } = difference.change;
  const name = excerpt(names.field(field, column), 80);
  const currency = currencies(field);
  const shown = (value: Json, code: string | undefined, most: number): string =>
    isEmpty(value) ? '(empty)' : excerpt(redact(names.text(field, value, code)), most);
  const room = Math.max(12, Math.floor((columns - name.length - 6) / 2));
  if (currency.before === currency.after && staysAsItIs(difference))
    return `${name}: ${shown(after, currency.after, room)} ${paint.dim('(stays, sent along)')}`;
  const was = before === undefined ? paint.dim('(not shown)') : paint.before(shown(before, currency.before, room));
  if (action === 'clear') return `${name}: ${was} → ${paint.warn('CLEARED')}`;
  return `${name}: ${was} → ${paint.after(shown(after, currency.after, room))}`;
}
