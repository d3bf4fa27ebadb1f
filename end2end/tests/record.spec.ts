// The page of one record: a problem is mended on it, what was changed is told, and nobody's change is lost.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, letIn, startServer, test } from './server';
import { allFlaws } from './well-made';

test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;

test.beforeAll(async () => (server = await startServer()));
test.afterAll(async () => server.stop());

async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, stderr).toBe(0);
    return stdout;
}

async function importInvoices(code: string, ...lines: string[]): Promise<void> {
    const file = join(server.dataDir, `${code}.csv`);
    writeFileSync(file, HEADER + lines.join(''));
    await tieout('import', 'sales', '--company', code, file);
}

async function untilStatus(code: string, status: string): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === `Company ${code}`).status).toBe(status);
    }).toPass({ timeout: 20_000 });
}

/** A company with two invoices on both sides. */
async function synced(code: string): Promise<void> {
    await tieout('company', 'add', `Company ${code}`, '--code', code);
    await importInvoices(code, line(1001), line(1002, 'Fable Books'));
    await tieout('connect', '--company', code, '--provider', 'practice', '--accept-matches');
    await untilStatus(code, 'synced');
}

/** Works in the practice ledger, as its panel does. */
async function inTheLedger(what: string, form: Record<string, string>): Promise<void> {
    const answer = await server.fetch(`/api/practice-${what}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(answer.status).toBeLessThan(400);
}

/** The same with an invoice 1003 whose account is archived there. */
async function failing(page: Page, code: string): Promise<void> {
    await synced(code);
    await inTheLedger('account', { code, account: '200', archived: 'true' });
    await importInvoices(code, line(1003));
    await untilStatus(code, 'errors');
}

const record = (code: string, entity: string, name: string) => `${server.url}/companies/${code}/records/${entity}/${encodeURIComponent(name)}`;
const versions = (page: Page) => page.locator('[aria-labelledby=versions]');

test('an invoice on an archived account is changed to another on its page, and goes out', async ({ page }) => {
    await failing(page, 'PA');
    await page.goto(record('PA', 'invoice', '1003'));
    await expect(page.getByRole('heading', { name: 'Account 200 is archived' })).toBeVisible();
    await expect(page.getByText('Version 1 was tried and not taken.')).toBeVisible();
    // What opens over the page does so when it is asked to.
    const aside = page.getByRole('form', { name: 'Set aside', includeHidden: true });
    await expect(aside).toBeHidden();
    await page.getByRole('button', { name: 'Set aside…' }).click();
    await expect(aside).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(aside).toBeHidden();
    await page.getByRole('link', { name: 'Change it here…' }).click();
    await page.getByLabel('Account of line 1').selectOption('260');
    await page.getByRole('button', { name: 'Save and send' }).last().click();
    await expect(page.getByText('Saved as version 2. It is being sent now.')).toBeVisible();
    // The outcome shows in place.
    await expect(page.getByText('Both sides hold version 2.')).toBeVisible({ timeout: 15_000 });
    await expect(page.getByRole('heading', { name: 'Account 200 is archived' })).toHaveCount(0);
    await expect(page.locator('.lines').getByRole('cell', { name: '260' })).toBeVisible();
    await expect(page.locator('[aria-labelledby=attempts]').getByRole('link', { name: 'Sent invoice 1003' })).toBeVisible();
    await expect(versions(page).locator('#version-2')).toContainText('Line 1, account');
    await expect(versions(page).locator('#version-2 del')).toContainText('200');
    await expect(versions(page).locator('#version-2 ins')).toContainText('260');
    await untilStatus('PA', 'synced');
    // The way to the other side and back.
    await page.locator('[aria-labelledby=other-side]').getByRole('link').first().click();
    await expect(page.locator('tr[id^=there-]:target')).toContainText('1003');
});

test('a stale form is refused, and nothing that was entered is lost', async ({ page, context }) => {
    await synced('PB');
    const other = await context.newPage();
    for (const one of [page, other]) await one.goto(`${record('PB', 'invoice', '1001')}?edit=1`);
    // A form nobody has touched follows what happens elsewhere; this one is being filled in.
    await page.getByLabel('Due').fill('2026-02-28');
    await other.getByLabel('Reference').fill('Theirs');
    await other.getByRole('button', { name: 'Save and send' }).click();
    await expect(other.getByText('Saved as version 2.')).toBeVisible();
    await other.close();
    await page.getByRole('button', { name: 'Save and send' }).click();
    await expect(page.getByText('Invoice 1001 has changed meanwhile: Tester made version 2')).toBeVisible();
    await expect(page.getByText('What you entered is below and not saved yet.')).toBeVisible();
    await expect(page.getByLabel('Due')).toHaveValue('2026-02-28');
    await expect(page.getByLabel('Reference')).toHaveValue('Theirs');
    await page.getByRole('button', { name: 'Save and send' }).click();
    await expect(page.getByText('Saved as version 3.')).toBeVisible();
    await expect(page.getByText('Both sides hold version 3.')).toBeVisible({ timeout: 15_000 });
});

test('a contact is found from its invoice, renamed, and the accounting side hears of it', async ({ page }) => {
    await synced('PC');
    await page.goto(record('PC', 'invoice', '1001'));
    await page.getByRole('link', { name: 'Marlow Bakery' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Contact Marlow Bakery');
    await page.getByRole('link', { name: 'Change…' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Fable Books');
    await page.getByRole('button', { name: 'Save and send' }).click();
    await expect(page.getByRole('textbox', { name: 'Name' })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.locator('#name-error')).toContainText('Another contact is called “Fable Books” here');
    await page.getByRole('textbox', { name: 'Name' }).fill('Marlow & Sons');
    await page.getByLabel('E-mail').fill('rent@marlow.example');
    await page.getByRole('button', { name: 'Save and send' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Contact Marlow & Sons');
    await expect(page.getByText('Both sides hold version 2.')).toBeVisible({ timeout: 15_000 });
    await expect(versions(page).locator('#version-2')).toContainText('Marlow Bakery');
    await page.locator('[aria-labelledby=documents]').getByRole('link', { name: '1001' }).click();
    await expect(page.locator('#record').getByRole('link', { name: 'Marlow & Sons' })).toBeVisible();
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('a record is read and changed', async ({ page }) => {
        await synced('PD');
        await page.goto(record('PD', 'invoice', '1002'));
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('Invoice 1002');
        await expect(page.getByText('Both sides hold version 1.')).toBeVisible();
        await page.getByRole('link', { name: 'Change…' }).click();
        await page.getByLabel('Contact').fill('Marl');
        await page.getByLabel('Description of line 1').fill('Rent of December');
        await page.getByRole('button', { name: 'Save and send' }).click();
        await expect(page.locator('#contact-error')).toContainText('There is no contact “Marl” here. Names that begin alike: Marlow Bakery.');
        await expect(page.getByLabel('Description of line 1')).toHaveValue('Rent of December');
        await page.getByLabel('Contact').fill('Marlow Bakery');
        await page.getByRole('button', { name: 'Save and send' }).click();
        await expect(page.getByText('Saved as version 2.')).toBeVisible();
        await expect(async () => {
            await page.reload();
            await expect(page.getByText('Both sides hold version 2.')).toBeVisible({ timeout: 500 });
        }).toPass({ timeout: 15_000 });
        await expect(versions(page).locator('#version-2')).toContainText('Line 1, description');
        await expect(versions(page).locator('#version-2')).toContainText('Contact');
    });
});

test('a record that is not there, or another company’s, is not found', async ({ page }) => {
    await synced('PE');
    await synced('PF');
    await page.goto(record('PF', 'invoice', '1001'));
    const href = (await page.getByRole('link', { name: 'Change…' }).getAttribute('href')) ?? '';
    const id = href.split('/').pop()?.split('?')[0] ?? '';
    expect(id).toHaveLength(36);
    for (const [path, words] of [
        [`/companies/PE/records/invoice/${id}`, 'Company PE has no such invoice.'],
        ['/companies/PE/records/credit-note/1001', 'Company PE has no such credit note.'],
        ['/companies/PE/records/run/1', '“run” is no kind of record'],
    ]) {
        const answer = await page.goto(server.url + path);
        expect(answer?.status()).toBe(404);
        await expect(page.getByText(words)).toBeVisible();
    }
});

test.describe('everyone', () => {
    test.beforeAll(async ({ browser }) => {
        const page = await browser.newPage();
        await letIn(page.context());
        await failing(page, 'PG');
        await inTheLedger('payment', { code: 'PG', document: '1001', amount: '100.00', paid_on: '2026-01-05', reference: 'BACS 1' });
        await tieout('sync', '--company', 'PG');
        await page.goto(record('PG', 'invoice', '1001'));
        await expect(page.locator('[aria-labelledby=payments]').getByRole('link')).toBeVisible({ timeout: 15_000 });
        await page.close();
    });

    test('can use the pages of records on a phone and a wide screen, light and dark', async ({ page }) => {
        // Each page is read whole, four times.
        test.setTimeout(240_000);
        await page.goto(record('PG', 'invoice', '1001'));
        const payment = await page.locator('[aria-labelledby=payments]').getByRole('link').getAttribute('href');
        const violations: string[] = [];
        for (const path of [
            record('PG', 'invoice', '1001'),
            record('PG', 'invoice', '1003'),
            `${record('PG', 'invoice', '1003')}?edit=1&contact=Nobody&line-1-account=999&replace-account-from=200&replace-account-by=260`,
            record('PG', 'contact', 'Marlow Bakery'),
            `${record('PG', 'contact', 'Marlow Bakery')}?edit=1`,
            server.url + payment,
        ]) {
            await page.goto(path);
            await expect(page.locator('h1')).toBeVisible();
            violations.push(...(await allFlaws(page)));
        }
        expect(violations).toEqual([]);
    });
});
