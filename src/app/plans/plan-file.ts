import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { withReadableFile, withTextFile } from '../edits/input-copy.ts';
import { openContext } from '../session/context.ts';
import type { PlanOptions } from '../session/options.ts';
import { readSavedPlan } from './saved-plan.ts';

/** One pass over the file, streamed, with flat memory: with a look at each record, or `--offline` without any network. */
export async function plan(host: Host, file: string, options: PlanOptions): Promise<ExitCode> {
  return withReadableFile(host, file, options, (path) => planFile(host, path, file, options));
}

/** The plan of edits that stand in no file: `text` is NDJSON. */
export async function planText(host: Host, text: string, options: PlanOptions): Promise<ExitCode> {
  return withTextFile(host, text, (path) => planFile(host, path, 'set', options));
}

async function planFile(host: Host, path: string, source: string, options: PlanOptions): Promise<ExitCode> {
  if ((await readSavedPlan(path)) !== undefined)
    throw new OppatchError('already-a-plan', 'This file is a saved plan.', {
      place: source,
      hint: `Send it with \`oppatch apply ${source}\`, which reads each record again.`,
    });
  if (options.json === true && options.html === '-')
    throw new OppatchError('two-formats', '`--json` and `--html -` are given together: both go to stdout.', {
      place: '--html',
      hint: 'Leave one of them out, or give --html a file.',
    });
  const offline = options.offline === true;
  if (offline && options.matchBy !== undefined)
    throw new OppatchError('match-needs-network', 'The ids of --match-by are looked up, which --offline does not do.', {
      hint: 'Leave out --offline.',
    });
  if (offline && (options.out !== undefined || options.html !== undefined))
    throw new OppatchError('plan-without-look', 'A saved plan holds current values, which --offline does not read.', {
      hint: 'Leave out --offline, or --out and --html.',
    });
  const context = await openContext(host, options, { offline });
  if (offline) {
    const { planEdits } = await import('./plan-edits.ts');
    return planEdits(path, source, context, options);
  }
  const [{ planCurrent }, { withMatchedFile }] = await Promise.all([
    import('./plan-current.ts'),
    import('../edits/match-ids.ts'),
  ]);
  return withMatchedFile(context, path, source, options, (matched, whole) =>
    planCurrent(matched, source, context, whole),
  );
}
