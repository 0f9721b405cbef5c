import type { Field, ValueForm } from '../../core/field.ts';
import { dayForm, integerForm, textForm } from '../../core/value-forms.ts';
import { field, nullable, readOnlyField } from '../shared/fields.ts';
import type { NamedThing } from '../shared/names-to-ids.ts';
import { booleanForm } from '../shared/value-forms.ts';
import { choiceOf, lookupForm, numberForm } from './forms.ts';

/*
 * The columns of the table opportunity that every environment has. A column that is not valid for update is ignored with success, so names are judged here.
 * https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity, as of 2026-10.
 */

function named(...names: readonly (readonly [id: string, name: string])[]): readonly NamedThing[] {
  return names.map(([id, name]) => ({ id, names: [name] }));
}

const states = named(['0', 'Open'], ['1', 'Won'], ['2', 'Lost']);
const reasons = named(['1', 'In Progress'], ['2', 'On Hold'], ['3', 'Won'], ['4', 'Canceled'], ['5', 'Out-Sold']);
const stages = named(['0', 'Qualify'], ['1', 'Develop'], ['2', 'Propose'], ['3', 'Close']);
const ratings = named(['1', 'Hot'], ['2', 'Warm'], ['3', 'Cold']);

/** Amounts have four digits after the point at most. */
const places = 4;
const most = 1_000_000_000_000;
const amount = { places, least: -most, most };
const part = { places, least: 0, most };

const writableFields: readonly Field[] = [
  field('name', 'The topic, what people call the opportunity.', textForm({ longest: 300 }), {
    required: true,
    clearingHint: 'The service would empty it although its app wants a value, so oppatch does not send that.',
  }),
  emptiable('estimatedvalue', 'The estimated revenue in major units.', numberForm(amount), { common: ['amount'] }),
  emptiable(
    'actualvalue',
    'The actual revenue; in a row that wins or loses it goes along with that.',
    numberForm(amount),
  ),
  emptiable('budgetamount', 'The budget of the customer.', numberForm(part)),
  emptiable('discountamount', 'The discount as an amount.', numberForm(part)),
  emptiable('discountpercentage', 'The discount in percent.', numberForm({ least: 0, most: 100 })),
  emptiable('freightamount', 'The cost of freight.', numberForm(part)),
  emptiable('estimatedclosedate', 'The day on which it is expected to close.', dayForm(), { common: ['close_date'] }),
  emptiable(
    'actualclosedate',
    'The day on which it was closed; in a row that wins or loses it goes along with that.',
    dayForm(),
  ),
  emptiable('finaldecisiondate', 'The day of the final decision.', dayForm()),
  emptiable('closeprobability', 'How likely it is, in percent.', integerForm({ smallest: 0n, largest: 100n })),
  emptiable(
    'salesstage',
    'The sales stage, a plain choice; the bar of a business process does not move with it.',
    choiceOf('stage', stages, true),
    { common: ['stage'] },
  ),
  emptiable('stepname', 'The name of the phase, which a business process normally sets.', textForm({ longest: 200 })),
  field(
    'statecode',
    'Open, Won or Lost. Winning and losing add an activity to the timeline, which stays.',
    choiceOf('state', states),
    { common: ['status'] },
  ),
  field(
    'statuscode',
    'The reason of the state: its label or number. A reason of another state changes the state.',
    choiceOf('reason', reasons, true),
  ),
  field(
    'ownerid',
    'The owner: e-mail address, name or id of a user, the name of a team or teams(id).',
    lookupForm('user', { entitySet: 'systemusers' }),
    { common: ['owner'], clearingHint: 'An opportunity always has an owner.' },
  ),
  field(
    'transactioncurrencyid',
    'The currency: its code of three letters or its id.',
    lookupForm('currency', { entitySet: 'transactioncurrencies' }),
    { common: ['currency'], clearingHint: 'An opportunity with amounts always has a currency.' },
  ),
  emptiable('description', 'Free text; it is replaced.', textForm({ longest: 2_000 }), { common: ['note'] }),
  emptiable('opportunityratingcode', 'Hot, Warm or Cold.', choiceOf('rating', ratings, true)),
  emptiable('customerneed', 'Free text.', textForm({ longest: 2_000 })),
  emptiable('currentsituation', 'Free text.', textForm({ longest: 2_000 })),
  emptiable('proposedsolution', 'Free text.', textForm({ longest: 2_000 })),
  field(
    'isrevenuesystemcalculated',
    'Whether the estimated revenue follows from the product lines: true or false.',
    booleanForm(),
  ),
  field('customerid', 'The customer: accounts(id) or contacts(id).', lookupForm('customer'), {
    clearingHint: 'Set another customer instead.',
  }),
  emptiable('parentaccountid', 'The account, by its id.', lookupForm('account', { entitySet: 'accounts' })),
  emptiable('parentcontactid', 'The contact, by its id.', lookupForm('contact', { entitySet: 'contacts' })),
  emptiable('campaignid', 'The campaign, by its id.', lookupForm('campaign', { entitySet: 'campaigns' })),
  emptiable('pricelevelid', 'The price list, by its id.', lookupForm('price list', { entitySet: 'pricelevels' })),
];

function emptiable(name: string, description: string, form: ValueForm, more: Partial<Field> = {}): Field {
  return field(name, description, form, { ...nullable, ...more });
}

const keptReason = 'The service keeps it itself.';
const computedReason = 'The service computes it.';
const processReason = 'A business process moves by a row of its own, one step at a time.';

const kept = 'createdon createdby modifiedon modifiedby versionnumber importsequencenumber overriddencreatedon';
const owning = 'owningbusinessunit owninguser owningteam';
const computed =
  'exchangerate totalamount totalamountlessfreight totaldiscountamount totallineitemamount totallineitemdiscountamount totaltax';

const processes = ['stageid', 'processid', 'stepid', 'traversedpath'];

/** Why a column of this name is never written; undefined where it may be. An environment may say that it is valid for update all the same. */
export function readOnlyReason(name: string): string | undefined {
  if (`${kept} ${owning}`.split(' ').includes(name)) return keptReason;
  if (computed.split(' ').includes(name) || name.endsWith('_base')) return computedReason;
  return processes.includes(name) ? processReason : undefined;
}

const based = ['estimatedvalue_base', 'actualvalue_base', 'budgetamount_base', 'totalamount_base'];

export const dynamicsFields: readonly Field[] = [
  ...writableFields,
  ...[`${kept} ${owning} ${computed}`.split(' '), based, processes]
    .flat()
    .map((name) => readOnlyField(name, readOnlyReason(name) ?? keptReason)),
];

export function dynamicsFieldHint(name: string): string | undefined {
  if (/^_.+_value$/.test(name)) return `It is read under this name; write ${name.slice(1, -6)}.`;
  if (name.endsWith('@odata.bind'))
    return `Write the column itself: ${name.slice(0, -'@odata.bind'.length).toLowerCase()}.`;
  return /^(?:pipeline|process)$/i.test(name)
    ? 'Dynamics 365 has no pipelines; the sales stage is salesstage.'
    : undefined;
}
