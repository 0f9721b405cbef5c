import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayText, parseMoment, utcSpaceText, utcText } from '../../src/core/dates.ts';

const two = (count: number): string => String(count).padStart(2, '0');

describe('moments', () => {
  it.each([1900, 2000, 2024, 2025, 2026, 2100, 2400])('know every day and no other of %d', (year) => {
    for (let month = 0; month <= 13; month += 1) {
      for (let day = 0; day <= 32; day += 1) {
        const text = `${year}-${two(month)}-${two(day)}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const exists = date.toISOString().slice(0, 10) === text;
        expect(parseMoment(text)).toEqual(exists ? { epochMs: date.getTime(), dayOnly: true } : undefined);
        const midnight = parseMoment(`${text}T00:00`);
        expect(midnight).toEqual(exists ? { epochMs: date.getTime(), dayOnly: false } : undefined);
        if (midnight !== undefined) expect(dayText(midnight)).toBe(text);
      }
    }
  });

  it('take every zone off', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('+', '-'),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 59 }),
        fc.constantFrom(':', ''),
        fc.constantFrom('', ' '),
        (sign, hours, minutes, colon, blank) => {
          const zone = `${sign}${two(hours)}${colon}${two(minutes)}`;
          const expected = Date.parse(`2026-03-01T01:02:03${sign}${two(hours)}:${two(minutes)}`);
          expect(parseMoment(`2026-03-01 01:02:03${blank}${zone}`)).toEqual({ epochMs: expected, dayOnly: false });
        },
      ),
    );
  });

  it('keep every millisecond of a fraction and drop what is finer', () => {
    for (let ms = 0; ms < 1000; ms += 1) {
      const text = `2026-01-01T00:00:00.${String(ms).padStart(3, '0')}`;
      expect(parseMoment(`${text}Z`)?.epochMs).toBe(Date.parse(`${text}Z`));
      expect(parseMoment(`${text}999999`)?.epochMs).toBe(Date.parse(`${text}Z`));
    }
  });

  it('write texts that read back as the same second', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(10_000, 0) - 1 }), (epochMs) => {
        const moment = { epochMs, dayOnly: false };
        const second = Math.floor(epochMs / 1000) * 1000;
        expect(parseMoment(utcText(moment))?.epochMs).toBe(second);
        expect(parseMoment(utcSpaceText(moment))?.epochMs).toBe(second);
        expect(utcText(moment)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(utcSpaceText(moment)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        expect(dayText(moment)).toBe(utcText(moment).slice(0, 10));
      }),
    );
  });

  it.each([
    '9999-12-31T23:59-14:00',
    '1000-01-01T00:00+00:01',
    '2026-11-30T10:00:60',
    '2026-11-30T10:00:00.',
    '2026-11-30T10:00:00.1234567890',
    '2026-11-30T10',
    '2026-11-30T',
    '2026-11-30Z',
    '2026-11-30T10:00+5',
    '2026-11-30T10:00+05:60',
    '2026-11-30T10:00 UTC',
    ' 2026-11-30',
    '2026-11-30\n',
    '2026/11/30',
    '20２6-11-30',
    '+002026-11-30',
    '-2026-11-30',
    '2026-W48-1',
    '1700000000000',
  ])('are not read from %j', (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });
});
