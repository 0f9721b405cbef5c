import { decimalText, type Decimal } from '../core/decimal.ts';
import type { Field, ValueForm } from '../core/field.ts';
import { exactNumber, scalarText, type Json, type JsonObject } from '../core/json.ts';
import { checkedTextForm, choiceForm, decimalForm, objectsForm, textForm, utcForm } from '../core/value-forms.ts';
import type { Settings } from '../core/vendor.ts';
import { referralStatuses, referralSubstatuses } from './partner-center-status.ts';

/**
 * The paths of a referral that a JSON Patch may write, as JSON Pointers (RFC 6901).
 * https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10.
 */
export function partnerCenterFields(settings: Settings): readonly Field[] {
  return [...writable(settings), ...readOnlyFields];
}

/** `details.dealValue` means `/details/dealValue`; deeper paths of a registration follow a pattern. */
export function partnerCenterOpenField(name: string, settings: Settings): Field | undefined {
  const pointer = name.startsWith('/') ? name : `/${name.replaceAll('.', '/')}`;
  const listed = partnerCenterFields(settings).find((field) => field.name === pointer);
  if (listed !== undefined) return { ...listed, name, writes: pointer };
  const leaf = registrationPath.exec(pointer)?.[1];
  if (leaf === undefined) return undefined;
  return {
    name,
    writes: pointer,
    form: registrationForm(leaf, settings),
    description: 'Of the first deal registration.',
    evidence: 'observed',
    ...clearing(settings),
  };
}

const registrationPath =
  /^\/registrations\/\d+\/(?:contract|solutionDetails\/\d+(?:\/marketplaceTransactionDetails)?)\/([A-Za-z]+)$/;

function registrationForm(leaf: string, settings: Settings): ValueForm {
  if (leaf.endsWith('DateTime')) return utcForm();
  if (leaf === 'value') return dealValueForm(settings);
  if (leaf === 'currency') return currencyForm;
  return /^is[A-Z]/.test(leaf) ? booleanForm : textForm();
}

function writable(settings: Settings): readonly Field[] {
  const field = (name: string, form: ValueForm, description: string, more: Partial<Field> = {}): Field => ({
    name,
    form,
    description,
    evidence: 'documented',
    ...clearing(settings),
    ...more,
  });
  const maybe = { evidence: 'unconfirmed' } as const;
  return [
    field('/details/dealValue', dealValueForm(settings), 'Value of the deal, a plain decimal.', { common: ['amount'] }),
    field('/details/currency', currencyForm, 'ISO 4217 code; the value is not converted.', {
      common: ['currency'],
      ...maybe,
    }),
    field('/details/closingDateTime', utcForm(), 'Estimated close; a day alone is midnight UTC.', {
      common: ['close_date'],
      ...maybe,
    }),
    field('/details/notes', textForm(), 'Notes; the new text takes the place of the old.', { common: ['note'] }),
    field(
      '/salesStage',
      textForm(),
      'Sales stage, as your Partner Center spells it (a name, or a percentage such as 40).',
      {
        common: ['stage'],
        ...maybe,
      },
    ),
    fixed(
      '/status',
      choiceForm(referralStatuses),
      'With /substatus, in the same row. Closed is final.',
      'A referral always has a status.',
      {
        common: ['status'],
      },
    ),
    fixed(
      '/substatus',
      choiceForm(referralSubstatuses),
      'With /status, in the same row.',
      'A referral always has a substatus.',
    ),
    field('/statusReason', textForm(), 'Why it was lost or declined.', maybe),
    field('/name', textForm(), 'Name of the referral.', maybe),
    field('/externalReferenceId', textForm(), 'Your own id of the deal.', maybe),
    field('/campaignId', textForm(), 'Id of a campaign.', maybe),
    field(
      '/details/requirements/solutions',
      objectsForm(() => undefined),
      'Solutions: an array of JSON objects, takes the place of the list.',
      {
        ...maybe,
      },
    ),
    fixed(
      '/team/-',
      objectsForm(memberProblem),
      'Adds a member to the team: a JSON object with email, firstName, lastName, phoneNumber. Sending it twice adds it twice.',
      'A member of the team cannot be removed by a patch.',
      {
        action: 'add',
      },
    ),
    fixed(
      '/registrations/-',
      objectsForm(() => undefined),
      'Adds a deal registration: a JSON object with type.',
      'A registration cannot be removed by a patch.',
      {
        action: 'add',
        evidence: 'observed',
      },
    ),
    fixed(
      '/consent/consentToShareReferralWithMicrosoftSellers',
      trueForm,
      "Shares the referral with Microsoft's sellers; cannot be taken back.",
      'Sharing cannot be taken back.',
      {
        ...maybe,
      },
    ),
    fixed(
      '/inviteContext/assistanceRequestCode',
      choiceForm(assistanceCodes),
      'Asks Microsoft for help; cannot be taken back.',
      'A request for help cannot be taken back.',
      {
        ...maybe,
      },
    ),
  ];
}

