import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureChromium } from './chromium.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

/** The pictures that docs/ shows; `npm run screenshots` takes them again. */
const SHOWN = join(import.meta.dirname, '../../docs/images');
const PAGE_MS = 30_000;

let stack: TestStack;
let browser: Browser;
let page: Page;
let upstream: { address: string; close: () => void };
let folder: string;

beforeAll(async () => {
  const executablePath = ensureChromium(process.env);
  folder = process.env['HECATE_SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'hecate-screenshots-'));
  mkdirSync(folder, { recursive: true });
  stack = startStack();
  upstream = await startUpstream('site');
  // Root has no user namespaces for Chromium's sandbox in a container.
  browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, timezoneId: 'UTC', locale: 'en-US' });
  expect((await hecate('create', 'route', '--domain', 'app.example.com')).result).toBe('completed');
});
afterAll(async () => {
  await browser.close();
  upstream.close();
  stack.stop();
  if (process.env['HECATE_SCREENSHOTS'] === undefined) rmSync(folder, { recursive: true });
});

interface Result {
  readonly result: string;
  readonly ui: string;
}

/** Runs an operation; routes get the test's upstream unless the arguments have one. */
async function hecate(...args: string[]): Promise<Result> {
  const more = args[0] === 'create' && args[1] === 'route' ? ['--upstream', upstream.address] : [];
  const { stdout } = await stack.run(...args, ...more, '-o', 'json');
  return JSON.parse(stdout) as Result;
}

/** Opens a page, waits until it shows the text, and takes its picture. Returns the texts of the page and of its frames. */
async function picture(name: string, url: string, text: string): Promise<string[]> {
  await page.goto(url);
  const texts = await eventually(
    () => Promise.all(page.frames().map((frame) => frame.locator('body').innerText())),
    (shown) => shown.some((one) => one.includes(text)),
    PAGE_MS,
  );
  const file = join(folder, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  expect(statSync(file).size).toBeGreaterThan(10_000);
  return texts.map((one) => one.trim().replace(/\n+/g, '\n'));
}

/** Opens the page of a workflow's details. Returns what it shows as summary, details and current details. */
async function details(name: string, url: string, text: string) {
  const [, summary = '', fixed = '', current = ''] = await picture(name, url, text);
  return { summary, fixed, current };
}

/** Returns the link to the details of a workflow with a fixed id, such as a canary's. */
async function detailsOf(ui: string, workflowId: string): Promise<string> {
  const [base = ''] = ui.split('/workflows/');
  await page.goto(`${base}/workflows/${encodeURIComponent(workflowId)}`);
  await page.waitForURL(/\/timeline/, { timeout: PAGE_MS });
  return page.url().replace(/\/timeline.*/, '/user-metadata');
}

describe('the Web UI', () => {
  it('heads an operation that was undone “undone”, with the cause, who and why', async () => {
    const { result, ui } = await hecate('create', 'route', '--domain', 'xn--0.example.com', '--reason', 'launch of the shop'); // prettier-ignore
    expect(result).toBe('undone');
    const { fixed, current } = await details('undone', ui, 'undone: caddy refused it');
    expect(fixed).toBe('by tester: launch of the shop');
    expect(current).toMatch(/^undone\n/);
    expect(current).toContain('by: tester\nreason: launch of the shop\nchanges: create Route xn--0.example.com');
  });

  it('heads a refused operation “refused”, with the way out', async () => {
    const { ui } = await hecate('create', 'route', '--domain', 'app.example.com');
    const { current } = await details('refused', ui, 'refused');
    expect(current).toMatch(/^refused\n/);
    expect(current).toContain('hecate update route --domain app.example.com');
  });

  it('shows a canary with who started it, why, and its figures', async () => {
    const { ui } = await hecate('update', 'route', '--domain', 'app.example.com', '--canary-upstream', upstream.address.replace('127.0.0.1', 'localhost'), '--canary-percentage', '5', '--force', '--reason', 'try 2.0'); // prettier-ignore
    const { fixed, current } = await details(
      'canary',
      await detailsOf(ui, stack.workflowId('canary/app.example.com')),
      'canary at 5%',
    );
    expect(fixed).toBe('by tester: try 2.0');
    expect(current).toMatch(/^canary at 5%\nby: tester\n/);
    expect(current).toContain('stable: ');
  });

  it('shows a bypass with who began it, why, and how long it lasts', async () => {
    await hecate('create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups');
    await hecate('create', 'route', '--domain', 'team.example.com', '--auth-policy', 'staff');
    const { ui } = await hecate('update', 'route', '--domain', 'team.example.com', '--auth-bypass', '--duration', '1h', '--reason', 'the identity provider moves'); // prettier-ignore
    const { fixed, current } = await details(
      'bypass',
      await detailsOf(ui, stack.workflowId('bypass/team.example.com')),
      'bypass in force',
    );
    expect(fixed).toBe('by tester: the identity provider moves');
    expect(current).toMatch(/^bypass in force, (59|60) min left\n/);
    expect(current).toContain('by: tester\nreason: the identity provider moves');
  });

  it('lists operations without the reads and dry runs between them', async () => {
    await stack.run('delete', 'route', '--domain', 'app.example.com', '--dry-run');
    await stack.run('read', 'health');
    await stack.run('read', 'test', 'auth');
    const { ui } = await hecate('create', 'route', '--domain', 'new.example.com');
    const [base = ''] = ui.split('/workflows/');
    const [text] = await picture('operations', `${base}/workflows`, 'route.create/new.example.com');
    expect(text).toContain('canary/app.example.com');
    expect(text).not.toMatch(/preview\/|inspect\//);
  });

  it('is shown in docs/ as it looks here', () => {
    expect(readdirSync(SHOWN).sort()).toEqual(readdirSync(folder).sort());
  });
});
