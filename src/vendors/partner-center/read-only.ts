import type { Field } from '../../core/field.ts';
import { textForm } from '../../core/value-forms.ts';

const kept = 'Partner Center keeps it itself.';
const createdWith = 'It is set when the referral is created.';
const inReplies = 'It is known from replies only.';

/**
 * Properties of a referral that a patch cannot write, and why. https://learn.microsoft.com/en-us/partner-center/developer/referral-resources and
 * https://learn.microsoft.com/en-us/partner-center/bulk-operations, as of 2026-10.
 */
const reasons: Readonly<Record<string, readonly string[]>> = {
  [kept]: [
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
  [createdWith]: [
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
  [inReplies]: [
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
};

export const readOnlyFields: readonly Field[] = Object.entries(reasons).flatMap(([reason, pointers]) =>
  pointers.map((pointer) => readOnlyField(pointer, reason)),
);

/** Objects no part of which can be written. */
const closedObjects = ['/customerProfile', '/target', '/links', '/inviteContext/invitedBy', '/trackingInfo'] as const;

/** A part of an object that cannot be written, such as `/customerProfile/name`; undefined for any other pointer. */
export function readOnlyPart(pointer: string): Field | undefined {
  const owner = closedObjects.find((object) => pointer.startsWith(`${object}/`));
  const reason = readOnlyFields.find(({ name }) => name === owner)?.readOnly;
  return reason === undefined ? undefined : readOnlyField(pointer, reason);
}

function readOnlyField(name: string, reason: string): Field {
  return { name, description: 'In replies only.', form: textForm(), readOnly: reason, evidence: 'documented' };
}
