import { expect, test } from './server';

test('the page is rendered by the server and wakes up in the browser', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Tieout' })).toBeVisible();
    await expect(page.locator('output')).toHaveText('2', { timeout: 10_000 });
});

test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false });

    test('the page is there all the same', async ({ page }) => {
        await page.goto('/');
        await expect(page.locator('output')).toHaveText('0');
    });
});

test('what the page loads comes once, compressed, to be kept for ever', async ({ page }) => {
    const loaded: string[] = [];
    page.on('response', (response) => {
        const path = new URL(response.url()).pathname;
        if (!path.startsWith('/pkg/')) return;
        loaded.push(path.split('.').pop() ?? '');
        expect(response.status()).toBe(200);
        expect(response.headers()['cache-control']).toContain('immutable');
        expect(response.headers()['content-encoding']).toMatch(/^(br|gzip)$/);
    });
    await page.goto('/');
    await expect(page.locator('output')).toHaveText('1', { timeout: 10_000 });
    expect(loaded.sort()).toEqual(['css', 'js', 'wasm']);
});