/** A field that nothing clears, and why. */
function fixed(
  name: string,
  form: ValueForm,
  description: string,
  clearingHint: string,
  more: Partial<Field> = {},
): Field {
  return { name, form, description, clearingHint, evidence: 'documented', ...more };
}

function clearing(settings: Settings): Pick<Field, 'cleared' | 'clearingHint'> {
  const how = settings['clear'] ?? 'refuse';
  return how === 'refuse'
    ? {
        clearingHint:
          'Partner Center does not document how a field is cleared. Once you have tried it on one referral, add --setting clear=null (or clear=empty).',
      }
    : { cleared: { value: how === 'null' ? null : '' } };
}

/** The documentation's patches write the value as text, its resource shows a number. */
function dealValueForm(settings: Settings): ValueForm {
  const asNumber = settings['deal-value'] === 'number';
  return decimalForm((decimal: Decimal): Json => (asNumber ? exactNumber(decimalText(decimal)) : decimalText(decimal)));
}

const currencyForm = checkedTextForm('text', (text) =>
  /^[A-Z]{3}$/.test(text) ? undefined : 'is not an ISO 4217 code of three capitals, such as EUR',
);

const booleanForm: ValueForm = {
  type: 'boolean',
  encode: (input) => {
    const text = scalarText(input)?.trim().toLowerCase();
    return text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: 'is neither true nor false' };
  },
};

const trueForm: ValueForm = {
  type: 'boolean',
  encode: (input) =>
    scalarText(input)?.trim().toLowerCase() === 'true'
      ? { value: true }
      : { problem: 'can only be true', hint: 'It cannot be taken back.' },
};

const memberNames: ReadonlySet<string> = new Set([
  'email',
  'firstName',
  'lastName',
  'phoneNumber',
  'title',
  'contactPreference',
]);

function memberProblem(member: JsonObject): string | undefined {
  const unknown = Object.keys(member).find((name) => !memberNames.has(name));
  if (unknown !== undefined) return `has the member ${unknown}, which a team member does not have`;
  const { email } = member;
  return typeof email === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)
    ? undefined
    : 'has no email that is an e-mail address';
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

/** Properties that a reply shows and a patch cannot write, and why. */
const readOnlyReasons: Readonly<Record<string, string>> = {
  '/engagementId': 'is set by Partner Center',
  '/organizationId': 'is set by Partner Center',
  '/organizationName': 'is set by Partner Center',
  '/mpnId': 'is set by Partner Center',
  '/createdDateTime': 'is set by Partner Center',
  '/updatedDateTime': 'is set by Partner Center',
  '/expirationDateTime': 'is set by Partner Center',
  '/acceptedDateTime': 'is set by Partner Center',
  '/closedDateTime': 'is set by Partner Center',
  '/type': 'is set when the referral is created',
  '/qualification': 'is set when the referral is created',
  '/direction': 'is set when the referral is created',
  '/target': 'is set when the referral is created',
  '/customerProfile': 'cannot be changed after the referral was created',
  '/consent': 'is written by its parts, /consent/consentToShareReferralWithMicrosoftSellers',
  '/details': 'is written by its parts, such as /details/dealValue',
  '/team': 'is added to by /team/-',
  '/eTag': 'is set by Partner Center',
  '/links': 'is set by Partner Center',
  '/registrationStatus': 'is set by Partner Center',
  '/quality': 'is read-only in every edition of the documentation',
  '/trackingInfo': 'is read-only in every edition of the documentation',
};

const readOnlyFields: readonly Field[] = Object.entries(readOnlyReasons).map(([name, reason]) => ({
  name,
  form: textForm(),
  description: `Read-only: ${reason}.`,
  readOnly: reason,
  evidence: 'documented',
}));
