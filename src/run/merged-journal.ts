import { changeName, listField } from '../core/difference.ts';
import type { Change, RowIdentity } from '../core/edit.ts';
import type { RowOutcome } from '../core/outcome.ts';
import type { PlannedRow, RunJournal } from '../core/run-journal.ts';
import type { MergedRow, RunRow } from './run-row.ts';
import type { PlanParts } from './row-planner.ts';

/** What a member has to do with what is sent. */
interface Share {
  readonly member: MergedRow;
  /** The changes that are sent and that no later member makes differently, by `changeName`. */
  readonly sent: readonly string[];
  /** Nothing of what it asks is sent, in its own words or in those of a later member. */
  readonly idle: boolean;
}

/** Rows that are sent as one, known by the first of them. */
interface Group {
  readonly row: RunRow;
  shares?: readonly Share[];
}

/**
 * The journal of rows of which some are sent as one: whatever is noted of the first of them is noted of each, with its own part of what was
 * sent and its own values from before. The engine knows the group by its first row.
 */
export class MergedJournal implements RunJournal {
  readonly #journal: RunJournal;
  readonly #parts: Partial<Pick<PlanParts, 'sideEffectFields' | 'keyField' | 'plan'>>;
  readonly #groups = new Map<number, Group>();

  constructor(journal: RunJournal, parts: Partial<Pick<PlanParts, 'sideEffectFields' | 'keyField' | 'plan'>> = {}) {
    this.#journal = journal;
    this.#parts = parts;
  }

  begin(row: RunRow): void {
    const { members, work } = row;
    if (members === undefined || work.kind !== 'send') return;
    // Sent by an earlier session, which has written down each member's part.
    const known = work.edit === undefined;
    const shares = members.map((member) => ({ member, sent: member.changes.map(changeName), idle: false }));
    this.#groups.set(row.row, known ? { row, shares } : { row });
  }

  end({ row }: RowIdentity): void {
    this.#groups.delete(row);
  }

  /** What the outcome of a row is for each that was sent with it; those of which nothing was sent stand first. */
  outcomes(row: RunRow, outcome: RowOutcome): readonly RowOutcome[] {
    const { members } = row;
    if (members === undefined) return [outcome];
    const shares = this.#groups.get(row.row)?.shares ?? members.map((member) => ({ member, sent: ['?'], idle: false }));
    const tried = outcome.attempts - (row.before?.callsTried ?? 0);
    const others = shares.filter(({ idle }) => !idle).length - 1;
    const shared = others > 0 && refusals.has(outcome.status) ? { hint: sharedHint(outcome.hint, others) } : {};
    return ordered(shares, ({ sent }) => sent.length === 0).map(({ member, idle }): RowOutcome => {
      const { row: number, line, id, callsTried } = member;
      return idle
        ? { row: number, line, id, status: 'unchanged', attempts: callsTried }
        : Object.assign({}, outcome, shared, { row: number, line, id, attempts: callsTried + tried });
    });
  }

