// The main job, as a newcomer does it: from an empty database to companies whose status is seen to change.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, letIn, startServer, test } from './server';
import { allFlaws } from './well-made';

const HEADER =
    '*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n';
const SALES =
    HEADER +
    'Marlow Bakery,United Kingdom,1001,01/12/2025,31/12/2025,Rent,1,850.00,200,20% (VAT on Income)\n' +
    'Fable Books,United Kingdom,1002,02/12/2025,31/12/2025,Rent,2,99.99,200,20% (VAT on Income)\n' +
    ',United Kingdom,1003,02/12/2025,31/12/2025,Rent,2,99.99,200,20% (VAT on Income)\n';

test('an empty database leads to the welcome page, and a company from there to synced', async ({ page, server }) => {
    await page.goto('/');
    await expect(page).toHaveURL(/\/welcome$/);
    await page.getByLabel('Name of the property group').fill('Quay Group');
    await page.getByRole('button', { name: 'Start empty' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Albion Quay Estates');
    await page.getByRole('button', { name: 'Add company' }).click();
    await expect(page).toHaveURL(/\/companies\/AQE\/integration$/);

    const file = join(server.dataDir, 'sales.csv');
    writeFileSync(file, SALES);
    await page.goto('/import?company=AQE');
    await page.getByLabel('Sales documents (CSV)').setInputFiles(file);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(page.getByText('2 of 3 documents stored, 1 refused')).toBeVisible();
    await expect(page.getByRole('cell', { name: '*ContactName' }).or(page.getByRole('cell', { name: 'ContactName' })).first()).toBeVisible();

    await page.goto('/companies/AQE/integration');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('link', { name: 'Complete onboarding', exact: true }).click();
    for (const next of ['accounts', 'tracking options']) await page.getByRole('button', { name: `Save and continue to ${next}` }).click();
    await page.getByRole('link', { name: 'Continue to contacts' }).click();
    await page.getByRole('button', { name: 'Save and continue to confirm' }).click();
    await expect(page.getByText('2 invoices dated from 1 Dec 2025 go to Albion Quay Estates.')).toBeVisible();
    await page.getByRole('button', { name: 'Confirm and start the initial sync' }).click();
    await expect(page).toHaveURL(/\/companies\/AQE\/results$/);
    await page.goto('/overview');
    await expect(page.getByRole('row').filter({ hasText: 'AQE' })).toContainText('Successfully synced', { timeout: 15_000 });

    await page.goto('/companies/AQE/results');
    await expect(page.getByRole('heading', { name: 'Albion Quay Estates' })).toBeVisible();
    await page.goto('/companies/AQE/messages');
    await expect(page.getByText('Invoices in balance').first()).toBeVisible();
    expect((await server.tieout('check')).code).toBe(0);
});

test('a sync started elsewhere shows on an open page by itself', async ({ page }) => {
    const server = await startServer();
    await letIn(page.context());
    try {
        writeFileSync(join(server.dataDir, 'sales.csv'), SALES);
        await server.tieout('company', 'add', 'Bramley Court', '--code', 'BC');
        await server.tieout('import', 'sales', '--company', 'BC', join(server.dataDir, 'sales.csv'));
        await page.goto(`${server.url}/overview`);
        const row = page.getByRole('row').filter({ hasText: 'Bramley Court' });
        await expect(row).toContainText('Not connected');
        const connected = await server.tieout('connect', '--company', 'BC', '--provider', 'practice', '--accept-matches');
        expect(connected.code).toBe(0);
        await expect(row).toContainText('Successfully synced', { timeout: 10_000 });
    } finally {
        await server.stop();
    }
});

test.describe('the practice group', () => {
    // One server for all of these, and one after the other.
    test.describe.configure({ mode: 'default' });
    let demo: Awaited<ReturnType<typeof startServer>>;

    test.beforeAll(async () => {
        demo = await startServer();
        const made = await demo.tieout('demo');
        expect(made.stderr).toBe('');
        expect(made.code).toBe(0);
    });
    test.afterAll(async () => demo.stop());

    test('shows all seven statuses, from syncs that really ran', async () => {
        await expect(async () => {
            const { counts } = JSON.parse((await demo.tieout('status', '--json')).stdout);
            for (const status of ['synced', 'in-progress', 'not-connected', 'incomplete-onboarding', 'needs-reconnecting', 'errors', 'incomplete-pipeline'])
                expect(counts[status], status).toBeGreaterThan(0);
        }).toPass({ timeout: 20_000 });
        expect((await demo.tieout('check')).code).toBe(0);
    });

    test('looks as the README shows it', async ({ page }) => {
        await page.setViewportSize({ width: 1440, height: 900 });
        await page.goto(`${demo.url}/overview`);
        await expect(page.getByText('Successfully synced').first()).toBeVisible();
        await page.screenshot({ path: join(__dirname, '../screenshots/overview.png') });
    });

    test('the whole first load of the overview is at most 220 kB', async ({ page, request }) => {
        const sizes: Promise<[string, number]>[] = [];
        page.on('requestfinished', (one) => {
            const path = new URL(one.url()).pathname;
            if (path.startsWith('/api/')) return;
            sizes.push(one.sizes().then((size) => [path, size.responseHeadersSize + size.responseBodySize]));
        });
        await page.goto(`${demo.url}/overview`);
        await expect(page.getByText('Live', { exact: true })).toBeVisible();
        const loaded = Object.fromEntries(await Promise.all(sizes));
        // Playwright does not see the browser fetch it.
        loaded['/favicon.svg'] ??= Number((await request.get(`${demo.url}/favicon.svg`)).headers()['content-length']);
        for (const kind of ['/overview', '.css', '.js', '.wasm', '.svg'])
            expect(Object.keys(loaded).filter((path) => path.endsWith(kind)), kind).not.toHaveLength(0);
        const sum = Object.values(loaded).reduce((sum, size) => sum + size, 0);
        expect(sum, JSON.stringify(loaded)).toBeLessThanOrEqual(220_000);
        expect(sum).toBeGreaterThan(100_000);
    });

    test('filters by tile, and back', async ({ page }) => {
        await page.goto(`${demo.url}/overview`);
        const tile = page.getByRole('button', { name: /Sync has errors/ }).first();
        await tile.click();
        await expect(page).toHaveURL(/status=errors/);
        await expect(tile).toHaveAttribute('aria-pressed', 'true');
        await tile.click();
        await expect(page).not.toHaveURL(/status=errors/);
    });

    for (const javaScriptEnabled of [true, false])
        test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
            test.use({ javaScriptEnabled });

            test('a deep link to a filtered view is complete', async ({ page }) => {
                await page.goto(`${demo.url}/overview?status=errors,fine`);
                await expect(page.getByText('“fine” is not a status')).toBeVisible();
                await expect(page.locator('main').getByText(/archived/).filter({ visible: true }).first()).toBeVisible();
                await expect(page.getByText('In balance to the cent')).toHaveCount(0);
            });
        });

    test('pages hold no accessibility violation on a phone or a wide screen, light or dark', async ({ page }) => {
        // Each page is read whole, four times.
        test.setTimeout(240_000);
        const violations: string[] = [];
        for (const path of ['/overview', '/companies/BCH/results', '/companies/BCH/messages', '/companies/BCH/integration', '/import', '/companies/new']) {
            await page.goto(demo.url + path);
            await expect(page.locator('h1')).toBeVisible();
            violations.push(...(await allFlaws(page)));
        }
        expect(violations).toEqual([]);
    });

    test('a problem is brought about and resolved on the pages', async ({ page }) => {
        await page.goto(`${demo.url}/companies/BCH/integration`);
        await page.getByRole('button', { name: 'Restore 200 Sales' }).click();
        await expect(page.getByText('In the practice ledger: account 200 was restored.')).toBeVisible();
        await page.getByRole('button', { name: 'Start sync' }).first().click();
        await page.goto(`${demo.url}/overview?q=BCH`);
        await expect(page.getByRole('row').filter({ hasText: 'BCH' })).toContainText('Successfully synced', { timeout: 15_000 });
    });
});
