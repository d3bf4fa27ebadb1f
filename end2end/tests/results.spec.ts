// The results of a company: causes, filter, rows that unfold, selection, and the way through the overview's list.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, startServer, test } from './server';
import { allFlaws } from './well-made';

// One server for all of these, and one after the other.
test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;

async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, stderr).toBe(0);
    return stdout;
}

async function importInvoices(code: string, first: number, count: number): Promise<void> {
    const file = join(server.dataDir, `${code}.csv`);
    writeFileSync(file, HEADER + Array.from({ length: count }, (_, n) => line(`INV-${first + n}`)).join(''));
    await tieout('import', 'sales', '--company', code, file);
}

async function untilStatus(code: string, status: string): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === `Company ${code}`).status).toBe(status);
    }).toPass({ timeout: 30_000 });
}

async function archiveSales(code: string): Promise<void> {
    const form = { code, account: '200', archived: 'true' };
    expect((await server.fetch(`/api/practice-account`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })).status).toBeLessThan(400);
}

/** A company whose account 200 was archived after its first sync; the invoices from 2001 on fail. */
async function failing(code: string, count: number): Promise<void> {
    await tieout('company', 'add', `Company ${code}`, '--code', code);
    await importInvoices(code, 1001, 2);
    await tieout('connect', '--company', code, '--provider', 'practice', '--accept-matches');
    await untilStatus(code, 'synced');
    await archiveSales(code);
    await importInvoices(code, 2001, count);
    await untilStatus(code, 'errors');
}

test.beforeAll(async () => {
    test.setTimeout(120_000);
    server = await startServer();
    await failing('RA', 55);
    await failing('RB', 1);
    await failing('RC', 1);
    await tieout('company', 'add', 'Company RD', '--code', 'RD');
});
test.afterAll(async () => server.stop());

const rows = (page: Page) => page.locator('tr[id^=problem-]');
const filter = (page: Page) => page.getByRole('search', { name: 'Filter of the results' });

async function open(page: Page, path: string): Promise<void> {
    await page.goto(server.url + path);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
}

const stayed = (page: Page) => page.evaluate(() => (window as { same?: boolean }).same === true);

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('causes, filter, pages and an unfolded row are plain links and forms', async ({ page }) => {
        await page.goto(`${server.url}/companies/RA/results`);
        await expect(page.getByRole('heading', { name: '55 records need attention' })).toBeVisible();
        const cause = page.getByRole('list', { name: 'Causes' }).getByRole('listitem');
        await expect(cause).toHaveCount(1);
        await expect(cause).toContainText('55 invoices');
        await expect(cause).toContainText('Account 200 is archived');
        await expect(cause.getByRole('button', { name: 'Retry these (Account 200 is archived)' })).toBeVisible();
        await expect(rows(page)).toHaveCount(50);
        await page.getByRole('link', { name: 'Next ›', exact: true }).click();
        await expect(rows(page)).toHaveCount(5);
        await page.getByRole('link', { name: 'All', exact: true }).click();
        await expect(page).toHaveURL(/rows=all$/);
        await expect(rows(page)).toHaveCount(55);

        await cause.getByRole('link').click();
        await expect(page).toHaveURL(/cause=Account\+200\+is\+archived/);
        await expect(page.getByText('Only records with the cause Account 200 is archived')).toBeVisible();
        await page.getByRole('link', { name: 'Show all causes' }).click();

        await filter(page).getByLabel('Search').fill('inv-2003');
        await filter(page).getByLabel('Record').selectOption('Invoice');
        await filter(page).getByRole('button', { name: 'Filter' }).click();
        await expect(rows(page)).toHaveCount(1);
        const row = rows(page).first();
        await expect(row.getByRole('rowheader').getByRole('link', { name: 'INV-2003' })).toHaveAttribute('href', /\/companies\/RA\/records\/invoice\/[0-9a-f-]{36}$/);
        await expect(row).toContainText('Invoice · Outgoing');
        await expect(row).toContainText('Not linked');

        await row.getByRole('link', { name: 'More about INV-2003' }).click();
        const trail = page.locator('tr.trail');
        await expect(trail.getByRole('heading', { name: 'Attempts' })).toBeVisible();
        await expect(trail.getByRole('region', { name: 'What was sent' })).toContainText('INV-2003');
        await expect(trail.getByRole('region', { name: 'What came back' })).toContainText('archived');
        await expect(trail.getByRole('listitem').getByRole('link').first()).toHaveAttribute('href', /\/companies\/RA\/messages\/[0-9a-f-]{36}$/);
        await row.getByRole('link', { name: 'Less about INV-2003' }).click();
        await expect(trail).toHaveCount(0);
        await expect(rows(page)).toHaveCount(1);
    });

    test('what is ticked, and what is asked for, goes along with the form', async ({ page }) => {
        const asked: string[] = [];
        await page.route('**/api/retry-records', (route) => {
            asked.push(route.request().postData() ?? '');
            // No content: the browser stays where it is.
            return route.fulfill({ status: 204 });
        });
        await page.goto(`${server.url}/companies/RA/results?q=inv-200&rows=25`);
        const id = (await rows(page).first().getAttribute('id'))!.slice('problem-'.length);
        await rows(page).first().getByRole('checkbox').check();
        await page.getByRole('button', { name: 'Retry what is selected' }).click();
        await expect(async () => expect(asked).toHaveLength(1)).toPass();
        expect(Object.fromEntries(new URLSearchParams(asked[0]))).toMatchObject({ code: 'RA', 'ids[]': id, filter: 'q=inv-200&rows=25' });
        expect(new URLSearchParams(asked[0]).has('whole')).toBe(false);

        await page.goto(`${server.url}/companies/RA/results?q=inv-200`);
        await page.getByRole('checkbox', { name: 'All 9 that match' }).check();
        await page.getByRole('button', { name: 'Retry what is selected' }).click();
        await expect(async () => expect(asked).toHaveLength(2)).toPass();
        expect(Object.fromEntries(new URLSearchParams(asked[1]))).toMatchObject({ whole: '1', filter: 'q=inv-200' });

        await page.goto(`${server.url}/companies/RA/results?q=inv-2005`);
        await page.getByRole('button', { name: 'Retry INV-2005' }).click();
        await expect(async () => expect(asked).toHaveLength(3)).toPass();
        expect([...new URLSearchParams(asked[2]).keys()].sort()).toEqual(['code', 'ids[]']);
    });
});

