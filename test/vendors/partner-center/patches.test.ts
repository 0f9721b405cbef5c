import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { stringifyJson, type Json } from '../../../src/core/json.ts';
import type { Vendor } from '../../../src/core/vendor.ts';
import { partnerCenter as declared } from '../../../src/vendors/partner-center/vendor.ts';
import { callsOf, readRequests, serviceOf, settingsOf, toEdit } from '../../contract/fixtures.ts';

const partnerCenter: Vendor = declared;
const settings = settingsOf(partnerCenter);
const id = '9f8bed52-e4df-4d0c-9ca6-929a187b0731';
const jane = { email: 'jane.doe@contoso.com', firstName: 'Jane', lastName: 'Doe', phoneNumber: '0000000001' };

/** A referral with something at each path that is patched. */
function sampleReferral(): { [name: string]: unknown } {
  return {
    id,
    name: 'Referral',
    externalReferenceId: null,
    campaignId: null,
    status: 'Active',
    substatus: 'Accepted',
    statusReason: null,
    salesStage: null,
    details: {
      notes: null,
      dealValue: 1,
      currency: 'USD',
      closingDateTime: null,
      requirements: { solutions: [{ id: 'OLD' }] },
    },
    team: [{ email: 'first@contoso.com' }],
    consent: { consentToShareReferralWithMicrosoftSellers: false },
    inviteContext: { assistanceRequestCode: null },
    registrations: [
      {
        contract: { signDateTime: null, term: null, value: null },
        solutionDetails: [
          { currency: null, isDeployedOnAzure: true, marketplaceTransactionDetails: { offerId: null } },
          { pricingModel: null },
        ],
      },
    ],
  };
}

function patched(body: Json | undefined, document: unknown): unknown {
  const operations = JSON.parse(stringifyJson(body ?? null)) as Operation[];
  expect(applyPatch(document, operations)).toEqual(operations.map(() => null));
  return document;
}

describe('the patches, applied by another implementation of RFC 6902', () => {
  it.each(['tests', 'spec_tests'])('which passes the additions and replacements of %s.json', (file) => {
    const path = new URL(`../../../node_modules/json-patch-test-suite/${file}.json`, import.meta.url);
    const suite = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly doc: unknown;
      readonly patch?: readonly { readonly op?: string; readonly path?: string }[];
      readonly expected?: unknown;
      readonly disabled?: boolean;
    }[];
    const ours = suite.filter(
      ({ patch, expected, disabled }) =>
        disabled !== true &&
        expected !== undefined &&
        patch?.every(({ op, path: target }) => (op === 'add' || op === 'replace') && target !== '') === true,
    );
    expect(ours.length).toBeGreaterThan(5);
    for (const { doc, patch, expected } of ours) {
      applyPatch(doc, patch as Operation[]);
      expect(doc).toEqual(expected);
    }
  });

  const cases = readRequests('partner-center').cases;

  it.each(cases)('$title: every operation finds its place', (request) => {
    for (const { body } of callsOf(partnerCenter, request)) patched(body, sampleReferral());
  });

  it('the example of the documentation gives the referral that it describes', () => {
    const [call] = cases.slice(0, 1).flatMap((request) => callsOf(partnerCenter, request));
    const expected = sampleReferral();
    expected['details'] = { ...(expected['details'] as object), dealValue: '10000' };
    expected['team'] = [{ email: 'first@contoso.com' }, jane];
    expect(patched(call?.body, sampleReferral())).toEqual(expected);
  });

  it('fields of any texts change, and nothing else does', () => {
    const names = ['name', 'externalReferenceId', 'campaignId', 'statusReason', 'salesStage'] as const;
    const texts = fc.dictionary(fc.constantFrom(...names), fc.string({ minLength: 1 }), { minKeys: 1 });
    const members = fc.array(fc.record({ email: fc.constantFrom('a@b.example', 'c@d.example') }), { maxLength: 3 });
    fc.assert(
      fc.property(texts, members, (input, added) => {
        const columns = { ...input, ...(added.length === 0 ? {} : { '/team/-': added }) };
        const [call] = serviceOf(partnerCenter, settings).plan(toEdit(partnerCenter, id, columns));
        const before = sampleReferral();
        const expected = { ...before, ...input, team: [...(before['team'] as unknown[]), ...added] };
        expect(patched(call?.body, sampleReferral())).toEqual(expected);
        expect(call?.repeatable).toBe(added.length === 0);
      }),
    );
  });
});
