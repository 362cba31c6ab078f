// The app behind the real Caddy and nginx of deploy/: whose address counts, which a stranger may not choose; that
// upgrades come through whole; and what the server itself says where they do not.
import { readFileSync } from 'node:fs';
import {
	request as httpRequest,
	type IncomingHttpHeaders,
	type OutgoingHttpHeaders
} from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { loopbackCertificate } from '../../../stack/certificates';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { PROXIES, startReverseProxy, type ProxyName } from '../../../stack/reverse-proxy';
import { TailnetApp } from './tailnet-app';

const certificate = loopbackCertificate();
const ca = readFileSync(certificate.caFile);
const LOGINS_PER_MIN = 3;
let app: TailnetApp;
let port: number;
let origin: string;
let proxy: StackProcess | null = null;

beforeAll(async () => {
	port = await freePort();
	origin = `https://localhost:${String(port)}`;
	app = await TailnetApp.prepare({
		origin,
		behind: { serverUrl: origin, caFile: certificate.caFile }
	});
});
afterEach(async () => {
	await proxy?.stop();
	await app.stop();
});
afterAll(() => app.dispose());

async function deploy(name: ProxyName): Promise<void> {
	proxy = await startReverseProxy({
		proxy: name,
		layout: 'same-origin',
		ports: { headscale: port, headtab: port },
		upstreams: {
			headscale: Number(new URL(app.tailnet.headscale.url).port),
			headtab: app.options.port
		},
		certificate,
		stateDir: join(app.folder, name)
	});
	await restartApp();
}

async function restartApp(env: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
	await app.start({
		HEADTAB_HEADSCALE_PUBLIC_URL: origin,
		HEADTAB_ADDRESS_HEADER: 'x-forwarded-for',
		HEADTAB_LOGINS_PER_MIN: String(LOGINS_PER_MIN),
		NODE_EXTRA_CA_CERTS: certificate.caFile,
		...env
	});
}

interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
}
/** Asks through the proxy, or with `isPast` the app itself. */
function ask(path: string, headers: OutgoingHttpHeaders = {}, isPast = false): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const sent = isPast
			? httpRequest(`http://127.0.0.1:${String(app.options.port)}${path}`, {
					headers: { host: new URL(origin).host, ...headers }
				})
			: request(origin + path, { ca, headers });
		sent.on('response', (response) => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString()));
			response.on('end', () =>
				resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
			);
		});
		sent.on('error', reject);
		sent.end();
	});
}
/** What `/auth/login` answered, of as many attempts as there are addresses. */
async function logins(addresses: readonly string[], isPast = false): Promise<readonly string[]> {
	const places: string[] = [];
	for (const address of addresses) {
		const answer = await ask('/auth/login', { 'x-forwarded-for': address }, isPast);
		places.push(String(answer.headers.location).startsWith('http') ? 'provider' : 'refused');
	}
	return places;
}
const ONE_MORE = Array.from({ length: LOGINS_PER_MIN + 1 }, (_, index) => `6.6.6.${String(index)}`);
const LIMITED = [...ONE_MORE.slice(1).map(() => 'provider'), 'refused'];

describe.each(PROXIES)('behind %s', (name) => {
	test('the address is the one that the proxy saw, whatever a stranger claims; host and scheme are set', async () => {
		await deploy(name);
		expect(await logins(ONE_MORE)).toEqual(LIMITED);
		const claimed = await ask('/', {
			'x-forwarded-host': 'evil.example',
			'x-forwarded-proto': 'http',
			forwarded: 'for=6.6.6.6;host=evil.example;proto=http'
		});
		expect(claimed.status).toBe(200);
		expect(claimed.text + JSON.stringify(claimed.headers)).not.toContain('evil.example');
		expect(claimed.headers['strict-transport-security']).toBeDefined();
		await expect.poll(() => app.log()).toMatch(/"ev":"login.refused".*"ip":"127\.0\.0\.1"/);
		expect(app.log()).not.toContain('6.6.6.');
	});

	test('each has its own addresses at the one origin, and Headscale’s API is none of them', async () => {
		await deploy(name);
		expect(JSON.parse((await ask('/health')).text)).toMatchObject({ status: 'pass' });
		expect(JSON.parse((await ask('/key?v=130')).text)).toHaveProperty('publicKey');
		expect((await ask('/derp/probe')).status).toBe(200);
		expect((await ask('/windows')).text).toContain(`--login-server ${origin}`);
		expect((await ask('/relay/key?v=130')).status).toBe(401);
		// Headscale would say 401.
		expect((await ask('/api/v1/user')).status).toBe(404);
		expect((await ask('/healthz')).status).toBe(200);
	});

	test('D1 D2 a WebSocket of each comes through whole', async () => {
		await deploy(name);
		const opened = (path: string, protocol: string) =>
			new Promise<string>((resolve) => {
				const socket = new WebSocket(origin.replace('https', 'wss') + path, [protocol], {
					ca,
					origin
				});
				socket.on('open', () => {
					resolve(socket.protocol);
					socket.terminate();
				});
				socket.on('unexpected-response', (_, response) =>
					resolve(String(response.headers['x-headtab-code'] ?? response.statusCode))
				);
				socket.on('error', (cause) => resolve(cause.message));
			});
		expect(await opened('/derp', 'derp')).toBe('derp');
		// Headtab's own door wants a session; that it says so shows that the upgrade arrived.
		expect(await opened('/relay/derp/999', 'derp')).toBe('session-missing');
		expect(
			await opened('/relay/ts2021?X-Tailscale-Handshake=a', 'tailscale-control-protocol')
		).toBe('session-missing');
	});
});

test('D7 the agent joins by Headscale’s public name, through the proxy and its private CA', async () => {
	await deploy('nginx');
	await app.stop();
	await restartApp({ HEADTAB_AGENT: 'on' });
	const agent = async () => {
		const { checks } = JSON.parse((await ask('/readyz')).text) as {
			checks: { name: string; isReady: boolean }[];
		};
		return checks.find(({ name }) => name === 'agent')?.isReady;
	};
	await expect.poll(agent, { timeout: 45_000 }).toBe(true);
});

test('without a proxy that is named, nobody may claim an address; with one, nobody comes past it', async () => {
	await restartApp({ HEADTAB_ADDRESS_HEADER: undefined });
	expect(await logins(ONE_MORE, true)).toEqual(LIMITED);
	await app.stop();
	await restartApp();
	const past = await ask('/auth/login', {}, true);
	expect(past).toMatchObject({ status: 400, headers: { 'x-headtab-code': 'bad-request' } });
});
