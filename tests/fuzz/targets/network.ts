// What comes over the network besides sign-ins and Headscale's API: the provider's documents, versions, requests
// to us, and the addresses that Go wants to reach.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import { REQUEST_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { route } from '$lib/host/net-shim';
import { probeControl } from '$lib/server/headscale/capabilities';
import { readBody } from '$lib/server/http/body';
import { checkRequest } from '$lib/server/http/guard';
import { verifyLogoutToken } from '$lib/server/oidc/logout-token';
import { OidcProvider } from '$lib/server/oidc/provider';
import { configWith } from '../../unit/server/environment';
import { asJson, hostileText, hostileValue, mutated, shaped } from '../arbitraries';
import { HIDDEN, orRefusal } from '../rules';
import { fuzzTarget } from '../target';

const ORIGIN = 'https://tab.example.com';
const ISSUER = 'https://id.example.com';
const log = pino({ enabled: false });
const now = (): number => Date.parse('2026-11-23T12:00:00Z');
const { oidc } = configWith();
if (oidc === null) throw new TypeError('no provider is configured');

/** Answers every request alike while it runs. */
async function answering<T>(answers: (url: string) => Response, run: () => Promise<T>): Promise<T> {
	const real = globalThis.fetch;
	globalThis.fetch = (url) => {
		if (typeof url !== 'string') throw new TypeError('a request that is no text');
		return Promise.resolve(answers(url));
	};
	try {
		return await run();
	} finally {
		globalThis.fetch = real;
	}
}

const someUrl = fc.oneof(
	fc.constantFrom(`${ISSUER}/x`, 'http://127.0.0.1:9/x', 'http://id.example.com/x'),
	hostileText('https://', 'http://', 'id.example.com', 'javascript:', 'file:///etc/passwd')
);
const discovery = fuzzTarget('provider’s documents', {
	inputs: [
		fc.constantFrom(200, 200, 200, 200, 404, 500),
		fc.oneof(
			shaped({
				issuer: fc.constant(ISSUER),
				authorization_endpoint: someUrl,
				token_endpoint: someUrl,
				userinfo_endpoint: someUrl,
				end_session_endpoint: someUrl,
				jwks_uri: someUrl,
				authorization_response_iss_parameter_supported: fc.boolean()
			}).map(asJson),
			hostileText('{', '}', '<html>')
		),
		shaped({
			keys: fc.array(
				shaped({
					kty: fc.constantFrom('EC', 'RSA', 'oct', 'OKP'),
					crv: fc.constant('P-256'),
					alg: fc.constantFrom('ES256', 'RS256', 'none'),
					kid: fc.constant('one'),
					use: fc.constant('sig'),
					x: hostileText('AA'),
					y: hostileText('AA'),
					n: hostileText('AQAB'),
					e: fc.constant('AQAB'),
					k: fc.constant('AAAA')
				}),
				{ maxLength: 3 }
			)
		}).map(asJson),
		shaped({ alg: fc.constantFrom('ES256', 'RS256'), kid: fc.constant('one') }).map(asJson)
	],
	check: async (status, document, keys, head) => {
		const provider = new OidcProvider({ config: oidc, log, now });
		await answering(
			(url) => new Response(url.includes('openid-configuration') ? document : keys, { status }),
			async () => {
				const metadata = await orRefusal(
					() => provider.metadata(),
					['oidc-provider-unreachable', 'oidc-issuer-mismatch']
				);
				if (metadata === null) return;
				for (const url of [metadata.authorizationEndpoint, metadata.tokenEndpoint])
					assert.match(
						new URL(url).href,
						/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/
					);
				const token = `${Buffer.from(head).toString('base64url')}.e30.AAAA`;
				const counted = await orRefusal(
					() => verifyLogoutToken(token, provider, now),
					['bad-request', 'oidc-provider-unreachable']
				);
				assert.equal(counted, null);
			}
		);
	}
});

