import type { PlannedRecord } from '../../report/plan-text.ts';
import type { RowPlan } from '../../run/row-planner.ts';

/** What was read of the record, for people; undefined where nothing was read. */
export function plannedRecord(plan: RowPlan | undefined): PlannedRecord | undefined {
  if (plan?.kind === 'send') return { about: plan.planned, differences: plan.differences, values: plan.seen };
  return plan?.kind === 'ended' ? { about: plan.name ?? {}, differences: [] } : undefined;
}
