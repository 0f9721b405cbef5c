import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash, FaultPlan } from '../../src/sandbox/faults.ts';
import { faultKinds, type FaultKind } from '../../src/sandbox/options.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import {
  doneStatus,
  firstCall,
  firstId,
  practice,
  sampleIds,
  throttledStatus,
  vendorNames,
  write,
  writtenText,
} from './practice.ts';

/** What a client sees of a write that meets the fault, and whether the write is applied nevertheless. */
const faults: Readonly<
  Record<FaultKind, { readonly seen: number | 'success' | 'throttled' | 'no reply'; readonly applied: boolean }>
> = {
  'cut-before': { seen: 'no reply', applied: false },
  'cut-after': { seen: 'no reply', applied: true },
  '500': { seen: 500, applied: false },
  '500-after': { seen: 500, applied: true },
  '502-page': { seen: 502, applied: false },
  '503': { seen: 503, applied: false },
  '504-after': { seen: 504, applied: true },
  'never-answers': { seen: 'no reply', applied: false },
  'html-200': { seen: 200, applied: false },
  garbage: { seen: 200, applied: false },
  'truncated-body': { seen: 'no reply', applied: true },
  '401': { seen: 401, applied: false },
  '429-unannounced': { seen: 'throttled', applied: false },
  lie: { seen: 'success', applied: false },
  overreach: { seen: 'success', applied: true },
};

describe.each(vendorNames)('%s, struck by', (vendor) => {
  it.each(faultKinds)('%s', async (kind) => {
    const { seen, applied } = faults[kind];
    const sandbox = await practice({ vendors: { [vendor]: { faults: [{ kind, first: 1 }] } } });
    const id = firstId(sandbox, vendor);
    const before = writtenText(sandbox, vendor, id);
    // A representation is asked for, so that there is a body to be cut.
    const headers = { prefer: 'return=representation' };
    const patience = new AbortController();
    const answer = write(sandbox, vendor, id, 'struck', { signal: patience.signal, headers }).then(
      (answered) => answered.status,
      () => 'no reply',
    );
    if (kind === 'never-answers') {
      await firstCall(sandbox, vendor);
      patience.abort();
    }
    const status = await answer;
    const meant = { success: doneStatus(vendor), throttled: throttledStatus(vendor), 'no reply': 'no reply' } as const;
    expect(status).toBe(typeof seen === 'number' ? seen : meant[seen]);
    expect(writtenText(sandbox, vendor, id)).toBe(applied ? 'struck' : before);
    const { log, statistics } = sandbox.world(vendor);
    expect(log).toMatchObject([{ fault: kind, applied }]);
    expect(statistics).toMatchObject({ arrivals: 1, applied: applied ? 1 : 0, violations: [] });

    // The next write of the same row meets nothing.
    expect((await write(sandbox, vendor, id, 'again')).status).toBeLessThan(300);
    expect(writtenText(sandbox, vendor, id)).toBe('again');
    expect(log[1]).not.toHaveProperty('fault');
  });
});

