// What failed, in a line each, after everything else: the end of a log is what is kept and read first.

import type { FullConfig, Reporter, Suite } from '@playwright/test/reporter';

const ESCAPES = /\u001b\[[0-9;]*m/g;

export default class LastWords implements Reporter {
    private all?: Suite;

    onBegin(_: FullConfig, all: Suite): void {
        this.all = all;
    }

    onEnd(): void {
        for (const test of this.all?.allTests() ?? [])
            for (const error of test.ok() ? [] : test.results.flatMap(({ errors }) => errors)) {
                const words = (error.message ?? error.value ?? '').replace(ESCAPES, '').replace(/\s+/g, ' ');
                console.log(`FAILED ${test.titlePath().filter(Boolean).join(' › ')}: ${words.slice(0, 800)}`);
            }
    }

    printsToStdio(): boolean {
        return false;
    }
}
