// What the benchmarks share: whole processes timed from outside, medians, ratios, a sandbox of its own process.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from '../test/setup.js';

export const bin = binOf(root);

/** Another checkout, installed and built, that is measured beside this one where `OPPATCH_BEFORE` names it. */
export const before = process.env['OPPATCH_BEFORE'];

export function binOf(checkout) {
  return join(checkout, 'bin', 'oppatch.js');
}

/** Installs and builds where that is due. */
export function ready() {
  install();
  build();
}

const here = join(root, 'bench');

/** Installs, where that is due, what the benchmarks compare with. */
export function installPeers() {
  const installed = join(here, 'node_modules', '.package-lock.json');
  const lock = join(here, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing what is compared with…');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefix', here], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** A private directory that is gone when the benchmark ends. */
export function workDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const useReporter = `data:text/javascript,process.on('exit',()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();process.stderr.write('\\nUSED '+maxRSS+' '+(userCPUTime+systemCPUTime)+'\\n')})`;

/** Runs Node with these words; seconds from outside, and what the process used: CPU seconds (user and system), and its peak memory in MB. */
export function timeNode(words, { env = {}, cwd, expected = [0], output = 'ignore' } = {}) {
  const startedAt = performance.now();
  const child = spawnSync(process.execPath, ['--import', useReporter, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, 'pipe'],
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const stderr = String(child.stderr);
  if (!expected.includes(child.status))
    throw new Error(`${words.join(' ')} ended with ${child.status}: ${stderr.slice(-2000)}`);
  const [, peakKb = Number.NaN, cpuMicroseconds = Number.NaN] = /\nUSED (\d+) (\d+)\n/.exec(stderr) ?? [];
  return { seconds, cpuSeconds: cpuMicroseconds / 1e6, peakMb: peakKb / 1024, stdout: child.stdout };
}

/** Runs any command; seconds from outside. */
export function timeCommand(command, words, { env = {}, input } = {}) {
  const startedAt = performance.now();
  const child = spawnSync(command, words, {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (child.status !== 0)
    throw new Error(`${command} ended with ${child.status ?? child.error}: ${String(child.stderr).slice(-2000)}`);
  return { seconds, cpuSeconds: Number.NaN, peakMb: Number.NaN };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs the contenders in turn, `runs` times, and returns the medians of what they return, by name. */
export async function interleaved(contenders, runs) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let run = 0; run < runs; run += 1)
    for (const [name, contend] of Object.entries(contenders)) results[name].push(await contend());
  return results;
}

/** Starts the sandbox in a process of its own. */
export async function startSandboxProcess(...words) {
  const child = spawn(process.execPath, [bin, 'sandbox', '--json', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const greeting = await new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(JSON.parse(text));
    });
  });
  return { ...greeting, stop: () => child.kill('SIGTERM') };
}
