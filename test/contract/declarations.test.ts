import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalarText } from '../../src/core/json.ts';
import type { Field } from '../../src/core/field.ts';
import { stringifyJson } from '../../src/core/json.ts';
import type { Setting, Vendor } from '../../src/core/vendor.ts';
import { findVendor, vendors } from '../../src/vendors/index.ts';
import { contractVendors, fieldOf, readRequests, settingsOf } from './fixtures.ts';

const all: readonly Vendor[] = vendors;

describe.each(contractVendors)('$name declares', (vendor) => {
  const settings = settingsOf(vendor);
  const service = vendor.open(settings);
  const { fields } = service;
  const writable = fields.filter((field) => field.readOnly === undefined);

  it('its parts in the order of the contract', () => {
    expect(Object.keys(vendor)).toEqual(contractOrder('Vendor').filter((part) => part in vendor));
    expect(Object.keys(service)).toEqual(contractOrder('Service').filter((part) => part in service));
  });

  it('who it is', () => {
    expect(vendor.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(vendor.title).not.toBe('');
    expect(vendor.documentation.length).toBeGreaterThan(0);
    for (const page of vendor.documentation) expect(page).toMatch(/^https:\/\/\S+$/);
    expect(vendor.baseUrl(settings)).toMatch(/^https:\/\/[^\s?#]+[^/\s]$/);
  });

  it('credentials that are described, with a secret among each set, and doubts that do not repeat the value', () => {
    for (const set of vendor.credentials) {
      expect(set.fields.some(({ secret }) => secret)).toBe(true);
      for (const { name, description, doubt } of set.fields) {
        expect(name).toMatch(/^[a-z][A-Za-z]*$/);
        expect(description).not.toBe('');
        for (const value of ['uQ7f0123456789abcdef', 'blank in it: yes', 'short-12']) {
          expect(doubt?.(value) ?? '').not.toContain(value);
        }
      }
    }
  });

  it('lists that are made of what the record holds only where records are read, for the field that they change', () => {
    for (const { name, fromCurrent, action, writes } of fields) {
      if (fromCurrent === undefined) continue;
      expect([service.records === undefined, name]).toEqual([false, `${writes}.${action}`]);
      expect(['add', 'remove']).toContain(action);
      expect(fields.some((field) => field.name === writes) || service.openField?.(writes ?? '') !== undefined).toBe(
        true,
      );
    }
  });

  it('settings whose defaults and options are valid', () => {
    expect(new Set(vendor.settings.map(({ name }) => name)).size).toBe(vendor.settings.length);
    for (const setting of vendor.settings) {
      expect(setting.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(setting.description).not.toBe('');
      expectValidSetting(setting);
    }
  });

  it('settings that are asked for, with choices that are valid, and flags of their own', () => {
    for (const { question, choices = [], flag, problem, required } of vendor.settings) {
      expect(question ?? 'asked').not.toBe('');
      for (const { value, label } of choices) {
        expect(problem?.(value)).toBeUndefined();
        expect(label).not.toBe('');
      }
      if (flag !== undefined) expect(flag).toMatch(/^--[a-z-]+ <[a-z-]+>$/);
      if (required === true) expect(question).toBeDefined();
    }
  });

  it('an example that it accepts itself', () => {
    const { id, change } = vendor.example;
    expect(service.idProblem?.(id)).toBeUndefined();
    const [name = '', value = ''] = change.split('=');
    expect(fieldOf(vendor, name)?.form.encode(value)).toHaveProperty('value');
  });

  it('quotas that name calls it makes', () => {
    const edit = { row: 1, line: 2, id: 'id', changes: [] };
    const groups = new Set([service.check.call.quotaGroup]);
    if (service.batches !== undefined) groups.add(service.batches.call('1', [edit]).quotaGroup);
    if (service.records?.bulk !== undefined) groups.add(service.records.bulk.call('1', [edit]).quotaGroup);
    if (service.find !== undefined) groups.add(service.find.call('key', ['1']).quotaGroup);
    if (service.list !== undefined) groups.add(service.list.call({ conditions: [], fields: [] }).quotaGroup);
    for (const { calls } of readRequests(vendor.name).cases) {
      for (const call of calls) if (call.quotaGroup !== undefined) groups.add(call.quotaGroup);
    }
    expect(vendor.concurrency).toBeGreaterThanOrEqual(1);
    for (const meter of vendor.quotas) {
      expect(meter.count).toBeGreaterThan(0);
      expect(meter.windowMs).toBeGreaterThan(0);
      expect(meter.name).not.toBe('');
      expect(meter.description).not.toBe('');
      if (meter.group !== undefined) expect([...groups]).toContain(meter.group);
    }
  });

  it('fields with one meaning each', () => {
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
    const common = fields.flatMap((field) => field.common ?? []);
    expect(new Set(common).size).toBe(common.length);
    expect(writable.length).toBeGreaterThan(0);
    for (const field of fields) {
      expect(fieldOf(vendor, field.name)?.name).toBe(field.name);
      if (field.writes !== undefined) expect(fieldOf(vendor, field.writes)).toBeDefined();
    }
  });

  it.each(fields)('$name coherently', (field) => expectCoherentField(field));

  it.each(writable)('a form of $name that survives any value', ({ form }) => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.jsonValue()), (input) => {
        const encoded = form.encode(input);
        if ('problem' in encoded) expect(encoded.problem).not.toBe('');
        else expect(() => stringifyJson(encoded.value)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('what it says of unknown names, in one sentence or nothing', () => {
    for (const name of ['', 'Deal Sise', 'amount', 'currency', 'custom.Region', 'MX_custom_1', '/nope', '__proto__']) {
      expect(service.unknownFieldHint?.(name) ?? 'nothing').not.toBe('');
      if (!fields.some((field) => field.name === name)) expect(() => service.openField?.(name)).not.toThrow();
    }
    expect(service.openField?.('__proto__')).toBeUndefined();
  });
});

describe('the list', () => {
  it('holds each vendor once, and finds it by name', () => {
    const folders = readdirSync(new URL('../../src/vendors/', import.meta.url), { withFileTypes: true });
    const apart = new Set(['shared', 'described']);
    const named = folders.filter((entry) => entry.isDirectory() && !apart.has(entry.name)).map(({ name }) => name);
    expect(all.map(({ name }) => name).toSorted()).toEqual(named.toSorted());
    for (const vendor of all) expect(findVendor(vendor.name.toUpperCase())).toBe(vendor);
    expect(findVendor('nobody')).toBeUndefined();
  });
});

describe('the source of a vendor', () => {
  const folder = new URL('../../src/vendors/', import.meta.url);
  it.each(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')))(
    '%s imports the core and its siblings only, and has no clock, network or output',
    (file) => {
      const code = readFileSync(new URL(file, folder), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
      const imported = [...code.matchAll(/\bfrom '([^']+)'/g)].map(([, target]) => target);
      for (const target of imported) expect(target).toMatch(/^(?:(?:\.\.\/)+core|\.\.?(?:\/[a-z-]+)?)\/[a-z-]+\.ts$/);
      expect(code).not.toMatch(/\b(?:fetch|setTimeout|setInterval|setImmediate|require|import)\s*\(/);
      expect(code).not.toMatch(
        /\b(?:Date\.now|new Date\(\)|Math\.random|console\.|process\.|performance\.|globalThis)/,
      );
    },
  );
});

describe('the names of vendors', () => {
  const folder = new URL('../../src/', import.meta.url);
  const others = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/^(?:vendors|sandbox)\//.test(name),
  );
  // "close" is a word of its own; as a name it stands in quotes of a call step, or after --vendor.
  const words = all.flatMap(({ name, title }) => [title, name === 'close' ? '--vendor close' : name]);

  it('stand nowhere outside their folders', () => {
    expect(others.length).toBeGreaterThan(100);
    const found = others.flatMap((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      return words.filter((word) => new RegExp(`\\b${word}\\b`).test(text)).map((word) => `${file}: ${word}`);
    });
    // An English sentence may begin with it.
    expect(found.filter((one) => !one.endsWith('csv-faults.ts: Close'))).toEqual([]);
  });
});

/** The parts of the contract in the order in which its interface names them. */
function contractOrder(of: 'Vendor' | 'Service'): readonly string[] {
  const source = readFileSync(new URL('../../src/core/vendor.ts', import.meta.url), 'utf8');
  const body = new RegExp(`export interface ${of} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
  const parts = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, part]) => part ?? '');
  expect(parts.length).toBeGreaterThan(10);
  return parts;
}

function expectValidSetting(setting: Setting): void {
  if (setting.options !== undefined) expect(setting.options).toContain(setting.default);
  for (const value of setting.options ?? [setting.default]) expect(setting.problem?.(value)).toBeUndefined();
}

function expectCoherentField(field: Field): void {
  expect(field.description).not.toBe('');
  expect(['documented', 'observed', 'unconfirmed']).toContain(field.evidence);
  if (field.readOnly !== undefined) {
    expect(field.readOnly).not.toBe('');
    expect(field.cleared).toBeUndefined();
    expect(field.common).toBeUndefined();
  }
  if (field.cleared !== undefined) expect(field.clearingHint).toBeUndefined();
  if (field.form.type === 'choice') expect(field.form.options?.length ?? 0).toBeGreaterThan(0);
  for (const option of field.form.options ?? []) {
    const encoded = field.form.encode(option);
    // On the wire it may be a number, and the option a name for people.
    const shown = 'value' in encoded ? (field.form.nameOf?.(encoded.value) ?? scalarText(encoded.value)) : encoded;
    expect(shown).toBe(option);
  }
}
