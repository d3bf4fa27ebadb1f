// A fresh server for each worker: its own address, its own empty data directory, gone afterwards. Specs import
// `test` and `expect` from here and open paths ('/overview'), not addresses. Their pages are signed in as an
// administrator, at every server that is there when they begin.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, test as base, expect } from '@playwright/test';

const binary = resolve(process.env.TIEOUT_BINARY ?? join(__dirname, '../../target/checked/tieout'));

export interface Server {
    url: string;
    dataDir: string;
    /** Of the administrator's session, as a header has it. */
    cookie: string;
    /** Asks the server as that administrator. */
    fetch(path: string, init?: RequestInit): Promise<Response>;
    /** What the server has printed so far. */
    log(): string;
    /** Runs the command line against the same data, as an operator would; resolves to what it printed. */
    tieout(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

// Each server has a host of its own, because cookies do not keep ports apart. All of 127.* is this machine.
let servers = 0;
const worker = Number(process.env.TEST_WORKER_INDEX ?? 0);
const freeHost = () => `127.${1 + (process.pid % 250)}.${1 + (worker % 250)}.${1 + (servers++ % 250)}`;

async function freePort(host: string): Promise<number> {
    return new Promise((found, failed) => {
        const probe = createServer();
        probe.once('error', failed);
        probe.listen(0, host, () => {
            const address = probe.address();
            probe.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
        });
    });
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (Date.now() < deadline) {
        if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${log()}`);
        // Any answer will do: which page comes first is not this file's business.
        if (await fetch(url, { redirect: 'manual' }).then(() => true, () => false)) return;
        await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(`the server did not answer within 15 s:\n${log()}`);
}

type Settings = Record<string, string>;

/**
 * With `people` false nobody may sign in yet, and the log holds the link to set it up. Settings that hold the server's own
 * address are made from it.
 */
export async function startServer(settings: Settings | ((url: string) => Settings) = {}, people = true): Promise<Server & { stop(): Promise<void> }> {
    const dataDir = mkdtempSync(join(tmpdir(), 'tieout-'));
    const host = freeHost();
    const listen = `${host}:${await freePort(host)}`;
    const url = `http://${listen}`;
    // What the scripts know by TIEOUT_ names is no setting of the server, which refuses what it does not know.
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TIEOUT_')));
    const own = typeof settings === 'function' ? settings(url) : settings;
    const env = { ...inherited, ...own, TIEOUT_LISTEN: listen, TIEOUT_DATA_DIR: dataDir };
    const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    child.stdout.on('data', (text) => (log += text));
    child.stderr.on('data', (text) => (log += text));
    const ended = new Promise<void>((done) => {
        child.once('exit', () => done());
        child.once('error', (error) => {
            log += error;
            done();
        });
    });
    const stop = async () => {
        if (child.pid !== undefined && child.exitCode === null) child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
        await ended;
        clearTimeout(timer);
        rmSync(dataDir, { recursive: true, force: true });
    };
    try {
        await untilReady(url, child, () => log);
    } catch (error) {
        await stop();
        throw error;
    }
    const tieout: Server['tieout'] = (...args) =>
        new Promise((done, failed) => {
            const run = spawn(binary, args, { env });
            let stdout = '';
            let stderr = '';
            run.stdout.on('data', (text) => (stdout += text));
            run.stderr.on('data', (text) => (stderr += text));
            run.once('error', failed);
            run.once('exit', (code) => done({ code: code ?? -1, stdout, stderr }));
        });
    let cookie = '';
    if (people) {
        cookie = await signedIn({ url, tieout }, ADMINISTRATOR).catch(async (error) => {
            await stop();
            throw error;
        });
        sessions.set(url, cookie);
    }
    const ask: Server['fetch'] = (path, init = {}) => fetch(`${url}${path}`, { ...init, headers: { ...init.headers, cookie } });
    return { url, dataDir, cookie, tieout, fetch: ask, log: () => log, stop };
}

const ADMINISTRATOR = { email: 'tester@example.com', name: 'Tester', role: 'administrator' };
/** The administrator's cookie of each server. */
const sessions = new Map<string, string>();

/** Invites somebody and signs them in; resolves to the cookie of their session. */
export async function signedIn(
    server: Pick<Server, 'url' | 'tieout'>,
    { email, name, role, companies }: { email: string; name: string; role: string; companies?: string },
): Promise<string> {
    const chosen = companies ? ['--companies', companies] : [];
    await server.tieout('people', 'invite', email, '--name', name, '--role', role, ...chosen);
    const { stdout, stderr } = await server.tieout('people', 'link', email, '--sign-in', '--json');
    if (!stdout) throw new Error(`no link: ${stderr}`);
    const token = new URL(JSON.parse(stdout).link).searchParams.get('token') ?? '';
    const answer = await fetch(`${server.url}/api/enter`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('__Host-tieout='));
    if (!cookie) throw new Error(`nobody was signed in: ${answer.status} ${await answer.text()}`);
    return cookie.split(';')[0];
}

/** Gives a browser a session at a server; without one: the administrator's, at every server there is. */
export async function letIn(context: BrowserContext, url?: string, cookie?: string): Promise<void> {
    const given = url && cookie ? [[url, cookie]] : [...sessions];
    await context.addCookies(
        given.map(([at, pair]) => ({
            name: '__Host-tieout',
            value: pair.slice(pair.indexOf('=') + 1),
            domain: new URL(at).hostname,
            path: '/',
            httpOnly: true,
            secure: true,
            sameSite: 'Lax' as const,
        })),
    );
}

export const test = base.extend<{ foreignRequests: string[] }, { server: Server }>({
    server: [
        // Playwright insists on the braces.
        async ({}, use) => {
            const server = await startServer();
            await use(server);
            await server.stop();
        },
        { scope: 'worker' },
    ],
    baseURL: async ({ server }, use) => use(server.url),
    context: async ({ context }, use) => {
        await letIn(context);
        await use(context);
    },
    // No page may ask anyone else for anything, and none may leave an error in the console.
    foreignRequests: [
        async ({ page }, use) => {
            const foreign: string[] = [];
            const errors: string[] = [];
            page.on('request', (request) => {
                if (request.isNavigationRequest() || /^(data|blob):/.test(request.url())) return;
                if (new URL(request.url()).origin !== new URL(request.frame().url()).origin) foreign.push(request.url());
            });
            page.on('pageerror', (error) => errors.push(String(error)));
            page.on('console', (message) => {
                if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
            });
            await use(foreign);
            expect(foreign, 'requests that left the page\'s own origin').toEqual([]);
            expect(errors, 'errors in the page').toEqual([]);
        },
        { auto: true },
    ],
});

export { expect };
