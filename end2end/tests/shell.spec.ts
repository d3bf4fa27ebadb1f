// What every page has: the flag, the way to anywhere, the keys.

import { expect, startServer, test } from './server';

test.describe.configure({ mode: 'default' });
let demo: Awaited<ReturnType<typeof startServer>>;

test.beforeAll(async () => {
    demo = await startServer();
    await demo.tieout('demo');
});
test.afterAll(async () => demo.stop());

test('Ctrl K goes to any company and any page', async ({ page }) => {
    await page.goto(`${demo.url}/import`);
    await expect(page.getByRole('button', { name: /^Go to/ })).toBeVisible();
    const box = page.getByRole('combobox', { name: 'Company name, code or page' });
    // Keys do something once script is awake.
    await expect(async () => {
        await page.keyboard.press('Control+k');
        await expect(box).toBeFocused({ timeout: 500 });
    }).toPass();
    await box.pressSequentially('granary wharf lett');
    const options = page.getByRole('option').filter({ visible: true });
    await expect(options.first()).toContainText('Granary Wharf Lettings');
    await expect(options).toHaveCount(4);
    await page.keyboard.press('ArrowDown');
    await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/companies\/GWL\/messages$/);

    await expect(async () => {
        await page.keyboard.press('Control+k');
        await expect(box).toBeFocused({ timeout: 500 });
    }).toPass();
    await box.fill('zzzz');
    await expect(page.getByText('Nothing is called that.')).toBeVisible();
    await box.fill('overview');
    await expect(options.first()).toContainText('Sync overview');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/overview$/);
});

test('keys are shown, used and turned off', async ({ page }) => {
    await page.goto(`${demo.url}/overview`);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox')).toBeFocused();
    // In a field a key is a letter.
    await page.keyboard.press('?');
    await expect(page.getByRole('searchbox')).toHaveValue('?');
    await page.getByRole('searchbox').fill('');
    await page.locator('body').click({ position: { x: 5, y: 700 } });
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await expect(keys).toBeVisible();
    await keys.getByRole('checkbox').uncheck();
    await keys.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox')).not.toBeFocused();
    await page.reload();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox')).not.toBeFocused();
});

test('the flag says in a word how things stand, and the title counts', async ({ page }) => {
    await expect(async () => {
        const { counts } = JSON.parse((await demo.tieout('status', '--json')).stdout);
        expect(counts.errors + counts['needs-reconnecting'] + counts['incomplete-pipeline']).toBe(5);
    }).toPass({ timeout: 20_000 });
    await page.goto(`${demo.url}/companies/new`);
    const syncs = page.getByRole('button', { name: /^Syncs/ });
    await expect(syncs).toContainText('5 need attention');
    await expect(page).toHaveTitle(/^\(5\) /);
    await syncs.click();
    await expect(page.getByRole('heading', { name: 'Latest problems' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Go to overview' })).toBeVisible();
});
