import type { Field, ValueForm } from '../../core/field.ts';
import { choiceForm, currencyForm, textForm, utcForm } from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { clearingOf, field, readOnlyField, readOnlyFields } from '../shared/fields.ts';
import { booleanForm } from '../shared/value-forms.ts';
import { addedObjectsForm, amountForm, memberProblem, objectListForm } from './forms.ts';
import { referralStatuses, referralSubstatuses } from './audit.ts';

/**
 * The paths of a referral that a JSON Patch may write, as JSON Pointers (RFC 6901).
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10; only deal value, notes, status and team stand in
 * its examples.
 */
export function partnerCenterFields(settings: Settings): readonly Field[] {
  return [...clearableFields(settings), ...lastingFields, ...repliedFields];
}

const unconfirmed = { evidence: 'unconfirmed' } as const;

function clearableFields(settings: Settings): readonly Field[] {
  // Only `replace` and `add` are supported, and neither null nor an empty text is documented as a value.
  const clearing = clearingOf(settings, 'Partner Center', 'referral');
  const part = (name: string, form: ValueForm, description: string, more: Partial<Field> = {}): Field =>
    field(name, description, form, { ...clearing, ...more });
  return [
    part('/details/dealValue', amountForm(settings), 'Value of the deal, a plain decimal.', { common: ['amount'] }),
    part('/details/currency', currencyForm(), 'ISO 4217 code; the value is not converted.', {
      ...unconfirmed,
      common: ['currency'],
    }),
    part('/details/closingDateTime', utcForm(), 'Estimated close; a day alone is midnight UTC.', {
      ...unconfirmed,
      common: ['close_date'],
    }),
    part('/details/notes', textForm(), 'Notes; the new text takes the place of the old.', { common: ['note'] }),
    part('/salesStage', textForm(), 'As your Partner Center spells it: a name, or a percentage such as 40.', {
      ...unconfirmed,
      common: ['stage'],
    }),
    part('/statusReason', textForm(), 'Why it was lost or declined.', unconfirmed),
    part('/name', textForm(), 'Name of the referral.', unconfirmed),
    part('/externalReferenceId', textForm(), 'Your own id of the deal.', unconfirmed),
    part('/campaignId', textForm(), 'Id of a campaign.', unconfirmed),
    part(
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

/** Those that nothing clears. */
const lastingFields: readonly Field[] = [
  field('/status', 'With /substatus, in the same row. Closed is final.', choiceForm(referralStatuses), {
    clearingHint: 'A referral always has a status.',
    common: ['status'],
  }),
  field('/substatus', 'With /status, in the same row.', choiceForm(referralSubstatuses), {
    clearingHint: 'A referral always has a substatus.',
  }),
  field(
    '/team/-',
    'Adds a member to the team: a JSON object with email, firstName, lastName, phoneNumber. Sending it twice adds it twice.',
    addedObjectsForm(memberProblem),
    { clearingHint: 'A member of the team cannot be removed by a patch.', action: 'add' },
  ),
  field('/registrations/-', 'Adds a deal registration: a JSON object with type.', addedObjectsForm(), {
    clearingHint: 'A registration cannot be removed by a patch.',
    action: 'add',
    evidence: 'observed',
  }),
  field(
    '/consent/consentToShareReferralWithMicrosoftSellers',
    "Shares the referral with Microsoft's sellers; cannot be taken back.",
    booleanForm(),
    { clearingHint: 'Sharing cannot be taken back.', ...unconfirmed },
  ),
  field(
    '/inviteContext/assistanceRequestCode',
    'Asks Microsoft for help; cannot be taken back.',
    choiceForm(assistanceCodes),
    { clearingHint: 'A request for help cannot be taken back.', ...unconfirmed },
  ),
];

/**
 * Columns beyond the list: `details.dealValue` means `/details/dealValue`, and the parts of a deal registration follow a pattern, which is known
 * from the vendor's own connector, https://learn.microsoft.com/en-us/connectors/partnercenterref/, 2026-10.
 */
export function partnerCenterOpenField(name: string, settings: Settings): Field | undefined {
  const pointer = name.startsWith('/') ? name : `/${name.replaceAll('.', '/')}`;
  const listed = partnerCenterFields(settings).find((one) => one.name === pointer) ?? readOnlyPart(pointer);
  if (listed !== undefined) return { ...listed, name, writes: pointer };
  const form = registrationForm(pointer, settings);
  if (form === undefined) return undefined;
  return field(name, 'Part of a deal registration.', form, {
    writes: pointer,
    evidence: 'observed',
    ...clearingOf(settings, 'Partner Center', 'referral'),
  });
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
  ['isDeployedOnAzure', booleanForm],
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

/**
 * Properties of a referral that a patch cannot write, and why. https://learn.microsoft.com/en-us/partner-center/developer/referral-resources and
 * https://learn.microsoft.com/en-us/partner-center/bulk-operations, as of 2026-10.
 */
export const repliedFields = readOnlyFields({
  'Partner Center keeps it itself.': [
    '/engagementId',
    '/organizationId',
    '/organizationName',
    '/mpnId',
    '/createdDateTime',
    '/updatedDateTime',
    '/expirationDateTime',
    '/acceptedDateTime',
    '/closedDateTime',
    '/eTag',
    '/links',
    '/registrationStatus',
  ],
  'It is set when the referral is created.': [
    '/type',
    '/qualification',
    '/direction',
    '/target',
    '/consent/consentToToShareInfoWithOthers',
    '/consent/consentToContact',
    '/inviteContext/notes',
    '/inviteContext/invitedMpnId',
    '/inviteContext/invitedBy',
  ],
  'The customer cannot be changed after the referral was created.': ['/customerProfile'],
  'It is known from replies only.': [
    '/details/customerRequestedContact',
    '/details/customerAction',
    '/details/incentiveLevel',
    '/quality',
    '/isSpam',
    '/favorite',
    '/tags',
    '/callToAction',
    '/referralSource',
    '/referralProgram',
    '/dealSensitivity',
    '/createdVia',
    '/lastModifiedVia',
    '/lastRunId',
    '/trackingInfo',
  ],
  'The column id says which referral is edited.': ['/id'],
  'It is added to by /team/-.': ['/team'],
  'It is written by its parts, such as /details/dealValue.': ['/details'],
  'It is written by its part /details/requirements/solutions.': ['/details/requirements'],
  'It is written by its part /consent/consentToShareReferralWithMicrosoftSellers.': ['/consent'],
  'It is written by its part /inviteContext/assistanceRequestCode.': ['/inviteContext'],
  'It is added to by /registrations/-, and written by its parts, such as /registrations/0/contract/value.': [
    '/registrations',
  ],
});

/** Objects no part of which can be written. */
const closedObjects = ['/customerProfile', '/target', '/links', '/inviteContext/invitedBy', '/trackingInfo'] as const;

/** A part of an object that cannot be written, such as `/customerProfile/name`; undefined for any other pointer. */
export function readOnlyPart(pointer: string): Field | undefined {
  const owner = closedObjects.find((object) => pointer.startsWith(`${object}/`));
  const reason = repliedFields.find(({ name }) => name === owner)?.readOnly;
  return reason === undefined ? undefined : readOnlyField(pointer, reason);
}
