import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import { needsMetadata } from '../../src/app/accounts/needs-metadata.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { leadsquared } from '../../src/vendors/leadsquared/vendor.ts';
import { fieldOf, serviceOf } from '../contract/fixtures.ts';

function needOf(vendor: Vendor, column: string, input: Json, changed = {}) {
  const { service, need } = needsMetadata(serviceOf(vendor, changed));
  fieldOf({ ...vendor, open: () => service }, column)?.form.encode(input);
  return need();
}

describe('metadata is needed', () => {
  it.each<[string, Json, string | undefined]>([
    ['status_id', 'stat_1', undefined],
    ['status', 'Won', 'names'],
    ['owner', 'user_1', undefined],
    ['owner', 'ada@northwind.example', 'names'],
    ['amount', '12', undefined],
    ['amount', 'twelve', undefined],
    ['custom.cf_A', 'x', 'checks'],
    ['custom.cf_A.add', 'x', 'checks'],
    ['Deal region', 'x', 'names'],
  ])('by Close for %s = %j: %s', (column, input, need) => {
    expect(needOf(close, column, input)).toBe(need);
  });

  it.each<[string, Json, object, string | undefined]>([
    ['Owner', '11111111-2222-4333-8444-555555555555', { 'event-code': '12000' }, undefined],
    ['Owner', 'ada@northwind.example', {}, 'names'],
    ['mx_Custom_1', 'x', {}, undefined],
    ['mx_Custom_1', 'x', { 'event-code': '12000' }, 'checks'],
    ['Status', 'Won', {}, undefined],
    ['Status', 'Won', { 'event-code': '12000' }, 'checks'],
    ['Stage', 'x', {}, undefined],
    ['Stage', 'x', { 'event-code': '12000' }, 'names'],
    ['OpportunityNote', 'x', { 'event-code': '12000' }, undefined],
  ])('by LeadSquared for %s = %j with %j: %s', (column, input, settings, need) => {
    expect(needOf(leadsquared, column, input, settings)).toBe(need);
  });

  it('for a name even where checks came first', () => {
    const { service, need } = needsMetadata(serviceOf(close));
    service.openField?.('custom.cf_A')?.form.encode('x');
    service.openField?.('Deal region');
    service.openField?.('custom.cf_A')?.form.encode('x');
    expect(need()).toBe('names');
  });
});
