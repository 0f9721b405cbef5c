/* oxlint-disable no-control-regex -- control characters are what this module looks for */
import type { Call } from '../../src/core/call.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { createPaint } from '../../src/report/paint.ts';

export const plain = createPaint({ colour: false });
export const coloured = createPaint({ colour: true });

/** Moves the cursor, clears the screen, sets the title, rings, hides text: what a hostile cell or vendor would send. */
export const hostile = 'a\u001b[2J\u001b[1;1Hb\u001b]0;title\u0007c\rd\u009b31me\u202ef\u0000g';

/** Control characters, bidirectional overrides and line breaks other than `\n`. Colours are taken out before. */
export function controlsIn(text: string): string[] {
  const bare = text.replace(/\u001b\[\d+m/g, '');
  return (
    bare.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g) ?? []
  );
}

export function outcome(row: number, given: Partial<RowOutcome> = {}): RowOutcome {
  return { row, line: row + 1, id: `opp_${row}`, status: 'applied', attempts: 1, ...given };
}

export function settled(row: number, given: Partial<RowOutcome> = {}): RunEvent {
  return { kind: 'row-settled', outcome: outcome(row, given) };
}

export const sampleCall: Call = {
  method: 'PUT',
  path: '/opportunity/oppo_1/',
  headers: {},
  edits: [{ row: 7, line: 8, id: 'oppo_1', changes: [] }],
  step: 'update',
  repeatable: true,
  quotaGroup: 'all',
};

export function summary(
  given: Partial<Omit<RunSummary, 'rows'>> & { rows?: Partial<RunSummary['rows']> } = {},
): RunSummary {
  const none = {
    applied: 0,
    unchanged: 0,
    invalid: 0,
    rejected: 0,
    conflict: 0,
    failed: 0,
    in_doubt: 0,
    unprocessed: 0,
  };
  return {
    run: '20261121T021530Z-x7f3',
    status: 'finished',
    profile: 'prod',
    vendor: 'close',
    source: 'edits.csv',
    calls: { sent: 1003, reads: 0, throttled: 0, retried: 0 },
    elapsed_ms: 200_412,
    exit_code: 0,
    warnings: [],
    files: { directory: '/runs/x7f3' },
    ...given,
    rows: { read: 0, ...none, ...given.rows },
  };
}
