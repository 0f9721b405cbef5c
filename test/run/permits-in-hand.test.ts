import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Call, Reply } from '../../src/core/call.ts';
import { OppatchError } from '../../src/core/errors.ts';
import type { Gate, Permit } from '../../src/core/gate.ts';
import { CallDispatcher, type CallParts } from '../../src/run/call-dispatcher.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { plainParts } from './plain-parts.ts';

const call: Call = {
  method: 'PATCH',
  path: '/opportunities/1',
  headers: {},
  edits: [],
  step: 'update',
  repeatable: true,
  quotaGroup: 'calls',
};

/** What happens, in its order. */
type History = string[];

/** Permits are numbered; `fates` says what becomes of each, and who asks for more than those is refused. */
function gateOf(fates: readonly { expired: () => boolean }[], history: History): Gate {
  let given = 0;
  return {
    acquire: () => {
      const fate = fates[given];
      given += 1;
      if (fate === undefined)
        return Promise.reject(new OppatchError('quota-exhausted', 'The quota is used up.', { exitCode: 6 }));
      const end = (how: string) => (): void => void history.push(`${how} ${fates.indexOf(fate) + 1}`);
      const permit: Permit = {
        expired: fate.expired,
        replied: end('replied'),
        lost: end('lost'),
        unused: end('unused'),
      };
      return Promise.resolve(permit);
    },
    pause: () => undefined,
    learn: () => undefined,
    notice: () => undefined,
    status: () => ({ waitMs: 0, rates: [] }),
  };
}

function dispatcherOf(gate: Gate, history: History): { readonly dispatcher: CallDispatcher; readonly stop: RunStop } {
  const parts: CallParts = {
    ...plainParts,
    gate,
    transport: {
      send: (): Promise<Reply> => {
        history.push('sent');
        return Promise.resolve({ status: 200, headers: {}, body: '', receivedAtMs: 0 });
      },
    },
  };
  const stop = new RunStop();
  return { dispatcher: new CallDispatcher(parts, stop, 10), stop };
}

const fresh = { expired: (): boolean => false };

describe('a permit', () => {
  it('that expires while the intent is made durable is handed back unused, and the call goes with another', async () => {
    const history: History = [];
    let late = false;
    const { dispatcher } = dispatcherOf(gateOf([{ expired: () => late }, fresh], history), history);
    const exchange = await dispatcher.write(call, 1, () => {
      history.push('intent');
      late = true;
      return Promise.resolve();
    });
    expect(exchange.kind).toBe('reply');
    expect(history).toEqual(['intent', 'unused 1', 'sent', 'replied 2']);
  });

  it('that expires before the intent is replaced before it', async () => {
    const history: History = [];
    const { dispatcher } = dispatcherOf(gateOf([{ expired: () => true }, { ...fresh }], history), history);
    await dispatcher.write(call, 1, () => {
      history.push('intent');
      return Promise.resolve();
    });
    expect(history).toEqual(['unused 1', 'intent', 'sent', 'replied 2']);
  });

  it('that cannot be replaced leaves the call certainly unsent, which the intent is told', async () => {
    const history: History = [];
    let late = false;
    const { dispatcher, stop } = dispatcherOf(gateOf([{ expired: () => late }], history), history);
    const exchange = await dispatcher.write(call, 1, () => {
      late = true;
      return Promise.resolve();
    });
    expect(exchange).toMatchObject({ kind: 'no-reply', error: { mayHaveArrived: false } });
    expect(history).toEqual(['unused 1']);
    expect(stop.sending.aborted).toBe(true);
  });

  it('that is in hand when the quota is used up is still sent with', async () => {
    const history: History = [];
    const { dispatcher, stop } = dispatcherOf(gateOf([fresh], history), history);
    const [first, second] = await Promise.all([
      dispatcher.write(call, 1, nextTurn),
      dispatcher.write(call, 1, nextTurn),
    ]);
    expect([first.kind, second.kind]).toEqual(['reply', 'stopped']);
    expect(history).toEqual(['sent', 'replied 1']);
    expect(stop.sending.aborted).toBe(true);
  });
});
