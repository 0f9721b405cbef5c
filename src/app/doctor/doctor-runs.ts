import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listRuns, runsDirectory } from '../../journal/run-directory.ts';
import { shellWord } from '../../profiles/owner-only.ts';
import type { DoctorCheck, Finding } from './doctor-check.ts';

const mostNamed = 5;

/** Runs that wait to be resumed, and directories that no run can be read from. */
export const checkRuns: DoctorCheck = {
  name: 'runs',
  run: async ({ directories: { state } }) => {
    const directory = runsDirectory(state);
    const runs = await listRuns(directory);
    const open = runs.filter(({ end }) => end?.status !== 'finished');
    const known = new Set(runs.map(({ header }) => header.run));
    const names = await readdir(directory).catch(() => []);
    const leftovers = names.filter((name) => /^\d{8}T\d{6}Z-/.test(name) && !known.has(name));
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
      ...leftovers.slice(0, mostNamed).map((name): Finding => ({
        level: 'warning',
        message: `${join(directory, name)} holds no readable run: it is just beginning, was killed before it sent anything, or is damaged.`,
        remedy: `Once no oppatch is at work, type: rm -r ${shellWord(join(directory, name))}`,
      })),
    ];
    if (findings.length > 0) return findings;
    return [{ level: 'ok', message: runs.length === 0 ? 'none yet' : `${runs.length}, all finished` }];
  },
};
