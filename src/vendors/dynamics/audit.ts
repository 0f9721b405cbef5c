import type { Edit } from '../../core/edit.ts';
import { scalarText } from '../../core/json.ts';
import type { Audit, FieldValues } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { changeOf, isState, stateWords, wantedState, type StateOf } from './states.ts';

/*
 * What the service refuses, or does besides what is asked. https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity, and for winning
 * and losing https://learn.microsoft.com/previous-versions/dynamicscrm-2016/developers-guide/mt607971(v=crm.8), as of 2026-10.
 */

/** What an edit shows by itself. */
export function editAudit(edit: Edit, stateOf: StateOf): readonly Audit[] {
  const audits = doubledFields(edit);
  const reason = changeOf(edit.changes, 'statuscode');
  const own = reason === undefined ? undefined : stateOf(scalarText(reason.value) ?? '');
  const wanted = wantedState(edit.changes, stateOf);
  if (reason !== undefined && own !== undefined && wanted !== undefined && own !== wanted) {
    const message = `The status reason belongs to opportunities that are ${stateWords[own]}, and the row asks for one that is ${stateWords[wanted]}`;
    const hint = 'Leave one of the two empty.';
    audits.push({ severity: 'error', code: 'reason-of-other-state', message, hint, column: reason.column });
  }
  if (reason !== undefined && wanted === undefined) {
    const message = 'It is not known whether the status reason belongs to opportunities that are open, won or lost';
    const hint = 'Add the column status: Open, Won or Lost.';
    audits.push({ severity: 'error', code: 'reason-of-unknown-state', message, hint, column: reason.column });
  }
  if (wanted === 1 || wanted === 2) {
    const message = `Making it ${stateWords[wanted]} adds an activity to the timeline, which stays there when it is undone`;
    audits.push({ severity: 'warning', code: 'adds-activity', message });
  }
  return audits;
}

/** What an edit of a record that stands so shows. */
export function recordAudit(edit: Edit, values: FieldValues, stateOf: StateOf): readonly Audit[] {
  const audits: Audit[] = [];
  const now = Number(scalarText(values.get('statecode')?.value ?? null));
  const next = wantedState(edit.changes, stateOf);
  if (isState(now) && now !== 0) {
    const is = `The opportunity is ${stateWords[now]}`;
    const edited = `${is}; whether the service takes an edit of a closed one is not documented`;
    const reopened = `${is}; the activity of that stays in the timeline when it is reopened`;
    if (next === undefined) audits.push({ severity: 'warning', code: 'closed-record', message: edited });
    else if (next === 0) audits.push({ severity: 'warning', code: 'activity-remains', message: reopened });
    else {
      const message = `${is}, and only an open one can be made ${stateWords[next]}.`;
      const hint =
        'Reopen it by a row of its own before this one (status Open), or leave status and its reason out to change other columns.';
      audits.push({ severity: 'error', code: 'closed-already', message, hint });
    }
  }
  const computed = values.get('isrevenuesystemcalculated')?.value === true;
  if (
    computed &&
    changeOf(edit.changes, 'estimatedvalue') !== undefined &&
    changeOf(edit.changes, 'isrevenuesystemcalculated')?.value !== false
  )
    audits.push({
      severity: 'warning',
      code: 'amount-is-computed',
      message:
        'The estimated revenue follows from product lines here, and may be overwritten; set isrevenuesystemcalculated to false in the same row to keep it',
    });
  return audits;
}
