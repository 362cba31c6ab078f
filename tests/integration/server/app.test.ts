// The built server against real Headscale and a real provider: sign-in, keys, leaving, headers, readiness.
import { execFile } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { report } from '$lib/contracts/app-error';
import { RELAY_DERP_PER_SESSION_MAX } from '$lib/contracts/limits';
import { appEnvironment, launchApp } from '../../../stack/app';
import { Tailscaled } from '../../../stack/tailscaled';
import type { Tailnet } from '../../../stack/tailnet';
import { Browser } from './browser';
import { TailnetApp } from './tailnet-app';

let app: TailnetApp;
let tailnet: Tailnet;
let origin: string;

beforeAll(async () => {
	app = await TailnetApp.prepare();
	({ tailnet, origin } = app);
	await app.start({
		HEADTAB_LOG_LEVEL: 'debug',
		HEADTAB_LOGINS_PER_MIN: '200',
		HEADTAB_KEYS_PER_MIN: '200'
	});
});
afterAll(() => app.dispose());

interface Session {
	person: { name: string; headscaleUser: string | null } | null;
	linkError: { code: string; params: Record<string, string> } | null;
	loginError: { code: string } | null;
	config: { wasm: { url: string; sizeBytes: number } | null };
}
const sessionOf = async (browser: Browser): Promise<Session> =>
	(await browser.get(`${origin}/api/session`)).json() as Session;
const signedIn = (login: string) => app.signedIn(login);

