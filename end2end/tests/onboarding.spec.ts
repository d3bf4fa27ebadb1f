// From a connection to its first sync, on the pages of the wizard: by the keyboard alone, by touch on a phone, without
// JavaScript, and by two people at once.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { HEADER } from './sales';
import { expect, letIn, test } from './server';
import { isWellMade as isWellMadeAt } from './well-made';

let tieout: (...args: string[]) => Promise<string>;
let dataDir: string;
let url: string;

test.beforeAll(({ server }) => {
    ({ dataDir, url } = server);
    tieout = async (...args) => {
        const { code, stdout, stderr } = await server.tieout(...args);
        expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
        return stdout;
    };
});

/** A line of an invoice: contact, number, account, tax rate, region. */
type Line = [contact: string, number: number, account: string, rate: string, region: string];

const LINES: Line[] = [
    ['Marlow Bakery', 1001, '200', '5% (VAT on Income)', 'France'],
    ['Fable Books', 1002, 'rent', '20% full VAT', 'Mars'],
    ['New Shop', 1003, 'sundry', '5% (VAT on Income)', ''],
];

/** A company with documents of its own words, connected to a practice ledger. */
async function prepare(code: string, lines = LINES): Promise<void> {
    const header = HEADER.trim() + ',TrackingName1,TrackingOption1\n';
    const row = ([contact, number, account, rate, region]: Line) =>
        `${contact},United Kingdom,${number},01/12/2025,31/12/2025,Rent,1,100.00,${account},${rate},${region && 'Region'},${region}\n`;
    const file = join(dataDir, `${code}.csv`);
    writeFileSync(file, header + lines.map(row).join(''));
    await tieout('company', 'add', `Company ${code}`, '--code', code);
    await tieout('import', 'sales', '--company', code, file);
    await tieout('connect', '--company', code, '--provider', 'practice');
}

const at = (code: string, step = '') => `/companies/${code}/onboarding${step && `?step=${step}`}`;
const steps = (page: Page) => page.getByRole('navigation', { name: 'Steps of onboarding' });
const current = (page: Page) => steps(page).locator('[aria-current=step]');

/** The window as it is: a phone's, or a screen's. */
const isWellMade = (page: Page) => isWellMadeAt(page, [page.viewportSize()!.width]);

async function untilSynced(code: string): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === `Company ${code}`).status).toBe('synced');
    }).toPass({ timeout: 30_000 });
    await tieout('check');
    const entities = Object.entries(JSON.parse(await tieout('tie-out', '--company', code, '--json')));
    for (const [entity, tied] of entities) expect(tied, entity).toMatchObject({ in_balance: true });
}

