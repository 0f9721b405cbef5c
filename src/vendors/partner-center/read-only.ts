import type { Field } from '../../core/field.ts';
import { readOnlyField, readOnlyFields } from '../shared/fields.ts';

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
