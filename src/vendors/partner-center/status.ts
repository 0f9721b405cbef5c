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
