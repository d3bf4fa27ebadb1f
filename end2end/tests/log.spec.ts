// The message log: narrowed, linked to, followed, downloaded; and the page of one sync.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { HEADER, line } from './sales';
import { expect, startServer, test } from './server';
import { allFlaws } from './well-made';

test.describe.configure({ mode: 'default' });
let server: Awaited<ReturnType<typeof startServer>>;

test.beforeAll(async () => {
    server = await startServer();
    await addCompany('LG', 12);
    await inTheLedger('account', { code: 'LG', account: '200', archived: 'true' });
    await importInvoices('LG', 1100, 1);
    await untilStatus('LG', 'errors');
});
test.afterAll(async () => server.stop());

/** As an operator does, who expects it to work. */
async function tieout(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await server.tieout(...args);
    expect(code, stderr).toBe(0);
    return stdout;
}

async function importInvoices(code: string, first: number, count: number): Promise<void> {
    const file = join(server.dataDir, `${code}.csv`);
    writeFileSync(file, HEADER + Array.from({ length: count }, (_, n) => line(first + n)).join(''));
    await tieout('import', 'sales', '--company', code, file);
}

/** A company with so many invoices, synced. */
async function addCompany(code: string, invoices: number): Promise<void> {
    await tieout('company', 'add', `Company ${code}`, '--code', code);
    await importInvoices(code, 1001, invoices);
    await tieout('connect', '--company', code, '--provider', 'practice', '--accept-matches');
    await untilStatus(code, 'synced');
}

