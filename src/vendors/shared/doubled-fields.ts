import type { Action, Change, Edit } from '../../core/edit.ts';
import type { Audit } from '../../core/vendor.ts';

/** Two columns of one row that do the same to one field, such as Close's `amount` and `value`: only one of them could be sent. */
export function doubledFields(edit: Edit): Audit[] {
  const audits: Audit[] = [];
  const { changes } = edit;
  for (let index = 1; index < changes.length; index += 1) {
    const change = changes[index];
    const other = change === undefined ? undefined : earlierChange(changes, index, change);
    if (change === undefined || other === undefined) continue;
    const { column, field } = change;
    audits.push({
      severity: 'error',
      code: 'field-twice',
      message:
        other.column === column ? `${column} is given twice` : `${other.column} and ${column} both write ${field}`,
      hint: 'Leave one of them empty, or leave out its column with --ignore.',
      column,
    });
  }
  return audits;
}

function earlierChange(changes: readonly Change[], before: number, { field, action }: Change): Change | undefined {
  for (let index = 0; index < before; index += 1) {
    const change = changes[index];
    if (change?.field === field && effect(change.action) === effect(action)) return change;
  }
  return undefined;
}

function effect(action: Action): Action {
  return action === 'clear' ? 'set' : action;
}