  planned(row: RowIdentity, planned: PlannedRow): void {
    const group = this.#groups.get(row.row);
    const { members, work } = group?.row ?? {};
    if (group === undefined || members === undefined || work?.kind !== 'send') {
      this.#journal.planned(row, planned);
      return;
    }
    const shares = sharesOf(members, new Set(planned.sent), this.#parts.keyField);
    group.shares = shares;
    const sent = { ...(work.edit ?? noEdit(row)), changes: changesOf(members, planned.sent) };
    const steps = (this.#parts.plan?.(sent) ?? work.calls).map(({ step }) => step);
    for (const share of shares) {
      if (share.idle) continue;
      const { before, withheld, sent: _all, ...rest } = planned;
      const isOwn = this.#ownFields(share);
      const own = {
        before: Object.fromEntries(Object.entries(before).filter(([field]) => isOwn.has(field))),
        ...(withheld === undefined ? {} : { withheld: withheld.filter((field) => isOwn.has(field)) }),
        sent: share.sent,
      };
      this.#journal.planned(share.member, { ...rest, ...own, merged: { lead: row.row, steps } });
    }
  }

  intent(row: RowIdentity, callIndex: number, carrier?: RowIdentity): Promise<void> {
    const group = this.#groups.get(row.row);
    return group === undefined
      ? this.#journal.intent(row, callIndex, carrier)
      : this.#groupIntent(row, group, callIndex, carrier);
  }

  async #groupIntent(
    row: RowIdentity,
    group: Group,
    callIndex: number,
    carrier: RowIdentity | undefined,
  ): Promise<void> {
    const { work } = group.row;
    // Without a look, nothing has said yet what is sent.
    if (group.shares === undefined && work.kind === 'send')
      this.planned(row, { before: {}, sent: (work.edit?.changes ?? []).map(changeName) });
    const [first, ...others] = this.#active(row);
    if (first === undefined) return this.#journal.intent(row, callIndex, carrier);
    await Promise.all([
      this.#journal.intent(first, callIndex, carrier),
      ...others.map((member) => this.#journal.intent(member, callIndex, carrier ?? first)),
    ]);
  }

  async notApplied(row: RowIdentity, callIndex: number): Promise<void> {
    await Promise.all(this.#activeOr(row).map((member) => this.#journal.notApplied(member, callIndex)));
  }

  async callApplied(row: RowIdentity, callIndex: number, attempts: number): Promise<void> {
    await Promise.all(this.#activeOr(row).map((member) => this.#journal.callApplied(member, callIndex, attempts)));
  }

  jobOpened(job: string): Promise<void> {
    return this.#journal.jobOpened(job);
  }

  jobClosing(job: string, rows: readonly RowIdentity[]): Promise<void> {
    return this.#journal.jobClosing(
      job,
      rows.flatMap((row) => this.#activeOr(row)),
    );
  }

  jobDropped(job: string): Promise<void> {
    return this.#journal.jobDropped(job);
  }

  readSent(): void {
    this.#journal.readSent();
  }

  recordOutcome(outcome: RowOutcome): Promise<void> {
    return this.#journal.recordOutcome(outcome);
  }

  /** The members that take part in what is sent, those with a part of their own first. */
  #active(row: RowIdentity): readonly MergedRow[] {
    const shares = (this.#groups.get(row.row)?.shares ?? []).filter(({ idle }) => !idle);
    return ordered(shares, ({ sent }) => sent.length > 0).map(({ member }) => member);
  }

  #activeOr(row: RowIdentity): readonly RowIdentity[] {
    const active = this.#active(row);
    return active.length === 0 ? [row] : active;
  }

  /** The fields whose values from before belong to this member. */
  #ownFields({ member, sent }: Share): ReadonlySet<string> {
    const { sideEffectFields, keyField } = this.#parts;
    const changes = changesOf([member], sent);
    const fields = new Set([...changes.map(listField), ...(sideEffectFields?.(changes) ?? [])]);
    if (keyField !== undefined && sent.length > 0) fields.add(keyField);
    return fields;
  }
}

const refusals: ReadonlySet<RowOutcome['status']> = new Set(['invalid', 'rejected', 'conflict']);

function sharedHint(hint: string | undefined, others: number): string {
  const shared = `It went together with ${others} other ${others === 1 ? 'row' : 'rows'} of this id; without --merge each is sent by itself.`;
  return hint === undefined ? shared : `${hint} ${shared}`;
}

/** What each member has of what is sent. The field that decides with whom an edit may go is not a part by itself, and goes with every part. */
function sharesOf(members: readonly MergedRow[], sent: ReadonlySet<string>, keyField: string | undefined): Share[] {
  const owner = new Map(members.flatMap(({ row, changes }) => changes.map((change) => [changeName(change), row])));
  return members.map((member): Share => {
    const names = member.changes.map(changeName).filter((name) => sent.has(name));
    const parts = names.filter((name) => name !== keyField);
    const own = parts.some((name) => owner.get(name) === member.row);
    return {
      member,
      sent: own ? names.filter((name) => name === keyField || owner.get(name) === member.row) : [],
      idle: parts.length === 0,
    };
  });
}

/** The last change of each name. */
function changesOf(members: readonly Pick<MergedRow, 'changes'>[], names: readonly string[]): Change[] {
  const changes = new Map(members.flatMap((member) => member.changes.map((change) => [changeName(change), change])));
  return names.flatMap((name) => changes.get(name) ?? []);
}

function ordered(shares: readonly Share[], first: (share: Share) => boolean): readonly Share[] {
  return [...shares.filter(first), ...shares.filter((share) => !first(share))];
}

function noEdit({ row, line, id }: RowIdentity): RowIdentity {
  return { row, line, id };
}
