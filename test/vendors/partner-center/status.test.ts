import { describe, expect, it } from 'vitest';
import {
  pairProblem,
  referralStatuses,
  referralSubstatuses,
  transitionProblem,
  unusualStep,
} from '../../../src/vendors/partner-center/audit.ts';

/** The pairs that stand together, and where each may go, written out by hand from the table of the vendor. */
const pairs = [
  'New/Pending',
  'New/Received',
  'Active/Accepted',
  'Closed/Won',
  'Closed/Lost',
  'Closed/Declined',
  'Closed/Expired',
];
const fromNew = pairs;
const fromActive = pairs.filter((pair) => !pair.startsWith('New'));
const reachable: Readonly<Record<string, readonly string[]>> = {
  'New/Pending': fromNew,
  'New/Received': fromNew,
  'Active/Accepted': fromActive,
  'Closed/Won': [],
  'Closed/Lost': [],
  'Closed/Declined': [],
  'Closed/Expired': [],
};
const unusual = new Set([
  'New/Pending > Closed/Won',
  'New/Pending > Closed/Lost',
  'New/Pending > Closed/Expired',
  'New/Received > Closed/Won',
  'New/Received > Closed/Lost',
  'New/Received > Closed/Expired',
  'Active/Accepted > Closed/Declined',
  'Active/Accepted > Closed/Expired',
]);

const all = referralStatuses.flatMap((status) => referralSubstatuses.map((substatus) => ({ status, substatus })));
const nameOf = ({ status, substatus }: { status: string; substatus: string }): string => `${status}/${substatus}`;
const valid = all.filter((one) => pairs.includes(nameOf(one)));

describe('a pair of status and substatus', () => {
  it('there are 21, and 7 of them stand together', () => {
    expect(all).toHaveLength(21);
    expect(all.filter((one) => pairProblem(one) === undefined).map(nameOf)).toEqual(pairs);
  });

  it('that does not stand together is explained by what would', () => {
    expect(pairProblem({ status: 'Closed', substatus: 'Accepted' })).toBe(
      'Accepted does not go with Closed, which takes Won, Lost, Declined, Expired',
    );
  });
});

describe('a transition', () => {
  it.each(valid)('from $status/$substatus is judged as the table says, for each of the 21 pairs', (current) => {
    for (const next of all) {
      const allowed = (reachable[nameOf(current)] ?? []).includes(nameOf(next));
      expect([nameOf(next), transitionProblem(current, next) === undefined]).toEqual([nameOf(next), allowed]);
    }
  });

  it('that is not allowed is explained', () => {
    const won = { status: 'Closed', substatus: 'Won' };
    expect(transitionProblem(won, won)).toBe('the referral is closed (Won), which is final');
    expect(
      transitionProblem({ status: 'Active', substatus: 'Accepted' }, { status: 'New', substatus: 'Pending' }),
    ).toBe("a referral that is Active can't become New");
    expect(transitionProblem({ status: 'New', substatus: 'Pending' }, { status: 'Active', substatus: 'Won' })).toBe(
      'Won does not go with Active, which takes Accepted',
    );
  });

  it('from a status that the table does not know is left to the vendor', () => {
    expect(transitionProblem({ status: 'None', substatus: 'None' }, { status: 'New', substatus: 'Pending' })).toBe(
      undefined,
    );
  });

  it('that the user interface does not offer is told, for each pair of pairs that is allowed', () => {
    for (const current of valid) {
      for (const next of valid) {
        if (transitionProblem(current, next) !== undefined) continue;
        const step = `${nameOf(current)} > ${nameOf(next)}`;
        expect([step, unusualStep(current, next)]).toEqual([step, unusual.has(step)]);
      }
    }
  });
});
