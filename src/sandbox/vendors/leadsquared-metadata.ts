import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';

/** The opportunity type and the users of the LeadSquared sandbox. */

export const eventCode = 12_000;
const statusOptions = JSON.stringify(['Open', 'Won', 'Lost'].map((Value) => ({ Value, Text: Value })));
const sourceOptions = JSON.stringify(['Web site', 'Fair', 'Referral'].map((Value) => ({ Value, Text: Value })));

const fields = [
  field('Status', 'Status', 'SearchableDropdown', { OptionSet: statusOptions, IsMandatory: true }),
  field('Owner', 'Owner', 'ActiveUsers', { IsMandatory: true }),
  field('mx_Custom_1', 'Opportunity Name', 'String', { MaxFieldLength: 200 }),
  // Options of a stage are kept elsewhere, so that the set is empty.
  field('mx_Custom_2', 'Stage', 'SearchableDropdown'),
  field('mx_Custom_6', 'Expected Deal Size', 'Number'),
  field('mx_Custom_8', 'Expected Closure Date', 'DateTime'),
  field('mx_Custom_9', 'Lead Score', 'Number', { IsReadOnly: true }),
  field('mx_Custom_10', 'Origin', 'SearchableDropdown', { OptionSet: sourceOptions }),
  field('mx_Custom_11', 'Remark', 'String', { MaxFieldLength: 20 }),
];

function field(
  SchemaName: string,
  DisplayName: string,
  DataType: string,
  rest: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { SchemaName, DisplayName, DataType, OptionSet: '', IsMandatory: false, IsReadOnly: false, ...rest };
}

const users = [
  user('11111111-2222-4333-8444-555555555555', 'Ada', 'Kern', 0),
  user('22222222-2222-4333-8444-555555555555', 'Bo', 'Lind', 0),
  user('33333333-2222-4333-8444-555555555555', 'Cy', 'Rose', 1),
];

function user(ID: string, FirstName: string, LastName: string, StatusCode: number) {
  return { ID, FirstName, LastName, EmailAddress: `${FirstName.toLowerCase()}@northwind.example`, StatusCode };
}

const bodies: Readonly<Record<string, unknown>> = {
  '/OpportunityManagement.svc/GetOpportunityTypeMetadata': {
    DisplayName: 'Opportunity',
    EventCode: eventCode,
    Fields: fields,
  },
  '/UserManagement.svc/Users.Get': users,
};

/** Undefined for a path that is none of these. */
export function leadsquaredMetadata({ path, behaviour }: SandboxCall): SandboxResponse | undefined {
  const { metadata } = behaviour;
  const body = bodies[path];
  if (body === undefined) return undefined;
  if (metadata === 'forbidden') return { status: 403, body: { Status: 'Error', ExceptionMessage: 'Access denied' } };
  return { status: 200, body: metadata === 'odd' ? { Status: 'Success' } : body };
}
