import type { RunEvent } from '../core/run-event.ts';
import { durationText } from '../core/duration.ts';
import { printable } from '../core/printable.ts';
import { recordText } from '../core/record-name.ts';

/** One line for each event that is worth one with `--verbose`; the calls themselves are told by the trace. */
export function createEventLog(write: (line: string) => void): (event: RunEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'throttled':
        write(
          `throttled: ${printable(event.message)}${event.waitMs === undefined ? '' : `, wait ${durationText(event.waitMs)}`}`,
        );
        break;
      case 'retry':
        write(
          `${rowsOf(event.call.edits)} did not get through (${printable(event.code)}), again in ${durationText(event.delayMs)}: ${printable(event.message)}`,
        );
        break;
      case 'row-settled':
        write(`row ${event.outcome.row} ${recordText(event.outcome)}: ${event.outcome.status}`);
        break;
      case 'job':
        write(`job ${printable(event.job)}: ${event.done} of ${event.rows} rows`);
        break;
      case 'stopping':
        write(`stopping: ${printable(event.reason)}`);
        break;
      case 'call-sent':
      case 'call-replied':
      case 'notice':
        break;
    }
  };
}

function rowsOf(edits: readonly { readonly row: number }[]): string {
  if (edits.length === 0) return 'a call';
  return `${edits.length === 1 ? 'row' : 'rows'} ${edits.map(({ row }) => row).join(', ')}`;
}
