// A machine of its own that uses an account: sends calls as fast as the quota on the Redis server allows, until it is killed. Uses the build.
import { PermitGate } from '../../dist/quota/gate.js';
import { openRedisPermitStore } from '../../dist/quota/redis-permit-store.js';
import { SharedPermits } from '../../dist/quota/shared-permits.js';

const [redisUrl, accountKey, vendorUrl, count, windowMs] = process.argv.slice(2);
const meters = [
  {
    name: 'calls',
    count: Number(count),
    windowMs: Number(windowMs),
    window: 'sliding',
    evidence: 'documented',
    description: 'of a test',
  },
];
const timeoutMs = 500;
const store = await openRedisPermitStore(redisUrl, { accountKey, meters, userSet: false });
const permits = new SharedPermits({ store, rates: meters, timeoutMs, graceMs: 500 });
const gate = new PermitGate({ permits });

async function send() {
  for (;;) {
    const permit = await gate.acquire('calls');
    try {
      const reply = await fetch(vendorUrl, { signal: AbortSignal.timeout(timeoutMs) });
      await reply.arrayBuffer();
      permit.replied();
    } catch {
      permit.lost();
    }
  }
}

await Promise.all([send(), send(), send(), send()]);
