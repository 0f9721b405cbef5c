import { JournalDamaged } from './journal-damaged.ts';
import { readLines, type JournalLine } from './journal-lines.ts';
import { readJob, readReads, readStatus, recordKinds, rowsOfRanges } from './record.ts';
import { RowIndex } from './row-index.ts';
import { isFirstVersion, isKnownVersion, jobsVersion, otherVersion, readHeader, type RunHeader } from './run-header.ts';
import { readEnd, type SessionEnd } from './session-end.ts';
import { firstLineOf } from './first-line.ts';

export interface Replay {
  /** Undefined where not even that was written. */
  readonly header: RunHeader | undefined;
  readonly index: RowIndex;
  /** The last `end` record, when it is the last word of the journal. */
  readonly end: SessionEnd | undefined;
  /** Jobs that were opened and neither closed nor dropped. */
  readonly openJobs: readonly string[];
  /** Processes that worked on the run. */
  readonly sessions: number;
  /** Length of the whole records. What stands behind is a torn one. */
  readonly goodBytes: number;
  readonly lines: number;
}

/** Goes through a journal. A torn last record is left out; any other damage is an error {@link JournalDamaged} that says what is known before it. */
export async function replay(path: string): Promise<Replay> {
  const { damage, ...replayed } = await surveyJournal(path);
  if (damage !== undefined) throw damage;
  return replayed;
}

/** As {@link replay}, but what is known before a damaged place is handed over with the damage. Rejects for a journal of another version. */
export async function surveyJournal(path: string): Promise<Replay & { readonly damage: JournalDamaged | undefined }> {
  const scan = new Scan(path);
  const { goodBytes, lines, damage } = await readLines(path, (line) => scan.line(line));
  if (damage !== undefined && lines === 0 && isFirstVersion(await firstLineOf(path))) throw otherVersion(path, 1);
  const { header, index, end, sessions, openJobs } = scan;
  const known = header === undefined ? undefined : index.counts(header.input.rows);
  return {
    header,
    index,
    end: damage === undefined ? end : undefined,
    openJobs: [...openJobs],
    sessions,
    goodBytes,
    lines,
    damage: damage === undefined ? undefined : new JournalDamaged(path, damage, known),
  };
}

class Scan {
  readonly #path: string;
  readonly index = new RowIndex();
  header: RunHeader | undefined;
  end: SessionEnd | undefined;
  sessions = 0;
  readonly openJobs = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Why the line can't be believed, or undefined. */
  line({ head: { kind, row, call }, bytes, start, end, offset }: JournalLine): string | undefined {
    this.end = undefined;
    if (this.header !== undefined && row > this.#highestRow) return `the run has no row ${row}`;
    switch (kind) {
      case recordKinds.header:
        return this.#header(bytes.toString('utf8', start, end));
      case recordKinds.planned:
        this.index.notePlanned(row, offset);
        return undefined;
      case recordKinds.intent:
        this.index.noteIntent(row);
        return undefined;
      case recordKinds.notApplied:
        this.index.noteNotApplied(row);
        return undefined;
      case recordKinds.callApplied:
        this.index.noteCallApplied(row, call);
        return undefined;
      case recordKinds.job:
        return this.#job(bytes.toString('utf8', start, end));
      case recordKinds.settled: {
        const status = readStatus(bytes, start, end);
        if (status === undefined) return 'it has no status';
        this.index.noteSettled(row, status, offset);
        return undefined;
      }
      case recordKinds.reads:
        return readReads(bytes.toString('utf8', start, end)) === undefined ? 'it does not count reads' : undefined;
      case recordKinds.session:
        this.sessions += 1;
        return undefined;
      case recordKinds.end:
        this.end = readEnd(bytes.toString('utf8', start, end));
        return this.end === undefined ? 'it does not end a session' : undefined;
    }
  }

  get #highestRow(): number {
    const { highestRow, rows = 0 } = this.header?.input ?? {};
    return highestRow ?? rows;
  }

  #job(text: string): string | undefined {
    const note = this.header?.version === jobsVersion ? readJob(text) : undefined;
    if (note === undefined) return 'it says nothing of a job';
    if (note.is === 'opened') this.openJobs.add(note.job);
    else this.openJobs.delete(note.job);
    if (note.is === 'dropped') this.index.noteDropped(note.job);
    if (note.rows === undefined) return undefined;
    const rows = rowsOfRanges(note.rows, this.#highestRow);
    if (rows === undefined) return 'it names rows that the run does not have';
    this.index.noteJob(rows, note.job);
    return undefined;
  }

  #header(text: string): string | undefined {
    const header = readHeader(text);
    if ('misfit' in header && typeof header.version === 'number' && !isKnownVersion(header.version))
      throw otherVersion(this.#path, header.version);
    if ('misfit' in header) return `its member "${header.misfit}" is not what it should be`;
    this.header = header;
    return undefined;
  }
}
