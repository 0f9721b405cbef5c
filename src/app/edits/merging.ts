import { changeName, listField } from '../../core/difference.ts';
import { unofferedChoice, type Change, type Edit } from '../../core/edit.ts';
import type { Service } from '../../core/vendor.ts';

/** Most rows that become one edit. */
export const mostMerged = 50;

/** Which edits of one opportunity may be sent as one. Pure. */
export interface Merging {
  /**
   * What both edits leave behind, with the row of the first; undefined where sending them in turn could come to something else. The later one
   * has its way with a field that both set or clear.
   */
  readonly join: (first: Edit, next: Edit) => Edit | undefined;
}

export function createMerging({ service }: { readonly service: Service }): Merging {
  const canonical = (id: string): string => service.canonicalId?.(id) ?? id;
  const steps = new Set(
    service.fields
      .filter(({ common }) => common?.some((name) => name === 'status' || name === 'stage') === true)
      .map(({ name, writes }) => writes ?? name),
  );
  const keysOf = (edit: Edit): readonly (string | undefined)[] => [
    service.batches?.key(edit),
    service.records?.bulk?.key(edit),
  ];
  const stepsOf = (edit: Edit): readonly string[] => service.plan(edit).map(({ step }) => step);
  const keepsTheOrder = (first: Edit, next: Edit, joined: Edit): boolean => {
    const order = stepsOf(joined);
    return order.indexOf(stepsOf(first).at(-1) ?? '') <= order.indexOf(stepsOf(next)[0] ?? '');
  };
  /** The vendor moves a field along with what one of them writes, and the other one writes it. */
  const moves = (mover: Edit, other: Edit): boolean => {
    const moved = service.records?.sideEffectFields?.(mover.changes) ?? [];
    return other.changes.some(({ field }) => moved.includes(field));
  };
  const overlaps = (one: Change, other: Change): boolean => {
    const [left, right] = [listField(one), listField(other)];
    if (left.startsWith(`${right}/`) || right.startsWith(`${left}/`)) return true;
    if (left !== right) return false;
    // A status is a way to go: its steps are not to be skipped. What is done to a list is done in turn.
    return steps.has(one.field) || changesList(one) || changesList(other);
  };
  return {
    join: (first, next) => {
      if (canonical(first.id) !== canonical(next.id) || String(keysOf(first)) !== String(keysOf(next)))
        return undefined;
      if (next.changes.some((change) => first.changes.some((before) => overlaps(before, change)))) return undefined;
      // Whether it is refused is found by the record, and the other one must not be refused with it.
      if (unofferedChoice(first) !== undefined || unofferedChoice(next) !== undefined) return undefined;
      if (moves(first, next) || moves(next, first)) return undefined;
      const later = new Set(next.changes.map(changeName));
      const changes = [...first.changes.filter((change) => !later.has(changeName(change))), ...next.changes];
      const joined = { ...first, changes };
      const refused = service.audit?.(joined).some(({ severity }) => severity === 'error') === true;
      return refused || !keepsTheOrder(first, next, joined) ? undefined : joined;
    },
  };
}

function changesList({ action }: Change): boolean {
  return action === 'add' || action === 'remove';
}
