// Signing in through another service, in a real browser: the policy of our pages lets a form lead to nobody else, so this is
// what proves that the button does, and that the browser brings its session back from there.

import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, startServer, test } from './server';
import { flaws } from './well-made';

const CLIENT = 'tieout';
const SECRET = 'only the two of them know';
const PERSON = { email: 'ada@example.com', name: 'Ada Albion' };

/** A provider that shows a page with a button before it sends anybody back, and signs with RS256 as most do. */
async function startProvider(host: string): Promise<{ issuer: string; stop(): Promise<void> }> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const codes = new Map<string, { nonce: string; challenge: string }>();
    let issuer = '';
    const signed = (claims: object) => {
        const text = [{ alg: 'RS256', typ: 'JWT', kid: 'one' }, claims]
            .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
            .join('.');
        return `${text}.${createSign('sha256').update(text).sign(privateKey, 'base64url')}`;
    };
    const answers: Record<string, (query: URLSearchParams, body: URLSearchParams, authorization: string) => object | string> = {
        '/.well-known/openid-configuration': () => ({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
        }),
        '/jwks': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] }),
        '/authorize': (query) => {
            const code = `code-${codes.size + 1}`;
            codes.set(code, { nonce: query.get('nonce') ?? '', challenge: query.get('code_challenge') ?? '' });
            const back = (outcome: Record<string, string>) =>
                `${query.get('redirect_uri')}?${new URLSearchParams({ state: query.get('state') ?? '', ...outcome })}`.replaceAll('&', '&amp;');
            return `<!doctype html><title>Provider</title><a href="${back({ code })}">It is me</a> <a href="${back({ error: 'access_denied' })}">Cancel</a>`;
        },
        '/token': (_, body, authorization) => {
            const grant = codes.get(body.get('code') ?? '');
            const challenge = createHash('sha256').update(body.get('code_verifier') ?? '').digest('base64url');
            const client = Buffer.from(`${CLIENT}:${SECRET.replaceAll(' ', '+')}`).toString('base64');
            if (!grant || grant.challenge !== challenge || authorization !== `Basic ${client}`) return { error: 'invalid_grant' };
            codes.set(body.get('code') ?? '', { nonce: '', challenge: 'used' });
            const now = Math.floor(Date.now() / 1000);
            const claims = { iss: issuer, sub: '1', aud: CLIENT, iat: now, exp: now + 300, nonce: grant.nonce, email: PERSON.email, email_verified: true };
            return { access_token: 'x', token_type: 'Bearer', id_token: signed(claims) };
        },
    };
    const server: HttpServer = createServer(async (request, response) => {
        let body = '';
        for await (const part of request) body += part;
        const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
        const answer = answers[pathname]?.(searchParams, new URLSearchParams(body), request.headers.authorization ?? '');
        const isPage = typeof answer === 'string';
        const status = answer === undefined ? 404 : !isPage && 'error' in answer ? 400 : 200;
        response.writeHead(status, { 'content-type': isPage ? 'text/html' : 'application/json' });
        response.end(isPage ? answer : JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((done) => server.listen(0, host, done));
    issuer = `http://${host}:${(server.address() as AddressInfo).port}`;
    return {
        issuer,
        stop: () =>
            new Promise((done) => {
                server.close(() => done());
                server.closeAllConnections();
            }),
    };
}

for (const javaScriptEnabled of [true, false])
    test(`one signs in through another service, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({ browser }) => {
        // Of another site than ours: each number of 127.* is one.
        const provider = await startProvider('127.255.255.1');
        const server = await startServer((url) => ({
            TIEOUT_PUBLIC_URL: url,
            TIEOUT_OIDC_ISSUER: provider.issuer,
            TIEOUT_OIDC_CLIENT_ID: CLIENT,
            TIEOUT_OIDC_CLIENT_SECRET: SECRET,
            TIEOUT_OIDC_NAME: 'Example Login',
            TIEOUT_OIDC_DOMAINS: 'example.com',
        }));
        const context = await browser.newContext({ javaScriptEnabled });
        try {
            await server.tieout('people', 'invite', PERSON.email, '--name', PERSON.name, '--role', 'viewer');
            const page = await context.newPage();
            const refusedByPolicy: string[] = [];
            page.on('console', (message) => message.text().includes('Content Security Policy') && refusedByPolicy.push(message.text()));
            await page.goto(`${server.url}/account`);
            if (javaScriptEnabled) expect(await flaws(page)).toEqual([]);
            await page.getByRole('button', { name: 'Sign in with Example Login' }).click();
            await page.getByRole('link', { name: 'Cancel' }).click();
            await expect(page.getByText('The sign-in at Example Login was cancelled.')).toBeVisible();

            await page.goto(`${server.url}/account`);
            await page.getByRole('button', { name: 'Sign in with Example Login' }).click();
            await page.getByRole('link', { name: 'It is me' }).click();
            await expect(page).toHaveURL(`${server.url}/account`);
            await expect(page.getByRole('heading', { name: PERSON.name })).toBeVisible();
            expect(refusedByPolicy).toEqual([]);
        } finally {
            await context.close();
            await server.stop();
            await provider.stop();
        }
    });