describe('signing in', () => {
	test('alice is signed in as her Headscale user, and comes to where she wanted to go', async () => {
		const browser = new Browser(origin);
		const page = await browser.signIn('alice', '/healthz?x=1');
		expect(page.url).toBe(`${origin}/healthz?x=1`);
		expect(await sessionOf(browser)).toMatchObject({
			person: { name: 'Alice Adams', headscaleUser: 'alice' },
			linkError: null,
			loginError: null
		});
		// The lines of a child arrive when they arrive.
		await expect.poll(() => app.log()).toContain('"ev":"login.ok"');
	});

	test('L10 [identity-no-headscale-user] carol is told who she is; a Headscale user made later is found by asking again', async () => {
		const browser = await signedIn('carol');
		const session = await sessionOf(browser);
		expect(session.person?.headscaleUser).toBeNull();
		expect(session.linkError?.code).toBe('identity-no-headscale-user');
		expect(session.linkError?.params['person']).toContain('carol@tailnet.example');
		const key = await browser.post(`${origin}/api/keys`, {});
		expect(key.status).toBe(403);
		expect(key.json()).toMatchObject({ code: 'identity-no-headscale-user' });
		const again = await browser.post(`${origin}/api/session/link`, {});
		expect(again.json()).toMatchObject({ linkError: { code: 'identity-no-headscale-user' } });
	});

	test('L3 [oidc-state-invalid] a callback that nobody asked for lands on / and is told once', async () => {
		const browser = new Browser(origin);
		const page = await browser.get(
			`${origin}/auth/callback?code=x&state=${'a'.repeat(8)}.${'b'.repeat(43)}`
		);
		expect(page.hops[0]).toMatchObject({ status: 303, location: '/' });
		expect((await sessionOf(browser)).loginError?.code).toBe('oidc-state-invalid');
		expect((await sessionOf(browser)).loginError).toBeNull();
		expect((await sessionOf(browser)).person).toBeNull();
	});

	test('L3 L13 a replayed callback is refused; Back onto it while signed in is no error', async () => {
		const browser = new Browser(origin);
		const page = await browser.signIn('alice');
		const callback = page.hops.find(({ url }) => url.includes('/auth/callback'))?.url ?? '';
		await browser.get(callback);
		expect((await sessionOf(browser)).loginError).toBeNull();
		const stranger = new Browser(origin);
		await stranger.get(callback);
		expect((await sessionOf(stranger)).loginError?.code).toBe('oidc-state-invalid');
	});

	/** A sign-in that has begun: the browser has its cookie, and the provider its state. */
	const begun = async () => {
		const browser = new Browser(origin);
		const page = await browser.get(`${origin}/auth/login?returnTo=%2F`);
		const state = new URL(page.hops[0]?.location ?? '').searchParams.get('state') ?? '';
		const [attemptId = ''] = state.split('.');
		expect(browser.cookieHeader(origin)).toContain(attemptId);
		return { browser, state, attemptId };
	};

	test('L3 [oidc-state-invalid] a wrong state ends the attempt: no session, no cookie left, one line in the log', async () => {
		const { browser, attemptId } = await begun();
		const page = await browser.get(
			`${origin}/auth/callback?code=x&state=${attemptId}.${'x'.repeat(43)}`
		);
		expect(page.hops[0]).toMatchObject({ status: 303, location: '/' });
		expect(browser.cookieHeader(origin)).not.toContain(attemptId);
		expect(await sessionOf(browser)).toMatchObject({
			person: null,
			loginError: { code: 'oidc-state-invalid' }
		});
		const said = () =>
			app
				.log()
				.split('\n')
				.filter((line) => line.includes('state is not the one that was sent'));
		await expect.poll(() => said().length).toBe(1);
		expect(said()[0]).toContain('"login.refused"');
	});

	test('L4 [oidc-login-refused] what the provider says against it stands in no page, and short in the answer', async () => {
		const { browser, state } = await begun();
		const said = `<img src=x onerror=alert(1)>${'x'.repeat(5_000)}`;
		const query = new URLSearchParams({
			error: 'access_denied',
			error_description: said,
			state,
			iss: tailnet.oidc.issuer
		});
		const page = await browser.get(`${origin}/auth/callback?${query.toString()}`);
		expect(page.url).toBe(`${origin}/`);
		expect(page.text).not.toContain('onerror');
		const answer = await browser.get(`${origin}/api/session`);
		expect(answer.headers.get('content-type')).toContain('application/json');
		expect(answer.text.length).toBeLessThan(2_000);
		expect((answer.json() as Session).loginError).toMatchObject({ code: 'oidc-login-refused' });
	});

	test('L12 bob over alice in one browser: a new session, and hers is over', async () => {
		const browser = await signedIn('alice');
		const before = browser.cookieHeader(origin);
		browser.forgetProvider();
		await browser.signIn('bob');
		expect((await sessionOf(browser)).person?.headscaleUser).toBe('bob');
		const old = new Browser(origin, before);
		const late = await old.get(`${origin}/api/session`);
		expect((late.json() as Session).person).toBeNull();
		// Her window may ask with her cookie and be answered when his is there.
		expect(late.setCookie).toEqual([]);
	});

	test('L12 alice over alice in one browser: her open connections stay, and end when she signs out', async () => {
		const browser = await signedIn('alice');
		const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/999`, ['derp'], {
			headers: { origin, cookie: browser.cookieHeader(origin) }
		});
		await new Promise((resolve) => socket.once('open', resolve));
		const closed = new Promise<number>((resolve) => socket.once('close', resolve));
		await browser.signIn('alice');
		expect(socket.readyState).toBe(socket.OPEN);
		await browser.post(`${origin}/auth/logout`, {});
		expect(await closed).toBe(4401);
	});

	test('[session-missing] C1 without a session nothing but the shell answers; junk is cleared', async () => {
		const browser = new Browser(origin, `${new Browser(origin).sessionCookie}=junk`);
		const key = await browser.post(`${origin}/api/keys`, {});
		expect(key.status).toBe(401);
		expect(key.json()).toMatchObject({ code: 'session-missing' });
		expect(key.setCookie.join()).toMatch(/Max-Age=0/);
	});
});

describe('keys', () => {
	test('[method-not-allowed] K1 GET and HEAD issue nothing; extra fields are refused', async () => {
		const browser = await signedIn('alice');
		const before = (await tailnet.headscale.preAuthKeys()).length;
		expect((await browser.get(`${origin}/api/keys`)).status).toBe(405);
		expect((await browser.send('HEAD', `${origin}/api/keys`)).status).toBe(405);
		for (const extra of [{ user: '1' }, { tags: ['tag:x'] }, { reusable: true }]) {
			const answer = await browser.post(`${origin}/api/keys`, extra);
			expect(answer.json()).toMatchObject({ code: 'bad-request' });
		}
		expect((await tailnet.headscale.preAuthKeys()).length).toBe(before);
	});

	test('C5 [origin-refused] another Origin, null, none, and text/plain issue nothing', async () => {
		const browser = await signedIn('alice');
		const before = (await tailnet.headscale.preAuthKeys()).length;
		const post = (headers: Record<string, string | null>) =>
			browser.send('POST', `${origin}/api/keys`, { body: '{}', headers });
		for (const from of ['https://evil.example', 'null', null]) {
			const answer = await post({ origin: from, 'content-type': 'application/json' });
			expect(answer.status).toBe(403);
			expect(answer.json()).toMatchObject({ code: 'origin-refused' });
		}
		expect((await post({ 'content-type': 'text/plain' })).status).toBe(400);
		expect((await tailnet.headscale.preAuthKeys()).length).toBe(before);
	});

	test('K8 a key is single-use, ephemeral, minutes-long and alice’s; leaving before joining expires it', async () => {
		const browser = await signedIn('alice');
		const answer = await browser.post(`${origin}/api/keys`, {});
		expect(answer.headers.get('cache-control')).toBe('no-store');
		const key = answer.json() as { preAuthKey: string; expiresAtMs: number; hostname: string };
		expect(key).toMatchObject({ mode: 'relay', headscaleUrl: tailnet.headscale.url });
		expect(key.expiresAtMs - Date.now()).toBeGreaterThan(280_000);
		expect(key.expiresAtMs - Date.now()).toBeLessThan(310_000);
		const find = async () =>
			(await tailnet.headscale.preAuthKeys()).find((one) =>
				key.preAuthKey.startsWith(one.key.replace(/\*+$/, ''))
			);
		expect(await find()).toMatchObject({ reusable: false, ephemeral: true, used: false });
		expect((await browser.post(`${origin}/api/leave`, { hostname: key.hostname })).status).toBe(
			204
		);
		const left = await find();
		expect(Date.parse(left?.expiration ?? '')).toBeLessThanOrEqual(Date.now() + 1000);
		expect(app.log()).not.toContain(key.preAuthKey);
	});

	test('K9 a node that joined is left with an expired key, and is deleted from its name alone, over a restart', async () => {
		const browser = await signedIn('alice');
		const issue = async () => {
			const key = (await browser.post(`${origin}/api/keys`, {})).json() as {
				preAuthKey: string;
				hostname: string;
			};
			const node = new Tailscaled({
				name: key.hostname,
				stateDir: join(app.folder, key.hostname),
				headscaleUrl: tailnet.headscale.url,
				hasSsh: false,
				preAuthKey: () => Promise.resolve(key.preAuthKey)
			});
			return { ...key, node };
		};
		const own = async () =>
			(await tailnet.headscale.nodes()).filter(({ name }) => name.startsWith('headtab-'));
		const one = await issue();
		// The server forgets everything between issue and join.
		await app.stop();
		await app.start();
		await one.node.start();
		expect((await own()).map(({ name }) => name)).toEqual([one.hostname]);
		expect((await browser.post(`${origin}/api/joined`, { hostname: one.hostname })).status).toBe(
			204
		);
		const keyOf = async (nodeKey: string) =>
			(await tailnet.headscale.preAuthKeys()).find(({ key }) =>
				nodeKey.startsWith(key.replace(/\*+$/, ''))
			);
		const expired = await keyOf(one.preAuthKey);
		expect(expired?.used).toBe(true);
		expect(Date.parse(expired?.expiration ?? '')).toBeLessThanOrEqual(Date.now() + 1000);

		expect((await browser.post(`${origin}/api/leave`, { hostname: one.hostname })).status).toBe(
			204
		);
		expect(await own()).toEqual([]);
		expect(await keyOf(one.preAuthKey)).toBeUndefined();
		await one.node.dispose();

		// Signing out deletes what is left of this sign-in.
		const two = await issue();
		await two.node.start();
		expect(await own()).toHaveLength(1);
		await browser.post(`${origin}/auth/logout`, {});
		expect(await own()).toEqual([]);
		await two.node.dispose();
	});

	test('another person cannot make a node leave', async () => {
		const [alice, bob] = [await signedIn('alice'), await signedIn('bob')];
		const { hostname } = (await alice.post(`${origin}/api/keys`, {})).json() as {
			hostname: string;
		};
		const answer = await bob.post(`${origin}/api/leave`, { hostname });
		expect(answer.json()).toMatchObject({ code: 'bad-request' });
	});
});

describe('the relay in the built server', () => {
	const dial = (browser: Browser, from: string) =>
		new Promise<string>((resolve) => {
			const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/999`, ['derp'], {
				headers: { origin: from, cookie: browser.cookieHeader(origin) }
			});
			socket.on('open', () => {
				resolve('open');
				socket.terminate();
			});
			socket.on('unexpected-response', (_, response) => resolve(String(response.statusCode)));
			socket.on('error', () => undefined);
		});

	test('R1 R2 opens for a session and the right Origin only', async () => {
		const browser = await signedIn('alice');
		expect(await dial(browser, origin)).toBe('open');
		expect(await dial(browser, 'https://evil.example')).toBe('403');
		expect(await dial(new Browser(origin), origin)).toBe('401');
	});

	test('/relay/key needs a session and passes nothing but the version on', async () => {
		expect((await new Browser(origin).get(`${origin}/relay/key?v=130`)).status).toBe(401);
		const browser = await signedIn('alice');
		const answer = await browser.get(`${origin}/relay/key?v=130`);
		expect((answer.json() as { publicKey: string }).publicKey).toMatch(/^mkey:/);
		for (const query of ['', '?v=x', '?v=1&v=2', '?v=1&url=x'])
			expect((await browser.get(`${origin}/relay/key${query}`)).status).toBe(400);
	});

	test('signing out closes connections with 4401 and leads to the provider’s page', async () => {
		const browser = await signedIn('alice');
		const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/999`, ['derp'], {
			headers: { origin, cookie: browser.cookieHeader(origin) }
		});
		await new Promise((resolve) => socket.once('open', resolve));
		const closed = new Promise<number>((resolve) => socket.once('close', resolve));
		const before = browser.cookieHeader(origin);
		const answer = await browser.post(`${origin}/auth/logout`, {});
		expect((answer.json() as { redirect: string }).redirect).toContain(tailnet.oidc.issuer);
		expect(await closed).toBe(4401);
		expect((await sessionOf(new Browser(origin, before))).person).toBeNull();
	});

	test('the check says that both legs work', async () => {
		const browser = await signedIn('alice');
		for (const target of ['control', 'derp-999']) {
			const answer = await browser.get(`${origin}/api/relay/check?target=${target}`);
			// Headscale refuses a control WebSocket without a handshake only after the upgrade.
			expect(answer.json()).toEqual({ isReachable: true, error: null });
		}
		const unknown = await browser.get(`${origin}/api/relay/check?target=derp-7`);
		expect(unknown.json()).toMatchObject({ code: 'relay-target-unknown' });
	});

	test('[relay-limit] the check says that a window’s own relay is full, which browsers hide', async () => {
		const browser = await signedIn('alice');
		const headers = { origin, cookie: browser.cookieHeader(origin) };
		const open = async () => {
			const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/999`, ['derp'], {
				headers
			});
			await new Promise((resolve) => socket.once('open', resolve));
			return socket;
		};
		const sockets = await Promise.all(
			Array.from({ length: RELAY_DERP_PER_SESSION_MAX }, () => open())
		);
		const check = async () =>
			(await browser.get(`${origin}/api/relay/check?target=derp-999`)).json();
		expect(await check()).toMatchObject({
			isReachable: false,
			error: { code: 'relay-limit', params: { limit: String(RELAY_DERP_PER_SESSION_MAX) } }
		});
		for (const socket of sockets) socket.terminate();
		await expect.poll(check).toEqual({ isReachable: true, error: null });
	});
});

