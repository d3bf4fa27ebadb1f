// Errors of the five real companies, each found through the overview, put right on these pages by the shortest path, and
// gone: one rule of the practice ledger after the other. Afterwards both sides agree to the cent.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { type SalesRow, realFiles, rewritten } from './sales';
import { expect, letIn, startServer, test } from './server';
import { allFlaws } from './well-made';

const files = realFiles();
test.skip(!files, 'The real sales files are not here: TIEOUT_SHARED names their folder.');

// One server for all of these, and one after the other. Each begins with companies that are synced, and leaves them so.
test.describe.configure({ mode: 'default', timeout: 150_000 });
// A click that cannot be made says so long before the walk runs out of time.
test.use({ actionTimeout: 15_000 });
let server: Awaited<ReturnType<typeof startServer>>;

/** Name and file of each company, by its code. */
const COMPANIES = {
    AQE: ['Albion Quay Estates', 'albion-quay-estates.csv'],
    BCH: ['Bramley Court Holdings', 'bramley-court-holdings.csv'],
    CSP: ['Castle Street Property Trust', 'castle-street-property-trust.csv'],
    DRP: ['Dockside Retail Parks', 'dockside-retail-parks.csv'],
    EGC: ['Eastgate Commercial', 'eastgate-commercial.csv'],
} as const;
type Code = keyof typeof COMPANIES;
const CODES = Object.keys(COMPANIES) as Code[];

/** The last invoice of its file, which comes in later than the others. */
const LATECOMER = '539642';

test.beforeAll(async () => {
    if (!files) return;
    test.setTimeout(300_000);
    server = await startServer();
    for (const code of CODES) {
        await tieout('company', 'add', COMPANIES[code][0], '--code', code);
        await importSales(code, (row) => row.InvoiceNumber !== LATECOMER);
        await tieout('connect', '--company', code, '--provider', 'practice', '--accept-matches');
    }
    for (const code of CODES) await untilStatus(code, 'synced', 240_000);
});
test.afterAll(async () => server?.stop());

/** As an operator does, who expects it to work. */
async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
    return stdout;
}

/**
 * Imports the rows of the company's file that `change` keeps, as it leaves them; answers how many documents that are. A
 * connected company sends at once what is new.
 */
async function importSales(code: Code, change: (row: SalesRow) => boolean): Promise<number> {
    const file = join(server.dataDir, `${code}.csv`);
    writeFileSync(file, rewritten(join(files!, COMPANIES[code][1]), change));
    const { code: exit, stdout, stderr } = await server.tieout('import', 'sales', '--company', code, file, '--json');
    // The real files hold documents without a contact, which are refused.
    expect([0, 3], stderr).toContain(exit);
    return JSON.parse(stdout).stored;
}

/** Every document of the file with other descriptions: all of them are sent again. */
const importAllAnew = (code: Code, suffix: string, isMeant = (_: SalesRow) => true) =>
    importSales(code, (row) => {
        row.Description = `${row.Description.trim()} (${suffix})`;
        return isMeant(row) && row.InvoiceNumber !== LATECOMER;
    });

async function untilStatus(code: Code, status: string, timeout = 60_000): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === COMPANIES[code][0]).status).toBe(status);
    }).toPass({ timeout });
}

