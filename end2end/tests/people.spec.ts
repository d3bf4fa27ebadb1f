// Who is let in: the link that sets a server up, invitations, passwords, what those see who see some companies only, and
// the end of a session while a page is open.

import { createHmac } from 'node:crypto';
import { expect, letIn, signedIn, startServer, test } from './server';
import { isWellMade } from './well-made';

const PASSWORD = 'mauve otter ferry lamp';

/** The link the server shows when it starts. */
const shown = (log: string) => /http:\/\/\S+\?token=\S+/.exec(log)?.[0] ?? 'no link';

/** What a device shows that was given this secret, so many half minutes from now (RFC 6238). */
function codeOf(secret: string, later = 0): string {
    const bits = [...secret.replace(/\s/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
    const bytes = Buffer.from(bits.join('').match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
    const digest = createHmac('sha1', bytes).update(counter).digest();
    const offset = digest[19] & 15;
    return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('the link of a new server makes the first administrator, once', async ({ page }) => {
    const server = await startServer({}, false);
    try {
        await page.goto(`${server.url}/overview`);
        await expect(page).toHaveURL(`${server.url}/sign-in?to=%2Foverview`);
        await isWellMade(page);
        const link = shown(server.log());
        await page.goto(link);
        await isWellMade(page);
        await page.getByLabel('Your name').fill('Ada Albion');
        await page.getByLabel('E-mail address').fill('ada@example.com');
        await page.getByLabel('Password').fill('password123');
        await page.getByRole('button', { name: 'Begin', exact: true }).click();
        await expect(page.getByText('This password is easy to guess')).toBeVisible();
        await page.getByLabel('Your name').fill('Ada Albion');
        await page.getByLabel('E-mail address').fill('ada@example.com');
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Begin', exact: true }).click();
        await expect(page.getByRole('button', { name: 'Start empty' })).toBeVisible();
        await page.goto(link);
        await expect(page.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
        await page.goto(`${server.url}/account`);
        await expect(page.getByText('Administrator, all companies')).toBeVisible();
        await isWellMade(page);
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
        await page.goto(`${server.url}/settings/people`);
        await page.getByLabel('E-mail address').fill('ada@example.com');
        await page.getByLabel('Password').fill('not the password');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByText('The e-mail address or the password is not right.')).toBeVisible();
        await page.getByLabel('E-mail address').fill('ADA@example.com');
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        // Where they wanted to go.
        await expect(page.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
    } finally {
        await server.stop();
    }
});

test('the link of a new server leads into the practice group, without a password', async ({ page }) => {
    const server = await startServer({}, false);
    try {
        await page.goto(shown(server.log()));
        await page.getByRole('button', { name: 'Explore with practice companies' }).click();
        await expect(page.getByRole('heading', { name: 'Sync overview' })).toBeVisible();
        await expect(page.getByText('Live', { exact: true })).toBeVisible();
    } finally {
        await server.stop();
    }
});

test('somebody invited sees the companies chosen for them, and is out when an administrator says so', async ({ page, browser }) => {
    const server = await startServer();
    await letIn(page.context());
    try {
        for (const [name, code] of [['Albion Quay Estates', 'AQE'], ['Bramley Court Holdings', 'BCH']])
            expect((await server.tieout('company', 'add', name, '--code', code)).code).toBe(0);
        await page.goto(`${server.url}/settings/people`);
        await page.getByLabel('Name', { exact: true }).fill('Lee Lane');
        await page.getByLabel('E-mail address').fill('lee@example.com');
        await page.getByLabel('Role').selectOption('viewer');
        await page.getByLabel('Sees').selectOption('chosen');
        await page.getByLabel('Companies').fill('BCH');
        await page.getByRole('button', { name: 'Make a link' }).click();
        const notice = await page.getByText('Give Lee Lane this link').textContent();
        await expect(page.getByRole('row', { name: /Lee Lane/ })).toContainText('No password yet');
        await isWellMade(page);

        const theirs = await browser.newContext();
        const lee = await theirs.newPage();
        await lee.goto(shown(notice ?? ''));
        await isWellMade(lee);
        await lee.getByLabel('Password').fill(PASSWORD);
        await lee.getByRole('button', { name: 'Choose it and sign in' }).click();
        await expect(lee.getByRole('row', { name: /Bramley Court Holdings/ })).toBeVisible();
        await expect(lee.getByText('Albion Quay')).toHaveCount(0);
        await expect(lee.locator('.tiles').getByRole('button', { name: /Not connected/ })).toContainText('1');
        expect((await lee.goto(`${server.url}/companies/AQE/results`))?.status()).toBe(404);
        expect((await lee.goto(`${server.url}/settings/people`))?.status()).toBe(403);
        await expect(lee.getByText('This is for administrators')).toBeVisible();
        await lee.goto(`${server.url}/companies/BCH/integration`);
        await expect(lee.getByRole('button', { name: 'Connect', exact: true })).toBeHidden();
        await lee.goto(`${server.url}/overview`);
        await expect(lee.getByText('Live', { exact: true })).toBeVisible();

        await page.getByRole('link', { name: 'Change Lee Lane' }).click();
        await isWellMade(page);
        await page.getByRole('button', { name: 'Disable' }).click();
        await expect(page.getByText('Lee Lane is signed out everywhere and cannot sign in any more.')).toBeVisible();
        await expect(lee.getByText('Signed out: reload to sign in')).toBeVisible({ timeout: 10_000 });
        await lee.reload();
        await expect(lee.getByRole('heading', { name: 'Sign in' })).toBeVisible();
        await lee.getByLabel('E-mail address').fill('lee@example.com');
        await lee.getByLabel('Password').fill(PASSWORD);
        await lee.getByRole('button', { name: 'Sign in' }).click();
        await expect(lee.getByText('The e-mail address or the password is not right.')).toBeVisible();
        await theirs.close();

        await page.goto(`${server.url}/settings/audit`);
        await expect(page.getByRole('row').filter({ hasText: 'disable-person' })).toContainText('lee@example.com');
        await isWellMade(page);
        await page.getByRole('searchbox').fill('sign-in');
        await page.getByRole('button', { name: 'Find' }).click();
        await expect(page.getByRole('row').filter({ hasText: 'Refused' })).toContainText('nobody');
        await expect(page.getByRole('row').filter({ hasText: 'Refused' })).toContainText('lee@example.com: The e-mail address');
    } finally {
        await server.stop();
    }
});

test('a second factor is set up, asked for, and each of its codes opens once', async ({ browser, server }) => {
    const grace = { email: 'grace@example.com', name: 'Grace Granary', role: 'accountant' };
    const context = await browser.newContext({ baseURL: server.url });
    await letIn(context, server.url, await signedIn(server, grace));
    const page = await context.newPage();
    await page.goto('/account');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('button', { name: 'Set it up' }).click();
    await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
    await isWellMade(page);
    const secret = (await page.locator('section:has(#second-factor) code').textContent()) ?? '';
    await page.getByLabel('The code it shows').fill('000000');
    await page.getByRole('button', { name: 'Ask for it from now on' }).click();
    await expect(page.getByText('The code is not the one the device shows now.')).toBeVisible();
    const first = codeOf(secret);
    await page.getByLabel('The code it shows').fill(first);
    await page.getByRole('button', { name: 'Ask for it from now on' }).click();
    const notice = (await page.getByText('Keep these; each opens once:').textContent()) ?? '';
    const recovery = notice.match(/\b(?:[a-z2-7]{4}-){5}[a-z2-7]{4}\b/g) ?? [];
    expect(recovery).toHaveLength(8);
    await expect(page.getByText('8 recovery codes are left.')).toBeVisible();

    const signIn = async (code: string) => {
        await context.clearCookies();
        await page.goto('/settings/companies');
        await page.getByLabel('E-mail address').fill(grace.email);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
        // Half way in is not in.
        expect((await page.goto('/account'))?.url()).toContain('/sign-in');
        await page.goto('/second-factor');
        await page.getByLabel('Code').fill(code);
        await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await signIn(first);
    await expect(page.getByText('The code is not right, or was used already.')).toBeVisible();
    await isWellMade(page);
    await signIn(codeOf(secret, 1));
    await expect(page.getByRole('heading', { name: 'Companies', level: 1 })).toBeVisible();
    await signIn(recovery[0].toUpperCase());
    await expect(page.getByRole('heading', { name: 'Companies', level: 1 })).toBeVisible();
    await signIn(recovery[0]);
    await expect(page.getByText('The code is not right, or was used already.')).toBeVisible();
    await signIn(recovery[1]);
    await page.goto('/account');
    await expect(page.getByText('6 recovery codes are left.')).toBeVisible();
    await page.getByLabel('Code', { exact: true }).fill(recovery[2]);
    await page.getByRole('button', { name: 'Take it away' }).click();
    await expect(page.getByText('The second factor is taken away')).toBeVisible();
    await context.close();
});

test('a token made on the account page lets a program act, until it is taken back', async ({ browser, server }) => {
    const kim = { email: 'kim@example.com', name: 'Kim Keel', role: 'accountant' };
    const context = await browser.newContext({ baseURL: server.url });
    await letIn(context, server.url, await signedIn(server, kim));
    const page = await context.newPage();
    await page.goto('/account');
    await expect(page.getByText('There is no token.')).toBeVisible();
    await expect(page.getByLabel('Role').getByRole('option')).toHaveText([/^Viewer/, /^Accountant/]);
    await page.getByLabel('Name', { exact: true }).fill('Nightly export');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const held = /tieout_[\w-]{43}/.exec((await page.getByText('Keep this token').textContent()) ?? '')?.[0] ?? 'none';
    await expect(page.getByRole('row', { name: /Nightly export/ })).toContainText('Not yet');
    await isWellMade(page);
    const asked = () => fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${held}` } });
    expect(await (await asked()).json()).toMatchObject({ email: kim.email, role: 'viewer' });
    await page.reload();
    await expect(page.getByText('Keep this token')).toBeHidden();
    await expect(page.getByRole('row', { name: /Nightly export/ })).toContainText('from 127.');
    await page.getByRole('button', { name: 'Take back Nightly export' }).click();
    await expect(page.getByText('There is no token.')).toBeVisible();
    expect((await asked()).status).toBe(401);
    await context.close();
});

test('who may not change a connection sees it, and is offered no button', async ({ browser, server }) => {
    await server.tieout('company', 'add', 'Corran Wharf', '--code', 'CW');
    await server.tieout('connect', '--company', 'CW', '--provider', 'practice', '--accept-matches');
    const pages = ['/companies/CW/integration', '/companies/CW/settings', '/companies/CW/onboarding', '/companies/new'];
    // What a form sends that neither asks the server for a page nor concerns one's own account.
    const offered = 'form[method="post"]:not(.own) button:not([type="button"]):visible';
    for (const [role, may] of [['manager', true], ['accountant', false], ['viewer', false]] as const) {
        const context = await browser.newContext({ baseURL: server.url });
        await letIn(context, server.url, await signedIn(server, { email: `${role}@example.com`, name: role, role }));
        const page = await context.newPage();
        for (const place of pages) {
            await page.goto(place);
            const changes = page.locator('main fieldset.only').locator(offered);
            if (may) expect(await changes.count(), `${role} ${place}`).toBeGreaterThan(0);
            else {
                await expect(changes, `${role} ${place}`).toHaveCount(0);
                await expect(page.locator('main fieldset.only :is(input:not([type="hidden"]), select):enabled')).toHaveCount(0);
            }
            if (role === 'accountant' && place === pages[0]) await isWellMade(page);
        }
        await page.goto('/settings/integrations');
        await expect(page.getByRole('button', { name: 'Pause everything…' })).toHaveCount(may ? 1 : 0);
        await page.goto('/overview');
        await expect(page.getByRole('link', { name: 'Add company' })).toHaveCount(may ? 1 : 0);
        await context.close();
    }
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('one signs in, sees where else one is signed in, and ends it', async ({ browser, server }) => {
        const ada = { email: 'ada@example.com', name: 'Ada Albion', role: 'manager' };
        const elsewhere = await signedIn(server, ada);
        const context = await browser.newContext({ javaScriptEnabled: false });
        await letIn(context, server.url, await signedIn(server, ada));
        const page = await context.newPage();
        await page.goto(`${server.url}/account`);
        await expect(page.getByRole('row')).toHaveCount(3);
        await page.getByRole('button', { name: 'End', exact: true }).click();
        await expect(page.getByText('That session is ended.')).toBeVisible();
        expect((await fetch(`${server.url}/api/me`, { headers: { cookie: elsewhere } })).status).toBe(401);
        await page.getByLabel('New password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Change it' }).click();
        await expect(page.getByText('The password is changed.')).toBeVisible();
        await page.getByRole('button', { name: 'Sign out', exact: true }).click();
        await page.getByLabel('E-mail address').fill(ada.email);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.goto(`${server.url}/account`);
        await expect(page.getByRole('heading', { name: 'Ada Albion' })).toBeVisible();
        await context.close();
    });
});