describe('every answer', () => {
	test('has the policy and the headers: page, API, static file, worker, module, error', async () => {
		const page = await new Browser(origin).get(`${origin}/`);
		const script = /\/_app\/immutable\/[^"']+\.js/.exec(page.text)?.[0] ?? '';
		expect(script).not.toBe('');
		const { wasm } = (await sessionOf(new Browser(origin))).config;
		const paths = [
			'/',
			script,
			'/api/session',
			'/healthz',
			'/nothing-here',
			'/manifest.webmanifest',
			'/service-worker.js',
			'/api/keys',
			wasm?.url ?? '/'
		];
		for (const path of paths) {
			const { headers } = await new Browser(origin).get(origin + path);
			const policy = headers.get('content-security-policy') ?? '';
			expect(policy, path).toContain("default-src 'none'");
			expect(policy, path).toContain("script-src 'self' 'wasm-unsafe-eval'");
			expect(policy, path).toContain("frame-ancestors 'none'");
			expect(headers.get('x-content-type-options'), path).toBe('nosniff');
			expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
			expect(headers.get('referrer-policy'), path).toBe('same-origin');
		}
		const policy = page.headers.get('content-security-policy') ?? '';
		expect(policy).toMatch(/script-src [^;]*'sha256-/);
		expect(page.text).not.toContain('alice');
	});

	test('the module comes under its hash, compressed, for ever, and small', async () => {
		const { wasm } = (await sessionOf(new Browser(origin))).config;
		const answer = await fetch(`${origin}${wasm?.url ?? ''}`, {
			method: 'HEAD',
			headers: { 'accept-encoding': 'br' }
		});
		expect(answer.headers.get('content-type')).toBe('application/wasm');
		expect(answer.headers.get('content-encoding')).toBe('br');
		expect(answer.headers.get('cache-control')).toContain('immutable');
		expect(Number(answer.headers.get('content-length'))).toBeLessThan((wasm?.sizeBytes ?? 0) / 3);
		expect((await fetch(`${origin}/wasm/${'0'.repeat(64)}.wasm`)).status).toBe(404);
	});

	test('[host-refused] another Host gets 421', async () => {
		const status = await new Promise((resolve) => {
			httpRequest(`${origin}/`, { headers: { host: 'evil.example' } }, (response) => {
				response.resume();
				resolve(response.statusCode);
			}).end();
		});
		expect(status).toBe(421);
	});

	test('[not-found] an unknown path is 404, an unknown method on the API coded', async () => {
		expect((await new Browser(origin).get(`${origin}/nothing-here`)).status).toBe(404);
		const answer = await new Browser(origin).send('PUT', `${origin}/api/leave`, { body: '{}' });
		expect(answer.json()).toMatchObject({ code: 'method-not-allowed' });
	});
});

test('L1 D4 F2 the server starts and lives while provider and Headscale are away, and says so', async () => {
	const ready = async () =>
		(await (await fetch(`${origin}/readyz`)).json()) as {
			isReady: boolean;
			checks: { name: string; code: string | null }[];
		};
	expect((await ready()).isReady).toBe(true);
	await app.stop();
	await tailnet.oidc.stop();
	await tailnet.headscale.stop();
	await app.start();
	expect((await fetch(`${origin}/healthz`)).status).toBe(200);
	const down = await ready();
	expect(down.isReady).toBe(false);
	expect(down.checks).toContainEqual({
		name: 'oidc',
		isReady: false,
		code: 'oidc-provider-unreachable',
		remedy: report({ code: 'oidc-provider-unreachable', params: {}, id: '' }).remedy
	});
	expect(down.checks).toContainEqual({
		name: 'headscale',
		isReady: false,
		code: 'headscale-unreachable',
		remedy: report({ code: 'headscale-unreachable', params: {}, id: '' }).remedy
	});
	const browser = new Browser(origin);
	await browser.get(`${origin}/auth/login`);
	expect((await sessionOf(browser)).loginError?.code).toBe('oidc-provider-unreachable');
	await tailnet.oidc.start();
	await tailnet.headscale.start();
	await expect
		.poll(async () => (await ready()).isReady, { timeout: 15_000, interval: 500 })
		.toBe(true);
});

test('F1–F5 a bad configuration is named whole, on stderr, with exit code 78 and no secret', async () => {
	const env = {
		...appEnvironment(app.options),
		HEADTAB_ORIGIN: 'https://tab.example.com/x',
		HEADTAB_HEADSCALE_API_KEY: 'hskey-auth-oops-secret',
		HEADTAB_OIDC_CLIENT_ID: ''
	};
	const failed = (await promisify(execFile)(process.execPath, ['build/main.js'], {
		env: { PATH: process.env['PATH'], ...env }
	}).catch((cause: unknown) => cause)) as { code: number; stderr: string };
	expect(failed.code).toBe(78);
	for (const name of ['HEADTAB_ORIGIN', 'HEADTAB_HEADSCALE_API_KEY', 'HEADTAB_OIDC_CLIENT_ID'])
		expect(failed.stderr).toContain(`${name}: `);
	expect(failed.stderr).not.toContain('oops-secret');
});

test('F6 a port that is in use is named, with exit code 78', async () => {
	const second = launchApp({ ...app.options, stateDir: join(app.folder, 'second') });
	expect((await second.exited).code).toBe(78);
	await expect.poll(() => second.tail()).toMatch(/cannot listen.*EADDRINUSE/);
});

test('no secret of the run stands in the log', () => {
	const text = app.log();
	expect(text).not.toContain(tailnet.headscale.apiKey);
	expect(text).not.toContain(tailnet.client.secret);
	expect(text).not.toMatch(/hskey-(api|auth)-[A-Za-z0-9]|eyJ[A-Za-z0-9_-]{8}|code=|state=/);
	expect(text).toContain('"ev":"key.issued"');
});
