// Two built servers, one real Valkey or Redis, one balancer before them; real Headscale and a real provider.
// What one replica knows of sign-ins, limits and keys, the other obeys; and what counts while the store is away.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startApp, type AppOptions } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import { startBalancer, type Balancer } from './balancer';
import { Browser } from './browser';
import { startRealRedis, type RedisHandle } from './redis';

/** Issue 9: a sign-out is obeyed on every replica within it. */
const OBEYED = { timeout: 5_000, interval: 100 };
const KEYS_PER_MIN = 8;

let folder: string;
let tailnet: Tailnet;
let redis: RedisHandle;
let redisPort: number;
let balancer: Balancer;
/** A DERP server with patience: Headscale's ends who says nothing for 10 s. */
let derp: WebSocketServer;
let origin: string;
let one: AppOptions;
let two: AppOptions;
let first: StackProcess;
let second: StackProcess;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-replicas-'));
	const port = await freePort();
	origin = `http://127.0.0.1:${String(port)}`;
	redisPort = await freePort();
	redis = await startRealRedis(redisPort);
	tailnet = await startTailnet({
		stateDir: join(folder, 'tailnet'),
		appOrigin: origin,
		targets: []
	});
	const derpPort = await freePort();
	derp = new WebSocketServer({ port: derpPort, host: '127.0.0.1', handleProtocols: () => 'derp' });
	const { headscale, oidc, client } = tailnet;
	const optionsOf = async (name: string): Promise<AppOptions> => ({
		stateDir: join(folder, name),
		port: await freePort(),
		origin,
		headscale,
		oidc,
		client,
		env: {
			HEADTAB_REDIS_URL: redis.url,
			HEADTAB_DERP: `1=http://127.0.0.1:${String(derpPort)}`,
			HEADTAB_SESSION_KEYS_FILE: join(folder, 'one', 'session-keys'),
			HEADTAB_LOGINS_PER_MIN: '200',
			HEADTAB_KEYS_PER_MIN: String(KEYS_PER_MIN)
		}
	});
	one = await optionsOf('one');
	two = await optionsOf('two');
	first = await startApp(one);
	second = await startApp(two);
	balancer = await startBalancer(port, [one.port, two.port]);
});
afterAll(async () => {
	await balancer.stop();
	await Promise.all([first.stop(), second.stop()]);
	derp.close();
	await redis.stop();
	await tailnet.stop();
	rmSync(folder, { recursive: true, force: true });
});

const signedIn = async (login: string): Promise<Browser> => {
	const browser = new Browser(origin);
	await browser.signIn(login);
	return browser;
};
/** Asks one replica, past the balancer, with its public name. */
const at = async (replica: AppOptions, browser: Browser, path = '/api/session') => {
	balancer.pin(replica.port);
	try {
		return await browser.get(origin + path);
	} finally {
		balancer.pin(null);
	}
};
const personAt = async (replica: AppOptions, cookies: string): Promise<unknown> =>
	((await at(replica, new Browser(origin, cookies))).json() as { person: unknown }).person;
