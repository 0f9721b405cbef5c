import { changeName } from '../../core/difference.ts';
import { guardFirst } from '../../core/guarded-call.ts';
import type { Edit } from '../../core/edit.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { Service } from '../../core/vendor.ts';
import type { MergedRow, RunRow } from '../../run/run-row.ts';
import { mostMerged, type Merging } from './merging.ts';

/** What an earlier session sent of a row, or may have sent. */
export interface SentRow {
  /** All that the row asks for. */
  readonly edit: Edit;
  /** The part of it that was sent. */
  readonly sent: Edit;
  readonly planned: PlannedRow;
}

type Open =
  | { readonly kind: 'fresh'; readonly edit: Edit; readonly rows: readonly RunRow[] }
  | { readonly kind: 'sent'; readonly lead: number; readonly rows: readonly (SentRow & { readonly row: RunRow })[] };

/**
 * Puts successive rows of one opportunity together. Those that an earlier session sent as one stay together; others are where `merging` is given.
 * Memory is bounded by one group.
 */
export class RowGroups {
  readonly #service: Service;
  readonly #merging: Merging | undefined;
  #open: Open | undefined;

  constructor({ service }: { readonly service: Service }, merging: Merging | undefined) {
    this.#service = service;
    this.#merging = merging;
  }

  /** Takes the next row; what is complete with it, in file order for one opportunity. */
  add(row: RunRow, sent?: SentRow): RunRow[] {
    // Nothing is sent of it: it is in nobody's way.
    if (row.work.kind !== 'send') return [row];
    const open = this.#open;
    const lead = sent?.planned.merged?.lead;
    if (sent !== undefined && lead !== undefined) {
      const joins = open?.kind === 'sent' && open.lead === lead;
      const done = joins ? [] : this.end();
      this.#open = { kind: 'sent', lead, rows: [...(joins ? open.rows : []), { ...sent, row }] };
      return done;
    }
    const { edit } = row.work;
    if (this.#merging === undefined || edit === undefined || row.work.expected !== undefined)
      return [...this.end(), row];
    const joined =
      open?.kind === 'fresh' && open.rows.length < mostMerged ? this.#merging.join(open.edit, edit) : undefined;
    if (joined !== undefined && open?.kind === 'fresh') {
      this.#open = { kind: 'fresh', edit: joined, rows: [...open.rows, row] };
      return [];
    }
    const done = this.end();
    this.#open = { kind: 'fresh', edit, rows: [row] };
    return done;
  }

  /** The rows that wait for others. */
  end(): RunRow[] {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return [];
    return [open.kind === 'fresh' ? this.#fresh(open) : this.#sent(open)];
  }

  #fresh({ edit, rows }: Extract<Open, { kind: 'fresh' }>): RunRow {
    const [first] = rows;
    if (first === undefined || rows.length === 1) return first ?? noRow();
    const calls = this.#service.plan(edit);
    const members = rows.map((row): MergedRow => memberOf(row, editOf(row)));
    return { ...first, work: { kind: 'send', calls, edit }, members };
  }

  #sent({ rows }: Extract<Open, { kind: 'sent' }>): RunRow {
    const [first] = rows;
    if (first === undefined) return noRow();
    const changes = new Map(rows.flatMap(({ sent }) => sent.changes.map((change) => [changeName(change), change])));
    // Others went without it: what it asked for, they asked for differently.
    if (changes.size === 0) return { ...first.row, work: this.#work(first.edit) };
    const { guard, merged } = first.planned;
    const edit = { ...first.sent, changes: [...changes.values()] };
    const calls = this.#service.plan(edit);
    const steps = merged?.steps ?? [];
    const callsApplied = Math.max(...rows.map(({ row }) => row.before?.callsApplied ?? 0));
    const inDoubt = rows.some(({ row: { before } }) => before?.callsApplied === callsApplied && before.inDoubt);
    const job = rows.flatMap(({ row }) => row.before?.job ?? [])[0];
    const applied = new Set(steps.slice(0, callsApplied));
    const ownApplied = calls.filter(({ step }) => applied.has(step)).length;
    return {
      ...first.row,
      work: { kind: 'send', calls: guardFirst(calls, guard) },
      before: {
        callsApplied: ownApplied,
        callsTried: first.row.before?.callsTried ?? 0,
        inDoubt: inDoubt && calls[ownApplied]?.step === steps[callsApplied],
        ...(job === undefined ? {} : { job }),
      },
      members: rows.map(({ row, sent }) => memberOf(row, sent)),
    };
  }

  #work(edit: Edit): RunRow['work'] {
    return { kind: 'send', calls: this.#service.plan(edit), edit };
  }
}

function memberOf({ row, line, id, before }: RunRow, { changes }: Pick<Edit, 'changes'>): MergedRow {
  return { row, line, id, changes, callsTried: before?.callsTried ?? 0 };
}

function editOf({ work }: RunRow): Pick<Edit, 'changes'> {
  return work.kind === 'send' ? (work.edit ?? { changes: [] }) : { changes: [] };
}

function noRow(): never {
  throw new Error('a group without rows');
}
