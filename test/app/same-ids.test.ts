import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet } from '../../src/app/edits/id-set.ts';
import { SameIds } from '../../src/app/edits/same-ids.ts';

describe('ids that come several times', () => {
  it('are counted as a Set counts them', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.stringMatching(/^oppo_[0-9]{1,2}$/))), (ids) => {
        const same = new SameIds();
        for (const id of ids) same.add(id);
        const counts = new Map<string, number>();
        for (const id of ids) if (id !== '') counts.set(id, (counts.get(id) ?? 0) + 1);
        const repeated = [...counts].filter(([, count]) => count > 1);
        expect(same.ids).toBe(repeated.length);
        expect(same.laterRows).toBe(repeated.reduce((sum, [, count]) => sum + count - 1, 0));
        for (const [id, count] of counts) expect(same.has(id)).toBe(count > 1);
      }),
    );
  });

  it('are told apart among very many that look alike', () => {
    const set = new IdSet();
    let known = 0;
    for (let index = 0; index < 300_000; index++) if (!set.add(`oppo_sandbox${index}`)) known += 1;
    expect(known).toBe(0);
    expect(set.has('oppo_sandbox299999')).toBe(true);
    expect(set.has('oppo_sandbox300000')).toBe(false);
  });
});
