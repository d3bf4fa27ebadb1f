// What holds for a page in either scheme, on a phone and on a wide screen.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './server';

/** No accessibility violation, and nothing to scroll to sideways. */
export async function isWellMade(page: Page): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [390, 1440]) {
            // Colours that are still on their way from one scheme to the other have no contrast to speak of.
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            await page.setViewportSize({ width, height: 900 });
            const { violations } = await new AxeBuilder({ page }).analyze();
            expect(violations.map(({ id, nodes }) => `${page.url()} ${colorScheme} ${width} ${id}: ${nodes[0].html}`)).toEqual([]);
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            expect(overflow, `${page.url()} scrolls sideways at ${width}`).toBeLessThanOrEqual(0);
        }
}