const version = fuzzTarget('Headscale’s version', {
	inputs: [
		fc.constantFrom(200, 400, 404, 405, 426, 500, 502),
		fc.constantFrom(200, 404, 500),
		fc.oneof(
			shaped({ version: hostileText('v0.', '29', '.', '3', 'dev') }).map(asJson),
			hostileText('{', 'v0.29.1')
		),
		hostileText('text/html', 'application/json', ';')
	],
	check: async (probed, status, body, type) => {
		const header = type.replaceAll(/[^\x21-\x7e]/g, '');
		const found = await answering(
			(url) =>
				new Response(body, {
					status: url.endsWith('/ts2021') ? probed : status,
					headers: { 'content-type': header }
				}),
			() => orRefusal(() => probeControl('https://headscale.example.com'))
		);
		if (found !== null) assert.ok(found.version.length <= 80);
	}
});

const requestBody = fuzzTarget('request body', {
	inputs: [
		fc.oneof(
			shaped({ hostname: hostileText('headtab-'), address: hostileText('100.64.0.1') }).map(asJson),
			mutated(fc.constant('{"hostname":"headtab-x"}')),
			hostileText('{', '}', '"hostname":', '"hostname"', ',')
		),
		fc.constantFrom(
			'application/json',
			'APPLICATION/JSON; charset=utf-8',
			'text/plain',
			'application/jsonp'
		)
	],
	check: async (body, type) => {
		const request = new Request(`${ORIGIN}/api/leave`, {
			method: 'POST',
			body,
			headers: { 'content-type': type }
		});
		const fields = await orRefusal(() => readBody(request, ['hostname']), ['bad-request']);
		if (fields === null) return;
		assert.deepEqual(Object.keys(fields), ['hostname']);
		assert.equal(typeof fields.hostname, 'string');
		assert.match(type, /^application\/json(;|$)/i);
		assert.ok(body.length <= REQUEST_BODY_MAX_BYTES);
	}
});

const guard = fuzzTarget('request guard', {
	inputs: [
		fc.record(
			{
				host: fc.oneof(fc.constant('tab.example.com'), hostileText('tab.example.com', ':443', '.')),
				origin: fc.oneof(fc.constant(ORIGIN), hostileText(ORIGIN, 'null', '.evil.example')),
				secFetchSite: fc.constantFrom('same-origin', 'cross-site', 'none'),
				contentLength: hostileText('1', '9', 'e', '-'),
				transferEncoding: fc.oneof(fc.constant('chunked'), hostileText('chunked', ',', 'gzip'))
			},
			{ requiredKeys: [] }
		),
		fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'get'),
		fc.constantFrom('/', '/api/keys', '/healthz', '/auth/backchannel-logout')
	],
	check: async (headers, method, path) => {
		const { host, origin, secFetchSite, contentLength, transferEncoding } = headers;
		const passed = await orRefusal(() => {
			checkRequest(
				{ method, path, host, origin, secFetchSite, contentLength, transferEncoding },
				ORIGIN
			);
			return true;
		});
		if (passed === null || ['GET', 'HEAD'].includes(method)) return;
		if (path !== '/healthz')
			assert.ok(['tab.example.com', 'tab.example.com:443'].includes(host?.toLowerCase() ?? ''));
		const isOurs = origin === ORIGIN || (origin === undefined && secFetchSite === 'same-origin');
		const isServers = path === '/auth/backchannel-logout' && origin === undefined;
		assert.ok(isOurs || isServers, 'another site’s page changes something');
	}
});

const goAddress = fuzzTarget('addresses that Go dials', {
	inputs: [
		hostileText(
			'wss://',
			'https://',
			'tab.example.com',
			'hs.example',
			':443',
			'/ts2021',
			'/derp',
			'/derp/probe',
			'/key',
			'?v=1',
			'@'
		),
		hostileValue,
		fc.boolean(),
		fc.boolean()
	],
	check: (url, hostname, isWebSocket, isRelayed) => {
		const found = route({
			url,
			isWebSocket,
			controlUrl: ORIGIN,
			hostname: typeof hostname === 'string' ? hostname.toWellFormed() : '',
			reach: isRelayed
				? { by: 'relay', origin: ORIGIN, derp: [{ id: 7, hosts: ['hs.example:443'] }] }
				: { by: 'direct' }
		});
		if (found.to === 'refused') assert.doesNotMatch(found.error.message, HIDDEN);
		if (isRelayed && (found.to === 'control' || found.to === 'derp'))
			assert.equal(new URL(found.url).host, 'tab.example.com', 'a way past the relay');
	},
	found: [['wss://a b/derp', '', true, true]]
});

export const NETWORK_TARGETS = [discovery, version, requestBody, guard, goAddress];
