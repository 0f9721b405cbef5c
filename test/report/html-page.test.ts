/// <reference lib="dom" />
import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, fast, newPlace, newSandbox, run, summaryOf, type Place } from '../cli/oppatch.ts';
import { openBrowser, openPage } from './browser.ts';

const attack = '</script><img src=x onerror=alert(1)><!--<script>';
const rowCount = 260;

let place: Place;
let browser: Browser;
let runId: string;
let path: string;
let url: string;

beforeAll(async () => {
  place = newPlace();
  const sandbox = await newSandbox({
    refuse: [{ ids: ['opp_7', 'opp_8'], code: 'VALIDATION_ERROR', message: `Deal is locked ${attack}` }],
  });
  const lines = Array.from({ length: rowCount }, (_, index) => {
    const row = index + 1;
    const notes = row === 3 ? attack : `Called on day ${row}`;
    return `opp_${row},${row === 5 ? 'plenty' : row * 10},"${notes}"`;
  });
  const file = place.file(`edits ${attack.replaceAll('/', '')}.csv`, `id,deal_value,notes\n${lines.join('\n')}\n`);
  const ended = await apply({ sandbox, vendor: 'raze', place }, file, '--skip-invalid', ...fast);
  const summary = summaryOf(ended);
  expect(summary.rows).toMatchObject({ read: rowCount, applied: rowCount - 3, rejected: 2, invalid: 1 });
  runId = summary.run;
  path = join(place.directory, 'run.html');
  const made = await run(['runs', runId, '--html', path], { home: place.home });
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toContain(path);
  url = pathToFileURL(path).href;
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
});

function bodyRows(page: Page): Promise<string[]> {
  return page.$$eval('tbody tr', (rows) => rows.map((row) => row.textContent));
}

function rangeText(page: Page): Promise<string> {
  return page.$eval('#range', (range) => range.textContent);
}

/** As a person's click, wherever the page has moved the button to meanwhile. */
async function press(page: Page, selector: string): Promise<void> {
  await page.$eval(selector, (element) => (element as HTMLElement).click());
}

describe('the page of a run', () => {
  it('opens without a complaint, a request or a script of others, and tells the outcome', async () => {
    const { page, complaints } = await openPage(browser, url);
    expect(await page.$eval('h1', (heading) => heading.textContent)).toBe('257 of 260 rows done, 3 not');
    expect(await page.$$eval('.counts b', (counts) => counts.map((count) => count.textContent))).toEqual([
      '257',
      '1',
      '2',
    ]);
    expect(await page.$$eval('svg.bar rect', (parts) => parts.length)).toBe(3);
    for (const sort of ['calls', 'reads'])
      expect(await page.$$eval(`rect.${sort}`, (bars) => bars.length)).toBeGreaterThan(0);
    expect(await page.$$eval('.key', (keys) => keys.map((key) => key.textContent))).toEqual(['writes', 'reads']);
    expect(await page.$eval('main', (main) => main.innerText)).toContain(
      'Not in the picture: 1 read before the first row',
    );
    expect(await page.$$eval('img', (images) => images.length)).toBe(0);
    expect(await page.$eval('tbody', (body) => body.textContent)).toContain(attack);
    expect(await page.$eval('.causes', (causes) => causes.textContent)).toContain(attack);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('has a policy that forbids what is put in by others', async () => {
    const { page, complaints } = await openPage(browser, url);
    await page.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:9/x" onerror="document.title=1">');
    });
    await page.waitForFunction(() => document.images[0]?.complete === true);
    expect(await page.title()).toBe(`oppatch run ${runId}`);
    expect(complaints.some((complaint) => complaint.includes('Content Security Policy'))).toBe(true);
    await page.close();
  });

  it('shows values before and after, page by page', async () => {
    const { page } = await openPage(browser, url);
    const rows = await bodyRows(page);
    expect(rows).toHaveLength(100);
    expect(rows[1]).toMatch(/opp_2applied.*deal_value 1,000 BRL → 20 BRL.*notes empty → Called on day 2/);
    expect(await rangeText(page)).toBe('1–100 of 260');
    await press(page, '#next');
    await press(page, '#next');
    expect(await rangeText(page)).toBe('201–260 of 260');
    expect(await bodyRows(page)).toHaveLength(60);
    expect(await page.$eval('#next', (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    await page.close();
  });

  it('searches, filters by status and by cause, and sorts', async () => {
    const { page, complaints } = await openPage(browser, url);
    await page.type('#search', 'day 25');
    expect(await rangeText(page)).toBe('1–13 of 13');
    await press(page, 'thead button[data-key=row]');
    expect((await bodyRows(page))[0]).toContain('opp_259');
    expect(await page.$eval('thead th', (heading) => heading.getAttribute('aria-sort'))).toBe('descending');
    await page.type('#search', ' nowhere');
    expect(await rangeText(page)).toBe('No row is like that.');
    await page.$eval('#search', (field) => {
      (field as HTMLInputElement).select();
    });
    await page.keyboard.press('Backspace');
    await press(page, 'input[value=invalid]');
    expect((await bodyRows(page)).join('')).toContain('opp_5invalid');
    expect(await rangeText(page)).toBe('1–1 of 1');
    await press(page, '.causes button[data-status=rejected]');
    expect(await rangeText(page)).toBe('1–2 of 2');
    expect((await bodyRows(page)).join('')).toMatch(/opp_8rejected.*opp_7rejected/);
    expect(complaints).toEqual([]);
    await page.close();
  });

  for (const width of [360, 1280]) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`fits ${width} pixels in ${scheme} colours that can be read`, async () => {
        const { page } = await openPage(browser, url, { width, scheme });
        const look = await page.evaluate(() => {
          // oxlint-disable-next-line unicorn/consistent-function-scoping -- the page sees nothing of this file
          const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
          const light = (colour: string): number => {
            const [r = 0, g = 0, b = 0] = numbers(colour).map((part) =>
              part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
            );
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (from: Element | null): string => {
            for (let at = from; at !== null; at = at.parentElement) {
              const { backgroundColor } = getComputedStyle(at);
              if (numbers(backgroundColor)[3] !== 0) return backgroundColor;
            }
            return 'rgb(255, 255, 255)';
          };
          const contrast = (element: Element): number => {
            const [low = 0, high = 0] = [light(getComputedStyle(element).color), light(ground(element))].sort(
              (a, b) => a - b,
            );
            return (high + 0.05) / (low + 0.05);
          };
          const texts = [
            ...document.querySelectorAll('p, h1, h2, h3, dt, dd, td, th, del, ins, figcaption, .chip span'),
          ];
          const count = document.querySelector('tbody .number')?.getBoundingClientRect();
          return {
            countHeight: count?.height ?? 0,
            inner: document.documentElement.clientWidth,
            scroll: document.documentElement.scrollWidth,
            ground: light(getComputedStyle(document.body).backgroundColor),
            weakest: Math.min(...texts.map(contrast)),
          };
        });
        // The row's number stands on the first line; where it is a cell of a table, the cell is as high as its two changes.
        expect(look.countHeight).toBeLessThan(width === 360 ? 40 : 80);
        expect(look.scroll).toBe(look.inner);
        expect(look.ground > 0.5).toBe(scheme === 'light');
        expect(look.weakest).toBeGreaterThan(4.5);
        await page.close();
      });
    }
  }

  it('is read without its script, too', async () => {
    const { page, complaints } = await openPage(browser, url, { script: false });
    const text = await page.$eval('main', (main) => main.innerText);
    expect(text).toContain('Without its script the page shows the first 50 rows.');
    expect(text).toContain('opp_50');
    expect(await page.$('#search:not([hidden] *)')).toBeNull();
    expect(await page.$$eval('rect.calls', (bars) => bars.length)).toBeGreaterThan(0);
    expect(complaints.filter((complaint) => !complaint.includes('script'))).toEqual([]);
    await page.close();
  });

  it('has all rows on paper', async () => {
    const { page } = await openPage(browser, url);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await bodyRows(page)).toHaveLength(rowCount);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await bodyRows(page)).toHaveLength(100);
    await page.close();
  });
});