test('a row unfolds in place, and a choice in the filter is sent by itself', async ({ page }) => {
    await open(page, '/companies/RA/results?q=inv-2003');
    await page.getByRole('link', { name: 'More about INV-2003' }).click();
    await expect(page.getByRole('region', { name: 'What came back' })).toContainText('archived');
    await expect(page).toHaveURL(/open=/);
    await expect(page.getByRole('link', { name: 'Less about INV-2003' })).toBeFocused();
    expect(await stayed(page)).toBe(true);
    await page.getByRole('link', { name: 'Less about INV-2003' }).click();
    await expect(page.locator('tr.trail')).toHaveCount(0);
    expect(await stayed(page)).toBe(true);
    await filter(page).getByLabel('State').selectOption('All');
    await expect(page).toHaveURL(/state=all/);
    await expect(filter(page).getByLabel('Search')).toHaveValue('inv-2003');
    await expect(rows(page)).toHaveCount(1);
});

test('what is ticked stays ticked while the list grows', async ({ page }) => {
    await open(page, '/companies/RB/results');
    await expect(page.getByRole('heading', { name: '1 record needs attention' })).toBeVisible();
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    const ticked = page.getByRole('checkbox', { name: 'Select INV-2001' });
    await expect(ticked).toBeChecked();
    await expect(page.getByText('1 selected')).toBeVisible();
    await importInvoices('RB', 2002, 1);
    await expect(page.getByRole('heading', { name: '2 records need attention' })).toBeVisible({ timeout: 15_000 });
    await expect(page.getByRole('checkbox', { name: 'Select INV-2002' })).not.toBeChecked();
    await expect(ticked).toBeChecked();
    await expect(page.getByText('What you are filling in has changed meanwhile')).toBeHidden();
    expect(await stayed(page)).toBe(true);
});

test('keys lead through the companies of the overview’s list, and any company is a few letters away', async ({ page }) => {
    await open(page, '/overview?status=errors&sort=-name');
    await page.getByRole('link', { name: 'View results for Company RC' }).click();
    const title = (code: string) => page.getByRole('heading', { name: `Company ${code}`, level: 1 });
    await expect(title('RC')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Previous company: none' })).toHaveAttribute('aria-disabled', 'true');
    for (const [key, code] of [[']', 'RB'], [']', 'RA'], ['[', 'RB']]) {
        await expect(page.getByText('Live', { exact: true })).toBeVisible();
        await page.keyboard.press(key);
        await expect(title(code)).toBeVisible();
    }
    await expect(page.getByRole('link', { name: 'Sync overview' })).toHaveAttribute('href', '/overview?status=errors&sort=-name');

    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Change company' }).click();
    await page.getByRole('combobox', { name: 'Company name, code or page' }).pressSequentially('company rd');
    await expect(page.getByRole('option').filter({ visible: true }).first()).toContainText('Company RD');
    await page.keyboard.press('Enter');
    await expect(title('RD')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Nothing has been synced yet' })).toBeVisible();
});

test('an empty list says why', async ({ page }) => {
    await page.goto(`${server.url}/companies/RA/results?q=nobody&colour=red`);
    await expect(page.getByText('“colour” is not a filter of this page')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
    await page.getByRole('link', { name: 'Clear the filter' }).click();
    await expect(rows(page)).toHaveCount(50);
    await page.goto(`${server.url}/companies/RA/results?state=set-aside`);
    await expect(page.getByRole('heading', { name: 'Nothing is set aside' })).toBeVisible();
});

test('the page holds no accessibility violation on a phone or a wide screen, light or dark', async ({ page }) => {
    // Each page is read whole, four times.
    test.setTimeout(240_000);
    await open(page, '/companies/RA/results?q=inv-200&rows=25');
    await page.getByRole('link', { name: 'More about INV-2003' }).click();
    await expect(page.getByRole('heading', { name: 'Attempts' })).toBeVisible();
    const found = await allFlaws(page);
    await page.getByRole('button', { name: 'Set aside… what is selected' }).click();
    await expect(page.getByRole('group', { name: 'Set aside what is selected' })).toBeVisible();
    found.push(...(await allFlaws(page)));
    expect(found).toEqual([]);
});
