// Settings: all integrations and their details, connecting and reconnecting, pausing, and the companies of the group.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, startServer, test } from './server';
import { allFlaws } from './well-made';

// One server for all of these, and one after the other.
test.describe.configure({ mode: 'default', timeout: 90_000 });
test.use({ actionTimeout: 10_000 });
let server: Awaited<ReturnType<typeof startServer>>;

const NAMES = { AQE: 'Albion Quay Estates', BCH: 'Bramley Court Holdings', CSL: 'Castle Street Lettings' };

test.beforeAll(async () => {
    server = await startServer({ TIEOUT_PRIVATE_HOSTS: '127.0.0.1' });
    const file = join(server.dataDir, 'sales.csv');
    writeFileSync(file, HEADER + line(1001) + line(1002, 'Fable Books'));
    for (const [code, name] of Object.entries(NAMES)) {
        await tieout('company', 'add', name, '--code', code);
        await tieout('import', 'sales', '--company', code, file);
    }
    for (const code of ['AQE', 'BCH']) {
        await tieout('connect', '--company', code, '--provider', 'practice', '--accept-matches');
        await untilStatus(code, 'synced');
    }
});
test.afterAll(async () => server?.stop());
test.afterEach(async () => expect((await server.tieout('check')).stdout).toContain('equals what its facts add up to'));

/** As an operator does, who expects it to work. */
async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
    return stdout;
}

async function status(code: string): Promise<{ status: string; reason: string }> {
    const answer = await server.fetch(`/api/overview?query=q%3D${code}`);
    const { rows } = await answer.json();
    return rows.find((row: { code: string }) => row.code === code);
}