describe('runs RUN --html', () => {
  it("shows the person's own columns, titles with their addresses, and amounts in their currency", async () => {
    const [sandbox, own] = [await newSandbox({ autoCreate: false }), newPlace()];
    const { records, server } = sandbox.world('hubspot');
    const { id } = server.sample(1);
    const held = { dealname: 'Northwind, 500 seats', amount: '1250.5', deal_currency_code: 'EUR' };
    records.put(id, { ...records.make(id, {}), ...held });
    const other = server.sample(2).id;
    records.put(other, { ...records.make(other, {}), dealname: 'As it was', amount: '7' });
    const file = own.file('edits.csv', `id,Deal size,dealstage\n${id},42000,closedwon\n${other},7,\n`);
    const ended = await apply({ sandbox, vendor: 'hubspot', place: own }, file, '--map', 'Deal size=amount', ...fast);
    const { stdout } = await run(['runs', summaryOf(ended).run, '--html', '-'], { home: own.home });
    const body = stdout.slice(stdout.indexOf('<tbody'), stdout.indexOf('</tbody>'));
    expect(body).toMatch(
      /<a href="https:\/\/app\.hubspot\.com\/contacts\/\d+\/record\/0-3\/\d+"[^>]*>Northwind, 500 seats/,
    );
    expect(body).toMatch(/>As it was<.*unchanged/);
    expect(body).toContain('Deal size (amount)');
    expect(body).toContain('<del>1,250.50 EUR</del>');
    expect(body).toContain('<ins>42,000 EUR</ins>');
    // The stage brings its pipeline, which stays as it is.
    expect(body).not.toContain('pipeline)');
  });

  it('replaces what is there, whole, through a link, readable by its owner only', async () => {
    const target = place.file('target.html', 'what was there');
    const link = join(place.directory, 'link.html');
    symlinkSync(target, link);
    const { code, stdout } = await run(['runs', runId, '--html', link, '--json'], { home: place.home });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ run: runId, html: target });
    expect(readFileSync(target, 'utf8')).toBe(readFileSync(path, 'utf8'));
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(place.directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('writes to stdout', async () => {
    const { code, stdout, stderr } = await run(['runs', runId, '--html', '-'], { home: place.home });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(path, 'utf8'));
  });

  it('says what to type where it cannot be', async () => {
    const none = await run(['runs', '--html', path], { home: place.home });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('oppatch runs RUN --html FILE');
    const directory = await run(['runs', runId, '--html', place.directory], { home: place.home });
    expect(directory.code).toBe(2);
    expect(directory.stderr).toContain('something other than a file has this name');
    const nowhere = await run(['runs', runId, '--html', join(place.directory, 'no', 'run.html')], { home: place.home });
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('Give --html a file');
  });
});
