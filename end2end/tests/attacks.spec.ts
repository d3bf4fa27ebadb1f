// Stored script: whatever people type, files hold and the accounting side answers is text on every page, whichever
// field it came through. Chromium itself is the judge: nothing runs, nothing is made of it, no policy has to step in.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, startServer, test } from './server';

test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;

/** Breaks out of text, attributes, titles, scripts and forms; `name` says which field it was stored in. */
const script = (name: string) =>
    `${name}"'></title></textarea></script><img src=x onerror="window.ran='${name}'"><script>window.ran='${name}'</script><svg onload=ran=1>`;
/** The same for fields of 80 characters. */
const short = (name: string) => `${name}"'><img src=x onerror=ran=1><script>ran=1</script>`;
const address = 'javascript:window.ran=1//';
/** What a page shows of it when it is taken for text. */
const SHOWN = '<img src=x onerror=';

const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
const NAMES =
    '*ContactName,EmailAddress,POAddressLine1,POCity,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,InventoryItemCode,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TrackingName1,TrackingOption1';

async function tieout(...args: string[]): Promise<void> {
    const { code, stderr } = await server.tieout(...args);
    expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
}

async function post(path: string, form: Record<string, string>): Promise<Response> {
    const answer = await server.fetch(`/api/${path}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(answer.status, path).toBeLessThan(500);
    return answer;
}

async function done(path: string, form: Record<string, string>): Promise<void> {
    const answer = await post(path, form);
    expect(answer.status, `${path}: ${await answer.text()}`).toBeLessThan(400);
}

/** Invoices whose every text is script; the last of them on an account that the other side does not have open. */
async function documents(): Promise<void> {
    const row = (number: number, contact: string, account: string, tracked = ['', '']) =>
        [
            contact, address, script('street'), script('city'), short('country').slice(0, 50), script(`number${number}`), script('reference'),
            '01/12/2025', '31/12/2025', '<script>ran=1</script>', script('description'), '1', '850.00', account, 'No VAT', ...tracked,
        ].map(quoted).join(',');
    const file = join(server.dataDir, `${short('file').replaceAll('/', '')}.csv`);
    writeFileSync(file, [NAMES, row(1, script('contact'), '200'), row(2, address, '200'), ''].join('\n'));
    await tieout('import', 'sales', '--company', 'XSS', file);
    await tieout('connect', '--company', 'XSS', '--provider', 'practice', '--accept-matches');
    await server.tieout('sync', '--company', 'XSS', '--wait');
    await done('practice-account', { code: 'XSS', account: '200', archived: 'true' });
    writeFileSync(file, [NAMES, row(3, script('contact'), '200'), row(4, script('other'), '<b onload>', [short('tracking'), short('option')]), ''].join('\n'));
    await server.tieout('import', 'sales', '--company', 'XSS', file);
    // The same where nothing is matched yet.
    await server.tieout('import', 'sales', '--company', 'ONB', file);
    await server.tieout('connect', '--company', 'ONB', '--provider', 'practice');
    await server.tieout('sync', '--company', 'XSS', '--wait');
    await post('practice-payment', { code: 'XSS', document: script('number1'), paid_on: '2025-12-02', reference: script('paid') });
    await post('practice-reference', { code: 'XSS', document: script('number2'), reference: script('theirs') });
    await done('set-aside', { code: 'XSS', whole: '1', filter: '', note: script('note') });
    await server.tieout('sync', '--company', 'XSS', '--wait');
}

/** Names of people, companies and of what was asked for. */
async function names(): Promise<void> {
    await tieout('company', 'add', short('company'), '--code', 'XSS');
    await tieout('company', 'add', short('tryton'), '--code', 'TRY');
    await tieout('company', 'add', short('onboarding'), '--code', 'ONB');
    await tieout('company', 'add', short('archived'), '--code', 'OLD');
    await done('archive-company', { code: 'OLD' });
    await done('invite', { name: short('person').slice(0, 80), email: "'onload=ran=1'@example.com", role: 'viewer', sees: 'chosen', companies: 'XSS' });
    // By whoever comes, into the audit log.
    for (const email of [script('stranger'), address]) {
        await fetch(`${server.url}/api/sign-in`, { method: 'POST', body: new URLSearchParams({ email, password: script('guess'), to: address }) });
    }
    for (const path of ['edit-company', 'set-schedule', 'edit-contact']) await post(path, { code: script('code'), name: script('name'), schedule: script('schedule') });
}

/** A Tryton server that gives access to anybody, so that what was entered about it is kept and shown. */
async function tryton(): Promise<void> {
    const other = createServer((_, answer) => answer.setHeader('content-type', 'application/json').end(JSON.stringify('0'.repeat(64))));
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const place = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await post('connect-tryton', { code: 'TRY', server: place, database: short('database'), user: short('user'), sync_from: '', schedule: 'off' });
    await post('connect-tryton', { code: 'TRY', server: address, database: short('database'), user: short('user'), sync_from: '', schedule: 'off' });
    other.close();
}

test.beforeAll(async () => {
    test.setTimeout(120_000);
    server = await startServer();
    await names();
    await documents();
    await tryton();
});
test.afterAll(async () => server.stop());

/** Listens to what a page would do on its own. The browser runs this before anything of the page. */
async function watched(page: Page): Promise<string[]> {
    const seen: string[] = [];
    page.on('dialog', (dialog) => {
        seen.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on('console', (message) => /Content.Security.Policy|Refused to/i.test(message.text()) && seen.push(message.text()));
    await page.exposeFunction('tellOfViolation', (what: string) => void seen.push(what));
    await page.addInitScript(() => {
        const tell = (window as unknown as { tellOfViolation(what: string): void }).tellOfViolation;
        document.addEventListener('securitypolicyviolation', (event) => tell(`${event.violatedDirective}: ${event.blockedURI} on ${location.href}`));
    });
    return seen;
}

/** What on the page was made of script: elements, handlers, addresses that are code, or that it ran. */
const madeOfScript = (page: Page) =>
    page.evaluate(() => {
        const found = [...document.querySelectorAll('img[src=x], svg[onload], iframe, object, embed, base, [onerror], [onload], [onclick], [onfocus]')].map(
            (element) => element.outerHTML,
        );
        for (const element of document.querySelectorAll('a[href], form[action], [formaction], [src]')) {
            const link = element as HTMLAnchorElement & HTMLFormElement & HTMLImageElement;
            for (const place of [element.getAttribute('href'), element.getAttribute('action'), element.getAttribute('formaction'), element.getAttribute('src')])
                if (place !== null && !/^(https?|mailto|data):$/.test(new URL(place, location.href).protocol)) found.push(link.outerHTML);
        }
        for (const script of document.querySelectorAll('script')) if (script.textContent?.includes('ran=')) found.push(script.outerHTML);
        if ('ran' in window) found.push(`it ran: ${String((window as unknown as { ran: unknown }).ran)}`);
        return found;
    });

const START = [
    '/overview', '/import', '/companies/new', '/account', '/settings/integrations', '/settings/companies', '/settings/companies?archived=true',
    '/settings/companies/import', '/settings/people', '/settings/audit', '/companies/TRY/integration', '/companies/ONB/onboarding', '/companies/ONB/integration', '/companies/OLD/settings',
    ...['results', 'results?state=aside', 'messages', 'integration', 'onboarding', 'import', 'settings', 'unlink'].map((page) => `/companies/XSS/${page}`),
];

/** How many pages of one shape are enough: of twenty messages the twentieth shows nothing new. */
const OF_A_SHAPE = 2;
const shapeOf = (path: string) => path.replace(/\?.*/, '').replace(/(records|messages|runs|people)\/(invoice\/|credit-note\/|contact\/|payment\/)?[^/]+/, '$1/$2*');

test('script that was stored is text on every page', async ({ page }) => {
    test.setTimeout(240_000);
    const seen = await watched(page);
    const waiting = [...START];
    const visited = new Set<string>();
    const shapes = new Map<string, number>();
    let shown = 0;
    while (waiting.length > 0) {
        const path = waiting.shift()!;
        const shape = shapeOf(path);
        const times = shapes.get(shape) ?? 0;
        if (visited.has(path) || times >= OF_A_SHAPE) continue;
        visited.add(path);
        shapes.set(shape, times + 1);
        const answer = await page.goto(server.url + path);
        expect(answer?.status(), path).toBeLessThan(500);
        // Islands wake, and what they bring must be text too.
        await page.waitForLoadState('networkidle');
        expect(await madeOfScript(page), path).toEqual([]);
        if ((await page.locator('body').innerText()).includes(SHOWN)) shown += 1;
        const links = await page.locator('a[href]').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
        for (const link of links.map((href) => new URL(href))) {
            if (link.origin === server.url && !/\.(csv|ndjson)$/.test(link.pathname)) waiting.push(link.pathname + link.search);
        }
    }
    expect(seen).toEqual([]);
    expect(visited.size, [...visited].join('\n')).toBeGreaterThan(30);
    expect(shown, 'pages that show script as text').toBeGreaterThan(10);
    for (const shape of ['/companies/XSS/records/invoice/*', '/companies/XSS/records/contact/*', '/companies/XSS/messages/*', '/settings/people/*'])
        expect([...shapes.keys()], 'pages that were found').toContain(shape);
});

test('script in an address or a notice is text too', async ({ page, context }) => {
    test.setTimeout(120_000);
    const seen = await watched(page);
    const text = encodeURIComponent(script('asked'));
    const parts = ['q', 'status', 'text', 'level', 'run', 'id', 'company', 'document', 'before', 'error', '__err', 'edit[number]', 'number', 'contact', 'to', 'token', 'name', 'email', 'cause'];
    const query = parts.map((part) => `${encodeURIComponent(part)}=${text}`).join('&');
    const paths = [...START, '/sign-in', '/enter', '/set-up', '/choose-password', '/second-factor', `/companies/${text}/results`, `/${text}`, '/settings/people/x'];
    for (const path of paths) {
        const notice = encodeURIComponent(`-${script('notice')}`);
        await context.addCookies([{ name: 'tieout-notice', value: notice, url: server.url }]);
        const answer = await page.goto(`${server.url}${path.split('?')[0]}?${query}`);
        expect(answer?.status(), path).toBeLessThan(500);
        await page.waitForLoadState('networkidle');
        expect(await madeOfScript(page), path).toEqual([]);
    }
    expect(seen).toEqual([]);
});
