import { differences } from '../../core/difference.ts';
import { defined } from '../../core/defined.ts';
import { unofferedChoice, type Edit } from '../../core/edit.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { mostDoubtful, type CheckedFile } from '../edits/check-file.ts';
import { choicesOf, mostRefused, UnofferedChoices } from '../edits/unoffered-choices.ts';
import type { Context } from '../session/context.ts';
import type { InputOptions, OutputOptions, SendOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';
import { currentParts } from './current-parts.ts';
import { openReadSession } from './read-session.ts';

type JudgeOptions = Pick<InputOptions, 'skipInvalid'> &
  Pick<SendOptions, 'bulk' | 'concurrency' | 'timeout'> &
  Pick<OutputOptions, 'quiet' | 'verbose'>;

/** What a check found of a file once its rows in doubt were compared with their records. */
export interface JudgedFile {
  readonly checked: CheckedFile;
  /** The reads that were sent for it. */
  readonly calls?: CallCounts;
  /** What to say beside the rows that are refused. */
  readonly note?: string;
}

/** Most rows in doubt whose records are read one at a time. */
const mostAlone = 500;
const aSlice = 100;

/**
 * Reads the records of the rows in doubt, and only those, so that a choice that is not offered stops the file unless the record holds it already. Of a
 * file with too many of them none is read: all are refused, or with `skipInvalid` left to the run, which reads each record before it sends anything.
 * `checkAgain` goes through the file once more with what was found.
 */
export async function judgeUnoffered(
  context: Context,
  checked: CheckedFile,
  options: JudgeOptions,
  checkAgain: (refuses: (edit: Edit) => boolean) => Promise<CheckedFile>,
): Promise<JudgedFile> {
  const { rows, count } = checked.doubtful;
  const parts = currentParts(context.account, options);
  if (count === 0 || parts === undefined) return { checked };
  const most = parts.bulk === undefined ? mostAlone : mostDoubtful;
  if (count > most)
    return options.skipInvalid === true
      ? { checked }
      : {
          checked: await checkAgain(() => true),
          note: `A choice that is not offered is accepted where the record holds it already, which is looked up for at most ${most} rows of a file, and this one has ${count}.`,
        };
  const { host } = context;
  const session = await openReadSession(context, {
    ...defined({ concurrency: options.concurrency, timeoutMs: options.timeout, quiet: options.quiet }),
    ...(options.verbose === true ? { trace: (line: string) => writeErr(host, line) } : {}),
    bulk: options.bulk,
  });
  const choices = new UnofferedChoices(options);
  const accepted = new Map<number, boolean>();
  const judge = async (edit: Edit): Promise<void> => {
    const result = await session.read(edit);
    const values = result.kind === 'found' ? result.record.values : new Map();
    const changes = differences(edit, values, parts.typeOf, parts.sentTogether).map(({ change }) => change);
    const isAccepted = unofferedChoice({ changes }) === undefined;
    accepted.set(edit.row, isAccepted);
    choices.add(edit, isAccepted);
  };
  try {
    for (const slice of slices(rows)) {
      await Promise.all(slice.filter((edit) => choices.isRead(edit)).map(judge));
      const failure = session.failure();
      if (failure !== undefined) throw failure;
    }
    const refuses = (edit: Edit): boolean => !(accepted.get(edit.row) ?? choices.isHeld(edit));
    const isRefused = rows.some(refuses);
    return {
      checked: isRefused ? await checkAgain(refuses) : checked,
      calls: session.calls(),
      ...defined({ note: choices.note }),
    };
  } finally {
    await session.close();
  }
}

/** The rows that are the first with one of their choices, then the others, some at a time: a misspelt value is found by its first row. */
function* slices(rows: readonly Edit[]): Iterable<readonly Edit[]> {
  const known = new Set<string>();
  const first = new Set<Edit>();
  for (const edit of rows) {
    const before = known.size;
    for (const choice of choicesOf(edit)) known.add(choice);
    if (known.size > before) first.add(edit);
  }
  const others = rows.filter((edit) => !first.has(edit));
  yield* cut([...first], mostRefused);
  yield* cut(others, aSlice);
}

function* cut<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
