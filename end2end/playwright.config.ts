import { defineConfig } from '@playwright/test';

// Debian's browser, not one that Playwright would download. --no-sandbox because tests also run as root.
const executablePath = process.env.TIEOUT_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
    testDir: './tests',
    outputDir: './results',
    fullyParallel: true,
    // Two servers and two browsers are what a two-core machine bears without time-outs that mean nothing.
    workers: 2,
    retries: 0,
    forbidOnly: !!process.env.CI,
    timeout: 60_000,
    expect: { timeout: 10_000 },
    reporter: [['list'], ['html', { outputFolder: './report', open: 'never' }], ['./last-words.ts']],
    use: {
        browserName: 'chromium',
        locale: 'en-GB',
        timezoneId: 'Europe/London',
        trace: 'retain-on-failure',
        screenshot: 'only-on-failure',
        launchOptions: {
            executablePath,
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
            ],
        },
    },
});
