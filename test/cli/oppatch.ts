import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { main } from '../../src/main.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { afterFile } from '../clean-up.ts';
import { testHost } from './test-host.ts';

/**
 * The program as people and scripts run it: real files, credentials in the environment. `run` calls it in the test's own process; `runProcess` and `start`
 * give it one of its own, for tests whose subject is the process: that it is killed, or gets a signal, or shares something with another.
 */

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** For stdin; without it stdin is empty. */
  readonly input?: string | Uint8Array;
  /** OPPATCH_HOME. */
  readonly home: string;
}

/** `cwd`: the home, where nothing else is said. */
export interface ProcessOptions extends RunOptions {
  readonly cwd?: string;
  /** True: stdin does not end. */
  readonly keepStdinOpen?: true;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as stderr holds this; rejects where the process ends without it. */
  readonly told: (text: RegExp) => Promise<void>;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

function environment({ env, home }: RunOptions): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env;
  return { PATH, HOME: home, OPPATCH_HOME: home, OPPATCH_STORE: 'file', ...env };
}

/** In the test's own process. */
export async function run(words: readonly string[], options: RunOptions): Promise<Ended> {
  const { input = '' } = options;
  const host = testHost(words, { env: environment(options), input });
  const code = await main(host);
  return { code, signal: null, ...host.written() };
}

/** The built bin, in a process of its own. */
export function start(words: readonly string[], options: ProcessOptions): Running {
  const { input = '', home, cwd, keepStdinOpen } = options;
  const child = spawn(process.execPath, [bin, ...words], {
    env: environment(options),
    cwd: cwd ?? home,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A process that ends without reading its stdin closes the pipe.
  child.stdin.on('error', () => undefined);
  if (keepStdinOpen !== true) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout: textOf(out), stderr: textOf(err) }));
  });
  return {
    child,
    ended,
    told: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text.test(textOf(err))) resolve();
        };
        child.stderr.on('data', look);
        child.once('close', () => reject(new Error(`ended without saying ${String(text)}: ${textOf(err)}`)));
        look();
      }),
  };
}

export function runProcess(words: readonly string[], options: ProcessOptions): Promise<Ended> {
  return start(words, options).ended;
}

/** The one object that `--json` prints. */
export function summaryOf({ stdout, stderr }: Ended): RunSummary {
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== 1) throw new Error(`one line was expected on stdout, not ${JSON.stringify(stdout)}; ${stderr}`);
  return JSON.parse(lines[0] ?? '') as RunSummary;
}

/** A private directory that holds a home of oppatch and the files of edits; gone when the tests of the file are done. */
export interface Place {
  readonly home: string;
  readonly directory: string;
  /** Writes a file and returns its path. */
  readonly file: (name: string, content: string | Uint8Array) => string;
}

export function newPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-cli-'));
  afterFile(() => rmSync(directory, { recursive: true, force: true }));
  const home = join(directory, 'home');
  mkdirSync(home, { mode: 0o700 });
  return {
    home,
    directory,
    file: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    },
  };
}

/** A sandbox that is closed when the tests of the file are done. Without a quota and with unknown ids made, where nothing else is said. */
export async function newSandbox(behaviour: SandboxOptions['behaviour'] = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ samples: 3, behaviour: { quota: [], autoCreate: true, ...behaviour } });
  afterFile(() => sandbox.close());
  return sandbox;
}

export const vendorNames = ['partner-center', 'raze', 'leadsquared', 'close', 'hubspot'] as const;
export type VendorName = (typeof vendorNames)[number];

/** The credentials of a vendor of the sandbox, as environment variables. */
export function environmentOf(sandbox: Sandbox, vendor: string): Record<string, string> {
  const prefix = vendor.toUpperCase().replaceAll('-', '_');
  return Object.fromEntries(
    Object.entries(sandbox.credentials[vendor] ?? {}).map(([name, value]) => [
      `${prefix}_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
      value,
    ]),
  );
}

/** The words that lead to a vendor of the sandbox without a profile. */
export function accountWords(sandbox: Sandbox, vendor: string): string[] {
  return ['--vendor', vendor, '--base-url', sandbox.baseUrls[vendor] ?? ''];
}

/** Rows of tests that count the calls of a large file: a multiple of 2,000. */
export const manyRows = Number(process.env['OPPATCH_MANY_ROWS'] ?? 2_000);

/** More than any test needs. */
export const fast = ['--rate', '100000/1s'] as const;

export interface Target {
  readonly sandbox: Sandbox;
  readonly vendor: string;
  readonly place: Place;
}

/** `oppatch apply FILE --yes --json` against the sandbox, and the words behind it. */
export function apply(target: Target, file: string, ...words: readonly string[]): Promise<Ended> {
  return run(...applyCall(target, file, words));
}

/** The same in a process of its own. */
export function applyProcess(target: Target, file: string, ...words: readonly string[]): Promise<Ended> {
  return runProcess(...applyCall(target, file, words));
}

function applyCall({ sandbox, vendor, place }: Target, file: string, words: readonly string[]): [string[], RunOptions] {
  return [
    ['apply', file, ...accountWords(sandbox, vendor), '--yes', '--json', ...words],
    { home: place.home, env: environmentOf(sandbox, vendor) },
  ];
}

/** The calls that a vendor of the sandbox got, its reads left out. */
export function writesOf(sandbox: Sandbox, vendor: VendorName) {
  return sandbox.world(vendor).log.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/batch/read'));
}

/** The calls that a vendor of the sandbox got for opportunities; those that look names up are left out. */
export function opportunityCalls(sandbox: Sandbox, vendor: VendorName) {
  return sandbox.world(vendor).log.filter((call) => !isLookup(call));
}

/** For tests that kill or count: a process that is killed while it asks for names has begun no run that could be resumed. */
export async function rememberNames(sandbox: Sandbox, { home }: Place): Promise<void> {
  const words = ['fields', ...accountWords(sandbox, 'close'), '--quiet'];
  const { code, stderr } = await run(words, { home, env: environmentOf(sandbox, 'close') });
  if (code !== 0) throw new Error(stderr);
}

/** Calls that ask for the names of an account. */
export function isLookup({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return (
    method === 'GET' &&
    /\/(pipeline|custom_field_schema\/opportunity|user)\/$|TypeMetadata$|Users\.Get$|^\/crm\/(properties|pipelines|owners|property-validations)\//.test(
      path,
    )
  );
}

export type ResultRow = Readonly<Record<string, string>>;

/** The rows of a result file of CSV input; none where there is no such file. */
export function resultRows(path: string | undefined, delimiter = ','): ResultRow[] {
  if (path === undefined) return [];
  return parse<ResultRow>(readFileSync(path, 'utf8'), { columns: true, delimiter });
}

/** All rows of a run's result files by their row number. */
export function rowsByNumber({ files }: RunSummary): Map<number, ResultRow> {
  const rows = [files.success, files.failed, files.unprocessed].flatMap((path) => resultRows(path));
  return new Map(rows.map((row) => [Number(row['oppatch_row']), row]));
}
