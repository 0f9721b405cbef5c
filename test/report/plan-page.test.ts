/// <reference lib="dom" />
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlanPageFile } from '../../src/app/plans/plan-page-file.ts';
import type { Change } from '../../src/core/edit.ts';
import { namesOf } from '../../src/core/names.ts';
import { openPageOutput } from '../../src/app/session/page-output.ts';
import { hubspot } from '../../src/vendors/hubspot/vendor.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, summaryOf, type Place } from '../cli/oppatch.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openBrowser, openPage } from './browser.ts';

const attack = '</script><img src=x onerror=alert(1)><!--<script>';
const rowCount = 1000;
const meaning = ['--map', 'Deal size=amount', '--map', 'Remarks=note', '--skip-invalid'];

let place: Place;
let sandbox: Sandbox;
let browser: Browser;
let html: string;
let out: string;

function call(...words: string[]) {
  return run([...words, ...accountWords(sandbox, 'close'), ...fast], {
    home: place.home,
    env: environmentOf(sandbox, 'close'),
  });
}

function writes(): number {
  return sandbox.world('close').log.filter(({ method }) => method === 'PUT').length;
}

beforeAll(async () => {
  [place, sandbox] = [newPlace(), await newSandbox()];
  const lines = Array.from({ length: rowCount }, (_, index) => {
    const row = index + 1;
    return `oppo_${row},${row === 5 ? 'plenty' : row * 10}.50,"${row === 3 ? attack : `Called on day ${row}`}"`;
  });
  const file = place.file('edits.csv', `id,Deal size,Remarks\n${lines.join('\n')}\noppo_1,7,\n`);
  html = join(place.directory, 'plan.html');
  out = join(place.directory, 'plan.json');
  const planned = await call('plan', file, '--out', out, '--html', html, ...meaning);
  expect(planned.code, planned.stderr).toBe(0);
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
});

describe('the page of a plan', () => {
  it.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('opens in a window of %i in %s, and says what would happen', async (width, scheme) => {
    const { page, complaints } = await openPage(browser, pathToFileURL(html).href, { width, scheme });
    const text = await page.$eval('body', (body) => body.innerText);
    expect(text).toContain('1,000 edits of 1,001 rows');
    expect(text).toContain('Deal size (value)');
    expect(text).toMatch(/→ [\d,.]+ USD\s+in all/);
    expect(text).toMatch(/contradicted by a later one/);
    expect(text).toContain('1 invalid');
    // Refused rows come first, then the largest change.
    const rows = await page.$$eval('tbody tr', (found) => found.map((row) => (row as HTMLElement).innerText));
    expect(rows[0]).toContain('oppo_5');
    expect(rows[1]).toMatch(/oppo_1000[^]*10,000\.50 USD/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('finds rows by words and by status', async () => {
    const { page, complaints } = await openPage(browser, pathToFileURL(html).href);
    await page.type('#search', 'onerror');
    expect(await page.$$eval('tbody tr', (rows) => rows.map((row) => row.textContent))).toEqual([
      expect.stringContaining(attack),
    ]);
    await page.$eval('#search', (search) => {
      (search as HTMLInputElement).value = '';
    });
    await page.$eval('input[value=invalid]', (chip) => (chip as HTMLElement).click());
    expect(await page.$$eval('tbody tr', (rows) => rows.length)).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('goes to stdout alone, with what is told beside it on stderr', async () => {
    const file = place.file('one.csv', 'id,Deal size\noppo_1,5\n');
    const words = ['plan', file, '--map', 'Deal size=amount', '--html', '-'];
    const { code, stdout, stderr } = await call(...words);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>[^]*<\/html>\n$/i);
    expect(stdout).toContain('1 edit of 1 row');
    expect(stderr).toContain(/Fingerprint.*?<code>([^<]*)/s.exec(stdout)?.[1] ?? 'none');
    expect(stderr).toContain('Nothing was sent.');
    expect((await call(...words, '--json')).code).toBe(2);
  });

  it('carries the fingerprint of the saved plan, with which just that plan is sent', async () => {
    const fingerprint = /[0-9a-f]{32}/.exec(
      /Fingerprint.*?<code>([^<]*)/s.exec(readFileSync(html, 'utf8'))?.[1] ?? '',
    )?.[0];
    if (fingerprint === undefined) throw new Error('the page has no fingerprint');
    expect(readFileSync(html, 'utf8')).toContain(`--require-approved ${fingerprint}`);
    const other = join(place.directory, 'other.json');
    const file = place.file('other.csv', 'id,Deal size\noppo_1,5\n');
    expect((await call('plan', file, '--out', other, ...meaning.slice(0, 2))).code).toBe(0);
    const refused = await call('apply', other, '--yes', '--json', '--require-approved', fingerprint);
    expect([refused.code, writes()]).toEqual([7, 0]);
    const sent = summaryOf(await call('apply', out, '--yes', '--json', '--require-approved', fingerprint));
    expect(sent.rows).toMatchObject({ read: 1001, invalid: 1 });
    expect(writes()).toBe(1000);
  }, 60_000);
});

it('holds the largest changes of any number of rows, in a file of bounded size, and says what it left out', async () => {
  const service = hubspot.open({});
  const path = join(newPlace().directory, 'large.html');
  const page = new PlanPageFile(await openPageOutput(process, path), namesOf(service), (text) => text);
  const rowsInAll = 40_000;
  for (let row = 1; row <= rowsInAll; row += 1) {
    const identity = { row, line: row + 1, id: `${row}` };
    const after = String((row * 7919) % rowsInAll);
    const change: Change = { field: 'amount', action: 'set', value: after, column: 'amount' };
    page.add(
      { source: { kind: 'csv', ...identity, cells: [] }, edit: { ...identity, changes: [change] }, calls: [] },
      {
        kind: 'send',
        calls: [],
        planned: { before: {}, sent: [] },
        warnings: [],
        seen: new Map(),
        differences: [{ change, before: '0', after }],
      },
    );
  }
  await page.finish({
    vendorTitle: 'HubSpot',
    profile: null,
    baseUrl: 'https://api.hubapi.com',
    source: 'large.csv',
    plannedAt: '2026-11-21T02:15:30Z',
    tool: '1.0.0',
    fingerprint: '0'.repeat(32),
    nextCommand: undefined,
    fields: [],
    totals: {
      rows: rowsInAll,
      edits: rowsInAll,
      unchanged: 0,
      invalid: 0,
      calls: rowsInAll,
      clears: new Map(),
      warnings: [],
      rates: [],
      forecastMs: 1,
    },
  });
  const text = readFileSync(path, 'utf8');
  const data = JSON.parse(/id="rows-data">(.*?)<\/script>/s.exec(text)?.[1] ?? '') as { changes: string[][] }[];
  const amounts = data.slice(0, 1000).map(({ changes }) => Number(changes[0]?.[2]?.replaceAll(',', '')));
  expect(amounts).toEqual(Array.from({ length: 1000 }, (_, index) => rowsInAll - 1 - index));
  expect(text).toMatch(/The page holds 11,000 of 40,000 rows/);
  expect(statSync(path).size).toBeLessThan(5_000_000);
});
