import type { Change, Edit } from '../../core/edit.ts';
import { scalarText } from '../../core/json.ts';
import type { Audit, Settings } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';

/**
 * What the edit alone shows of a refusal, or of a step that nothing takes back. `status` and `substatus` have to agree after a patch, so they
 * stand in one row. https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral and
 * https://learn.microsoft.com/en-us/partner-center/manage-co-sell-opportunities, as of 2026-10.
 */
export function partnerCenterAudit(edit: Edit, settings: Settings): readonly Audit[] {
  const status = edit.changes.find(({ field }) => field === '/status');
  const substatus = edit.changes.find(({ field }) => field === '/substatus');
  const audits = [...doubledFields(edit), ...oneWayAudits(edit)];
  if (status !== undefined && substatus !== undefined) {
    return [...audits, ...pairAudits(edit, status, substatus, settings)];
  }
  if (status !== undefined) return [...audits, halfAudit(status, 'status', 'substatus')];
  if (substatus !== undefined) return [...audits, halfAudit(substatus, 'substatus', 'status')];
  return audits;
}

/** What they do that cannot be undone. */
const oneWayFields: ReadonlyMap<string, string> = new Map([
  ['/consent/consentToShareReferralWithMicrosoftSellers', "shares the referral with Microsoft's sellers"],
  ['/inviteContext/assistanceRequestCode', 'asks Microsoft for help'],
]);

function oneWayAudits({ changes }: Edit): readonly Audit[] {
  return changes.flatMap(({ field, column, value }): Audit[] => {
    const effect = oneWayFields.get(field);
    const code = 'cannot-be-taken-back';
    if (effect === undefined) return [];
    if (value !== false) return [warning(code, `${column} ${effect}, which cannot be taken back`, column)];
    const message = `${column} can only be true: what ${effect} is not taken back`;
    return [{ severity: 'error', unlessUnchanged: true, code, message, hint: 'Leave it empty.', column }];
  });
}

function halfAudit({ column }: Change, given: string, missing: string): Audit {
  const message = `${given} is changed without ${missing}, and the two must agree`;
  const hint = `Give ${missing} in the same row, for example Closed with Won, or Active with Accepted.`;
  return { severity: 'error', code: 'status-without-substatus', message, hint, column };
}

function pairAudits(
  { changes }: Edit,
  { value: statusValue, column: statusColumn }: Change,
  { value: substatusValue, column: substatusColumn }: Change,
  settings: Settings,
): readonly Audit[] {
  const [status, substatus] = [scalarText(statusValue) ?? '', scalarText(substatusValue) ?? ''];
  const problem = pairProblem({ status, substatus });
  if (problem !== undefined) {
    const code = 'status-and-substatus-disagree';
    return [{ severity: 'error', code, message: problem, column: substatusColumn }];
  }
  if (status !== 'Closed') return [];
  const audits: Audit[] = [
    warning('closes-referral', 'Closing a referral is final: it can never be edited again', statusColumn),
  ];
  // The upload of Partner Center wants a reason for these two; whether its API does is not documented.
  const wantsReason = (substatus === 'Lost' || substatus === 'Declined') && settings['reason-required'] !== 'no';
  if (wantsReason && !changes.some(({ field, action }) => field === '/statusReason' && action === 'set')) {
    const message = `${substatus} needs a reason`;
    const hint = 'Give statusReason in the same row, or add --setting reason-required=no.';
    const column = substatusColumn;
    audits.push({ severity: 'error', unlessUnchanged: true, code: 'reason-missing', message, hint, column });
  }
  if (substatus === 'Expired') {
    audits.push(warning('expires-referral', 'Expired is normally set by Partner Center itself', substatusColumn));
  }
  return audits;
}

function warning(code: string, message: string, column: string): Audit {
  return { severity: 'warning', code, message, column };
}

/**
 * Which status may follow which, and which substatus belongs to a status. From the referral resources page
 * (https://learn.microsoft.com/en-us/partner-center/developer/referral-resources), editions of 2019 to 2021.
 */
export const referralStatuses = ['New', 'Active', 'Closed'] as const;
export const referralSubstatuses = ['Pending', 'Received', 'Accepted', 'Won', 'Lost', 'Declined', 'Expired'] as const;

const substatusesOf: Readonly<Record<string, readonly string[]>> = {
  New: ['Pending', 'Received'],
  Active: ['Accepted'],
  Closed: ['Won', 'Lost', 'Declined', 'Expired'],
};

const nextStatuses: Readonly<Record<string, readonly string[]>> = {
  New: ['New', 'Active', 'Closed'],
  Active: ['Active', 'Closed'],
  Closed: [],
};

export interface ReferralStatus {
  readonly status: string;
  readonly substatus: string;
}

/** Why this substatus cannot stand with this status, or undefined. */
export function pairProblem({ status, substatus }: ReferralStatus): string | undefined {
  const fitting = substatusesOf[status] ?? [];
  return fitting.includes(substatus)
    ? undefined
    : `${substatus} does not go with ${status}, which takes ${fitting.join(', ')}`;
}

/** Why a referral cannot go from the one to the other, or undefined. A closed one can't be edited in any way. */
export function transitionProblem(current: ReferralStatus, next: ReferralStatus): string | undefined {
  const pair = pairProblem(next);
  if (pair !== undefined) return pair;
  const allowed = nextStatuses[current.status];
  if (allowed === undefined || allowed.includes(next.status)) return undefined;
  if (current.status === 'Closed') return `the referral is closed (${current.substatus}), which is final`;
  return `a referral that is ${current.status} can't become ${next.status}`;
}

/** Changes that the table allows but the user interface does not offer as a step. */
export function unusualStep(current: ReferralStatus, next: ReferralStatus): boolean {
  if (next.status !== 'Closed') return false;
  if (next.substatus === 'Expired') return true;
  return current.status === 'New' ? next.substatus !== 'Declined' : next.substatus === 'Declined';
}
