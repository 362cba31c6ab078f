// Operation of the built server with real Headscale and provider: metrics, admins' windows, diagnosis from the
// server's side, and an end in order.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../../stack/ports';
import type { Tailnet } from '../../../stack/tailnet';
import { ROOT } from '../../../stack/versions';
import type {
	DiagnoseAnswer,
	KeyAnswer,
	ReadyAnswer,
	WindowsAnswer
} from '../../../src/lib/contracts/api';
import { JOIN_MS } from '../../fixtures/waits';
import { GoThread } from '../node/go-thread';
import { Browser } from './browser';
import { TailnetApp } from './tailnet-app';

/** The agent may reach what alice may. */
const POLICY = `{
	"tagOwners": { "tag:web": ["alice@"], "tag:db": ["alice@"], "tag:plain": ["alice@"] },
	"acls": [
		{ "action": "accept", "src": ["alice@", "headtab-agent@"], "dst": ["tag:web:*"] }
	],
	"ssh": []
}`;
const TOKEN = 'a-token-of-some-length';

let app: TailnetApp;
let tailnet: Tailnet;
let origin: string;
let metricsUrl: string;

beforeAll(async () => {
	const metricsPort = await freePort();
	metricsUrl = `http://127.0.0.1:${String(metricsPort)}/metrics`;
	app = await TailnetApp.prepare({ targets: ['web-1'] });
	({ tailnet, origin } = app);
	await tailnet.headscale.createUser({ name: 'headtab-agent' });
	await tailnet.headscale.setPolicy(POLICY);
	await app.start({
		HEADTAB_AGENT: 'on',
		HEADTAB_ADMINS: 'bob@tailnet.example',
		HEADTAB_METRICS_PORT: String(metricsPort),
		HEADTAB_METRICS_TOKEN: TOKEN
	});
	await tailnet.machines;
});
afterAll(() => app.dispose());

const signedIn = (login: string) => app.signedIn(login);
/** One sample by its name and labels as the text has them; NaN when it is not there. */
async function sample(name: string): Promise<number> {
	const text = await (await fetch(metricsUrl)).text();
	const line = text.split('\n').find((one) => one.startsWith(`${name} `));
	return Number(line?.slice(name.length + 1) ?? NaN);
}
const agentRuns = () =>
	vi.waitFor(async () => expect(await sample('headtab_agent_up')).toBe(1), { timeout: JOIN_MS });
/** A window's node through the relay. */
async function openWindow(browser: Browser): Promise<{ node: GoThread; key: KeyAnswer }> {
	const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
	const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
	await node.join({
		controlUrl: origin,
		preAuthKey: key.preAuthKey,
		hostname: key.hostname,
		reach: { by: 'relay', origin, derp: key.derp }
	});
	return { node, key };
}

describe('metrics', () => {
	test('on their own port, or for the token; nobody else learns that they exist', async () => {
		expect((await fetch(metricsUrl)).status).toBe(200);
		expect((await fetch(metricsUrl.replace('/metrics', '/'))).status).toBe(404);
		const ask = (authorization?: string) =>
			fetch(`${origin}/metrics`, authorization === undefined ? {} : { headers: { authorization } });
		expect((await ask()).status).toBe(404);
		expect((await ask('Bearer wrong-token-of-length')).status).toBe(404);
		const answer = await ask(`Bearer ${TOKEN}`);
		expect(answer.status).toBe(200);
		expect(answer.headers.get('content-type')).toContain('text/plain');
		expect(await answer.text()).toContain('headtab_build_info{version=');
	});

	test('count sign-ins, keys, errors by code, requests and Headscale’s answers', async () => {
		const before = await sample('headtab_logins_total{result="ok"}');
		const browser = await signedIn('alice');
		expect(await sample('headtab_logins_total{result="ok"}')).toBe((before || 0) + 1);
		await browser.post(`${origin}/api/keys`, {});
		expect(await sample('headtab_keys_total{result="issued"}')).toBeGreaterThan(0);
		await new Browser(origin).post(`${origin}/api/keys`, {});
		expect(await sample('headtab_errors_total{code="session-missing"}')).toBeGreaterThan(0);
		const text = await (await fetch(metricsUrl)).text();
		expect(text).toMatch(
			/headtab_request_duration_seconds_count\{route="\/api\/keys",method="POST",status="200"\} \d/
		);
		expect(text).toMatch(/headtab_headscale_duration_seconds_count\{method="POST",status="200"\}/);
		// Nothing in it names a person or holds a key.
		expect(text).not.toMatch(/alice|hskey|@/);
	});

	test('tell of the agent: that it runs, its memory, its lag', async () => {
		await agentRuns();
		await expect
			.poll(() => sample('headtab_agent_memory_bytes'), { timeout: 15_000 })
			.toBeGreaterThan(1_000_000);
		expect(await sample('headtab_agent_lag_p99_seconds')).toBeLessThan(5);
		const ready = (await (await fetch(`${origin}/readyz`)).json()) as ReadyAnswer;
		expect(ready.checks.find(({ name }) => name === 'agent')).toEqual({
			name: 'agent',
			isReady: true,
			code: null,
			isOptional: true
		});
	});
});

