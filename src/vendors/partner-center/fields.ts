import type { Field, ValueForm } from '../../core/field.ts';
import { choiceForm, currencyForm, textForm, utcForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { clearingOf } from '../shared/clear-setting.ts';
import { addedObjectsForm, amountForm, booleanForm, memberProblem, objectListForm } from './forms.ts';
import { readOnlyFields, readOnlyPart } from './read-only.ts';
import { referralStatuses, referralSubstatuses } from './status.ts';

/**
 * The paths of a referral that a JSON Patch may write, as JSON Pointers (RFC 6901).
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10; only deal value, notes, status and team stand in
 * its examples.
 */
export function partnerCenterFields(settings: Settings): readonly Field[] {
  return [...clearableFields(settings), ...lastingFields, ...readOnlyFields];
}

type More = Pick<Field, 'common' | 'action'> & Partial<Pick<Field, 'evidence'>>;
const unconfirmed: More = { evidence: 'unconfirmed' };

function clearableFields(settings: Settings): readonly Field[] {
  // Only `replace` and `add` are supported, and neither null nor an empty text is documented as a value.
  const clearing = clearingOf(settings, 'Partner Center', 'referral');
  const field = (name: string, form: ValueForm, description: string, more: More = {}): Field => ({
    name,
    description,
    form,
    evidence: 'documented',
    ...clearing,
    ...more,
  });
  return [
    field('/details/dealValue', amountForm(settings), 'Value of the deal, a plain decimal.', { common: ['amount'] }),
    field('/details/currency', currencyForm(), 'ISO 4217 code; the value is not converted.', {
      ...unconfirmed,
      common: ['currency'],
    }),
    field('/details/closingDateTime', utcForm(), 'Estimated close; a day alone is midnight UTC.', {
      ...unconfirmed,
      common: ['close_date'],
    }),
    field('/details/notes', textForm(), 'Notes; the new text takes the place of the old.', { common: ['note'] }),
    field('/salesStage', textForm(), 'As your Partner Center spells it: a name, or a percentage such as 40.', {
      ...unconfirmed,
      common: ['stage'],
    }),
    field('/statusReason', textForm(), 'Why it was lost or declined.', unconfirmed),
    field('/name', textForm(), 'Name of the referral.', unconfirmed),
    field('/externalReferenceId', textForm(), 'Your own id of the deal.', unconfirmed),
    field('/campaignId', textForm(), 'Id of a campaign.', unconfirmed),
    field(
      '/details/requirements/solutions',
      objectListForm(),
      'Solutions: an array of JSON objects, takes the place of the list.',
      unconfirmed,
    ),
  ];
}

const assistanceCodes = [
  'Unknown',
  'GeneralOrOther',
  'CustomerTechnicalArchitecture',
  'ProofOfConceptOrDemo',
  'QuotesOrLicensing',
  'PostSalesCustomerSuccess',
  'WorkloadSpecificValueProposition',
] as const;

const lastingFields: readonly Field[] = [
  lasting('/status', choiceForm(referralStatuses), 'With /substatus, in the same row. Closed is final.', {
    clearingHint: 'A referral always has a status.',
    common: ['status'],
  }),
  lasting('/substatus', choiceForm(referralSubstatuses), 'With /status, in the same row.', {
    clearingHint: 'A referral always has a substatus.',
  }),
  lasting(
    '/team/-',
    addedObjectsForm(memberProblem),
    'Adds a member to the team: a JSON object with email, firstName, lastName, phoneNumber. Sending it twice adds it twice.',
    { clearingHint: 'A member of the team cannot be removed by a patch.', action: 'add' },
  ),
  lasting('/registrations/-', addedObjectsForm(), 'Adds a deal registration: a JSON object with type.', {
    clearingHint: 'A registration cannot be removed by a patch.',
    action: 'add',
    evidence: 'observed',
  }),
  lasting(
    '/consent/consentToShareReferralWithMicrosoftSellers',
    booleanForm,
    "Shares the referral with Microsoft's sellers; cannot be taken back.",
    { clearingHint: 'Sharing cannot be taken back.', ...unconfirmed },
  ),
  lasting(
    '/inviteContext/assistanceRequestCode',
    choiceForm(assistanceCodes),
    'Asks Microsoft for help; cannot be taken back.',
    { clearingHint: 'A request for help cannot be taken back.', ...unconfirmed },
  ),
];

/** A field that nothing clears, and why. */
function lasting(
  name: string,
  form: ValueForm,
  description: string,
  more: More & { readonly clearingHint: string },
): Field {
  return { name, description, form, evidence: 'documented', ...more };
}

/**
 * Columns beyond the list: `details.dealValue` means `/details/dealValue`, and the parts of a deal registration follow a pattern, which is known
 * from the vendor's own connector, https://learn.microsoft.com/en-us/connectors/partnercenterref/, 2026-10.
 */
export function partnerCenterOpenField(name: string, settings: Settings): Field | undefined {
  const pointer = name.startsWith('/') ? name : `/${name.replaceAll('.', '/')}`;
  const listed = partnerCenterFields(settings).find((field) => field.name === pointer) ?? readOnlyPart(pointer);
  if (listed !== undefined) return { ...listed, name, writes: pointer };
  const form = registrationForm(pointer, settings);
  if (form === undefined) return undefined;
  const description = 'Part of a deal registration.';
  return {
    name,
    writes: pointer,
    description,
    form,
    evidence: 'observed',
    ...clearingOf(settings, 'Partner Center', 'referral'),
  };
}

const registrationPath =
  /^\/registrations\/(?:0|[1-9]\d{0,2})\/(?:(contract)|solutionDetails\/(?:0|[1-9]\d{0,2})(\/marketplaceTransactionDetails)?)\/([A-Za-z]{1,60})$/;

function registrationForm(pointer: string, settings: Settings): ValueForm | undefined {
  const [, contract, marketplace, part = ''] = registrationPath.exec(pointer) ?? [];
  if (marketplace !== undefined) return textForm();
  return (contract === undefined ? solutionForms : contractForms).get(part)?.(settings);
}

const contractForms: ReadonlyMap<string, (settings: Settings) => ValueForm> = new Map([
  ['startDateTime', utcForm],
  ['endDateTime', utcForm],
  ['signDateTime', utcForm],
  ['term', () => choiceForm(['Perpetual', 'Finite'])],
  ['value', amountForm],
]);

const solutionForms: ReadonlyMap<string, (settings: Settings) => ValueForm> = new Map([
  ['value', amountForm],
  ['currency', currencyForm],
  ['isDeployedOnAzure', () => booleanForm],
  ['primaryDeploymentOn', () => choiceForm(['Customer', 'Partner'])],
  ['pricingModel', () => choiceForm(['PayAsYouGo', 'Other'])],
]);

/** What to say of names that look like a part of a referral. */
export function partnerCenterFieldHint(name: string): string | undefined {
  if (/owner/i.test(name)) return 'A referral has no owner; its team is added to by /team/-.';
  if (/^(\/?team)([./].*)?$/i.test(name))
    return 'Members are added by the column /team/-, with a JSON object in the cell.';
  return /stage|value|date|note/i.test(name) ? 'Fields are JSON Pointers such as /details/dealValue.' : undefined;
}