async function inTheLedger(what: string, form: Record<string, string>): Promise<void> {
    const answer = await server.fetch(`/api/practice-${what}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(answer.status).toBeLessThan(400);
}

async function untilStatus(code: string, status: string): Promise<void> {
    await expect(async () => {
        const { companies } = JSON.parse(await tieout('status', '--json'));
        expect(companies.find((company: { name: string }) => company.name === `Company ${code}`).status).toBe(status);
    }).toPass({ timeout: 20_000 });
}

const rows = (page: Page) => page.locator('.log tbody tr');
const ids = (page: Page) => rows(page).evaluateAll((all) => all.map((row) => row.id));

for (const javaScriptEnabled of [true, false])
    test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
        test.use({ javaScriptEnabled });

        test('the log is narrowed, and leads to a message, its record’s others and its sync', async ({ page }) => {
            await page.goto(`${server.url}/companies/LG/messages`);
            await page.getByLabel('Level').selectOption('Error');
            await page.getByLabel('Direction').selectOption('Outgoing');
            await page.getByRole('button', { name: 'Filter' }).click();
            await expect(page).toHaveURL(/direction=out&level=error/);
            await expect(rows(page)).toHaveCount(1);
            const row = rows(page).first();
            await expect(row).toContainText('Account 200 is archived');
            // To its record, which the log can be narrowed to.
            await expect(row.getByRole('link', { name: '1100' })).toHaveAttribute('href', /^\/companies\/LG\/records\/invoice\/[0-9a-f-]{36}$/);

            await row.locator('time').click();
            await expect(page).toHaveURL(/\/companies\/LG\/messages\/[0-9a-f-]{36}$/);
            await expect(page.getByRole('heading', { name: /^Message of / })).toBeVisible();
            await expect(page.getByRole('region', { name: 'What was sent' })).toContainText('"number": "1100"');
            await expect(page.getByRole('region', { name: 'What came back' })).toContainText('archived');
            const address = page.url();

            await page.getByRole('link', { name: 'All messages of this record' }).click();
            await expect(page).toHaveURL(/entity=invoice&record=[0-9a-f-]{36}$/);
            await expect(rows(page)).toHaveCount(1);
            await expect(page.getByRole('search')).toContainText('Invoice 1100');
            // The record stays chosen until it is let go.
            await page.getByLabel('Level').selectOption('Info');
            await page.getByRole('button', { name: 'Filter' }).click();
            await expect(page.getByText('No message matches')).toBeVisible();
            await page.getByRole('link', { name: 'All records' }).click();
            await expect(page).toHaveURL(/\?level=info$/);

            await page.goto(address);
            await page.getByRole('definition').getByRole('link').filter({ has: page.locator('xpath=ancestor::div[dt="Sync"]') }).click();
            await expect(page).toHaveURL(/\/companies\/LG\/runs\/[0-9a-f-]{36}$/);
            await expect(page.getByRole('heading', { name: /^Sync of / })).toBeVisible();
            await expect(page.getByRole('region', { name: 'Stages' }).getByRole('row', { name: /^Invoices and bills/ })).toContainText('1');
        });

        test('what is no longer there says so', async ({ page }) => {
            const id = '01981f5e-7c1a-7cc0-8a52-0123456789ab';
            for (const [path, words] of [
                [`messages/${id}`, /may have been removed/],
                [`runs/${id}`, /has no sync/],
                [`messages?run=${id}`, /has no sync/],
            ] as const) {
                const answer = await page.goto(`${server.url}/companies/LG/${path}`);
                expect(answer?.status(), path).toBe(404);
                await expect(page.locator('main').getByText(words)).toBeVisible();
            }
            await page.getByRole('link', { name: 'The whole message log' }).click();
            await expect(rows(page).first()).toBeVisible();
        });
    });

test('the page of a sync says what each stage did', async ({ page }) => {
    await page.goto(`${server.url}/companies/LG/results`);
    // The first sync is the last of the list.
    await page.getByRole('region', { name: 'Recent syncs' }).getByRole('row').last().getByRole('rowheader').getByRole('link').click();
    const stages = page.getByRole('region', { name: 'Stages' });
    await expect(stages.getByRole('rowheader')).toHaveText([/Reference data/, /Contacts/, /Invoices and bills/, /Credit notes/, /Payments/, /Tie-out/, /All stages/]);
    const cells = async (stage: string) => stages.getByRole('row', { name: stage }).getByRole('cell').allInnerTexts();
    expect((await cells('Contacts')).slice(0, 5)).toEqual(['1', '–', '–', '–', '–']);
    expect((await cells('Invoices and bills')).slice(0, 5)).toEqual(['12', '–', '–', '–', '–']);
    expect((await cells('Tie-out')).slice(0, 5)).toEqual(['–', '–', '–', '–', '12']);
    await expect(page.getByRole('region', { name: 'Tie-out' })).toContainText('In balance to the cent');
    await expect(page.getByRole('definition').filter({ hasText: 'Initial sync' }).first()).toBeVisible();
    await page.getByRole('link', { name: /with filter and download/ }).click();
    await expect(page).toHaveURL(/messages\?run=/);
});

test('a download is exactly what is filtered', async ({ page }) => {
    for (const query of ['', '?entity=invoice&direction=out', '?level=error', '?q=marlow', '?q=nobody']) {
        await page.goto(`${server.url}/companies/LG/messages${query}`);
        const shown = await ids(page);
        expect(shown.length < 50, 'all of them on one page').toBe(true);
        const waiting = page.waitForEvent('download');
        await page.getByRole('link', { name: 'NDJSON' }).click();
        const download = await waiting;
        expect(download.suggestedFilename()).toMatch(/^tieout-LG-messages-\d{4}-\d\d-\d\d\.ndjson$/);
        const lines = readFileSync(await download.path(), 'utf8').split('\n').slice(0, -1);
        expect(lines.map((text) => JSON.parse(text).message_id)).toEqual(shown);
        const csv = page.waitForEvent('download');
        await page.getByRole('link', { name: 'CSV', exact: true }).click();
        const text = readFileSync(await (await csv).path(), 'utf8');
        expect(text.split('\r\n')[0]).toMatch(/^time_utc,time_local,.*,message_id$/);
        for (const id of shown) expect(text).toContain(`,${id}\r\n`);
        expect(text.split('\r\n').length - 2).toBe(shown.length);
    }
});

test('a log that is followed grows at the top, and stands still under who reads in it', async ({ page }) => {
    test.setTimeout(120_000);
    await addCompany('FA', 60);
    await inTheLedger('delay', { code: 'FA', delay_ms: '1000' });
    await page.setViewportSize({ width: 1280, height: 700 });
    await page.goto(`${server.url}/companies/FA/messages`);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.getByRole('link', { name: 'Follow', exact: true }).click();
    await expect(page).toHaveURL(/\?follow=1$/);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await page.evaluate(() => ((window as { same?: boolean }).same = true));
    const newest = async () => (await ids(page))[0];
    const first = await newest();

    // At the top: what is new is seen.
    await importInvoices('FA', 2001, 3000);
    await expect(page.getByText('New messages come in at the top while the sync goes on.')).toBeVisible();
    await expect(async () => expect(await newest()).not.toBe(first)).toPass({ timeout: 20_000 });
    expect(await page.evaluate(() => scrollY)).toBe(0);

    // Further down: nothing moves, and a notice counts.
    const place = (id: string) => page.locator(`[id="${id}"]`).evaluate((row) => row.getBoundingClientRect().top);
    await page.evaluate(() => document.querySelector('.log tbody tr:nth-child(30)')?.scrollIntoView({ block: 'center' }));
    const before = await ids(page);
    const [read, at] = [before[29], await place(before[29])];
    const news = page.getByRole('link', { name: /^\d+\+? new messages?$/ });
    await expect(news).toBeVisible({ timeout: 20_000 });
    expect(await ids(page)).toEqual(before);
    expect(await place(read)).toBe(at);
    await news.click();
    await expect(news).toBeHidden();
    await expect(async () => expect(await newest()).not.toBe(before[0])).toPass();

    // A message that is unfolded holds it too, and folding it lets it go on.
    await page.evaluate(() => scrollTo(0, 0));
    const more = rows(page).locator('summary').first();
    await more.click();
    const held = await ids(page);
    await expect(news).toBeVisible({ timeout: 20_000 });
    expect(await ids(page)).toEqual(held);
    await more.click();
    await expect(async () => expect(await newest()).not.toBe(held[0])).toPass({ timeout: 20_000 });
    await expect(news).toBeHidden();

    await inTheLedger('delay', { code: 'FA', delay_ms: '0' });
    await untilStatus('FA', 'synced');
    await expect(rows(page).first()).toContainText('Completed', { timeout: 10_000 });
    expect(await page.evaluate(() => (window as { same?: boolean }).same)).toBe(true);
    await page.getByRole('link', { name: 'Stop following' }).click();
    await expect(page).toHaveURL(/\/messages$/);
});

test('no accessibility violation on a phone or a wide screen, light or dark', async ({ page }) => {
    // Each page is read whole, four times.
    test.setTimeout(240_000);
    await page.goto(`${server.url}/companies/LG/messages?level=error`);
    const message = await rows(page).first().locator('a:has(time)').getAttribute('href');
    const record = `/companies/LG/messages?entity=invoice&record=${(await rows(page).first().getByRole('link', { name: '1100' }).getAttribute('href'))?.split('/').pop()}`;
    const run = await rows(page).first().getByRole('link', { name: 'this sync' }).getAttribute('href');
    const violations: string[] = [];
    for (const path of ['/companies/LG/messages', '/companies/LG/messages?follow=1', '/companies/LG/messages?q=nobody', record, message, run]) {
        await page.goto(server.url + path);
        await expect(page.locator('h1')).toBeVisible();
        const more = rows(page).locator('summary').first();
        if (await more.isVisible()) await more.click();
        violations.push(...(await allFlaws(page)));
    }
    expect(violations).toEqual([]);
});