test('D9 the server with its agent has room in the memory that deploy/compose.yaml gives it', async () => {
	await agentRuns();
	const status = readFileSync(`/proc/${String(app.process.pid)}/status`, 'utf8');
	const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
	const compose = readFileSync(join(ROOT, 'deploy', 'compose.yaml'), 'utf8');
	const limitMb = Number(/mem_limit: (\d+)m/.exec(compose)?.[1]);
	process.stdout.write(`server with agent, peak: ${peakMb.toFixed(0)} MB\n`);
	expect(peakMb).toBeGreaterThan(50);
	expect(peakMb).toBeLessThan(limitMb);
});

describe('POST /api/diagnose', () => {
	test('tells the legs from the server’s side', async () => {
		await agentRuns();
		const browser = await signedIn('alice');
		const [address = ''] = await tailnet.targets['web-1'].addresses();
		const answer = await browser.post(`${origin}/api/diagnose`, { address });
		const { legs } = answer.json() as DiagnoseAnswer;
		expect(legs.map(({ leg, state }) => `${leg} ${state}`)).toEqual([
			'control ok',
			'derp ok',
			'wireguard ok',
			'tcp ok',
			'ssh ok'
		]);
		// Who is no admin is told nothing that they may not know from their own node.
		expect(legs.at(-1)?.detail).toBe('');
		const admin = await (await signedIn('bob')).post(`${origin}/api/diagnose`, { address });
		expect((admin.json() as DiagnoseAnswer).legs.at(-1)?.detail).toContain('SSH-2.0-');
	});

	test('[agent-peer-hidden] dials no other address, and refuses what is none', async () => {
		await agentRuns();
		const browser = await signedIn('alice');
		for (const address of ['127.0.0.1', '169.254.169.254', '100.64.77.77', '::1']) {
			const answer = await browser.post(`${origin}/api/diagnose`, { address });
			const { legs } = answer.json() as DiagnoseAnswer;
			expect(legs.find(({ leg }) => leg === 'wireguard')?.error?.code).toBe('agent-peer-hidden');
			expect(legs.find(({ leg }) => leg === 'tcp')?.state).toBe('not-reached');
		}
		for (const address of ['localhost', '', '1.2.3', 'http://x/'])
			expect((await browser.post(`${origin}/api/diagnose`, { address })).status).toBe(400);
	});

	test('is for people who are signed in and linked, from our own page, and not too often', async () => {
		const ask = (browser: Browser) =>
			browser.post(`${origin}/api/diagnose`, { address: '100.64.77.77' });
		expect((await ask(new Browser(origin))).status).toBe(401);
		expect((await ask(await signedIn('carol'))).json()).toMatchObject({
			code: 'identity-no-headscale-user'
		});
		const bob = await signedIn('bob');
		const foreign = await bob.send('POST', `${origin}/api/diagnose`, {
			body: '{"address":"100.64.77.77"}',
			headers: { origin: 'https://evil.example', 'content-type': 'application/json' }
		});
		expect(foreign.status).toBe(403);
		expect((await bob.get(`${origin}/api/diagnose`)).status).toBe(405);
		const answers = await Promise.all(Array.from({ length: 25 }, () => ask(bob)));
		// Twenty a minute; another test may have taken one of them.
		const refused = answers.filter(({ status }) => status === 429).length;
		expect([5, 6]).toContain(refused);
	});
});

