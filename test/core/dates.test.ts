import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayText, declaredDate, parseMoment, utcSpaceText, utcText } from '../../src/core/dates.ts';
import { durationText, parseDurationMs, parseRate, rateText } from '../../src/core/duration.ts';

const moments = fc.date({
  min: new Date('1000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});

describe('dates', () => {
  it('read and write as Date does', () => {
    fc.assert(
      fc.property(moments, (date) => {
        const text = date.toISOString();
        const read = parseMoment(text);
        expect(read).toMatchObject({ epochMs: date.getTime(), dayOnly: false });
        if (read !== undefined) expect(Date.parse(utcText(read))).toBe(date.getTime());
        const day = parseMoment(text.slice(0, 10));
        expect(day).toEqual({ epochMs: Date.parse(text.slice(0, 10)), dayOnly: true });
        if (day !== undefined) expect(dayText(day)).toBe(text.slice(0, 10));
        const moment = { epochMs: date.getTime(), dayOnly: false };
        expect(utcText(moment)).toBe(`${text.slice(0, 19)}Z`);
        expect(utcSpaceText(moment)).toBe(text.slice(0, 19).replace('T', ' '));
      }),
    );
  });

  it('know the days of the calendar', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9999 }),
        fc.integer({ min: 0, max: 19 }),
        fc.integer({ min: 0, max: 39 }),
        (year, month, day) => {
          const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          const date = new Date(`${text}T00:00:00Z`);
          const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
          expect(parseMoment(text) !== undefined).toBe(exists);
        },
      ),
    );
  });

  it.each([
    ['2026-11-30 14:05', '2026-11-30T14:05:00Z'],
    ['2026-11-30T14:05:09+05:30', '2026-11-30T08:35:09Z'],
    ['2026-11-30T14:05:09-0800', '2026-11-30T22:05:09Z'],
    ['2026-11-30t14:05:09.999z', '2026-11-30T14:05:09.999Z'],
    ['2026-11-30T09:15:00.1234567+02:00', '2026-11-30T07:15:00.1234567Z'],
    ['2026-11-30T09:15:00.500', '2026-11-30T09:15:00.5Z'],
    ['2026-11-30T09:15:00.000Z', '2026-11-30T09:15:00Z'],
  ])('read %s as %s', (text, expected) => {
    const moment = parseMoment(text);
    expect(moment === undefined ? undefined : utcText(moment)).toBe(expected);
  });

  it.each([
    '',
    '11/30/2026',
    '30.11.2026',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-11-30T24:00',
    '2026-11-30T10:60',
    '2026-11-30T10:00+15:00',
    'today',
    '20261130',
    '0999-01-01',
  ])('do not read %j', (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });
});

describe('durations and rates', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['90d', 7_776_000_000],
  ])('read %s', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(['', '0s', '5', 's', '-5s', '5 s', '1e3s', '99999d', '5x'])('do not read %j', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it('of rates are written as they are read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.integer({ min: 1, max: 86_400_000 * 30 }),
        (count, windowMs) => {
          expect(parseRate(rateText({ count, windowMs }))).toEqual({ count, windowMs });
        },
      ),
    );
    expect(rateText({ count: 25, windowMs: 5_000 })).toBe('25/5s');
    expect(parseRate('10/s')).toEqual({ count: 10, windowMs: 1_000 });
    for (const text of ['25', '0/5s', '25/0s', '/5s', '25/5s/1', '2.5/s', '25/x'])
      expect(parseRate(text)).toBeUndefined();
  });

  it('are short for people', () => {
    expect([0, 850, 12_000, 200_000, 5_000_000, 187_200_000].map(durationText)).toEqual([
      '0ms',
      '850ms',
      '12s',
      '3m 20s',
      '1h 23m',
      '2d 4h',
    ]);
  });
});

describe('a declared date', () => {
  it('is read in its order and no other, whatever separates its parts', () => {
    fc.assert(
      fc.property(
        moments,
        fc.constantFrom('dmy', 'mdy', 'ymd'),
        fc.constantFrom('.', '/', '-'),
        fc.boolean(),
        (date, order, by, padded) => {
          const iso = date.toISOString().slice(0, 10);
          const [year, month, day] = iso.split('-').map(Number);
          if (year === undefined || month === undefined || day === undefined) return;
          const write = (part: number): string => String(part).padStart(padded ? 2 : 1, '0');
          const parts = { dmy: [day, month, year], mdy: [month, day, year], ymd: [year, month, day] }[order];
          const text = parts.map(write).join(by);
          expect(declaredDate(text, order)).toBe(iso);
          expect(declaredDate(`${text} 14:05`, order)?.replace(' ', 'T')).toBe(`${iso}T14:05`);
        },
      ),
    );
  });

  it.each([
    ['11/30/2026 2:05 PM', 'mdy', '2026-11-30T14:05'],
    ['11/30/2026 12:05:09 am', 'mdy', '2026-11-30T00:05:09'],
    ['30.11.2026, 09:00+01:00', 'dmy', '2026-11-30T09:00+01:00'],
    ['2026-11-30', 'dmy', '2026-11-30'],
    ['30.11.26', 'dmy', undefined],
    ['2026.11.30', 'dmy', undefined],
    ['11/30/2026 13:05 PM', 'mdy', undefined],
  ] as const)('reads %s by %s as %s', (text, order, expected) => {
    expect(declaredDate(text, order)).toBe(expected);
  });
});