/** Works in the practice ledger, as its panel does. */
async function inTheLedger(what: string, form: Record<string, string>): Promise<void> {
    const answer = await server.fetch(`/api/practice-${what}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(answer.status).toBeLessThan(400);
}

const record = (code: Code, entity: string, name: string) => `${server.url}/companies/${code}/records/${entity}/${encodeURIComponent(name)}`;

/** Changes a record on its page, by the labels of its entries. */
async function change(page: Page, address: string, entries: Record<string, string>): Promise<void> {
    await page.goto(`${address}?edit=1`);
    for (const [label, entry] of Object.entries(entries)) {
        const field = page.getByLabel(label, { exact: true });
        if ((await field.evaluate((element) => element.tagName)) === 'SELECT') await field.selectOption(entry);
        else await field.fill(entry);
    }
    await page.getByRole('button', { name: 'Save and send' }).last().click();
    await expect(page.getByText(/^Saved as version \d+\./)).toBeVisible();
}

const inOverview = (page: Page, code: Code) => page.locator('table.companies tbody tr').filter({ hasText: COMPANIES[code][0] });
const status = (page: Page) => page.locator('.status-now');
const causes = (page: Page) => page.getByRole('list', { name: 'Causes' }).getByRole('listitem');
const rows = (page: Page) => page.locator('tr[id^=problem-]');
const row = (page: Page, label: string) => rows(page).filter({ has: page.getByRole('rowheader').getByText(label, { exact: true }) });

/** From the overview, narrowed to companies with errors, to the results of this one. */
async function find(page: Page, code: Code): Promise<void> {
    await page.goto(`${server.url}/overview?status=errors`);
    const found = inOverview(page, code);
    await expect(found).toContainText('Sync has errors', { timeout: 60_000 });
    await found.getByRole('link', { name: `View results for ${COMPANIES[code][0]}` }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(COMPANIES[code][0]);
    // A run that goes on would make the numbers of the page grow.
    await expect(status(page)).toContainText('Sync has errors', { timeout: 60_000 });
}

/** Presses what is the fix. The page that comes back says what happens, and from there on it changes by itself. */
async function press(page: Page, button: Locator, said: string | RegExp): Promise<void> {
    await button.click();
    await expect(page.getByText(said)).toBeVisible({ timeout: 30_000 });
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
}

/** The company has nothing left: this page shows it in place, the overview says it, and both sides agree to the cent. */
async function resolved(page: Page, code: Code): Promise<void> {
    await expect(status(page)).toContainText('Successfully synced', { timeout: 90_000 });
    if (new URL(page.url()).pathname.endsWith('/results'))
        await expect(page.getByRole('heading', { name: /^Nothing (needs attention|new since)/ })).toBeVisible();
    expect(await page.evaluate(() => (window as { same?: boolean }).same), 'without a reload').toBe(true);
    await page.goto(`${server.url}/overview?status=synced`);
    await expect(inOverview(page, code)).toContainText('Successfully synced');
    await expect(inOverview(page, code).locator('td.errors')).toHaveText('0');
    await agree(code);
}

/** What is stored is what the facts add up to, and both sides of the company are in balance. */
async function agree(code: Code): Promise<void> {
    await tieout('check');
    const entities = Object.entries(JSON.parse(await tieout('tie-out', '--company', code, '--json')));
    expect(entities.length).toBeGreaterThan(3);
    for (const [entity, tied] of entities) expect(tied, entity).toMatchObject({ in_balance: true });
}

test('account archived: mapped to another one, for all documents at once', async ({ page }) => {
    await inTheLedger('account', { code: 'AQE', account: '200', archived: 'true' });
    const count = await importAllAnew('AQE', 'mapped');
    expect(count).toBeGreaterThan(150);
    await find(page, 'AQE');
    await expect(page.getByRole('heading', { name: `${count} records need attention` })).toBeVisible();
    await expect(causes(page)).toHaveCount(1);
    const cause = causes(page).filter({ hasText: 'Account 200 is archived' });
    await cause.getByLabel('Map account 200 to').selectOption({ label: '260 Other Revenue' });
    await press(page, cause.getByRole('button', { name: 'Map and retry' }), /^Mapped account 200 to 260 Other Revenue\. Trying \d+ invoices and \d+ credit notes again/);
    await resolved(page, 'AQE');
});

test('account archived: restored there, and everything tried again', async ({ page }) => {
    await inTheLedger('account', { code: 'BCH', account: '200', archived: 'true' });
    const count = await importAllAnew('BCH', 'restored');
    await find(page, 'BCH');
    await expect(page.getByRole('heading', { name: `${count} records need attention` })).toBeVisible();
    await expect(causes(page)).toContainText('Restore the account there');
    await inTheLedger('account', { code: 'BCH', account: '200', archived: 'false' });
    await press(page, page.getByRole('button', { name: 'Retry all' }), /^Trying \d+ invoices and \d+ credit notes again\. A sync has started\./);
    await resolved(page, 'BCH');
});

test('account unknown there: mapped to one there is', async ({ page }) => {
    const isMeant = (one: SalesRow) => one.ContactName === 'Customer 13089';
    const count = await importSales('BCH', (one) => {
        one.AccountCode = '205';
        return isMeant(one);
    });
    expect(count).toBe(9);
    await find(page, 'BCH');
    const cause = causes(page).filter({ hasText: 'Account 205 has no match there' });
    await expect(cause).toContainText('8 invoices, 1 credit note');
    await cause.getByLabel('Map account 205 to').selectOption({ label: '210 Rental Income' });
    await press(page, cause.getByRole('button', { name: 'Map and retry' }), /^Mapped account 205 to 210 Rental Income\./);
    await resolved(page, 'BCH');
});

test('system account on a document: changed back on its page', async ({ page }) => {
    await change(page, record('EGC', 'invoice', '536376'), { 'Account of line 1': '610' });
    await find(page, 'EGC');
    await expect(row(page, '536376')).toContainText('Account 610 takes no documents');
    await row(page, '536376').getByRole('link', { name: 'Edit 536376' }).click();
    await page.getByLabel('Instead of account 610, on the one line that has it').selectOption('200');
    await press(page, page.getByRole('button', { name: 'Save and send' }), 'Saved as version 3. It is being sent now.');
    await expect(page.getByText('Both sides hold version 3.')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole('heading', { name: 'Account 610 takes no documents' })).toHaveCount(0);
    await resolved(page, 'EGC');
});

test('tax rate unknown there: another one for the document', async ({ page }) => {
    await importSales('EGC', (one) => {
        one.TaxType = '20% (Standard)';
        return one.InvoiceNumber === '536397';
    });
    await find(page, 'EGC');
    await expect(row(page, '536397')).toContainText('Tax rate 20% (Standard) has no match there');
    await row(page, '536397').getByRole('link', { name: 'Edit 536397' }).click();
    await page.getByLabel('Instead of tax rate 20% (Standard), on all 2 lines that have it').selectOption('20% (VAT on Income)');
    await press(page, page.getByRole('button', { name: 'Save and send' }), /^Saved as version 3\./);
    // Word for word what is there already: nothing needs to be sent.
    await expect(page.getByText('Both sides hold version 3.')).toBeVisible({ timeout: 30_000 });
    await resolved(page, 'EGC');
});

test('tax rate archived: mapped to another one', async ({ page }) => {
    await inTheLedger('tax-rate', { code: 'CSP', tax_rate: 'Zero Rated Income', archived: 'true' });
    const count = await importAllAnew('CSP', 'exempt', (one) => one.TaxType === 'Zero Rated Income');
    await find(page, 'CSP');
    await expect(page.getByRole('heading', { name: `${count} records need attention` })).toBeVisible();
    const cause = causes(page).filter({ hasText: 'Tax rate Zero Rated Income is archived' });
    await cause.getByLabel('Map tax rate Zero Rated Income to').selectOption('Exempt Income');
    await press(page, cause.getByRole('button', { name: 'Map and retry' }), /^Mapped tax rate Zero Rated Income to Exempt Income\./);
    await resolved(page, 'CSP');
});

test('tax rate not allowed on an account: the account mapped to one that allows it', async ({ page }) => {
    const count = await importSales('EGC', (one) => {
        one.AccountCode = '429';
        return one.ContactName === 'Customer 14667';
    });
    await find(page, 'EGC');
    const cause = causes(page).filter({ hasText: 'Tax rate 20% (VAT on Income) is not allowed on account 429' });
    await expect(cause).toContainText(`${count} invoices`);
    await cause.getByLabel('Map account 429 to').selectOption({ label: '215 Service Charge Income' });
    await press(page, cause.getByRole('button', { name: 'Map and retry' }), /^Mapped account 429 to 215 Service Charge Income\./);
    await resolved(page, 'EGC');
});

test('contact archived: left out of syncs with what belongs to it, taken back, restored there and tried again', async ({ page }) => {
    const contact = 'Customer 14527';
    await inTheLedger('contact', { code: 'DRP', contact, archived: 'true' });
    await change(page, record('DRP', 'contact', contact), { 'E-mail': 'accounts@customer.example' });
    await find(page, 'DRP');
    await expect(row(page, contact)).toContainText(`Contact ${contact} is archived`);
    await row(page, contact).getByRole('button', { name: `Unlink… ${contact}` }).click();
    await expect(page.getByRole('heading', { name: 'Unlink 1 contact?' })).toBeVisible();
    await expect(page.getByText('With what you chose go 4 invoices and 4 credit notes')).toBeVisible();
    await expect(page.locator('tbody tr').filter({ hasText: 'Goes with it' })).toHaveCount(8);
    await press(page, page.getByRole('button', { name: 'Unlink 9 records' }), /^Unlinked 1 contact, 4 invoices and 4 credit notes: left out of syncs until linked again\./);
    await expect(status(page)).toContainText('Successfully synced');
    // Counted as left out, and not as failing.
    await expect(page.getByRole('heading', { name: 'No record fails, 9 left out of syncs' })).toBeVisible();
    await expect(rows(page)).toHaveCount(9);
    await agree('DRP');

    await page.getByRole('region', { name: 'What was done last' }).getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText(/^Undone: 9 records linked again\./)).toBeVisible();
    await find(page, 'DRP');
    await expect(page.getByRole('heading', { name: '1 record needs attention', exact: true })).toBeVisible();
    await inTheLedger('contact', { code: 'DRP', contact, archived: 'false' });
    await press(page, row(page, contact).getByRole('button', { name: `Retry ${contact}` }), /^Trying 1 contact again\./);
    await resolved(page, 'DRP');
});

test('contact archived: the document is given another one', async ({ page }) => {
    await inTheLedger('contact', { code: 'DRP', contact: 'Customer 16013', archived: 'true' });
    await change(page, record('DRP', 'invoice', '536968'), { Reference: 'Order 17' });
    await find(page, 'DRP');
    await expect(row(page, '536968')).toContainText('Contact Customer 16013 is archived');
    await row(page, '536968').getByRole('link', { name: 'Edit 536968' }).click();
    await page.getByRole('link', { name: 'Change it here…' }).click();
    await page.getByLabel('Contact', { exact: true }).fill('Customer 14821');
    await press(page, page.getByRole('button', { name: 'Save and send' }).last(), /^Saved as version 3\./);
    await expect(page.getByText('Both sides hold version 3.')).toBeVisible({ timeout: 30_000 });
    await resolved(page, 'DRP');
});

test('period locked: a new invoice gets a later date', async ({ page }) => {
    await inTheLedger('lock', { code: 'CSP', until: '2010-12-31' });
    expect(await importSales('CSP', (one) => one.InvoiceNumber === LATECOMER)).toBe(1);
    await find(page, 'CSP');
    await expect(row(page, LATECOMER)).toContainText('The books are locked up to 31 December 2010');
    await row(page, LATECOMER).getByRole('link', { name: `Edit ${LATECOMER}` }).click();
    await page.getByRole('link', { name: 'Change it here…' }).click();
    await page.getByLabel('Issued', { exact: true }).fill('2011-01-03');
    await page.getByLabel('Due', { exact: true }).fill('2011-02-02');
    await press(page, page.getByRole('button', { name: 'Save and send' }).last(), /^Saved as version 2\./);
    await expect(page.getByText('Both sides hold version 2.')).toBeVisible({ timeout: 30_000 });
    await resolved(page, 'CSP');
    await inTheLedger('lock', { code: 'CSP', until: '' });
});

test('period locked: unlocked there, and everything tried again', async ({ page }) => {
    await inTheLedger('lock', { code: 'CSP', until: '2010-12-31' });
    const count = await importAllAnew('CSP', 'unlocked');
    expect(count).toBeGreaterThan(200);
    await find(page, 'CSP');
    await expect(page.getByRole('heading', { name: `${count} records need attention` })).toBeVisible();
    await expect(causes(page)).toContainText('The books are locked up to 31 December 2010');
    await inTheLedger('lock', { code: 'CSP', until: '' });
    await press(page, page.getByRole('button', { name: 'Retry all' }), /^Trying \d+ invoices and \d+ credit notes again\./);
    await resolved(page, 'CSP');
});

test('paid there and changed here: the change is taken back', async ({ page }) => {
    await inTheLedger('payment', { code: 'EGC', document: '536393', paid_on: '2010-12-30', reference: 'BACS 17' });
    await change(page, record('EGC', 'invoice', '536393'), { Reference: 'Order 18' });
    await find(page, 'EGC');
    await expect(row(page, '536393')).toContainText('Paid or credited there, so it cannot change');
    await expect(row(page, '536393')).toContainText('Undo the change here');
    await row(page, '536393').getByRole('link', { name: 'Edit 536393' }).click();
    await page.getByRole('link', { name: 'Change it here…' }).click();
    await page.getByLabel('Reference', { exact: true }).fill('');
    await press(page, page.getByRole('button', { name: 'Save and send' }).last(), /^Saved as version 3\./);
    await expect(page.getByText('Both sides hold version 3.')).toBeVisible({ timeout: 30_000 });
    await expect(status(page)).toContainText('Successfully synced');
    // The money comes in with the next whole sync.
    await page.getByRole('button', { name: 'Start sync' }).click();
    await expect(page.getByRole('region', { name: 'Payments' })).toContainText('BACS 17', { timeout: 60_000 });
    await resolved(page, 'EGC');
});

test('changed on both sides: one is taken over from there, the other kept as it is here', async ({ page }) => {
    for (const number of ['536369', '536371']) {
        await inTheLedger('reference', { code: 'AQE', document: number, reference: `Theirs ${number}` });
        await change(page, record('AQE', 'invoice', number), { Reference: `Ours ${number}` });
        // The sync this starts reads what changed there: it must not meet the second one before it is changed here.
        await expect(status(page)).toContainText('Sync has errors', { timeout: 60_000 });
    }
    await find(page, 'AQE');
    await expect(page.getByRole('heading', { name: '2 records need attention' })).toBeVisible();
    for (const number of ['536369', '536371']) {
        await expect(row(page, number)).toContainText('Changed here and there since the last sync');
        await expect(row(page, number)).toContainText('take over what is there, keep what is here');
        const reference = row(page, number).getByRole('table', { name: 'Both sides' }).getByRole('row', { name: /^Reference/ });
        await expect(reference.getByRole('cell')).toHaveText([`Ours ${number}`, `Theirs ${number} differs`]);
    }
    await press(page, row(page, '536369').getByRole('button', { name: /^Adopt theirs/ }), /^Chose to take over invoice 536369\./);
    await expect(page.getByRole('heading', { name: '1 record needs attention' })).toBeVisible({ timeout: 60_000 });
    await press(page, row(page, '536371').getByRole('button', { name: /^Keep ours/ }), /^Kept our side of invoice 536371\./);
    await resolved(page, 'AQE');
    for (const [number, reference] of [['536369', 'Theirs 536369'], ['536371', 'Ours 536371']]) {
        await page.goto(record('AQE', 'invoice', number));
        await expect(page.locator('#record')).toContainText(reference);
        await expect(page.locator('[aria-labelledby=other-side]')).toContainText('Both sides hold version');
    }
});

test('a problem is set aside, leaves the counts, and is taken up and resolved', async ({ page }) => {
    const number = '537117';
    await importSales('EGC', (one) => {
        one.TrackingOption1 = 'Atlantis';
        return one.InvoiceNumber === number;
    });
    await find(page, 'EGC');
    await expect(row(page, number)).toContainText('Tracking option Region: Atlantis has no match there');
    await row(page, number).getByRole('link', { name: `More about ${number}` }).click();
    await page.locator('tr.trail').getByLabel('Why').fill('The new region is being set up');
    await press(page, page.locator('tr.trail').getByRole('button', { name: `Set aside ${number}` }), /^Set aside 1 invoice until it changes\./);
    await resolved(page, 'EGC');

    await page.goto(`${server.url}/companies/EGC/results`);
    await page.getByRole('link', { name: 'Show what is set aside' }).click();
    await expect(row(page, number)).toContainText('The new region is being set up');
    await row(page, number).getByRole('button', { name: `Take up again ${number}` }).click();
    await expect(page.getByText('Took up 1 invoice again.')).toBeVisible();
    await find(page, 'EGC');
    const cause = causes(page).filter({ hasText: 'Region: Atlantis' });
    await cause.getByLabel('Map tracking option Region: Atlantis to').selectOption('Region: Bahrain');
    await press(page, cause.getByRole('button', { name: 'Map and retry' }), /^Mapped tracking option Region: Atlantis to Region: Bahrain\./);
    await resolved(page, 'EGC');
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('a problem is read to its bottom, from the overview to the very message, and tried again', async ({ page }) => {
        const [number, contact] = ['537671', 'Customer 13267'];
        await inTheLedger('contact', { code: 'BCH', contact, archived: 'true' });
        await change(page, record('BCH', 'invoice', number), { Reference: 'Order 19' });
        await untilStatus('BCH', 'errors');
        await find(page, 'BCH');
        await expect(page.getByRole('heading', { name: '1 record needs attention' })).toBeVisible();
        await row(page, number).getByRole('link', { name: `More about ${number}` }).click();
        await expect(page.getByRole('region', { name: 'What was sent' })).toContainText('Order 19');
        await expect(page.getByRole('region', { name: 'What came back' })).toContainText('must be un-archived');
        const results = page.url();

        await row(page, number).getByRole('rowheader').getByRole('link').click();
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Invoice ${number}`);
        await expect(page.getByRole('heading', { name: `Contact ${contact} is archived` })).toBeVisible();
        await expect(page.locator('#record')).toContainText('Order 19');
        await expect(page.locator('.lines tbody tr')).toHaveCount(15);
        await expect(page.locator('.versions > li').first().locator('ins')).toHaveText(/Order 19/);
        await page.locator('[aria-labelledby=attempts]').getByRole('link', { name: `Contact ${contact} is archived` }).click();

        await expect(page.getByRole('heading', { name: /^Message of / })).toBeVisible();
        await expect(page.getByRole('region', { name: 'What was sent' })).toContainText('"reference": "Order 19"');
        await expect(page.getByRole('region', { name: 'What came back' })).toContainText('must be un-archived');
        await page.locator('main').getByRole('definition').getByRole('link').filter({ has: page.locator('xpath=ancestor::div[dt="Sync"]') }).click();

        await expect(page.getByRole('heading', { name: /^Sync of / })).toBeVisible();
        const stage = page.getByRole('region', { name: 'Stages' }).getByRole('row', { name: /^Invoices and bills/ });
        await expect(stage).toContainText('1');
        await expect(page.getByRole('paragraph').filter({ hasText: `Contact ${contact} is archived` })).toBeVisible();

        await inTheLedger('contact', { code: 'BCH', contact, archived: 'false' });
        await page.goto(results);
        await row(page, number).getByRole('button', { name: `Retry ${number}` }).click();
        await expect(page.getByText(/^Trying 1 invoice again\./)).toBeVisible();
        await expect(async () => {
            await page.goto(`${server.url}/companies/BCH/results`);
            await expect(page.getByRole('heading', { name: 'Nothing needs attention' })).toBeVisible({ timeout: 500 });
        }).toPass({ timeout: 60_000 });
        // The record is through before its sync has ended, and without script a page does not change by itself.
        await expect(async () => {
            await page.goto(`${server.url}/overview?status=synced`);
            await expect(inOverview(page, 'BCH')).toContainText('Successfully synced', { timeout: 500 });
        }).toPass({ timeout: 30_000 });
        await agree('BCH');
    });
});