/** An open relay connection through one replica. */
const relayAt = async (replica: AppOptions, browser: Browser) => {
	balancer.pin(replica.port);
	const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay/derp/1`, ['derp'], {
		headers: { origin, cookie: browser.cookieHeader(origin) }
	});
	const closed = new Promise<number>((resolve) => socket.once('close', resolve));
	await new Promise<void>((resolve, reject) => {
		socket.once('open', () => resolve());
		socket.once('error', reject);
	});
	balancer.pin(null);
	return { socket, closed };
};
const logOf = ({ stateDir }: AppOptions) => readFileSync(join(stateDir, 'headtab.log'), 'utf8');

describe('signing out', () => {
	test('at one replica closes the relay at the other within 5 s, and no cookie of it counts again', async () => {
		const browser = await signedIn('alice');
		const cookies = browser.cookieHeader(origin);
		const relay = await relayAt(two, browser);
		expect(await personAt(two, cookies)).not.toBeNull();
		balancer.pin(one.port);
		const startedMs = performance.now();
		await browser.post(`${origin}/auth/logout`, {});
		balancer.pin(null);
		expect(await relay.closed).toBe(4401);
		process.stdout.write(
			`  the other replica's relay closed ${String(Math.round(performance.now() - startedMs))} ms after the sign-out\n`
		);
		await expect.poll(() => personAt(two, cookies), OBEYED).toBeNull();
		const key = await new Browser(origin, cookies).post(`${origin}/api/keys`, {});
		expect(key.json()).toMatchObject({ code: 'session-missing' });
	});

	test('everywhere ends each browser of the person on each replica, and nobody else’s', async () => {
		const [here, there, bob] = await Promise.all([
			signedIn('alice'),
			signedIn('alice'),
			signedIn('bob')
		]);
		const cookies = there.cookieHeader(origin);
		const [relay, other] = [await relayAt(two, there), await relayAt(two, bob)];
		balancer.pin(one.port);
		await here.post(`${origin}/auth/logout/everywhere`, {});
		balancer.pin(null);
		expect(await relay.closed).toBe(4401);
		await expect.poll(() => personAt(two, cookies), OBEYED).toBeNull();
		expect(other.socket.readyState).toBe(other.socket.OPEN);
		other.socket.terminate();
		// Signing in again is a new sign-in.
		expect(await personAt(two, (await signedIn('alice')).cookieHeader(origin))).not.toBeNull();
	});

	test('C4 at the provider ends that sign-in on both, by its logout token, and not another browser’s', async () => {
		const [browser, other] = [await signedIn('alice'), await signedIn('alice')];
		const cookies = browser.cookieHeader(origin);
		const relays = [await relayAt(one, browser), await relayAt(two, browser)];
		const page = await browser.get(`${tailnet.oidc.issuer}/session/end?client_id=headtab`);
		const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? '';
		const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
		await browser.send('POST', action, {
			body: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
			headers: { 'content-type': 'application/x-www-form-urlencoded' }
		});
		expect(await Promise.all(relays.map(({ closed }) => closed))).toEqual([4401, 4401]);
		for (const replica of [one, two]) {
			await expect.poll(() => personAt(replica, cookies), OBEYED).toBeNull();
			expect(await personAt(replica, other.cookieHeader(origin))).not.toBeNull();
		}
	});

	test('C4 what is no logout token ends nothing; a page of another site is refused before it is read', async () => {
		const browser = await signedIn('bob');
		const send = (body: string, headers: Record<string, string | null> = {}) =>
			new Browser(origin).send('POST', `${origin}/auth/backchannel-logout`, {
				body,
				headers: {
					origin: null,
					'content-type': 'application/x-www-form-urlencoded',
					...headers
				}
			});
		for (const body of ['', 'logout_token=x.y.z', 'logout_token=a&logout_token=b']) {
			const answer = await send(body);
			expect(answer.status).toBe(400);
			expect(answer.headers.get('cache-control')).toBe('no-store');
		}
		expect((await send('logout_token=x', { origin: 'https://evil.example' })).status).toBe(403);
		expect((await send('logout_token=x', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
		expect((await browser.get(`${origin}/auth/backchannel-logout`)).status).toBe(405);
		expect(await personAt(one, browser.cookieHeader(origin))).not.toBeNull();
	});
});

describe('limits and keys', () => {
	test('K7 [rate-limited] a person’s keys are counted over both replicas', async () => {
		const browser = await signedIn('bob');
		const codes: number[] = [];
		while (codes.length < KEYS_PER_MIN + 2) {
			const { status } = await browser.post(`${origin}/api/keys`, {});
			codes.push(status);
		}
		expect(codes.filter((status) => status === 200).length).toBeLessThanOrEqual(KEYS_PER_MIN);
		expect(codes.at(-1)).toBe(429);
	});

	test('K8 a key that one replica issued is expired by the other when its window goes', async () => {
		const browser = await signedIn('alice');
		balancer.pin(one.port);
		const issued = await browser.post(`${origin}/api/keys`, {});
		const { hostname, preAuthKey } = issued.json() as { hostname: string; preAuthKey: string };
		balancer.pin(two.port);
		expect((await browser.post(`${origin}/api/leave`, { hostname })).status).toBe(204);
		balancer.pin(null);
		const keys = await tailnet.headscale.preAuthKeys();
		const key = keys.find((each) => preAuthKey.startsWith(each.key.replace(/\*+$/, '')));
		expect(Date.parse(key?.expiration ?? '')).toBeLessThanOrEqual(Date.now() + 1000);
	});
});

describe('the store', () => {
	test('away: people sign in and stay, a sign-out counts at once where it was made, and elsewhere when it is back', async () => {
		const [leaving, staying] = [await signedIn('alice'), await signedIn('alice')];
		const cookies = leaving.cookieHeader(origin);
		await redis.stop();
		await expect
			.poll(() => [one, two].every((replica) => logOf(replica).includes('goes on with what it')))
			.toBe(true);
		balancer.pin(one.port);
		await leaving.post(`${origin}/auth/logout`, {});
		balancer.pin(null);
		expect(await personAt(one, cookies)).toBeNull();
		expect(await personAt(two, staying.cookieHeader(origin))).not.toBeNull();
		const later = await signedIn('alice');
		expect((await later.post(`${origin}/api/keys`, {})).status).toBe(200);
		// Back, and empty: what is known is written into it.
		redis = await startRealRedis(redisPort);
		await expect.poll(() => personAt(two, cookies), { timeout: 15_000 }).toBeNull();
		// A replica that starts only now knows it from its first answer on.
		await first.stop();
		first = await startApp(one);
		expect(await personAt(one, cookies)).toBeNull();
		expect(await personAt(one, staying.cookieHeader(origin))).not.toBeNull();
	});
});

describe('C7 a person who was removed', () => {
	test('[oidc-claim-refused] is out at a server whose lists no longer have them, and is told why', async () => {
		const browser = await signedIn('alice');
		expect(await personAt(one, browser.cookieHeader(origin))).not.toBeNull();
		await first.stop();
		first = await startApp({ ...one, env: { ...one.env, HEADTAB_ALLOWED_USERS: 'bob' } });
		const answer = (await at(one, browser)).json();
		expect(answer).toMatchObject({ person: null, accessError: { code: 'oidc-claim-refused' } });
		balancer.pin(one.port);
		const key = await browser.post(`${origin}/api/keys`, {});
		expect(key.json()).toMatchObject({ code: 'oidc-claim-refused' });
		await expect(relayAt(one, browser)).rejects.toThrow(/403/);
		await first.stop();
		first = await startApp(one);
	});

	test('[identity-no-headscale-user] whose Headscale user is deleted loses relay and keys', async () => {
		const browser = await signedIn('alice');
		const relay = await relayAt(two, browser);
		const alice = (await tailnet.headscale.users()).find(({ name }) => name === 'alice');
		await tailnet.headscale.deleteUser(alice?.id ?? '');
		balancer.pin(two.port);
		const key = await browser.post(`${origin}/api/keys`, {});
		balancer.pin(null);
		expect(key.json()).toMatchObject({ code: 'identity-no-headscale-user' });
		expect(await relay.closed).toBe(4401);
		expect((await at(two, browser)).json()).toMatchObject({
			linkError: { code: 'identity-no-headscale-user' }
		});
	});
});
