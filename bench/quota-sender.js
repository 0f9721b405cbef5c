// One process that sends calls to the vendor of quota.js, as fast as its limiter lets it. Tells when each permit was had, where asked.
import { Agent, request } from 'node:http';

const { contender, rate, kind, url, calls, inFlight, store, accountKey, tellsWaits } = JSON.parse(
  process.argv[2] ?? '{}',
);
const { count, windowMs } = rate;
const timeoutMs = 4_000;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

function send() {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response));
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end();
  });
}

/** Each of them: a function that sends one call when the limiter lets it. */
const contenders = {
  'p-throttle': async () => {
    const { default: pThrottle } = await import('p-throttle');
    return pThrottle({ limit: count, interval: windowMs, strict: true })(send);
  },
  bottleneck: async () => {
    const { default: Bottleneck } = await import('bottleneck');
    const limiter = new Bottleneck({
      reservoir: count,
      reservoirRefreshAmount: count,
      reservoirRefreshInterval: windowMs,
    });
    return () => limiter.schedule(send);
  },
  limiter: async () => {
    const { RateLimiter } = await import('limiter');
    const limiter = new RateLimiter({ tokensPerInterval: count, interval: windowMs });
    return async () => {
      await limiter.removeTokens(1);
      return send();
    };
  },
  'p-queue': async () => {
    const { default: PQueue } = await import('p-queue');
    const queue = new PQueue({ intervalCap: count, interval: windowMs, strict: true });
    return () => queue.add(send);
  },
  'rate-limiter-flexible': async () => {
    const { RateLimiterMemory, RateLimiterQueue } = await import('rate-limiter-flexible');
    const queue = new RateLimiterQueue(new RateLimiterMemory({ points: count, duration: windowMs / 1_000 }));
    return async () => {
      await queue.removeTokens(1);
      return send();
    };
  },
  oppatch: ours,
};

async function ours() {
  const [{ PermitGate }, { openPermitStore }, { SharedPermits }] = await Promise.all([
    import('../dist/quota/gate.js'),
    import('../dist/quota/open-permit-store.js'),
    import('../dist/quota/shared-permits.js'),
  ]);
  const meters = [{ ...rate, name: 'calls', window: kind, evidence: 'documented', description: 'of a benchmark' }];
  const { location, directory } = store;
  const opened = await openPermitStore(location, directory, { accountKey, meters, userSet: false });
  const permits = new SharedPermits({ store: opened, rates: meters, timeoutMs });
  const gate = new PermitGate({ permits });
  process.once('beforeExit', () => void permits.close().then(() => opened.close()));
  return async () => {
    const askedAtMs = performance.now();
    let permit = await gate.acquire('calls');
    while (permit.expired()) {
      permit.unused();
      permit = await gate.acquire('calls');
    }
    if (tellsWaits) process.send?.({ waitMs: performance.now() - askedAtMs });
    const response = await send();
    permit.replied();
    const [limit, remaining, reset] = String(response.headers['ratelimit'] ?? '').match(/[\d.]+/g) ?? [];
    if (reset !== undefined)
      gate.notice(permit, { limit: Number(limit), remaining: Number(remaining), resetMs: Number(reset) * 1_000 });
    if (response.statusCode === 429) gate.pause('calls', undefined);
  };
}

const sendOne = await contenders[contender]();
process.send?.({ ready: true });
await new Promise((resolve) => process.once('message', resolve));
let left = calls;
const worker = async () => {
  while (left > 0) {
    left -= 1;
    await sendOne();
  }
};
await Promise.all(Array.from({ length: Math.min(inFlight, calls) }, worker));
process.send?.({ done: true });
agent.destroy();
process.disconnect?.();