describe('what a struck reply holds', () => {
  it('is a page, a piece of something, or the very words of a success', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const struck = (kind: FaultKind): ReturnType<typeof write> => {
      const world = sandbox.world('close');
      world.configure({ ...world.behaviour, faults: [{ kind }] });
      return write(sandbox, 'close', id, 'note');
    };
    expect((await struck('html-200')).headers.get('content-type')).toBe('text/html');
    expect((await struck('502-page')).text).toContain('502 Bad Gateway');
    const garbage = await struck('garbage');
    expect([garbage.json, garbage.text.length > 0]).toEqual([undefined, true]);
    expect((await struck('lie')).json).toMatchObject({ id, note: 'note' });
    expect(Number((await struck('429-unannounced')).headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is cut off also where a success has no body', async () => {
    const sandbox = await practice({ behaviour: { faults: [{ kind: 'truncated-body', first: 1 }] } });
    const id = firstId(sandbox, 'partner-center');
    await expect(write(sandbox, 'partner-center', id, 'struck')).rejects.toThrow();
    expect(writtenText(sandbox, 'partner-center', id)).toBe('struck');
  });
});

function struckIds(plan: FaultPlan, ids: readonly string[]): string[] {
  return ids.filter((id) => plan.next(id).fault !== undefined);
}

function draw(seed: number): string[] {
  const plan = new FaultPlan(createRandom(seed));
  plan.set([{ kind: '500', share: 0.3 }], []);
  return struckIds(
    plan,
    Array.from({ length: 2_000 }, (_, index) => `id${index}`),
  );
}

describe('who is struck', () => {
  it('is every n-th write', () => {
    const plan = new FaultPlan(() => 0);
    plan.set([{ kind: '500', every: 3 }], []);
    expect(struckIds(plan, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toEqual(['c', 'f']);
  });

  it('is the first writes of each of the ids that are named', () => {
    const plan = new FaultPlan(() => 0);
    plan.set([{ kind: '500', ids: ['a', 'b'], first: 2 }], []);
    expect(struckIds(plan, ['a', 'c', 'b', 'a', 'a', 'b', 'b'])).toEqual(['a', 'b', 'a', 'b']);
  });

  it('meets the first fault of the list that is meant for it', () => {
    const plan = new FaultPlan(() => 0);
    plan.set([{ kind: '500', ids: ['a'] }, { kind: '503' }], []);
    expect(['a', 'b'].map((id) => plan.next(id).fault?.kind)).toEqual(['500', '503']);
  });

  it('is about the share that was asked for, the same for the same seed', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).length).toBeGreaterThan(500);
    expect(draw(7).length).toBeLessThan(700);
  });

  it('for a refusal depends on the id alone, whatever came before', () => {
    const ids = fc.array(fc.string({ maxLength: 12 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        ids,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        (list, share, every) => {
          for (const selection of [{ share }, { every }]) {
            const plan = new FaultPlan(() => 0);
            plan.set([], [selection]);
            const refused = new Map<string, boolean>();
            for (const id of list) {
              const { refusal } = plan.next(id);
              expect(refused.get(id) ?? refusal !== undefined).toBe(refusal !== undefined);
              refused.set(id, refusal !== undefined);
              expect(hash(id)).toBeGreaterThanOrEqual(0);
              expect(hash(id)).toBeLessThan(1);
            }
          }
        },
      ),
    );
  });

  it('is nobody where nothing is set', () => {
    expect(new FaultPlan(() => 0).next('a')).toEqual({});
  });

  it('for a refusal is about the share and the n-th part that was asked for', () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => `oppo_${index}`);
    for (const selection of [{ share: 0.25 }, { every: 4 }]) {
      const plan = new FaultPlan(() => 0);
      plan.set([], [selection]);
      const refused = ids.filter((id) => plan.next(id).refusal !== undefined).length;
      expect(refused).toBeGreaterThan(650);
      expect(refused).toBeLessThan(850);
    }
  });
});

describe('a refused row', () => {
  it.each(vendorNames)('is refused by %s in its own form, and others are not', async (vendor) => {
    const sandbox = await practice();
    const [refused = '', other = ''] = sampleIds(sandbox, vendor);
    const world = sandbox.world(vendor);
    world.configure({ ...world.behaviour, refuse: [{ ids: [refused], code: 'MyCode', message: 'My message' }] });
    const before = writtenText(sandbox, vendor, refused);
    for (const _ of [1, 2]) {
      const answered = await write(sandbox, vendor, refused, 'refused');
      expect(answered.status).toBe(vendor === 'leadsquared' ? 500 : 400);
      expect(answered.text).toContain('My message');
      // Close has no codes.
      if (vendor !== 'close') expect(answered.text).toContain('MyCode');
    }
    expect(writtenText(sandbox, vendor, refused)).toBe(before);
    expect((await write(sandbox, vendor, other, 'taken')).status).toBeLessThan(300);
    expect(world.statistics).toMatchObject({ applied: 1, appliedById: { [other]: 1 } });
  });

  it('may be struck before it is judged, and is never struck after', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'raze');
    const world = sandbox.world('raze');
    const meet = async (kind: FaultKind): Promise<number> => {
      world.configure({ ...world.behaviour, refuse: [{}], faults: [{ kind }] });
      return (await write(sandbox, 'raze', id, 'x')).status;
    };
    expect(await meet('503')).toBe(503);
    expect(await meet('504-after')).toBe(400);
    expect(world.statistics.applied).toBe(0);
  });
});
