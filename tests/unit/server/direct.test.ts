// Direct mode: where a window may connect to, and whether Headscale lets a page of ours read its answers (D6).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectSources, policyName } from '$lib/server/config/connect';
import { askCors, checkCors } from '$lib/server/headscale/cors';
import { RelayTargets } from '$lib/server/relay/targets';
import { configWith, faultsWith } from './environment';

const direct = (changes: Record<string, string> = {}) =>
	configWith({ HEADTAB_MODE: 'direct', ...changes });
const sourcesOf = (config: ReturnType<typeof direct>) =>
	connectSources(config, new RelayTargets(config).regions);

describe('where a window may connect to', () => {
	test('relayed: nowhere, and the worker has its plain address', () => {
		expect(sourcesOf(configWith())).toEqual([]);
		expect(policyName([])).toBe('');
	});

	test('directly: Headscale and the DERP servers, exactly those', () => {
		expect(sourcesOf(direct())).toEqual([
			'https://headscale.example.com',
			'wss://headscale.example.com'
		]);
		expect(
			sourcesOf(
				direct({
					HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080',
					HEADTAB_HEADSCALE_PUBLIC_URL: 'https://hs.example.com:8443',
					HEADTAB_DERP: '5=https://derp.example.com,6=https://derp.example.com:8443'
				})
			)
		).toEqual([
			'https://hs.example.com:8443',
			'wss://hs.example.com:8443',
			'wss://derp.example.com',
			'wss://derp.example.com:8443'
		]);
	});

	test('what the agent learns is added, and names another policy', () => {
		const config = direct();
		const targets = new RelayTargets(config);
		const before = policyName(connectSources(config, targets.regions));
		void targets.learn([
			{ id: 7, hosts: ['derp7.example.com:443'], origins: ['https://derp7.example.com'] }
		]);
		const sources = connectSources(config, targets.regions);
		expect(sources).toContain('wss://derp7.example.com');
		expect(policyName(sources)).toMatch(/^[\w-]{12}$/);
		expect(policyName(sources)).not.toBe(before);
	});

	test('at one origin that is the window’s own', () => {
		const config = direct({
			HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080',
			HEADTAB_HEADSCALE_PUBLIC_URL: 'https://tab.example.com'
		});
		expect(sourcesOf(config)).toEqual([]);
	});
});

describe('HEADTAB_HEADSCALE_PUBLIC_URL', () => {
	test('is where people reach Headscale: its DERP server has that name, and is dialled inside', () => {
		const config = configWith({
			HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080',
			HEADTAB_HEADSCALE_PUBLIC_URL: 'https://tab.example.com/'
		});
		expect(config.headscalePublicUrl).toBe('https://tab.example.com');
		const targets = new RelayTargets(config);
		expect(targets.regions).toEqual([{ id: 999, hosts: ['tab.example.com:443'] }]);
		expect(targets.byName('derp-999').origins).toEqual(['http://127.0.0.1:8080']);
		expect(targets.byName('control').origins).toEqual(['http://127.0.0.1:8080']);
	});

	test('is HEADTAB_HEADSCALE_URL unless set, and the way that is looked at in direct mode', () => {
		expect(configWith().headscalePublicUrl).toBe('https://headscale.example.com');
		const targets = new RelayTargets(
			direct({
				HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080',
				HEADTAB_HEADSCALE_PUBLIC_URL: 'https://hs.example.com'
			})
		);
		expect(targets.byName('control').origins).toEqual(['https://hs.example.com']);
		expect(targets.byName('derp-999').origins).toEqual(['https://hs.example.com']);
	});

	test('F2 directly, browsers must reach it from a page with TLS', () => {
		for (const env of [
			{ HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080' },
			{ HEADTAB_HEADSCALE_URL: 'http://headscale:8080', HEADTAB_ALLOW_HTTP: 'true' },
			{ HEADTAB_HEADSCALE_PUBLIC_URL: 'http://127.0.0.1:8080' }
		]) {
			const lines = faultsWith({ HEADTAB_MODE: 'direct', ...env });
			expect(lines).toEqual([
				expect.stringMatching(/^HEADTAB_HEADSCALE_PUBLIC_URL: must be the https address/) as string
			]);
			expect(faultsWith({ ...env })).toEqual([]);
		}
		expect(
			faultsWith({
				HEADTAB_MODE: 'direct',
				HEADTAB_ORIGIN: 'http://127.0.0.1:3000',
				HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:8080'
			})
		).toEqual([]);
	});

	test('D7 a path in it is refused', () => {
		expect(
			faultsWith({ HEADTAB_HEADSCALE_PUBLIC_URL: 'https://tab.example.com/headscale' })
		).toEqual([expect.stringMatching(/^HEADTAB_HEADSCALE_PUBLIC_URL: .*without a path/) as string]);
	});
});

describe('D6 CORS', () => {
	const origin = 'https://tab.example.com';
	let server: Server;
	let headscalePublicUrl: string;
	let allow: string | string[] | undefined;
	let preflightStatus: number;

	beforeEach(async () => {
		allow = undefined;
		preflightStatus = 204;
		server = createServer((request, response) => {
			if (allow !== undefined) response.setHeader('access-control-allow-origin', allow);
			response.writeHead(request.method === 'OPTIONS' ? preflightStatus : 200).end();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		headscalePublicUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
	});
	afterEach(() => {
		server.closeAllConnections();
		server.close();
	});

	test.each([
		[undefined, 'sends no Access-Control-Allow-Origin with /key'],
		[['*', origin], `sends two values of Access-Control-Allow-Origin with /key (*, ${origin})`],
		['https://other.example', `allows https://other.example with /key, and not ${origin}`]
	])('[control-cors] E7 %j is named', async (value, reason) => {
		allow = value;
		await expect(checkCors({ headscalePublicUrl, origin })).rejects.toMatchObject({
			code: 'control-cors',
			params: { host: new URL(headscalePublicUrl).host, reason, origin }
		});
	});

	test.each([origin, '*'])('%s will do', async (value) => {
		allow = value;
		expect(await askCors({ headscalePublicUrl, origin })).toEqual({
			fault: null,
			allowed: value,
			preflight: null
		});
		preflightStatus = 401;
		expect(await askCors({ headscalePublicUrl, origin })).toMatchObject({
			fault: null,
			preflight: 401
		});
	});

	test('at one origin nobody has to ask', async () => {
		await expect(checkCors({ headscalePublicUrl, origin: headscalePublicUrl })).resolves.toBe(
			undefined
		);
	});

	test('[headscale-unreachable] E7 nobody answers', async () => {
		server.close();
		await expect(
			checkCors({ headscalePublicUrl: 'http://127.0.0.1:1', origin })
		).rejects.toMatchObject({ code: 'headscale-unreachable' });
	});
});
