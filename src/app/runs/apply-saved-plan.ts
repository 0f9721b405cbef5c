import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import type { ApplyOptions } from '../session/options.ts';
import { newRun } from './new-run.ts';
import { boundOptions, openBoundAccount } from '../accounts/bound-account.ts';
import { boundOfPlan, keepPlanRows, type SavedPlan } from '../plans/saved-plan.ts';

/** Sends what was planned, to the account for which it was planned, and nothing of a row that has changed since. */
export async function applySavedPlan(
  host: Host,
  file: string,
  plan: SavedPlan,
  given: ApplyOptions,
): Promise<ExitCode> {
  const { decimalMark, dateOrder, listSeparator, skipLines, ignoreReadOnly, idColumn, clearToken, matchBy } = given;
  const lists = [...given.map, ...given.ignore, ...given.set];
  const meanings = [idColumn, matchBy, clearToken, decimalMark, dateOrder, listSeparator, skipLines, ignoreReadOnly];
  if (given.blind === true || lists.length > 0 || meanings.some((one) => one !== undefined)) {
    throw new OppatchError(
      'plan-is-fixed',
      'A saved plan is sent as it is: flags that say what a file means (--map, --ignore, --set, --id-column, --match-by, --clear-token, --decimal-mark and the like) and --blind make no sense with it.',
      { place: file, hint: `Leave them out, or plan ${plan.source} again with them.` },
    );
  }
  const bound = boundOfPlan(plan);
  const inEnvironment = host.env['OPPATCH_PROFILE'];
  const named = given.profile !== undefined || given.vendor !== undefined || inEnvironment === undefined;
  const chosen = named ? given : { ...given, profile: inEnvironment };
  const options: ApplyOptions = {
    ...boundOptions(host, bound, chosen),
    format: 'ndjson',
    idColumn: 'id',
    prepared: plan.layout,
    allowDamaged: [...(plan.allow_damaged ?? []), ...(given.allowDamaged ?? [])],
  };
  return newRun(host, {
    command: 'apply',
    source: file,
    keepInput: (directory) => keepPlanRows(file, plan, directory, given.requireApproved),
    options,
    ownForm: true,
    open: (whole) => openBoundAccount(host, bound, whole),
  });
}
