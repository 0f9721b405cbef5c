import type { Edit } from '../core/edit.ts';
import type { Audit } from '../core/vendor.ts';

/** Two columns of one row that do the same to one field, such as Close's `amount` and `value`: only one of them could be sent. */
export function doubledFields(edit: Edit): readonly Audit[] {
  const first = new Map<string, string>();
  const audits: Audit[] = [];
  for (const { field, action, column } of edit.changes) {
    const target = `${action === 'clear' ? 'set' : action} ${field}`;
    const other = first.get(target);
    if (other === undefined) first.set(target, column);
    else {
      audits.push({
        severity: 'error',
        code: 'field-twice',
        message: other === column ? `${column} is given twice` : `${other} and ${column} both write ${field}`,
        hint: 'Leave one of them empty, or leave out its column with --ignore.',
        column,
      });
    }
  }
  return audits;
}
