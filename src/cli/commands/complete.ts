import { Argument, type Command } from 'commander';
import type { Invocation } from '../command-parts.ts';
import { candidateKinds, type CandidateKind } from '../completion/candidate-kinds.ts';

/** What may stand behind an option, by its long flag. */
export const optionKinds: Readonly<Record<string, CandidateKind>> = {
  '--profile': 'profiles',
  '--vendor': 'vendors',
  '--set': 'assignments',
  '--map': 'mappings',
  '--only-field': 'fields',
  '--fields': 'fields',
  '--setting': 'settings',
};

/** What may stand as an argument of a command, by its path. */
export const argumentKinds: Readonly<Record<string, CandidateKind>> = {
  vendors: 'vendors',
  runs: 'runs',
  resume: 'unfinished-runs',
  retry: 'runs',
  undo: 'runs',
  set: 'assignments',
  doctor: 'profiles',
  'profile show': 'profiles',
  'profile use': 'profiles',
  'profile remove': 'profiles',
  'profile check': 'profiles',
  'profile login': 'profiles',
};

/** For the completion scripts: one candidate a line, a tab and its meaning behind it. Makes no call and never fails. */
export function addComplete(program: Command, { host, end }: Invocation): void {
  program
    .command('complete', { hidden: true })
    .description('Prints what may stand at this place of a command line, for the completion scripts.')
    .addArgument(new Argument('<kind>').choices(candidateKinds))
    .argument('[words...]', 'the command line so far')
    .action(async (kind: CandidateKind, words: readonly string[]) => {
      const [{ candidates }, { writeOut }] = await Promise.all([
        import('../completion/candidates.ts'),
        import('../../app/session/output.ts'),
      ]);
      const lines = await candidates(host, kind, words).catch(() => []);
      if (lines.length > 0) writeOut(host, lines.join('\n'));
      end(0);
    });
}
