import { runsDirectory } from '../../journal/run-directory.ts';
import { surveyRuns } from '../../journal/run-listing.ts';
import type { DoctorCheck, Finding } from './doctor-check.ts';

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
      ...open.slice(0, mostNamed).map(({ header, end }): Finding => ({
        level: 'warning',
        message: `${header.run} (${header.source}) is not finished: ${end?.status ?? 'at work, or killed'}.`,
        remedy: `Type: oppatch resume ${header.run}`,
      })),
      ...(open.length > mostNamed
        ? [
            {
              level: 'warning' as const,
              message: `${open.length - mostNamed} more runs are not finished.`,
              remedy: 'Type: oppatch runs',
            },
          ]
        : []),
      ...damaged.slice(0, mostNamed).map(({ header, damage = '' }): Finding => ({
        level: 'warning',
        message: `${header.run} (${header.source}) can't be resumed or retried: ${damage}. It may have sent rows.`,
        remedy: `Type: oppatch runs ${header.run}`,
      })),
      ...lost.slice(0, mostNamed).map(({ run, problem }): Finding => ({
        level: 'warning',
        message: `${run}: ${problem.message}`,
        remedy: problem.hint ?? '',
      })),
      ...(leftovers === 0
        ? []
        : [
            {
              level: 'warning' as const,
              message: `${leftovers} directories hold runs that sent nothing: they are being checked, or were killed while they were.`,
              remedy: 'Type: oppatch runs prune --older-than 1d',
            },
          ]),
    ];
    if (findings.length > 0) return findings;
    return [{ level: 'ok', message: runs.length === 0 ? 'none yet' : `${runs.length}, all finished` }];
  },
};
