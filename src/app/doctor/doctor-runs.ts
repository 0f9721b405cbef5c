import { runsDirectory } from '../../journal/run-directory.ts';
import { surveyRuns } from '../../journal/run-listing.ts';
import { finding, type DoctorCheck, type Finding } from './doctor-check.ts';

const mostNamed = 5;

/** Runs that wait to be resumed, and directories that no run can be read from. */
export const checkRuns: DoctorCheck = {
  name: 'runs',
  run: async ({ directories: { state } }) => {
    const { runs, unreadable } = await surveyRuns(runsDirectory(state));
    const open = runs.filter(({ end, damage }) => damage === undefined && end?.status !== 'finished');
    const damaged = runs.filter(({ damage }) => damage !== undefined);
    const lost = unreadable.filter(({ maySent }) => maySent);
    const leftovers = unreadable.length - lost.length;
    const findings = [
      ...open
        .slice(0, mostNamed)
        .map(({ header: { run, source }, end }) =>
          warning(`${run} (${source}) is not finished: ${end?.status ?? 'at work, or killed'}.`, `resume ${run}`),
        ),
      ...(open.length > mostNamed ? [warning(`${open.length - mostNamed} more runs are not finished.`, 'runs')] : []),
      ...damaged
        .slice(0, mostNamed)
        .map(({ header: { run, source }, damage = '' }) =>
          warning(`${run} (${source}) can't be resumed or retried: ${damage}. It may have sent rows.`, `runs ${run}`),
        ),
      ...lost
        .slice(0, mostNamed)
        .map(({ run, problem }) => finding('warning', `${run}: ${problem.message}`, problem.hint ?? '')),
    ];
    if (leftovers > 0)
      findings.push(
        warning(
          `${leftovers} directories hold runs that sent nothing: they are being checked, or were killed while they were.`,
          'runs prune --older-than 1d',
        ),
      );
    if (findings.length > 0) return findings;
    return [finding('ok', runs.length === 0 ? 'none yet' : `${runs.length}, all finished`)];
  },
};

function warning(message: string, command: string): Finding {
  return finding('warning', message, `Type: oppatch ${command}`);
}