/** Tabs on until it is there. */
async function tabTo(page: Page, target: Locator): Promise<void> {
    await expect(target).toBeVisible();
    for (let n = 0; n < 120; n++) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not lead to ${target}`);
}

/** Chooses in a select as the keyboard does: by typing what the choice begins with. */
async function typeChoice(page: Page, select: Locator, words: string): Promise<void> {
    await tabTo(page, select);
    await page.keyboard.type(words);
    await expect(select.locator('option:checked')).toContainText(words);
}

test('is walked by the keyboard alone', async ({ page }) => {
    test.setTimeout(120_000);
    await prepare('KB');
    const press = async (name: string) => {
        await tabTo(page, page.getByRole('button', { name }));
        await page.keyboard.press('Enter');
    };
    await page.goto('/companies/KB/integration');
    await tabTo(page, page.getByRole('link', { name: 'Complete onboarding', exact: true }));
    await page.keyboard.press('Enter');

    await expect(current(page)).toContainText('Tax rates');
    await expect(page.getByText('taxed at 20%').first()).toBeVisible();
    await isWellMade(page);
    const rate = page.getByLabel('Match for tax rate 20% full VAT');
    await expect(rate.locator('optgroup[label=Suggested] option').first()).toContainText('same rate 20%');
    await typeChoice(page, rate, '20% (VAT on Income)');
    await press('Save and continue to accounts');

    await expect(page.getByText('2 matches are saved.')).toBeVisible();
    await expect(current(page)).toContainText('Accounts');
    await isWellMade(page);
    await typeChoice(page, page.getByLabel('Match for account rent'), '210 Rental Income');
    await press('Save and continue to tracking options');

    // The account "sundry" is left for later: the step says so, and so does the last one.
    await expect(current(page)).toContainText('Tracking options');
    await isWellMade(page);
    await typeChoice(page, page.getByLabel('Match for tracking option Region: Mars'), 'Send documents without it');
    await press('Save and continue to contacts');
    await expect(current(page)).toContainText('Contacts');
    await isWellMade(page);
    await press('Save and continue to confirm');

    await expect(current(page)).toContainText('Confirm');
    await isWellMade(page);
    await expect(page.getByText('3 contacts are created there.')).toBeVisible();
    const confirm = page.getByRole('button', { name: 'Confirm and start the initial sync' });
    await expect(confirm).toHaveAttribute('aria-disabled', 'true');
    await tabTo(page, page.getByRole('link', { name: 'account “sundry”' }));
    await page.keyboard.press('Enter');
    await expect(current(page)).toContainText('2 of 3 matched');
    await typeChoice(page, page.getByLabel('Match for account sundry'), '260 Other Revenue');
    await tabTo(page, page.getByRole('button', { name: 'Save', exact: true }));
    await page.keyboard.press('Enter');
    await expect(page.getByText('1 match is saved.')).toBeVisible();

    // Left and come back to: what is to be done is where it was.
    await page.goto(at('KB'));
    await expect(current(page)).toContainText('Confirm');
    await tabTo(page, confirm);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/companies\/KB\/results$/);
    await expect(page.getByText('Onboarding is complete. The initial sync has started.')).toBeVisible();
    await untilSynced('KB');

    // The same pages serve for changing matches.
    await page.goto('/companies/KB/integration');
    await tabTo(page, page.getByRole('link', { name: 'Change matches' }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('navigation', { name: 'Kinds of matches' }).getByRole('listitem')).toHaveCount(3);
    await isWellMade(page);
});

test.describe('on a phone', () => {
    test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

    test('is walked by touch, and another contact is found for one', async ({ page }) => {
        test.setTimeout(120_000);
        await prepare('PH', [
            ['Marlow Bakery', 1001, '200', '20% (VAT on Income)', 'France'],
            ['Fable Books', 1002, '260', '20% (VAT on Income)', ''],
        ]);
        await page.goto(at('PH'));
        for (const [step, next] of [['Tax rates', 'accounts'], ['Accounts', 'tracking options'], ['Tracking options', 'contacts']]) {
            await expect(current(page)).toContainText(step);
            await isWellMade(page);
            await page.getByRole('button', { name: /Accept/ }).tap();
            await expect(page.getByText(/is accepted\.|are accepted\./)).toBeVisible();
            await page.getByRole('button', { name: `Save and continue to ${next}` }).tap();
        }
        await expect(current(page)).toContainText('Contacts');
        await isWellMade(page);
        await page.getByRole('link', { name: 'Find another for Marlow Bakery' }).tap();
        const finder = page.getByRole('region', { name: 'Find a match for “Marlow Bakery”' });
        await finder.getByLabel(/Part of its name/).fill('marlow');
        await finder.getByRole('button', { name: 'Search' }).tap();
        await expect(finder.getByText(/has “marlow” in its name/)).toBeVisible();
        await isWellMade(page);
        await finder.getByRole('link', { name: 'Cancel' }).tap();
        await page.getByRole('button', { name: 'Create all 2 others there' }).tap();
        await expect(page.getByText('2 contacts are to be created there.')).toBeVisible();
        await steps(page).getByRole('link', { name: /Confirm/ }).tap();
        await expect(current(page)).toContainText('Confirm');
        await isWellMade(page);
        await page.getByRole('button', { name: 'Confirm and start the initial sync' }).tap();
        await untilSynced('PH');
    });
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('is complete, and says when a choice cannot be', async ({ page }) => {
        await prepare('NJ');
        await page.goto(at('NJ', 'accounts'));
        await page.getByLabel('Match for account rent').selectOption({ label: '469 Rent (same name)' });
        await page.getByLabel('Match for account sundry').selectOption({ label: '469 Rent' });
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        // What can be is kept, with the other choices; what cannot is said.
        await expect(page.getByText(/2 matches are saved\. Not saved: “469 Rent” cannot stand for both/)).toBeVisible();
        await page.getByLabel('Match for account sundry').selectOption({ label: '260 Other Revenue' });
        await page.getByRole('button', { name: 'Save and continue to tracking options' }).click();
        await page.getByLabel('Match for tracking option Region: Mars').selectOption('leave-out');
        await page.getByRole('button', { name: 'Save and continue to contacts' }).click();
        await page.getByLabel('Search').fill('fable');
        await page.getByRole('button', { name: 'Filter' }).click();
        await expect(page.locator('.matches tbody tr')).toHaveCount(1);
        await page.getByRole('link', { name: 'Clear' }).click();
        await expect(page.locator('.matches tbody tr')).toHaveCount(3);
        await page.goto(at('NJ'));
        await page.getByLabel('Match for tax rate 20% full VAT').selectOption({ index: 1 });
        await page.getByRole('button', { name: 'Save and continue to accounts' }).click();
        await page.goto(at('NJ', 'confirm'));
        await expect(page.getByText('3 invoices dated from 1 Dec 2025 go to Company NJ.')).toBeVisible();
        await page.getByRole('button', { name: 'Read the lists again' }).click();
        await expect(page.getByText('The lists of the accounting side were read again.')).toBeVisible();
        await page.getByRole('button', { name: 'Confirm and start the initial sync' }).click();
        await expect(page.getByText('Onboarding is complete. The initial sync has started.')).toBeVisible();
    });
});

test('two people at the same step keep what each other chose', async ({ page, browser, server }) => {
    await prepare('TW');
    const context = await browser.newContext({ baseURL: url });
    await letIn(context);
    const other = await context.newPage();
    await page.goto(at('TW', 'accounts'));
    await other.goto(url + at('TW', 'accounts'));
    await expect(other.getByText('Live', { exact: true })).toBeVisible();
    await other.getByLabel('Match for account rent').selectOption({ label: '469 Rent (same name)' });
    await page.getByLabel('Match for account rent').selectOption({ label: '210 Rental Income' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('2 matches are saved.')).toBeVisible();
    // What the other one is filling in stays, and the page says that it is out of date.
    await expect(other.getByText('What you are filling in has changed meanwhile.')).toBeVisible({ timeout: 15_000 });
    await expect(other.getByLabel('Match for account rent').locator('option:checked')).toHaveText('469 Rent (same name)');
    await other.getByLabel('Match for account sundry').selectOption({ label: '260 Other Revenue' });
    await other.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(other.getByText(/1 match is saved\. Changed meanwhile and left as it is: “rent”, for which .* chose 210 Rental Income\./)).toBeVisible();
    await expect(other.getByLabel('Match for account rent').locator('option:checked')).toHaveText('210 Rental Income');
    // The first page has followed by itself.
    await expect(page.getByLabel('Match for account sundry').locator('option:checked')).toHaveText('260 Other Revenue', { timeout: 15_000 });

    // Both confirm: the second is told.
    for (const one of [page, other]) {
        await one.goto(url + at('TW', 'tax-rates'));
        await one.getByLabel('Match for tax rate 20% full VAT').selectOption({ index: 1 });
        await one.getByRole('button', { name: 'Save', exact: true }).click();
        await one.goto(url + at('TW', 'tracking'));
        await one.getByLabel('Match for tracking option Region: Mars').selectOption('leave-out');
        await one.getByRole('button', { name: 'Save', exact: true }).click();
    }
    await page.goto(at('TW', 'confirm'));
    const answers: string[] = [];
    for (let n = 0; n < 2; n++) {
        const form = { method: 'POST', body: new URLSearchParams({ code: 'TW' }), headers: { accept: 'application/json' } };
        const answer = await server.fetch('/api/confirm-onboarding', form);
        answers.push(await answer.text());
    }
    expect(answers[0]).toBe('true');
    expect(answers[1]).toContain('Onboarding was confirmed already, by Tester on ');
    await other.context().close();
});

test('an empty company goes straight to the confirmation', async ({ page }) => {
    await tieout('company', 'add', 'Company MT', '--code', 'MT');
    await tieout('connect', '--company', 'MT', '--provider', 'practice');
    await page.goto(at('MT'));
    await expect(current(page)).toContainText('Confirm');
    await expect(page.getByText('there is nothing to match')).toBeVisible();
    await isWellMade(page);
    await page.getByRole('button', { name: 'Confirm and start the initial sync' }).click();
    await expect(page.getByText('Onboarding is complete.')).toBeVisible();
    await untilSynced('MT');
});
