import type { Change } from '../../core/edit.ts';
import { scalarText } from '../../core/json.ts';

/** States of an opportunity: 0 open, 1 won, 2 lost. https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity, as of 2026-10. */
export type State = 0 | 1 | 2;

export const stateWords = ['open', 'won', 'lost'] as const;

/** The state that a status reason belongs to; undefined where that is not known. */
export type StateOf = (reason: string) => State | undefined;

/** In Progress, On Hold; Won; Canceled, Out-Sold. An environment may have more of each. */
export const standardReasons: Readonly<Record<string, State>> = { '1': 0, '2': 0, '3': 1, '4': 2, '5': 2 };

export function isState(value: unknown): value is State {
  return value === 0 || value === 1 || value === 2;
}

export function changeOf(changes: readonly Change[], field: string): Change | undefined {
  return changes.find((change) => change.field === field);
}

/** The state that a row asks for; a reason without a state brings the one that it belongs to. Undefined where neither says one. */
export function wantedState(changes: readonly Change[], stateOf: StateOf): State | undefined {
  const state = changeOf(changes, 'statecode');
  if (state !== undefined) {
    const number = Number(scalarText(state.value));
    return isState(number) ? number : undefined;
  }
  const reason = changeOf(changes, 'statuscode');
  return reason === undefined ? undefined : stateOf(scalarText(reason.value) ?? '');
}

const moved = ['statecode', 'statuscode', 'actualvalue', 'actualclosedate'] as const;

/** What winning, losing and reopening set besides what a row asks for. */
export const movedByState = { statecode: moved, statuscode: moved } as const;
