// The import page: a file gets in by every way a person may bring it, and one that cannot be right gets no further.

import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, startServer, test } from './server';
import { flaws } from './well-made';

const SALES = HEADER + line(1001) + line(1002, 'Fable Books') + line(1003, '');
const REPORT = 'sales.csv: 2 of 3 documents stored, 1 refused.';

test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;
let companies = 0;

test.beforeAll(async () => (server = await startServer()));
test.afterAll(async () => server.stop());

/** The import page of a company that holds nothing yet. */
async function openPage(page: Page, scripted = true): Promise<void> {
    const code = `C${++companies}`;
    expect((await server.tieout('company', 'add', `Company ${companies}`, '--code', code)).code).toBe(0);
    // The page asks for news as soon as all of its script is awake.
    const awake = scripted ? page.waitForResponse(/\/api\/changes/) : undefined;
    await page.goto(`${server.url}/import?company=${code}`);
    await awake;
}

/** Files as they hang on the pointer: name, and text or a number of bytes. */
const held = (page: Page, ...files: [string, string | number][]) =>
    page.evaluateHandle((files) => {
        const held = new DataTransfer();
        for (const [name, content] of files)
            held.items.add(new File([typeof content === 'number' ? new Uint8Array(content) : content], name));
        return held;
    }, files);

const field = (page: Page) => page.locator('.drop');
const importButton = (page: Page) => page.getByRole('button', { name: 'Import', exact: true });

test('a file that is dropped goes in, and its report appears on the same page', async ({ page }) => {
    await openPage(page);
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
    const dataTransfer = await held(page, ['sales.csv', SALES]);
    await field(page).dispatchEvent('dragover', { dataTransfer });
    await expect(field(page)).toHaveClass(/\bover\b/);
    await field(page).dispatchEvent('drop', { dataTransfer });
    await expect(field(page)).not.toHaveClass(/\bover\b/);
    await expect(page.getByText(`sales.csv, ${SALES.length} bytes, ready to import.`).first()).toBeVisible();

    await importButton(page).click();
    await expect(page.getByRole('status').filter({ hasText: REPORT }).first()).toBeVisible();
    await expect(page.getByRole('row').filter({ hasText: 'ContactName' })).toContainText('4');
    await expect(page.getByRole('link', { name: 'sales.csv' })).toBeVisible();
    await expect(page).toHaveURL(/\/companies\/C\d+\/import\?id=/);
    expect(await page.evaluate(() => (window as { same?: boolean }).same), 'without a reload').toBe(true);
    await expect(page.getByText('ready to import')).toHaveCount(0);
    expect(await flaws(page)).toEqual([]);

    await page.reload();
    await expect(page.getByText(REPORT)).toBeVisible();
});

test('a file that cannot be right is not sent', async ({ page }) => {
    await openPage(page);
    let sent = 0;
    page.on('request', (request) => (sent += Number(request.method() === 'POST' && request.url().endsWith('/import'))));
    const wrong: [string, [string, string | number][]][] = [
        ['sales.xlsx is not a CSV file.', [['sales.xlsx', SALES]]],
        ['These are 2 files.', [['a.csv', SALES], ['b.csv', SALES]]],
        ['sales.csv is empty.', [['sales.csv', '']]],
        ['sales.csv has 50.5 MB; at most 50.0 MB are read.', [['sales.csv', 53_000_000]]],
    ];
    const input = page.getByLabel('Sales documents (CSV)');
    for (const [reason, files] of wrong) {
        await field(page).dispatchEvent('drop', { dataTransfer: await held(page, ...files) });
        await expect(page.getByRole('alert')).toContainText(reason);
        await expect(input).toHaveAttribute('aria-invalid', 'true');
        expect(await input.evaluate((input: HTMLInputElement) => input.files?.length)).toBe(0);
        await importButton(page).click();
    }
    expect(await flaws(page)).toEqual([]);
    // A file beside the field does not take the place of the page.
    const beside = await page.locator('h1').evaluate((heading) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.csv'));
        return heading.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    expect(beside, 'the browser opens it').toBe(false);
    // The right one afterwards is taken.
    await field(page).dispatchEvent('drop', { dataTransfer: await held(page, ['sales.csv', SALES]) });
    await expect(page.getByRole('alert')).toBeHidden();
    expect(sent).toBe(0);
    await importButton(page).click();
    await expect(page.getByText(REPORT).first()).toBeVisible();
});

test('the keyboard is enough', async ({ page }) => {
    await openPage(page);
    const input = page.getByLabel('Sales documents (CSV)');
    await input.focus();
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from(SALES) });
    await expect(input).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(importButton(page)).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByText(REPORT).first()).toBeVisible();
    await expect(importButton(page)).toBeFocused();
});

test('a long import is followed to its end', async ({ page }) => {
    await openPage(page);
    const rows = 20_000;
    const text = HEADER + Array.from({ length: rows }, (_, n) => line(n + 1)).join('');
    await page.getByLabel('Sales documents (CSV)').setInputFiles({ name: 'year.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await importButton(page).click();
    await expect(page.getByRole('status').filter({ hasText: 'Importing year.csv' })).toBeVisible();
    await expect(page.getByRole('progressbar', { name: 'Progress of the import' })).toBeVisible();
    await expect(page.getByText(new RegExp(`^\\d+ of ${rows} rows$`))).toBeVisible();
    // What one does meanwhile is not disturbed.
    const company = page.getByRole('link', { name: /^Company \d/ });
    await company.focus();
    await expect(page.getByText(`year.csv: ${rows} of ${rows} documents stored.`)).toBeVisible({ timeout: 50_000 });
    await expect(company).toBeFocused();
});

test('what the server refuses is said in the form, and the file can be sent again', async ({ page }) => {
    await openPage(page);
    await page.getByLabel('Sales documents (CSV)').setInputFiles({ name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from(SALES) });
    await page.route('**/companies/*/import', (route) => route.abort());
    await importButton(page).click();
    await expect(page.getByRole('alert')).toHaveText('The server cannot be reached. Try again in a moment.');
    await page.unroute('**/companies/*/import');
    await page.route('**/companies/*/import', (route) => route.fulfill({ status: 409, body: 'Other imports are waiting already.' }));
    await importButton(page).click();
    await expect(page.getByRole('alert')).toHaveText('Other imports are waiting already.');
    await page.unroute('**/companies/*/import');
    await importButton(page).click();
    await expect(page.getByText(REPORT).first()).toBeVisible();
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('a file goes in, and the page asks for itself until the report is there', async ({ page }) => {
        await openPage(page, false);
        const rows = 5_000;
        const text = HEADER + Array.from({ length: rows }, (_, n) => line(n + 1)).join('');
        await page.getByLabel('Sales documents (CSV)').setInputFiles({ name: 'year.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
        await importButton(page).click();
        await expect(page.getByText('Importing year.csv')).toBeVisible();
        await expect(page.getByText(`year.csv: ${rows} of ${rows} documents stored.`)).toBeVisible({ timeout: 30_000 });
    });

    test('a file that cannot be used is refused with the reason', async ({ page }) => {
        await openPage(page, false);
        await page.getByLabel('Sales documents (CSV)').setInputFiles({ name: 'sales.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
        await importButton(page).click();
        await expect(page.getByText('sales.csv was refused; nothing of it is stored.')).toBeVisible();
    });
});
