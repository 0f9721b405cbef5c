// node bench/quota.js: refusals and throughput at a vendor that counts strictly on arrival, ours beside the limiters that one would take otherwise; several
// processes on one account; a one-off during a bulk run; kills. Prints Markdown tables. Needs redis-server (installed where it is missing).
import { fork, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installPackages } from '../test/install-packages.js';
import { root } from '../test/setup.js';
import { installPeers, median, ready, workDirectory } from './measure.js';

const rate = { count: 50, windowMs: 2_000 };
const calls = 600;
/** Left out of the throughput: limiters start until then. */
const warmUpCalls = 200;
const here = join(root, 'bench');
const directory = workDirectory();
const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function forked(file, order) {
  const child = fork(join(here, file), [JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The first message that has this key. */
function told(child, key) {
  return new Promise((resolve, reject) => {
    const listen = (message) => {
      if (!(key in message)) return;
      child.off('message', listen);
      child.off('exit', fail);
      resolve(message);
    };
    const fail = (code, signal) => reject(new Error(`a process of the benchmark ended with ${code ?? signal}`));
    child.on('message', listen);
    child.once('exit', fail);
  });
}

async function startVendor(kind, latency) {
  const child = forked('quota-server.js', { ...rate, kind, latency });
  const { port } = await told(child, 'port');
  return {
    url: `http://127.0.0.1:${port}/`,
    report: async () => {
      const answer = told(child, 'accepted');
      child.send({});
      return answer;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

let accounts = 0;
function newAccount() {
  accounts += 1;
  return `bench-${accounts}`;
}

async function startSender(order) {
  const child = forked('quota-sender.js', {
    contender: 'oppatch',
    kind: 'sliding',
    inFlight: 100,
    calls: 1e9,
    ...order,
  });
  await told(child, 'ready');
  return child;
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** Calls per window, after the warm-up, over whole windows, as a share of the limit. */
function shareOf({ accepted }, from = warmUpCalls) {
  const { count, windowMs } = rate;
  const windows = Math.floor((accepted.length - 1 - from) / count);
  return (windows * windowMs) / (accepted[from + windows * count] - accepted[from]);
}

/** What the rule allows: a window and the round trip for each permit. */
function ruleShare({ roundTripsMs }) {
  return rate.windowMs / (rate.windowMs + mean(roundTripsMs));
}

function table(titles, rows) {
  console.log(
    `\n| ${titles.join(' | ')} |\n| ${titles.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`,
  );
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

const names = ['oppatch', 'p-throttle', 'bottleneck', 'limiter', 'p-queue', 'rate-limiter-flexible'];
const local = { directory: join(directory, 'state') };

/** All contenders side by side, each with a vendor of its own. */
async function compare(kind, latency) {
  const ended = names.map(async (contender, index) => {
    const vendor = await startVendor(kind, latency);
    const order = { contender, kind, rate, calls, url: vendor.url, store: local, accountKey: newAccount() };
    const sender = await startSender({ ...order, inFlight: calls });
    // So that their bursts do not fall together.
    await delay((index * rate.windowMs) / names.length);
    const done = told(sender, 'done');
    sender.send({});
    await done;
    const report = await vendor.report();
    vendor.stop();
    return report;
  });
  return Promise.all(ended);
}

async function limiters() {
  const cells = [
    ['sliding', 'steady'],
    ['sliding', 'jittered'],
    ['sliding', 'spiky'],
    ['fixed', 'jittered'],
  ];
  const columns = [];
  for (const [kind, latency] of cells) columns.push(await compare(kind, latency));
  console.log(
    `\n### One process: ${rate.count} calls per ${rate.windowMs / 1_000} s, ${calls} calls a cell: refusals, and share of N / T after the first ${warmUpCalls} calls`,
  );
  const titles = [
    'steady, 50 ms each way',
    'jittered, 20 to 300 ms',
    'spiky, 1 s in 2 %',
    'fixed window, told in a header, jittered',
  ];
  const rows = names.map((name, row) => {
    const cellTexts = columns.map((reports) => `${reports[row].refused} · ${percent(shareOf(reports[row]))}`);
    return [name.startsWith('oppatch') ? `**${name}**` : name].concat(cellTexts);
  });
  const rule = columns.map((reports, index) => (cells[index][0] === 'fixed' ? '' : percent(ruleShare(reports[0]))));
  table(['refusals · share of N / T', ...titles], [...rows, ['what N / (T + rtt) allows', ...rule]]);
}

/** So many processes on one account for `windows` windows. */
async function together(processes, store, windows) {
  const vendor = await startVendor('sliding', 'steady');
  const accountKey = newAccount();
  const order = { rate, url: vendor.url, store, accountKey, inFlight: 2 * rate.count };
  const senders = await Promise.all(Array.from({ length: processes }, () => startSender(order)));
  for (const sender of senders) sender.send({});
  await delay(windows * rate.windowMs);
  const report = await vendor.report();
  for (const sender of senders) sender.kill('SIGKILL');
  vendor.stop();
  return [
    processes,
    report.refused,
    percent(shareOf(report, rate.count)),
    percent(shareOf(report, rate.count) / ruleShare(report)),
  ];
}

/** Waits of one-offs, in windows, while another process has the account busy. */
async function oneOffs(store) {
  const vendor = await startVendor('sliding', 'steady');
  const order = { rate, url: vendor.url, store, accountKey: newAccount() };
  const bulk = await startSender({ ...order, inFlight: 2 * rate.count });
  bulk.send({});
  await delay(2.2 * rate.windowMs);
  const waits = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const oneOff = await startSender({ ...order, calls: 1, inFlight: 1, tellsWaits: true });
    const waited = told(oneOff, 'waitMs');
    oneOff.send({});
    waits.push((await waited).waitMs / rate.windowMs);
    await delay(Math.random() * rate.windowMs);
  }
  const { refused } = await vendor.report();
  bulk.kill('SIGKILL');
  vendor.stop();
  return [refused, median(waits).toFixed(2), Math.max(...waits).toFixed(2)];
}

/** Four processes, two of which are killed while calls are in flight: refusals, and when the last window below the full rate has begun. */
async function kills(store) {
  const vendor = await startVendor('sliding', 'steady');
  const order = { rate, url: vendor.url, store, accountKey: newAccount(), inFlight: rate.count };
  const senders = await Promise.all(Array.from({ length: 4 }, () => startSender(order)));
  for (const sender of senders) sender.send({});
  // The first calls of the fourth burst have arrived; their replies are still on the way.
  while ((await vendor.report()).accepted.length < 3 * rate.count + 5) await delay(5);
  for (const sender of senders.slice(0, 2)) sender.kill('SIGKILL');
  const { nowMs: killedAtMs } = await vendor.report();
  await delay(10_000 + 4 * rate.windowMs);
  const report = await vendor.report();
  for (const sender of senders.slice(2)) sender.kill('SIGKILL');
  vendor.stop();
  const cycleMs = (rate.windowMs / ruleShare(report)) * 1.02;
  let lastBelowMs = killedAtMs;
  let leastCalls = rate.count;
  for (let fromMs = killedAtMs; fromMs + cycleMs < report.nowMs; fromMs += 20) {
    const inCycle = report.accepted.filter((atMs) => atMs >= fromMs && atMs < fromMs + cycleMs).length;
    leastCalls = Math.min(leastCalls, inCycle);
    if (inCycle < rate.count) lastBelowMs = fromMs;
  }
  return [report.refused, leastCalls, `${((lastBelowMs - killedAtMs) / 1_000).toFixed(1)} s`];
}

async function startRedis() {
  installPackages(['redis-server']);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--save', ''], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  return { location: `redis://127.0.0.1:${port}`, directory: local.directory };
}

ready();
installPeers();
const stores = { 'on this machine': local, Redis: await startRedis() };
const only = process.argv[2];

if (only === undefined || only === 'limiters') await limiters();
if (only === undefined || only === 'processes') {
  const rows = [];
  for (const [name, store] of Object.entries(stores))
    for (const processes of [2, 4, 8]) rows.push([name, ...(await together(processes, store, 8))]);
  console.log(`\n### Processes on one account: 8 windows, steady latency`);
  table(['store', 'processes', 'refusals', 'of N / T', 'of N / (T + rtt)'], rows);
}
if (only === undefined || only === 'one-off') {
  const rows = [];
  for (const [name, store] of Object.entries(stores)) rows.push([name, ...(await oneOffs(store))]);
  console.log('\n### A one-off while a bulk run has the account busy: its wait, in windows, of 5');
  table(['store', 'refusals', 'median', 'longest'], rows);
}
if (only === undefined || only === 'kills') {
  const rows = await Promise.all(
    Object.entries(stores).map(async ([name, store]) => [name].concat(await kills(store))),
  );
  console.log(
    '\n### Two of four processes killed with -9, calls in flight: back at the latest after timeout, grace and window, 4 + 3 + 2 s',
  );
  table(['store', 'refusals', `least calls in a window, of ${rate.count}`, 'full rate is back after'], rows);
}
process.exit();
