import { launch, type Browser, type Page } from 'puppeteer-core';

/** A real Chromium without a window. `CHROMIUM` names another than the one on the PATH of Debian. */
export function openBrowser(): Promise<Browser> {
  return launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Chromium refuses its sandbox to root, as tests in containers are.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts and of the console, dialogs, and requests other than for the page itself. */
  readonly complaints: readonly string[];
}

export interface PageLook {
  readonly width?: number;
  readonly scheme?: 'dark' | 'light';
  readonly script?: boolean;
}

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1280, scheme = 'light', script = true }: PageLook = {},
): Promise<OpenPage> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setJavaScriptEnabled(script);
  await page.goto(url, { waitUntil: 'load' });
  return { page, complaints };
}