describe('live windows', () => {
	test('[admin-only] are an admin’s to see and end: the node is gone, its connections are closed', async () => {
		const alice = await signedIn('alice');
		const bob = await signedIn('bob');
		const { node, key } = await openWindow(alice);
		try {
			const list = async () =>
				((await bob.get(`${origin}/api/admin/windows`)).json() as WindowsAnswer).windows;
			await expect
				.poll(async () => (await list()).find(({ id }) => id === key.hostname)?.connections, {
					timeout: JOIN_MS
				})
				.toBeGreaterThanOrEqual(2);
			const window = (await list()).find(({ id }) => id === key.hostname);
			expect(window).toMatchObject({ person: 'Alice Adams', headscaleUser: 'alice' });
			expect(window?.downBytes).toBeGreaterThan(0);
			expect(await sample('headtab_windows')).toBe(1);
			expect(await sample('headtab_relay_bytes_total{direction="down"}')).toBeGreaterThan(0);

			const url = `${origin}/api/admin/windows/${key.hostname}`;
			const refused = await alice.get(`${origin}/api/admin/windows`);
			expect(refused.status).toBe(403);
			expect(refused.json()).toMatchObject({ code: 'admin-only' });
			expect((await alice.send('DELETE', url, { headers: { origin } })).status).toBe(403);
			expect(
				(await bob.send('DELETE', url, { headers: { origin: 'https://evil.example' } })).status
			).toBe(403);
			expect((await bob.send('DELETE', url, { headers: { origin } })).status).toBe(204);
			expect((await tailnet.headscale.nodes()).filter(({ name }) => name === key.hostname)).toEqual(
				[]
			);
			expect((await alice.post(`${origin}/api/alive`, { hostname: key.hostname })).status).toBe(
				410
			);
			const unknown = await bob.send('DELETE', `${origin}/api/admin/windows/headtab-x`, {
				headers: { origin }
			});
			expect(unknown.status).toBe(404);
		} finally {
			await node.stop();
		}
	});

	test('the session says who is an admin', async () => {
		const person = async (login: string) =>
			((await (await signedIn(login)).get(`${origin}/api/session`)).json() as { person: object })
				.person;
		expect(await person('bob')).toMatchObject({ isAdmin: true });
		expect(await person('alice')).not.toHaveProperty('isAdmin');
	});
});

test('R10 SIGTERM: not ready, windows told to come back, the agent gone, exit 0', async () => {
	await agentRuns();
	const browser = await signedIn('alice');
	const sockets = await Promise.all(
		Array.from({ length: 8 }, async () => {
			const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/999`, ['derp'], {
				headers: { origin, cookie: browser.cookieHeader(origin) }
			});
			await new Promise((resolve) => socket.once('open', resolve));
			// In an object: a promise would be waited for.
			return { closed: new Promise<number>((resolve) => socket.once('close', resolve)) };
		})
	);
	app.process.signal('SIGTERM');
	expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(
		Array.from({ length: 8 }, () => 1012)
	);
	expect(await app.process.exited).toEqual({ code: 0, signal: null });
	// Its last lines are written after its exit.
	await expect.poll(() => app.log()).toContain('"ev":"config.stop"');
	const log = app.log();
	expect(log).not.toMatch(/hskey-(auth|api)-[A-Za-z0-9]/);
	expect(
		(await tailnet.headscale.nodes()).filter(({ name }) => name.startsWith('headtab-agent-'))
	).toEqual([]);
});
