import { afterChange, listField } from '../../core/difference.ts';
import type { Json } from '../../core/json.ts';
import type { FieldValue } from '../../core/vendor.ts';
import type { RecordResult } from '../../run/record-reader.ts';
import type { RowPlan } from '../../run/row-planner.ts';

/** What fields will hold, by name. A map for each of so many records would take several times the memory. */
type Held = Readonly<Record<string, Json>>;

const nothing: Held = {};

/** Memory stays flat: a row whose id came last before so many others is planned against what its record holds now. */
const mostIds = 20_000;

/**
 * What records will hold once the rows so far are applied, so that a later row of the same id is planned against what the earlier one leaves.
 * Only fields that rows write are followed, not what a vendor moves along with them.
 */
export class PlannedValues {
  readonly #held = new Map<string, Promise<Held> | Held>();

  /** Plans a row as soon as all earlier ones of its id are planned. To be called in file order. */
  async plan(id: string, read: Promise<RecordResult>, planOf: (result: RecordResult) => RowPlan): Promise<RowPlan> {
    const before = this.#held.get(id);
    const planned = this.#planned(read, before, planOf);
    const after = planned.then(({ held }) => held);
    // Whoever waits for the plan is told of its failure.
    after.catch(() => undefined);
    this.#held.delete(id);
    this.#held.set(id, after);
    if (this.#held.size > mostIds) for (const [oldest] of this.#held) if (this.#held.delete(oldest)) break;
    const { plan, held } = await planned;
    if (this.#held.get(id) === after) this.#held.set(id, held);
    return plan;
  }

  async #planned(
    reading: Promise<RecordResult>,
    before: Promise<Held> | Held | undefined,
    planOf: (result: RecordResult) => RowPlan,
  ): Promise<{ plan: RowPlan; held: Held }> {
    const result = await reading;
    const held = (await before) ?? nothing;
    const plan = planOf(
      result.kind === 'found'
        ? { ...result, record: { ...result.record, values: overlaid(result.record.values, held) } }
        : result,
    );
    if (plan.kind !== 'send') return { plan, held };
    const isFirst = held === nothing || result.kind !== 'found';
    return {
      plan: isFirst ? plan : { ...plan, recorded: result.record.values },
      held: heldAfter(plan, held),
    };
  }
}

function overlaid(values: ReadonlyMap<string, FieldValue>, held: Held): ReadonlyMap<string, FieldValue> {
  if (held === nothing) return values;
  const all = new Map(values);
  for (const [field, value] of Object.entries(held)) {
    const { masked, ...seen } = values.get(field) ?? { value };
    // A list still holds what it held.
    const stays = Array.isArray(value) && masked !== undefined ? { masked } : {};
    all.set(field, { ...seen, ...stays, value });
  }
  return all;
}

function heldAfter({ differences }: Extract<RowPlan, { kind: 'send' }>, before: Held): Held {
  const held = new Map(Object.entries(before));
  const written = new Set<string>();
  for (const { change, before: was } of differences) {
    const field = listField(change);
    // Several changes of one list follow each other.
    held.set(field, afterChange(change, written.has(field) ? held.get(field) : was));
    written.add(field);
  }
  return Object.fromEntries(held);
}
