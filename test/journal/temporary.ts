import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { RunHeader } from '../../src/journal/run-header.ts';
import { afterFile } from '../clean-up.ts';

/** A directory that is gone when the tests of the file are done. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-journal-'));
  afterFile(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function sampleHeader(run = '20261121T021530Z-x7f3', rows = 10): RunHeader {
  return {
    version: 2,
    run,
    startedAt: '2026-11-21T02:15:30.000Z',
    tool: '0.1.0',
    command: 'apply',
    profile: 'prod',
    vendor: 'close',
    baseUrl: 'http://127.0.0.1:1/api',
    accountKey: 'a'.repeat(64),
    source: 'edits.csv',
    input: { copy: 'input.csv', sha256: 'b'.repeat(64), rows, format: 'csv' },
    settings: {},
    options: { map: [], optionalMap: [], ignore: [], optionalIgnore: [], set: [], skipInvalid: false, failFast: false },
  };
}

export function sampleOutcome(row: number, more: Partial<RowOutcome> = {}): RowOutcome {
  return { row, line: row + 1, id: `oppo_${row}`, status: 'applied', attempts: 1, httpStatus: 200, ...more };
}
