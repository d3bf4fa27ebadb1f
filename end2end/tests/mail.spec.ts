// Letters: an invitation, and a password that was forgotten, with and without script.

import { linkIn, openPostOffice } from './post';
import { expect, letIn, startServer, test } from './server';
import { isWellMade } from './well-made';

const PASSWORD = 'mauve otter ferry lamp';
const ANOTHER = 'another ferry lamp otter';

for (const javaScriptEnabled of [true, false])
    test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
        // axe itself is a script.
        const looksWell = javaScriptEnabled ? isWellMade : async () => {};

        test('somebody is invited by letter, forgets the password, and chooses another through a second one', async ({ browser }) => {
            const post = await openPostOffice();
            const server = await startServer(post.settings);
            try {
                const office = await browser.newContext({ javaScriptEnabled });
                await letIn(office, server.url, server.cookie);
                const administrator = await office.newPage();
                await administrator.goto(`${server.url}/settings/people`);
                await administrator.getByLabel('Name', { exact: true }).fill('Ada Älbion');
                await administrator.getByLabel('E-mail address').fill('ada@example.com');
                await administrator.getByRole('button', { name: 'Send an invitation' }).click();
                await expect(administrator.getByText('A link was sent to ada@example.com; it can be used once, within 7 days.')).toBeVisible();
                expect(await administrator.content()).not.toContain('token=');

                const home = await browser.newContext({ javaScriptEnabled });
                const page = await home.newPage();
                await page.goto(server.url + linkIn(post.letters[0]));
                await expect(page.getByText('Ada Älbion')).toBeVisible();
                await page.getByLabel('Password').fill(PASSWORD);
                await page.getByRole('button', { name: 'Choose it and sign in' }).click();
                await page.goto(`${server.url}/account`);
                await page.getByRole('button', { name: 'Sign out', exact: true }).click();

                await page.getByRole('link', { name: 'Forgot your password?' }).click();
                await expect(page.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible();
                await looksWell(page);
                await page.getByLabel('E-mail address').fill('ada@example.com');
                await page.getByRole('button', { name: 'Send me a link' }).click();
                await expect(page.getByText('If there is an account with that address, a letter is on its way.')).toBeVisible();
                await expect(page).toHaveURL(`${server.url}/sign-in`);
                await looksWell(page);
                await expect.poll(() => post.letters.filter(({ to }) => to === 'ada@example.com').length).toBe(3);
                const [, told, forgotten] = post.letters;
                expect(told.text).toContain('was set on');
                await page.goto(server.url + linkIn(forgotten));
                await page.getByLabel('Password').fill(ANOTHER);
                await page.getByRole('button', { name: 'Choose it and sign in' }).click();
                await page.goto(`${server.url}/account`);
                await expect(page.getByRole('heading', { name: 'Ada Älbion' })).toBeVisible();
                await page.goto(server.url + linkIn(forgotten));
                await expect(page.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
                await Promise.all([office.close(), home.close()]);
            } finally {
                await server.stop();
                await post.close();
            }
        });
    });

test('where no letters are sent, the pages say whom to ask', async ({ browser, server }) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await expect(page.getByText('An administrator makes you a link for a new one')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Forgot your password?' })).toHaveCount(0);
    await page.goto(`${server.url}/forgot-password`);
    await expect(page.getByText('This server sends no letters.')).toBeVisible();
    await isWellMade(page);
    await context.close();
});
