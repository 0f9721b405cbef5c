/** A process that sends calls through a shared quota: `shared-permits-child STORE URL RATE CALLS WORKERS TIMEOUT-MS GRACE-MS`. */
import { parseRate, rateText } from '../../src/core/duration.ts';
import type { Meter } from '../../src/core/vendor.ts';
import { WireError } from '../../src/core/wire.ts';
import { PermitGate } from '../../src/quota/gate.ts';
import { openDiskPermitStore } from '../../src/quota/disk-permit-store.ts';
import { SharedPermits } from '../../src/quota/shared-permits.ts';
import { createTransport } from '../../src/transport/send.ts';

const [, , path = '', url = '', rate = '', calls = '', workers = '', timeout = '', grace = ''] = process.argv;
const parsed = parseRate(rate);
if (parsed === undefined) throw new Error(`no rate: ${rate}`);
const limits: Meter = {
  ...parsed,
  name: rateText(parsed),
  window: 'sliding',
  evidence: 'documented',
  description: 'of a test',
};
const timeoutMs = Number(timeout);
const store = await openDiskPermitStore(path, { meters: [limits], userSet: true });
const permits = new SharedPermits({ store, rates: [parsed], timeoutMs, graceMs: Number(grace) });
const gate = new PermitGate({ permits });
const transport = await createTransport({ connections: Number(workers), version: 'test' });

process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));

let left = Number(calls);
let refused = 0;
const startedAt = performance.now();
let firstAfterMs = 0;

function lostReply(error: unknown): undefined {
  if (!(error instanceof WireError)) throw error;
  return undefined;
}

async function work(): Promise<void> {
  while (left > 0) {
    left -= 1;
    let permit = await gate.acquire('calls');
    while (permit.expired()) {
      permit.unused();
      permit = await gate.acquire('calls');
    }
    firstAfterMs ||= performance.now() - startedAt;
    const reply = await transport.send({ method: 'GET', url, headers: {} }, { timeoutMs }).catch(lostReply);
    if (reply === undefined) permit.lost();
    else permit.replied();
    if (reply?.status === 429) refused += 1;
  }
}

await Promise.all(Array.from({ length: Number(workers) }, work));
await transport.close();
await permits.close();
await store.close();
process.send?.({ refused, firstAfterMs });
process.disconnect();