test.describe('everyone', () => {
    const [conflict, aside, contact] = ['536616', '537247', 'Customer 15525'];
    let paths: string[] = [];

    test.beforeAll(async ({ browser }) => {
        if (!files) return;
        const page = await browser.newPage();
        await letIn(page.context());
        await inTheLedger('reference', { code: 'DRP', document: conflict, reference: 'Theirs' });
        await change(page, record('DRP', 'invoice', conflict), { Reference: 'Ours' });
        await change(page, record('DRP', 'invoice', aside), { 'Account of line 1': '610' });
        await find(page, 'DRP');
        await expect(page.getByRole('heading', { name: '2 records need attention' })).toBeVisible({ timeout: 30_000 });
        await row(page, aside).getByRole('link', { name: `More about ${aside}` }).click();
        await page.locator('tr.trail').getByLabel('Why').fill('Waits for the accountant');
        await page.locator('tr.trail').getByRole('button', { name: `Set aside ${aside}` }).click();
        await expect(page.getByText(/^Set aside 1 invoice until it changes\./)).toBeVisible();
        const id = async (label: string) => (await row(page, label).getAttribute('id'))?.slice('problem-'.length);
        await page.goto(`${server.url}/companies/DRP/results?state=all&since=ever&kind=conflict`);
        const open = await id(conflict);
        await page.goto(record('DRP', 'invoice', aside));
        const attempt = page.locator('[aria-labelledby=attempts]').getByRole('link', { name: 'Account 610 takes no documents' }).first();
        const message = await attempt.getAttribute('href');
        const run = await page.getByRole('link', { name: 'this sync' }).first().getAttribute('href');
        await page.goto(`${record('DRP', 'contact', contact)}?edit=1`);
        const id_of = await page.locator('input[name=id]').first().getAttribute('value');
        paths = [
            `/companies/DRP/results?state=all&since=1-day&open=${open}`,
            new URL(record('DRP', 'invoice', conflict)).pathname,
            new URL(record('DRP', 'invoice', aside)).pathname,
            message ?? '',
            run ?? '',
            `/companies/DRP/unlink?record=contact:${id_of}`,
        ];
        await page.close();
    });

    test('can use the pages that resolve on a phone and a wide screen, light and dark', async ({ page }) => {
        // Each page is read whole, four times.
        test.setTimeout(240_000);
        const violations: string[] = [];
        for (const path of paths) {
            await page.goto(server.url + path);
            await expect(page.locator('h1')).toBeVisible();
            if (path === paths[0]) {
                await expect(row(page, conflict).getByRole('table', { name: 'Both sides' })).toBeVisible();
                await expect(row(page, aside)).toContainText('Waits for the accountant');
            }
            violations.push(...(await allFlaws(page)));
        }
        expect(violations).toEqual([]);
    });
});
