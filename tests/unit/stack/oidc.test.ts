// The demo's provider, as clients and people meet it: discovery, the form, wrong passwords, cancelling,
// going away and coming back with the same keys.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startOidc, type OidcHandle } from '../../../stack/oidc';
import { loginPage } from '../../../stack/oidc-pages';
import { freePort } from '../../../stack/ports';

const REDIRECT = 'http://127.0.0.1:9/callback';
let folder: string;
let oidc: OidcHandle;
let port: number;

const start = async () => {
	oidc = await startOidc({
		port,
		keyFile: join(folder, 'keys.json'),
		clients: [{ id: 'app', secret: 'a-secret-of-the-test', redirectUris: [REDIRECT] }]
	});
};

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-oidc-'));
	port = await freePort();
	await start();
});
afterEach(async () => {
	await oidc.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Follows redirects within the provider with its cookies; stops at a page or at the client's address. */
async function browse(
	url: string,
	jar: Map<string, string>,
	init: RequestInit = {}
): Promise<{ url: string; html: string; status: number }> {
	const response = await fetch(url, {
		...init,
		redirect: 'manual',
		headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') }
	});
	for (const line of response.headers.getSetCookie()) {
		const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
		jar.set(name, value);
	}
	const next = response.headers.get('location');
	if (next === null) return { url, html: await response.text(), status: response.status };
	const target = new URL(next, url).href;
	if (target.startsWith(REDIRECT)) return { url: target, html: '', status: response.status };
	return browse(target, jar);
}

const authorize = () => {
	const url = new URL(`${oidc.issuer}/auth`);
	for (const [name, value] of Object.entries({
		client_id: 'app',
		response_type: 'code',
		scope: 'openid email profile',
		redirect_uri: REDIRECT,
		state: 'the-state',
		nonce: 'the-nonce'
	})) {
		url.searchParams.set(name, value);
	}
	return url.href;
};
const jwks = async () => (await fetch(`${oidc.issuer}/jwks`)).text();
const form = (login: string, password: string): RequestInit => ({
	method: 'POST',
	body: new URLSearchParams({ login, password })
});

test('names itself exactly, and keeps its keys over a restart', async () => {
	const discovery = await fetch(`${oidc.issuer}/.well-known/openid-configuration`);
	expect(await discovery.json()).toMatchObject({ issuer: oidc.issuer });
	const before = await jwks();
	await oidc.stop();
	await expect(jwks()).rejects.toThrow();
	await oidc.start();
	expect(await jwks()).toBe(before);
	await oidc.stop();
	await start();
	expect(await jwks()).toBe(before);
});

test('a wrong password or an unknown person gets no code', async () => {
	const jar = new Map<string, string>();
	const page = await browse(authorize(), jar);
	for (const [login, password] of [
		['alice', 'bob'],
		['mallory', 'mallory'],
		['mallory', ''],
		['', '']
	] as const) {
		const refused = await browse(page.url, jar, form(login, password));
		expect(refused.status).toBe(401);
		expect(refused.html).toContain('do not match');
	}
	const done = await browse(page.url, jar, form('alice', 'alice'));
	expect(new URL(done.url).searchParams.get('code')).not.toBeNull();
	expect(new URL(done.url).searchParams.get('state')).toBe('the-state');
});

test('cancelling tells the client access_denied', async () => {
	const jar = new Map<string, string>();
	const page = await browse(authorize(), jar);
	const done = await browse(`${page.url}/cancel`, jar);
	expect(new URL(done.url).searchParams.get('error')).toBe('access_denied');
});

test('a sign-in that is over says so', async () => {
	const page = await browse(`${oidc.issuer}/interaction/never-made`, new Map());
	expect(page.status).toBe(400);
	expect(page.html).toContain('has expired');
});

test('what people type is text in the page', () => {
	const html = loginPage({ uid: 'u', client: '<b>', login: '"><script>', isRefused: true });
	expect(html).not.toContain('<script>');
	expect(html).toContain('&quot;&gt;&lt;script&gt;');
});
