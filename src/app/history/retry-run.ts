import { defined } from '../../core/defined.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import type { Host } from '../../host.ts';
import { boundOptions, openBoundAccount } from '../accounts/bound-account.ts';
import { planEdits } from '../plans/plan-edits.ts';
import type { NewRun } from '../runs/new-run.ts';
import { openContext } from '../session/context.ts';
import {
  readingRules,
  type AccountOptions,
  type InputOptions,
  type OutputOptions,
  type SendOptions,
} from '../session/options.ts';
import { writeErr } from '../session/output.ts';
import { followUp } from './follow-up-run.ts';
import { boundOf, openPastRun } from './past-run.ts';
import { remapInput } from './remap-input.ts';
import { keepRetryRows, retryNotes } from './retry-rows.ts';

export type RetryOptions = AccountOptions &
  SendOptions &
  OutputOptions &
  ReadingRules &
  Pick<InputOptions, 'map' | 'ignore' | 'set' | 'clearToken' | 'limit' | 'skipInvalid'> & {
    readonly includeInDoubt?: true;
    readonly onlyCode: readonly string[];
    readonly onlyField: readonly string[];
    readonly onlyStatus: readonly string[];
  };

/** Begins a new run of the rows of a run that were not applied. Resolves with the exit code. */
export async function retry(host: Host, id: string, options: RetryOptions): Promise<ExitCode> {
  const past = await openPastRun(host, id);
  const { header, vendor } = past;
  const { options: bound, input } = header;
  const keep = async (directory: string): Promise<string> => {
    const kept = await keepRetryRows(past, directory, {
      codes: options.onlyCode,
      fields: options.onlyField,
      statuses: options.onlyStatus,
      includeInDoubt: options.includeInDoubt === true,
    });
    if (options.quiet !== true) for (const note of retryNotes(kept)) writeErr(host, note);
    return kept.copy;
  };
  const account = boundOptions(host, boundOf(header), options);
  const clearToken = options.clearToken ?? bound.clearToken;
  const whole = {
    ...account,
    ...(await remapInput(past, options, { vendor, service: vendor.open(Object.fromEntries(account.setting)) })),
    format: input.format === 'json' ? 'ndjson' : input.format,
    ...defined({ idColumn: bound.idColumn, matchBy: bound.matchBy, clearToken }),
    ...bound.rules,
    ...readingRules(options),
    allowDamaged: [...(bound.rules?.allowDamaged ?? []), ...(options.allowDamaged ?? [])],
    ...(bound.ignoreReadOnly === true ? { ignoreReadOnly: true as const } : {}),
    ...(input.delimiter === undefined ? {} : { delimiter: input.delimiter }),
    ...(input.layout === undefined ? { numbered: true as const } : { prepared: input.layout }),
    ...(bound.skipInvalid || options.skipInvalid === true ? { skipInvalid: true as const } : {}),
  } as NewRun['options'];
  return followUp(host, past, {
    command: 'retry',
    options: whole,
    open: (given) => openBoundAccount(host, boundOf(header), given),
    keep,
    plan: async (edits) =>
      planEdits(await edits(), header.source, await openContext(host, whole, { offline: true }), whole),
  });
}
