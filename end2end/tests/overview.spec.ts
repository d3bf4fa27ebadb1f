// The overview by mouse, by keyboard, live and without script.

import { expect, startServer, test } from './server';

// One practice group for all, and one test after the other: some of them change it.
test.describe.configure({ mode: 'default' });
let demo: Awaited<ReturnType<typeof startServer>>;

test.beforeAll(async () => {
    demo = await startServer();
    await demo.tieout('demo', '--companies', '60');
});
test.afterAll(async () => demo.stop());

const rows = (page: import('@playwright/test').Page) => page.locator('table.companies tbody tr');
const live = (page: import('@playwright/test').Page) => expect(page.getByText('Live', { exact: true })).toBeVisible();

test('typing searches, says so in the address, and Back returns to what was before', async ({ page }) => {
    await page.goto(`${demo.url}/overview`);
    await live(page);
    await page.getByRole('button', { name: /^Sort/ }).click();
    await page.getByRole('link', { name: 'Name, A to Z' }).click();
    await expect(page).toHaveURL(/sort=name$/);
    await page.getByRole('searchbox').pressSequentially('granary');
    await expect(page).toHaveURL(/q=granary/);
    await expect(rows(page).first()).toContainText('Granary Wharf');
    // The tiles count under the search; what was typed letter by letter is one step back.
    await expect(page.getByText(/of \d+ companies/)).toContainText(/^1–\d of \d companies/);
    await page.goBack();
    await expect(page).not.toHaveURL(/granary/);
    await expect(page.getByRole('searchbox')).toHaveValue('');
});

test('what is typed while an answer is under way stays as it is typed', async ({ page }) => {
    await page.goto(`${demo.url}/overview`);
    await live(page);
    await page.route('**/api/overview**', (route) => new Promise((later) => setTimeout(later, 300)).then(() => route.continue()));
    // Slow enough to be searched for letter by letter, and each answer comes after the next letter.
    await page.getByRole('searchbox').pressSequentially('granary w', { delay: 260 });
    await expect(page).toHaveURL(/q=granary\+w&?/);
    await expect(page.getByRole('searchbox')).toHaveValue('granary w');
    await expect(rows(page).first()).toContainText('Granary Wharf');
});

test('tiles toggle, and Ctrl or Shift adds', async ({ page }) => {
    await page.goto(`${demo.url}/overview`);
    await live(page);
    const tile = (name: RegExp) => page.locator('.tiles').getByRole('button', { name });
    await tile(/Not connected/).click();
    await tile(/Needs reconnecting/).click({ modifiers: ['Control'] });
    await expect(page).toHaveURL(/status=(not-connected,needs-reconnecting|needs-reconnecting,not-connected)/);
    await expect(tile(/Not connected/)).toHaveAttribute('aria-pressed', 'true');
    await tile(/Sync has errors/).click({ modifiers: ['Shift'] });
    await expect(tile(/Sync has errors/)).toHaveAttribute('aria-pressed', 'true');
    await expect(tile(/Needs reconnecting/)).toHaveAttribute('aria-pressed', 'true');
    // Alone, it replaces what was chosen; again, it clears.
    await tile(/Not connected/).click();
    await expect(page).toHaveURL(/status=not-connected$/);
    await tile(/Not connected/).click();
    await expect(page).toHaveURL(/\/overview$/);
});

test('the counts beside each choice leave its own filter out', async ({ page }) => {
    await page.goto(`${demo.url}/overview?status=not-connected&provider=practice`);
    await expect(page.getByText('Nothing matches')).toBeVisible();
    // 60 companies of which 24 have books: the rest, and those never connected, are under no provider.
    await expect(page.locator('.tiles').getByRole('button', { name: /Not connected/ })).toContainText('0');
    await page.getByRole('link', { name: 'Clear filters' }).last().click();
    await expect(rows(page)).toHaveCount(25);
});

