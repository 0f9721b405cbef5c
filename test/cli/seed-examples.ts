import type { VendorName } from './oppatch.ts';

/** A request as a vendor's own page shows it, and the edit that asks for it. */
export interface SeedExample {
  readonly name: string;
  readonly vendor: VendorName;
  /** The page that it is from. */
  readonly source: string;
  readonly id: string;
  readonly method: string;
  /** Below the vendor's base URL. */
  readonly path: string;
  /** As printed there. */
  readonly body: string;
  readonly csv: string;
  readonly json: unknown;
  readonly words?: readonly string[];
}

const referral = '9f8bed52-e4df-4d0c-9ca6-929a187b0731';
const patchPage = 'https://learn.microsoft.com/en-us/partner-center/developer/update-a-referral';
const jane = { email: 'jane.doe@contoso.com', firstName: 'Jane', lastName: 'Doe', phoneNumber: '0000000001' };
const janeCell = `"${JSON.stringify(jane).replaceAll('"', '""')}"`;
const minimal = ['--setting', 'prefer=minimal'];

const days = 'custom.cf_v6S011I6MqcbVvB2FA5Nk8dr5MkL8sWuCiG8cUleO9c';

export const seedExamples: readonly SeedExample[] = [
  {
    name: 'deal value and a team member',
    vendor: 'partner-center',
    source: patchPage,
    id: referral,
    method: 'PATCH',
    path: `/engagements/referrals/${referral}`,
    body: `[
    {
        "op": "replace",
        "path": "/details/dealValue",
        "value": "10000"
    },
    {
        "op": "add",
        "path": "/team/-",
        "value": {
            "email": "jane.doe@contoso.com",
            "firstName": "Jane",
            "lastName": "Doe",
            "phoneNumber": "0000000001"
        }
    }
]`,
    csv: `id,/details/dealValue,/team/-\n${referral},10000,${janeCell}\n`,
    json: [{ id: referral, '/details/dealValue': 10000, '/team/-': jane }],
  },
  {
    name: 'deal value and notes, without a reply body',
    vendor: 'partner-center',
    source: patchPage,
    id: referral,
    method: 'PATCH',
    path: `/engagements/referrals/${referral}`,
    body: `[
    {"op":"replace","path":"/details/dealValue","value":"10000"},
    {"op":"replace","path":"/details/notes","value":"Lorem ipsum dolor sit amet."}
]`,
    csv: `id,amount,note\n${referral},10000,Lorem ipsum dolor sit amet.\n`,
    json: [{ id: referral, 'details.dealValue': '10000', 'details.notes': 'Lorem ipsum dolor sit amet.' }],
    words: minimal,
  },
  {
    name: 'won',
    vendor: 'partner-center',
    source: patchPage,
    id: referral,
    method: 'PATCH',
    path: `/engagements/referrals/${referral}`,
    body: `[
    {"op":"replace", "path":"/status", "value":"Closed"},
    {"op":"replace", "path":"/substatus", "value":"Won"}
]`,
    csv: `referralId,status,substatus\n${referral},Closed,Won\n`,
    json: [{ referralId: referral, '/status': 'Closed', '/substatus': 'Won' }],
    words: minimal,
  },
  {
    name: 'a team member',
    vendor: 'partner-center',
    source: patchPage,
    id: referral,
    method: 'PATCH',
    path: `/engagements/referrals/${referral}`,
    body: `[
    {
        "op": "add",
        "path": "/team/-",
        "value": {
            "email": "jane.doe@contoso.com",
            "firstName": "Jane",
            "lastName": "Doe",
            "phoneNumber": "0000000001"
        }
    }
]`,
    csv: `id;/team/-\n${referral};${janeCell}\n`,
    json: [{ id: referral, '/team/-': jane }],
  },
  {
    name: 'deal value and notes',
    vendor: 'raze',
    source: 'https://developer.getraze.co/api-reference/opportunities/update',
    id: 'opp_abc123def456',
    method: 'PUT',
    path: '/opportunities/opp_abc123def456',
    body: `{
    "deal_value": 100000,
    "notes": "Upgraded to enterprise package"
  }`,
    csv: 'id,deal_value,notes\nopp_abc123def456,100000,Upgraded to enterprise package\n',
    json: [{ id: 'opp_abc123def456', deal_value: 100000, notes: 'Upgraded to enterprise package' }],
  },
  {
    name: 'note and fields',
    vendor: 'leadsquared',
    source: 'https://apidocs.leadsquared.com/update-an-opportunity/',
    id: '5ca5b042-51ea-4699-b6f0-84c40ab12770',
    method: 'POST',
    path: '/OpportunityManagement.svc/Update',
    body: `{
   "ProspectOpportunityId":"5ca5b042-51ea-4699-b6f0-84c40ab12770",
   "OpportunityNote":"Update note",
   "Fields":[
      {
         "SchemaName":"mx_Custom_6",
         "Value":"200,000"
      },
      {
         "SchemaName":"mx_Custom_7",
         "Value":"180,000"
      },
      {
         "SchemaName":"mx_Custom_8",
         "Value":"2020-09-16 12:13:44"
      }
   ]
}`,
    csv: 'ProspectOpportunityId,OpportunityNote,mx_Custom_6,mx_Custom_7,mx_Custom_8\n5ca5b042-51ea-4699-b6f0-84c40ab12770,Update note,"200,000","180,000",2020-09-16 12:13:44\n',
    json: [
      {
        id: '5ca5b042-51ea-4699-b6f0-84c40ab12770',
        mx_Custom_6: '200,000',
        mx_Custom_7: '180,000',
        mx_Custom_8: '2020-09-16 12:13:44',
        note: 'Update note',
      },
    ],
  },
  {
    name: 'a custom field is cleared',
    vendor: 'close',
    source: 'https://developer.close.com/api/resources/opportunities/update',
    id: 'oppo_8Hk2',
    method: 'PUT',
    path: '/opportunity/oppo_8Hk2/',
    body: `{ "${days}": null }`,
    csv: `id,${days}\noppo_8Hk2,:clear:\n`,
    json: [{ id: 'oppo_8Hk2', [days]: null }],
  },
  {
    name: 'a value is added to a custom field',
    vendor: 'close',
    source: 'https://developer.close.com/api/resources/opportunities/update',
    id: 'oppo_8Hk2',
    method: 'PUT',
    path: '/opportunity/oppo_8Hk2/',
    body: `{ "${days}.add": "Wednesday" }`,
    csv: `id,${days}.add\noppo_8Hk2,Wednesday\n`,
    json: [{ id: 'oppo_8Hk2', [`${days}.add`]: 'Wednesday' }],
  },
];