async function untilStatus(code: string, wanted: string): Promise<void> {
    await expect.poll(async () => (await status(code)).status, { timeout: 30_000 }).toBe(wanted);
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const banner = (page: Page) => page.getByText(/need(s)? reconnecting: nothing/);
const advanced = async (page: Page) => {
    const details = page.locator('#advanced');
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    return details;
};

test('every connection is listed, filtered as the overview is, and leads to its details', async ({ page }) => {
    await page.goto(`${server.url}/overview`);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
    await expect(page).toHaveURL(/\/settings\/integrations$/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Manage integrations and add-ons');
    await expect(row(page, 'Albion Quay')).toContainText('by command line');
    await expect(row(page, 'Castle Street')).toContainText('Not connected');
    await page.getByLabel('Search', { exact: true }).fill('castle');
    await page.getByRole('button', { name: 'Filter' }).click();
    await expect(page).toHaveURL(/q=castle/);
    await expect(page.getByText('1–1 of 1 companies')).toBeVisible();
    await page.goto(`${server.url}/settings/integrations?status=synced,fine&sort=-name`);
    await expect(page.getByText('“fine” is not a status')).toBeVisible();
    await expect(page.getByRole('row').nth(1)).toContainText('Bramley Court');
    await expect(page.getByRole('button', { name: 'Status: Successfully synced' })).toBeVisible();
    await page.goto(`${server.url}/settings/integrations?q=zzz`);
    await expect(page.getByText('Nothing matches')).toBeVisible();
    await page.getByRole('link', { name: 'Clear filters' }).first().click();
    await page.getByRole('link', { name: 'View details of Albion Quay Estates' }).click();
    await expect(page).toHaveURL(/\/companies\/AQE\/integration$/);
    const card = page.getByRole('region', { name: 'Connection' });
    for (const words of ['Practice ledger', 'by command line', '2000-01-01', 'Not yet', 'No limit known'])
        await expect(card).toContainText(words);
    await card.getByRole('button', { name: 'Check now' }).click();
    await expect(page.getByText('The accounting software lets us in.')).toBeVisible();
    await expect(card).toContainText('It let us in');
});

for (const javaScriptEnabled of [true, false])
    test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
        test.use({ javaScriptEnabled });

        test('each status leads to the step that resolves it, and a lost access is found and reconnected', async ({ page }) => {
            await page.goto(`${server.url}/overview?q=CSL`);
            await page.getByRole('link', { name: 'Connect accounting software' }).click();
            await expect(page).toHaveURL(/\/companies\/CSL\/integration#connect$/);
            await expect(page.getByRole('heading', { name: 'Connect accounting software' })).toBeVisible();

            await page.goto(`${server.url}/companies/BCH/integration`);
            await page.getByRole('button', { name: 'Revoke access' }).click();
            await page.getByRole('button', { name: 'Check now' }).click();
            await expect(page.getByText('Access is lost: Access was revoked in the practice ledger')).toBeVisible();
            // Every page says so, and leads there.
            await page.goto(`${server.url}/import`);
            await expect(banner(page)).toContainText('1 company needs reconnecting');
            await page.getByRole('link', { name: 'See which, and reconnect' }).click();
            await expect(page.getByRole('row')).toHaveCount(2);
            await row(page, 'Bramley Court').getByRole('link', { name: /Reconnect/ }).click();
            await expect(page).toHaveURL(/\/companies\/BCH\/integration#reconnect$/);
            await expect(page.locator('#reconnect').getByRole('button', { name: 'Reconnect' })).toBeVisible();
            await page.locator('#reconnect').getByRole('button', { name: 'Reconnect' }).click();
            await expect(page.getByText('Reconnected to the same organisation.')).toBeVisible();
            await expect(banner(page)).toHaveCount(0);
            expect((await status('BCH')).status).toBe('synced');
        });

        test('one connection is paused and resumed', async ({ page }) => {
            await page.goto(`${server.url}/companies/AQE/integration`);
            await (await advanced(page)).getByRole('button', { name: 'Pause' }).click();
            await expect(page.getByText(/^Paused by Tester, /)).toBeVisible();
            await expect(page.getByRole('button', { name: 'Start sync' }).last()).toHaveAttribute('aria-disabled', 'true');
            await page.goto(`${server.url}/overview?q=AQE`);
            await expect(row(page, 'Albion Quay')).toContainText('Paused by Tester · In balance to the cent');
            await page.goto(`${server.url}/companies/AQE/integration`);
            await page.getByRole('button', { name: 'Resume' }).first().click();
            await expect(page.getByText('Resumed. What waited is sent now.')).toBeVisible();
            expect((await status('AQE')).reason).not.toContain('Paused');
        });

        test('everything is paused, and what was paused is resumed', async ({ page }) => {
            await tieout('pause', '--company', 'BCH');
            await page.goto(`${server.url}/settings/integrations`);
            await page.getByRole('button', { name: 'Pause everything…' }).click();
            await page.getByRole('button', { name: 'Pause everything', exact: true }).click();
            await expect(page.getByText(/^Everything was paused by Tester/)).toContainText('Paused by it: 1 connection.');
            await expect(row(page, 'Albion Quay')).toContainText('Paused by Tester');
            await page.getByRole('button', { name: 'Resume what was paused' }).click();
            await expect(page.getByText('What was paused together is resumed.')).toBeVisible();
            await expect(row(page, 'Albion Quay')).not.toContainText('Paused');
            await expect(row(page, 'Bramley Court')).toContainText('Paused by the command line');
            await tieout('resume', '--company', 'BCH');
        });

        test('a company is changed, archived and restored', async ({ page }) => {
            await page.goto(`${server.url}/settings/companies`);
            await page.getByRole('link', { name: 'Edit Castle Street Lettings' }).click();
            await expect(page.getByLabel('Currency', { exact: true })).not.toBeEditable();
            await page.getByLabel('Name', { exact: true }).fill('Bramley Court Holdings');
            await page.getByRole('button', { name: 'Save' }).click();
            await expect(page.getByText('There is a company “Bramley Court Holdings” already')).toBeVisible();
            await page.getByLabel('Name', { exact: true }).fill('Castle Street Lets');
            await page.getByRole('button', { name: 'Save' }).click();
            await expect(page.getByRole('heading', { level: 1, name: 'Castle Street Lets' })).toBeVisible();

            await page.getByRole('button', { name: 'Archive this company' }).click();
            await expect(page.getByRole('heading', { level: 1, name: 'Archived companies' })).toBeVisible();
            await page.goto(`${server.url}/overview`);
            await expect(page.getByText('2 companies', { exact: true })).toBeVisible();
            const gone = await page.goto(`${server.url}/companies/CSL/results`);
            expect(gone?.status()).toBe(404);
            await expect(page.getByText('Castle Street Lets is archived.')).toBeVisible();
            await page.goto(`${server.url}/settings/companies?archived=true`);
            await page.getByRole('button', { name: 'Restore Castle Street Lets' }).click();
            await expect(page.getByText('Castle Street Lets is back as it was.')).toBeVisible();
            await tieout('company', 'edit', 'CSL', '--name', NAMES.CSL);
        });

        test('a list of companies is imported, and again without change', async ({ page }) => {
            const file = join(server.dataDir, `list-${javaScriptEnabled}.csv`);
            const name = javaScriptEnabled ? 'Dockside' : 'Eastgate';
            writeFileSync(file, `\ufeffName,Code,Currency,Time zone\r\n${name},,GBP,Europe/London\r\nWrong,WR,pounds,Europe/London\r\n`);
            for (const words of ['1 of 2 companies added, 0 here already, 1 refused', '1 here already, 1 refused']) {
                await page.goto(`${server.url}/settings/companies/import`);
                // Keys and files do something in either case; with script the form is sent once it is awake.
                await page.getByLabel('Companies (CSV)').setInputFiles(file);
                await page.getByRole('button', { name: 'Import', exact: true }).click();
                await expect(page.getByText(words)).toBeVisible({ timeout: 20_000 });
                const refused = page.getByRole('row').filter({ hasText: 'Currency' });
                await expect(refused.last()).toContainText('is not a currency code');
            }
            const [company] = JSON.parse(await tieout('company', 'list', '--json')).filter((one: { name: string }) => one.name === name);
            await tieout('company', 'archive', company.code);
        });
    });

test('reconnecting with another organisation is refused, naming both, and nothing changes', async () => {
    // A ledger nobody uses, as when its company was archived before it was connected: here by hand.
    await tieout('company', 'add', 'Spare Ledger', '--code', 'SPARE');
    await tieout('connect', '--company', 'SPARE', '--provider', 'practice');
    const taken = await server.fetch('/api/company-integration?code=SPARE');
    const { connection } = (await taken.json()).integration;
    const post = (what: string, form: Record<string, string>) =>
        server.fetch(`/api/${what}`, {
            method: 'POST',
            body: new URLSearchParams(form),
            headers: { origin: server.url, accept: 'application/json' },
        });
    const answer = await post('reconnect', { code: 'AQE', ledger: connection.organisation_id });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('Spare Ledger is another organisation. Albion Quay Estates is paired with Albion Quay Estates');
    expect((await status('AQE')).status).toBe('synced');
    // Nor can another company be connected to it.
    const form = { code: 'CSL', ledger: connection.organisation_id, sync_from: '2000-01-01', schedule: 'off' };
    const second = await post('connect-practice', form);
    expect(second.status).toBe(409);
    expect(await second.text()).toContain('is connected to Spare Ledger (SPARE) already');
    await tieout('company', 'archive', 'SPARE');
});

test('another day brings everything in anew', async ({ page }) => {
    await page.goto(`${server.url}/companies/AQE/integration`);
    const details = await advanced(page);
    await details.getByLabel('Sync from').fill('2025-12-02');
    await details.getByRole('button', { name: 'Start a full sync' }).click();
    await expect(page.getByText('A full sync from 2025-12-02 on was asked for.')).toBeVisible();
    await untilStatus('AQE', 'synced');
    await page.goto(`${server.url}/companies/AQE/integration`);
    await expect(page.getByRole('region', { name: 'Connection' })).toContainText('2025-12-02');
});

test('Tryton is asked for access; what cannot be used comes back with what was entered', async ({ page }) => {
    await page.goto(`${server.url}/companies/CSL/integration`);
    await page.getByRole('link', { name: /^Tryton/ }).click();
    await expect(page.getByRole('list', { name: 'Steps' }).getByText('Ask for access')).toBeVisible();
    await page.getByLabel('Server address').fill('http://127.0.0.1:1');
    await page.getByLabel('Database').fill('peer');
    await page.getByLabel('Tryton user').fill('admin');
    await page.getByRole('button', { name: 'Ask for access' }).click();
    await expect(page.locator('.notice.tone-bad:not(.toast)')).toContainText('127.0.0.1:1');
    await expect(page.getByLabel('Server address')).toHaveValue('http://127.0.0.1:1');
    await expect(page.getByLabel('Tryton user')).toHaveValue('admin');
    await page.getByLabel('Server address').fill('https://10.0.0.5');
    await page.getByRole('button', { name: 'Ask for access' }).click();
    await expect(page.locator('.notice.tone-bad:not(.toast)')).toContainText('10.0.0.5 is inside a private network');
    await expect(page.getByLabel('Server address')).toHaveValue('https://10.0.0.5');
    expect((await status('CSL')).status).toBe('not-connected');
});

test('pages hold no accessibility violation on a phone or a wide screen, light or dark', async ({ page }) => {
    // Each page is read whole, four times.
    test.setTimeout(240_000);
    const violations: string[] = [];
    for (const path of [
        '/settings/integrations',
        '/settings/companies',
        '/settings/companies?archived=true',
        '/settings/companies/import',
        '/companies/CSL/settings',
        '/companies/CSL/integration',
        '/companies/CSL/integration?software=tryton',
        '/companies/AQE/integration',
    ]) {
        await page.goto(server.url + path);
        await expect(page.locator('h1')).toBeVisible();
        if (path.endsWith('AQE/integration')) await advanced(page);
        violations.push(...(await allFlaws(page)));
    }
    await page.goto(`${server.url}/settings/integrations`);
    await page.getByRole('button', { name: 'Pause everything…' }).click();
    violations.push(...(await allFlaws(page)));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Status/ }).click();
    violations.push(...(await allFlaws(page)));
    expect(violations).toEqual([]);
});
