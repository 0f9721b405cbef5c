import type { RowOutcome } from '../../core/outcome.ts';
import type { Redact } from '../../core/redact.ts';
import type { RunJournal } from '../../core/run-journal.ts';

/** A journal that takes no secret: what rows ended with is masked, whoever's words it is. */
export function maskedJournal(journal: RunJournal, redact: Redact): RunJournal {
  return {
    planned: (row, planned) => journal.planned(row, planned),
    intent: (row, callIndex, carrier) => journal.intent(row, callIndex, carrier),
    notApplied: (row, callIndex) => journal.notApplied(row, callIndex),
    callApplied: (row, callIndex, attempts) => journal.callApplied(row, callIndex, attempts),
    jobOpened: (job) => journal.jobOpened(job),
    jobClosing: (job, rows) => journal.jobClosing(job, rows),
    jobDropped: (job) => journal.jobDropped(job),
    readSent: () => journal.readSent(),
    recordOutcome: (outcome) => journal.recordOutcome(maskedOutcome(outcome, redact)),
  };
}

function maskedOutcome(outcome: RowOutcome, redact: Redact): RowOutcome {
  const { code, message, hint, requestId } = outcome;
  if ((code ?? message ?? hint ?? requestId) === undefined) return outcome;
  return {
    ...outcome,
    ...(code === undefined ? {} : { code: redact(code) }),
    ...(message === undefined ? {} : { message: redact(message) }),
    ...(hint === undefined ? {} : { hint: redact(hint) }),
    ...(requestId === undefined ? {} : { requestId: redact(requestId) }),
  };
}
