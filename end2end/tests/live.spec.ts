// The pages of a company follow what happens elsewhere (here: on the command line), and leave alone what the person
// in front of them is doing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, startServer, test } from './server';

/** A change anywhere is on the page within this time. */
const SOON = { timeout: 2_000 };

test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;

test.beforeAll(async () => (server = await startServer()));
test.afterAll(async () => server.stop());

/** As an operator does, who expects it to work. */
async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, stderr).toBe(0);
    return stdout;
}

/** Imports invoices of these numbers; a connected company sends them at once. */
async function importInvoices(code: string, ...numbers: (number | string)[]): Promise<void> {
    const file = join(server.dataDir, `${code}.csv`);
    writeFileSync(file, HEADER + numbers.map((number) => line(number)).join(''));
    await tieout('import', 'sales', '--company', code, file);
}

async function addCompany(code: string): Promise<void> {
    await tieout('company', 'add', `Company ${code}`, '--code', code);
    await importInvoices(code, 1001, 1002);
}

/** Works in the practice ledger, as its panel does. */
async function inTheLedger(what: string, form: Record<string, string>): Promise<void> {
    const answer = await server.fetch(`/api/practice-${what}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(answer.status).toBeLessThan(400);
}

async function untilStatus(code: string, status: string): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === `Company ${code}`).status).toBe(status);
    }).toPass({ timeout: 20_000 });
}

/** Opens a page, awake, and marks it: what follows must happen without a reload. */
async function open(page: Page, path: string): Promise<void> {
    await page.goto(server.url + path);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
}

const stayed = (page: Page) => page.evaluate(() => (window as { same?: boolean }).same === true);
const status = (page: Page) => page.locator('.status-now');
const startButton = (page: Page) => page.locator('.page-header').getByRole('button', { name: 'Start sync' });

test('the results page shows a first sync that somebody else starts', async ({ page }) => {
    await addCompany('RA');
    await open(page, '/companies/RA/results');
    await expect(status(page)).toContainText('Not connected');
    await expect(startButton(page)).toHaveAttribute('aria-disabled', 'true');
    await tieout('connect', '--company', 'RA', '--provider', 'practice', '--accept-matches');
    await untilStatus('RA', 'synced');
    await expect(status(page)).toContainText('Successfully synced', SOON);
    await expect(startButton(page)).not.toHaveAttribute('aria-disabled', 'true');
    await expect(page.getByRole('heading', { name: 'Tie-out' })).toBeVisible(SOON);
    await expect(page.getByRole('heading', { name: 'Recent syncs' })).toBeVisible();
    await expect(page.locator('.company-facts')).toContainText('completed');
    expect(await stayed(page)).toBe(true);
});

test('problems come and go on the results page, and what is unfolded or focused stays so', async ({ page }) => {
    await addCompany('RB');
    await tieout('connect', '--company', 'RB', '--provider', 'practice', '--accept-matches');
    await untilStatus('RB', 'synced');
    await inTheLedger('account', { code: 'RB', account: '200', archived: 'true' });
    await open(page, '/companies/RB/results');
    await importInvoices('RB', 1003);
    await untilStatus('RB', 'errors');
    await expect(page.getByRole('heading', { name: '1 record needs attention' })).toBeVisible(SOON);
    const problem = page.locator('tr[id^=problem-]').filter({ hasText: '1003' });
    await problem.locator('summary').click();
    await expect(problem.locator('summary')).toBeFocused();

    await importInvoices('RB', 1004);
    await expect(page.getByRole('heading', { name: '2 records need attention' })).toBeVisible({ timeout: 15_000 });
    await expect(problem.locator('pre')).toBeVisible();
    await expect(problem.locator('summary')).toBeFocused();

    await inTheLedger('account', { code: 'RB', account: '200', archived: 'false' });
    await tieout('sync', '--company', 'RB');
    await untilStatus('RB', 'synced');
    await expect(page.getByRole('heading', { name: 'Nothing needs attention' })).toBeVisible(SOON);
    await expect(problem).toHaveCount(0);
    expect(await stayed(page)).toBe(true);
});

test('the message log grows by itself, under the filter one is typing', async ({ page }) => {
    await addCompany('MA');
    await tieout('connect', '--company', 'MA', '--provider', 'practice', '--accept-matches');
    await untilStatus('MA', 'synced');
    await open(page, '/companies/MA/messages');
    const rows = page.locator('.log tbody tr');
    const before = await rows.count();
    await page.getByLabel('Text').fill('Marl');
    await tieout('sync', '--company', 'MA');
    await expect(async () => expect(await rows.count()).toBeGreaterThan(before)).toPass({ timeout: 15_000 });
    await expect(page.getByLabel('Text')).toHaveValue('Marl');
    await expect(page.getByLabel('Text')).toBeFocused();
    expect(await stayed(page)).toBe(true);
});

test('a form that somebody fills in is left alone, and says that it is out of date', async ({ page }) => {
    await addCompany('IA');
    await tieout('connect', '--company', 'IA', '--provider', 'practice', '--accept-matches');
    await untilStatus('IA', 'synced');
    await open(page, '/companies/IA/integration');
    await page.getByLabel('New reference').fill('Half of a');
    await importInvoices('IA', 1003);
    const notice = page.getByText('What you are filling in has changed meanwhile.');
    await expect(notice).toBeVisible({ timeout: 15_000 });
    await expect(page.getByLabel('New reference')).toHaveValue('Half of a');
    await expect(page.locator('.practice').getByRole('row').filter({ hasText: '1003' })).toHaveCount(0);
    await page.getByRole('link', { name: 'Update' }).click();
    await expect(page.locator('.practice').getByRole('row').filter({ hasText: '1003' })).toBeVisible();
    await expect(page.getByLabel('New reference')).toHaveValue('');
    await expect(notice).toBeHidden();
});

test('Start sync works in place, and a refusal is said', async ({ page }) => {
    await addCompany('SA');
    await tieout('connect', '--company', 'SA', '--provider', 'practice', '--accept-matches');
    await untilStatus('SA', 'synced');
    await inTheLedger('delay', { code: 'SA', delay_ms: '400' });
    await open(page, '/companies/SA/integration');
    // Marked at the click: the server, held up here, has not even been asked.
    let letGo = () => {};
    const held = new Promise<void>((go) => (letGo = go));
    await page.route('**/api/start-sync', (route) => held.then(() => route.continue()));
    await startButton(page).click();
    await expect(status(page)).toContainText('In progress');
    await expect(startButton(page)).toHaveAttribute('aria-disabled', 'true');
    letGo();
    await expect(status(page).getByRole('progressbar')).toBeVisible();
    await expect(status(page)).toContainText('Successfully synced', { timeout: 30_000 });
    await expect(startButton(page)).not.toHaveAttribute('aria-disabled', 'true');

    await page.unroute('**/api/start-sync');
    await page.route('**/api/start-sync', (route) => route.abort());
    await startButton(page).click();
    await expect(page.getByText('Not started. The server cannot be reached.')).toBeVisible();
    await expect(status(page)).toContainText('Successfully synced');
    expect(await stayed(page)).toBe(true);
});

test('a page that lost its server says so, and catches up afterwards', async ({ page, context }) => {
    await addCompany('LA');
    await tieout('connect', '--company', 'LA', '--provider', 'practice', '--accept-matches');
    await untilStatus('LA', 'synced');
    await open(page, '/companies/LA/results');
    const runs = page.locator('[aria-labelledby=runs] tbody tr');
    const before = await runs.count();
    await context.setOffline(true);
    await expect(page.getByText(/^Reconnecting/)).toBeVisible();
    await tieout('sync', '--company', 'LA');
    await untilStatus('LA', 'synced');
    await context.setOffline(false);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(runs).toHaveCount(before + 1, SOON);
});