test('the list of statuses and the menu of a row go by keyboard alone', async ({ page }) => {
    await page.goto(`${demo.url}/overview`);
    await live(page);
    await page.getByRole('button', { name: 'Status: all' }).press('Enter');
    const list = page.getByRole('listbox', { name: 'Status' });
    await expect(list).toBeFocused();
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    await expect(page).toHaveURL(/status=incomplete-pipeline/);
    await page.keyboard.press('s');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/status=(synced,incomplete-pipeline|incomplete-pipeline,synced)/);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Status: 2 chosen' })).toBeFocused();

    await page.goto(`${demo.url}/overview?status=not-connected`);
    await live(page);
    const button = rows(page).first().getByRole('button', { name: /^More actions for/ });
    await button.focus();
    await page.keyboard.press('ArrowDown');
    const start = page.getByRole('menuitem', { name: /^Start sync/ });
    await expect(start).toBeFocused();
    // What cannot be done says why, and does nothing.
    await expect(start).toHaveAttribute('aria-disabled', 'true');
    await expect(start).toContainText('Not connected: connect accounting software');
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('menuitem', { name: 'Integration settings', exact: true })).toBeFocused();
    await page.keyboard.press('v');
    await expect(page.getByRole('menuitem', { name: 'View message log' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(button).toBeFocused();
    await expect(page.getByRole('menu')).toBeHidden();
});

test('a status says what it means and what to do next, to whoever points, focuses or taps', async ({ page }) => {
    await page.goto(`${demo.url}/overview?status=needs-reconnecting`);
    const badge = rows(page).first().getByRole('button', { name: 'Needs reconnecting' });
    const tip = page.getByRole('tooltip').filter({ hasText: 'The accounting software no longer lets us in' });
    await expect(tip.first()).toBeHidden();
    await badge.hover();
    await expect(tip.first()).toBeVisible();
    await page.mouse.move(0, 0);
    await expect(tip.first()).toBeHidden();
    await badge.focus();
    await expect(tip.first()).toContainText('Reconnect in Integration settings.');
});

test('pages turn, their size is a choice, and late pages exist', async ({ page }) => {
    await page.goto(`${demo.url}/overview?sort=name`);
    await live(page);
    const first = await rows(page).first().textContent();
    await page.getByRole('link', { name: 'Next ›' }).click();
    await expect(page).toHaveURL(/page=2/);
    await expect(rows(page).first()).not.toHaveText(first!);
    await page.getByRole('navigation', { name: 'Pages of the list' }).getByRole('link', { name: '50', exact: true }).click();
    await expect(rows(page)).toHaveCount(50);
    await page.goto(`${demo.url}/overview?sort=name&page=99`);
    await expect(page.getByText('51–60 of 60 companies')).toBeVisible();
});

test('Start sync marks its row at the click, before the server has answered', async ({ page }) => {
    await page.goto(`${demo.url}/overview?status=synced&rows=25`);
    await live(page);
    await page.route('**/api/start-sync*', async (route) => {
        await new Promise((later) => setTimeout(later, 1_500));
        await route.continue();
    });
    const row = rows(page).first();
    const name = (await row.getByRole('link').first().textContent())!;
    await row.getByRole('button', { name: /^More actions/ }).click();
    await page.getByRole('menuitem', { name: 'Start sync' }).click();
    await expect(row).toContainText('In progress', { timeout: 500 });
    await expect(row).toContainText('Starting');
    await expect(rows(page).filter({ hasText: name })).toContainText('Successfully synced', { timeout: 15_000 });
});

test('several at once: ticked rows start together', async ({ page }) => {
    await page.goto(`${demo.url}/overview?status=synced`);
    await live(page);
    for (const place of [0, 1]) await rows(page).nth(place).getByRole('checkbox').check();
    await page.getByRole('banner').getByRole('button', { name: /^Syncs/ }).click();
    await expect(page.getByRole('button', { name: 'Start sync of 2' })).toBeVisible();
    await page.keyboard.press('Escape');
    const posted = page.waitForRequest('**/api/start-sync*');
    await page.locator('.page-header').getByRole('button', { name: /Start sync/ }).click();
    expect(((await posted).postData() ?? '').match(/codes/g)).toHaveLength(2);
    await expect(rows(page).nth(0).getByRole('checkbox')).not.toBeChecked();
});

test('a server that does not answer is said, counted down, and found again', async ({ page, context }) => {
    await page.goto(`${demo.url}/overview`);
    await live(page);
    await context.setOffline(true);
    await expect(page.getByText(/^Reconnecting/)).toBeVisible({ timeout: 10_000 });
    await context.setOffline(false);
    await live(page);
});

test('an unchanged poll is tiny, and a changed one brings only what changed', async ({ page }) => {
    await page.goto(`${demo.url}/overview?q=bramley`);
    await live(page);
    await expect(async () => {
        const answer = await page.waitForResponse((response) => response.url().includes('/api/changes'));
        const sizes = await answer.request().sizes();
        expect(sizes.responseBodySize + sizes.responseHeadersSize).toBeLessThan(400);
    }).toPass();
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('tiles, search, pages and a sync work', async ({ page }) => {
        await page.goto(`${demo.url}/overview`);
        const tile = page.locator('.tiles').getByRole('button', { name: /Successfully synced/ });
        await tile.click();
        await expect(page).toHaveURL(/status=synced/);
        await expect(tile).toHaveAttribute('aria-pressed', 'true');
        await tile.click();
        await page.getByRole('searchbox').fill('quay');
        await page.getByRole('searchbox').press('Enter');
        await expect(page).toHaveURL(/q=quay/);
        await expect(rows(page).first()).toContainText('Albion Quay');

        await page.goto(`${demo.url}/overview?sort=name`);
        await page.getByRole('link', { name: 'Next ›' }).click();
        await expect(page).toHaveURL(/page=2/);

        await page.goto(`${demo.url}/overview?status=synced`);
        await rows(page).first().getByRole('checkbox').check();
        await page.locator('.page-header').getByRole('button', { name: /Start sync/ }).click();
        await expect(page.getByText('1 sync started.')).toBeVisible();
        await rows(page).first().getByRole('link', { name: /^View results/ }).click();
        // The list it was reached from goes along.
        await expect(page).toHaveURL(/\/results\?list=status%3Dsynced&at=(synced|in-progress)$/);

        // The status list applies with a button.
        await page.goto(`${demo.url}/overview`);
        await page.getByRole('button', { name: 'Status: all' }).click();
        await page.getByRole('checkbox', { name: /Needs reconnecting/ }).check();
        await page.getByRole('button', { name: 'Apply' }).first().click();
        await expect(page).toHaveURL(/status=needs-reconnecting/);
        await expect(rows(page)).toHaveCount(1);
    });
});

for (const [width, colorScheme] of [[360, 'light'], [2560, 'dark']] as const)
    test(`nothing spills at ${width} px`, async ({ page }) => {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.goto(`${demo.url}/overview`);
        const spilt = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(spilt).toBeLessThanOrEqual(0);
    });
