// A vendor for quota.js, in a process of its own: counts each call when it arrives and refuses what is too much. The ways there and back take as long as
// asked for. What it refuses does not count, which is kinder than some vendors are. Tells the moments of arrival when asked.
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const { count, windowMs, kind, latency } = JSON.parse(process.argv[2] ?? '{}');
const between = (fromMs, toMs) => fromMs + Math.random() * (toMs - fromMs);
const oneWayMs = {
  steady: () => 50,
  jittered: () => between(20, 300),
  // Two ways: 2 % of the calls have a second of it on one of them.
  spiky: () => (Math.random() < 0.01 ? 1_000 : 50),
}[latency];

const accepted = [];
let refused = 0;
let inWindow = [];
const roundTripsMs = [];

/** Whether the call is within the limit. */
function arrive(nowMs) {
  const fromMs = kind === 'fixed' ? Math.floor(nowMs / windowMs) * windowMs : nowMs - windowMs;
  inWindow = inWindow.filter((atMs) => (kind === 'fixed' ? atMs >= fromMs : atMs > fromMs));
  if (inWindow.length >= count) {
    refused += 1;
    return false;
  }
  inWindow.push(nowMs);
  accepted.push(nowMs);
  return true;
}

const server = createServer((request, response) => {
  request.resume();
  void (async () => {
    const startedAtMs = performance.now();
    await delay(oneWayMs());
    const arrivedAtMs = performance.now();
    const isWithin = arrive(arrivedAtMs);
    const headers = {};
    if (kind === 'fixed') {
      const resetMs = (Math.floor(arrivedAtMs / windowMs) + 1) * windowMs - arrivedAtMs;
      headers['ratelimit'] =
        `limit=${count}, remaining=${count - inWindow.length}, reset=${(resetMs / 1_000).toFixed(3)}`;
    }
    await delay(oneWayMs());
    roundTripsMs.push(performance.now() - startedAtMs);
    response.writeHead(isWithin ? 200 : 429, headers).end();
  })();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('message', () => process.send?.({ accepted, refused, roundTripsMs, nowMs: performance.now() }));
process.once('disconnect', () => process.exit());
