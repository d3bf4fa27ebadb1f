// What holds for a page in either scheme, on a phone and on a wide screen.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './server';

const WIDTHS = [390, 1440];

/** The dark differs from the light in its colours alone: the other rules have nothing more to find there. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** What is wrong with the page as it stands: each violation of accessibility, and whether it scrolls sideways. */
export async function flaws(page: Page): Promise<string[]> {
    await isSettled(page);
    const path = new URL(page.url()).pathname + new URL(page.url()).search;
    // What passes is not listed, and no page here has frames, for which another page would be opened each time.
    const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode();
    if (await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)) axe.withRules(OF_COLOURS);
    const { violations } = await axe.analyze();
    const found = violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0].html} ${nodes[0].any[0]?.message ?? ''}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) found.push(`${path} scrolls sideways by ${overflow} px`);
    return found;
}

/** Its flaws in either scheme, at each of the widths; a phone has only its own. One page is looked at all four times. */
export async function allFlaws(page: Page, widths: readonly number[] = WIDTHS): Promise<string[]> {
    const found: string[] = [];
    for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            found.push(...(await flaws(page)).map((flaw) => `${colorScheme} at ${width} px: ${flaw}`));
        }
    }
    return found;
}

export async function isWellMade(page: Page, widths: readonly number[] = WIDTHS): Promise<void> {
    expect(await allFlaws(page, widths)).toEqual([]);
}

/** The page is there whole, and no colour is on its way to another: such a colour has no contrast to speak of. */
async function isSettled(page: Page): Promise<void> {
    await page.waitForLoadState('load');
    await page.evaluate(async () => {
        // A change of colours begins with the frame after its cause.
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
        const ending = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
        await Promise.allSettled(ending.map((animation) => animation.finished));
    });
}
