// What went wrong at the doors of the neighbours' web servers, tried on the built server over raw HTTP.
// docs/ADVISORIES.md says which test is whose.
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REQUEST_BODY_MAX_BYTES } from '$lib/contracts/limits';
import { ROOT } from '../../../stack/versions';
import { BareApp } from './bare-app';
import { json, StubServer } from './stub';

/** Behind a proxy with TLS, whose header for addresses is named. */
let app: BareApp;
let headscale: StubServer;
let alice: string;

beforeAll(async () => {
	headscale = await StubServer.start((_, response) => json(response, { users: [] }));
	app = await BareApp.start({
		origin: 'https://tab.example.com',
		headscaleUrl: headscale.url,
		env: {
			HEADTAB_ADDRESS_HEADER: 'x-forwarded-for',
			HEADTAB_METRICS_TOKEN: 'a-token-of-some-length',
			HEADTAB_LOGINS_PER_MIN: '300'
		}
	});
	alice = await app.cookieOf({ id: '7', name: 'alice' });
});
afterAll(async () => {
	await app.stop();
	await headscale.stop();
});

/** As the proxy sends it. */
const via = { 'x-forwarded-for': '203.0.113.7' };
const code = (answer: { readonly text: string }): string | undefined =>
	/"code":"([a-z-]+)"/.exec(answer.text)?.[1];

/** What needs a session, each with the method that works with one. */
const CLOSED: readonly (readonly [method: string, path: string])[] = [
	['POST', '/api/keys'],
	['POST', '/api/joined'],
	['POST', '/api/leave'],
	['POST', '/api/alive'],
	['POST', '/api/diagnose'],
	['POST', '/api/session/link'],
	['GET', '/api/relay/check?target=control'],
	['GET', '/api/admin/windows'],
	['GET', '/api/admin/doctor'],
	['DELETE', '/api/admin/windows/x'],
	['POST', '/auth/logout/everywhere'],
	['GET', '/relay/key?v=130']
];

test('every route that changes or tells something is among those tried here', () => {
	const routes = readdirSync(join(ROOT, 'src', 'routes'), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('+server.ts'))
		.filter((file) =>
			/requireSession|requireAdmin/.test(readFileSync(join(ROOT, 'src', 'routes', file), 'utf8'))
		)
		.map((file) => `/${file.replace('/+server.ts', '').replace('[id]', 'x')}`);
	const tried = CLOSED.map(([, path]) => path.split('?')[0] ?? '');
	expect([...new Set(tried)].sort()).toEqual(expect.arrayContaining(routes.sort()));
});

test('like Termix CVE-2025-59951: no address is trusted, not even this machine’s own', async () => {
	for (const claim of ['127.0.0.1', '::1', '10.0.0.1', 'localhost'])
		for (const [method, path] of CLOSED) {
			const answer = await app.ask(path, {
				method,
				...(method === 'POST' ? { body: '{}' } : {}),
				headers: {
					'x-forwarded-for': claim,
					'x-real-ip': claim,
					forwarded: `for=${claim}`,
					'x-client-ip': claim
				}
			});
			// `localhost` is no address at all.
			const status = claim === 'localhost' ? 400 : 401;
			expect(answer.status, `${claim} ${path}`).toBe(status);
		}
	expect((await app.ask('/metrics', { headers: via })).status).toBe(404);
});

test('like oauth2-proxy CVE-2025-54576: what is public is public by its exact path, never by a part or the query', async () => {
	for (const path of [
		'/api/keys?x=/healthz',
		'/api/keys?/auth/login',
		'/healthz/../api/keys',
		'/api/keys/../../healthz/../api/keys',
		'/healthz%2f..%2fapi%2fkeys',
		'//api/keys',
		'/API/keys',
		'/api/keys;/healthz',
		'/api/keys%00/healthz'
	]) {
		const answer = await app.ask(path, { method: 'POST', body: '{}', headers: via });
		expect([401, 404, 405, 400], path).toContain(answer.status);
		// Monitors may come by any host, but for nothing else.
		const elsewhere = await app.ask(path, { headers: { ...via, host: 'evil.example' } });
		expect(code(elsewhere), path).toBe('host-refused');
	}
});

test('like oauth2-proxy CVE-2026-41059: a fragment in a request hides nothing', async () => {
	for (const path of ['/api/keys#/healthz', '/healthz#/../api/keys', '/api/keys%23/healthz']) {
		const elsewhere = await app.ask(path, { headers: { ...via, host: 'evil.example' } });
		expect(code(elsewhere), path).toBe('host-refused');
		const answer = await app.ask(path, { method: 'POST', body: '{}', headers: via });
		expect(answer.status, path).toBeGreaterThanOrEqual(400);
	}
});

test('like oauth2-proxy CVE-2025-64484: a header with _ is not the one with -', async () => {
	const answer = await app.ask('/api/session', { headers: { x_forwarded_for: '203.0.113.7' } });
	expect(answer.status).toBe(400);
	expect(answer.json()).toMatchObject({
		code: 'bad-request',
		params: { reason: 'the proxy sent no x-forwarded-for' }
	});
	const both = await app.ask('/api/session', { headers: { ...via, x_forwarded_for: '6.6.6.6' } });
	expect(both.status).toBe(200);
	// Nor does what a client puts before the proxy's own word count.
	await app.ask('/auth/callback?state=x', {
		headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
	});
	await expect.poll(() => app.log()).toContain('203.0.113.9');
	expect(app.log()).not.toContain('6.6.6.6');
});

test('like oauth2-proxy CVE-2026-34457: no User-Agent opens a door', async () => {
	for (const agent of ['kube-probe/1.30', 'GoogleHC/1.0', 'ELB-HealthChecker/2.0', 'Prometheus/3'])
		for (const [method, path] of CLOSED) {
			const answer = await app.ask(path, {
				method,
				...(method === 'POST' ? { body: '{}' } : {}),
				headers: { ...via, 'user-agent': agent }
			});
			expect(answer.status, `${agent} ${path}`).toBe(401);
		}
});

test('like oauth2-proxy CVE-2026-40575: no header says which address was asked for, nor by which host or scheme', async () => {
	const claims = {
		'x-forwarded-uri': '/healthz',
		'x-original-url': '/healthz',
		'x-rewrite-url': '/healthz',
		'x-forwarded-method': 'GET',
		'x-http-method-override': 'GET'
	};
	const answer = await app.ask('/api/keys', {
		method: 'POST',
		body: '{}',
		headers: { ...via, ...claims }
	});
	expect(answer.status).toBe(401);
	const elsewhere = await app.ask('/', {
		headers: { ...via, host: 'evil.example', 'x-forwarded-host': 'tab.example.com' }
	});
	expect(elsewhere.status).toBe(421);
	const page = await app.ask('/', {
		headers: { ...via, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
	});
	expect(page.text).not.toContain('evil.example');
	expect(page.headers['strict-transport-security']).toBeDefined();
});

test('like CVE-2022-41924, CVE-2022-41925: a name that an attacker points here gets nothing, not even a file', async () => {
	const paths = [
		'/',
		'/api/session',
		'/auth/login',
		'/service-worker.js',
		'/manifest.webmanifest',
		'/fonts/headtab-mono-regular.ttf'
	];
	for (const host of [
		'evil.example',
		'tab.example.com.evil.example',
		'tab.example.com:8443',
		'127.0.0.1',
		`127.0.0.1:${String(app.port)}`,
		'localhost',
		'[::1]',
		'tab.example.com@evil.example'
	]) {
		for (const path of paths) {
			const answer = await app.ask(path, { headers: { ...via, host, cookie: alice } });
			expect(answer.status, `${host} ${path}`).toBe(421);
			expect(answer.headers['set-cookie']).toBeUndefined();
		}
		const relay = await app.askUpgrade('/relay/derp/999', { headers: { host, cookie: alice } });
		expect(relay.status, host).toBe(421);
	}
	expect((await app.ask('/', { headers: { ...via, host: 'TAB.example.com:443' } })).status).toBe(
		200
	);
});

test('like CVE-2023-29003, CVE-2023-29008: another site changes nothing, whatever its content type and method', async () => {
	const types = [
		'application/json',
		'text/plain',
		'TEXT/plain; charset=utf-8',
		'application/x-www-form-urlencoded',
		'multipart/form-data; boundary=x',
		'text/plain, application/json',
		'',
		null
	];
	const before = headscale.seen.length;
	for (const origin of ['https://evil.example', 'null', 'http://tab.example.com', null])
		for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
			for (const type of types) {
				const answer = await app.ask('/api/keys', {
					method,
					body: '{}',
					headers: { ...via, origin, cookie: alice, 'content-type': type }
				});
				expect(code(answer), `${String(origin)} ${method} ${String(type)}`).toBe('origin-refused');
			}
	// From its own page it must be JSON, so that no form can be sent.
	for (const type of types.filter((one) => one !== 'application/json')) {
		const answer = await app.ask('/api/leave', {
			method: 'POST',
			body: '{"hostname":"x"}',
			headers: { ...via, cookie: alice, 'content-type': type }
		});
		expect(code(answer), String(type)).toBe('bad-request');
	}
	expect(headscale.seen.slice(before).filter((line) => !line.endsWith('/api/v1/user'))).toEqual([]);
	const out = await app.ask('/auth/logout', {
		method: 'POST',
		headers: { ...via, origin: 'https://evil.example', cookie: alice }
	});
	expect(out.status).toBe(403);
});

test('like CVE-2025-32388, CVE-2016-1566: nothing of an address comes back in a page', async () => {
	const mark = 'x"><script>alert(1)</script>';
	for (const path of [
		`/?q=${encodeURIComponent(mark)}`,
		`/connect/${encodeURIComponent(mark)}?user=${encodeURIComponent(mark)}`,
		`/nothing/${encodeURIComponent(mark)}`,
		`/?${mark.replaceAll(' ', '+')}`
	]) {
		const { text } = await app.ask(path, { headers: via });
		expect(text, path).not.toContain('alert(1)');
	}
});

test('like CVE-2025-67647: an address in a request is never fetched, whatever host it names', async () => {
	const evil = await StubServer.start((_, response) => json(response, {}));
	const { host } = new URL(evil.url);
	const answers = await Promise.all(
		[
			`GET ${evil.url}/ HTTP/1.1\r\nHost: tab.example.com`,
			`GET //${host}/ HTTP/1.1\r\nHost: tab.example.com`,
			`GET / HTTP/1.1\r\nHost: ${host}`,
			`GET /_app/../..//${host}/x HTTP/1.1\r\nHost: tab.example.com`,
			`CONNECT ${host} HTTP/1.1\r\nHost: tab.example.com`
		].map((head) => app.raw(`${head}\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n`))
	);
	expect(answers).toHaveLength(5);
	expect(evil.seen).toEqual([]);
	await evil.stop();
});

test('like CVE-2026-40073: a body has its limit, also one that does not say how long it is', async () => {
	const large = 'x'.repeat(REQUEST_BODY_MAX_BYTES + 1);
	const told = await app.ask('/api/leave', {
		method: 'POST',
		body: large,
		headers: { ...via, cookie: alice }
	});
	expect(code(told)).toBe('bad-request');
	const chunk = `${large.length.toString(16)}\r\n${large}\r\n`;
	for (const [path, type, origin] of [
		['/api/leave', 'application/json', [`Origin: ${app.origin}`]],
		['/auth/backchannel-logout', 'application/x-www-form-urlencoded', []]
	] as const) {
		const untold = await app.raw(
			[
				`POST ${path} HTTP/1.1`,
				'Host: tab.example.com',
				...origin,
				`Cookie: ${alice}`,
				'X-Forwarded-For: 203.0.113.7',
				`Content-Type: ${type}`,
				'Transfer-Encoding: chunked',
				'Connection: close',
				'',
				`${chunk}0\r\n\r\n`
			].join('\r\n')
		);
		expect(untold, path).toMatch(/^HTTP\/1\.1 400 /);
		expect(code({ text: untold }), path).toBe('bad-request');
	}
});

test('like CVE-2026-66062: long headers of choice are answered like short ones', async () => {
	const long = 'text/html;q=0.1,'.repeat(700);
	for (const name of ['accept', 'accept-language', 'accept-encoding', 'if-none-match', 'range']) {
		const answer = await app.ask('/nothing-here', { headers: { ...via, [name]: long } });
		expect([404, 416], name).toContain(answer.status);
	}
	const most = await app.ask('/', { headers: { ...via, accept: 'x'.repeat(17 * 1024) } });
	expect(most.status).toBe(431);
});

test('like CVE-2018-1340: cookies are of this host alone, for https, and out of scripts’ reach', async () => {
	const failed = await app.ask('/auth/callback?state=x', { headers: via });
	const cleared = await app.ask('/api/session', {
		headers: { ...via, cookie: `${app.cookies.session}=junk` }
	});
	const lines = [failed, cleared].flatMap(({ headers }) => headers['set-cookie'] ?? []);
	expect(lines).toHaveLength(2);
	for (const line of lines) {
		expect(line).toMatch(/^__Host-headtab/);
		for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'])
			expect(line).toContain(attribute);
		expect(line).not.toMatch(/domain=/i);
	}
});

test('like Boundary CVE-2024-12289, CVE-2026-7776: who never finishes a request is hung up on, and holds nobody up', async () => {
	const halves = [
		'GET / HTTP/1.1\r\nHost: tab.example.com\r\nX-Slow: ',
		'POST /api/leave HTTP/1.1\r\nHost: tab.exa',
		'GET /relay/derp/999 HTTP/1.1\r\nUpgrade: websocket\r\n',
		'G'
	];
	const open = (bytes: string): { socket: Socket; closed: Promise<void> } => {
		const socket = connect({ host: '127.0.0.1', port: app.port });
		socket.on('error', () => undefined);
		socket.write(bytes);
		const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
		socket.resume();
		return { socket, closed };
	};
	const sockets = Array.from({ length: 200 }, (_, index) =>
		open(halves[index % halves.length] ?? '')
	);
	expect((await app.ask('/', { headers: via })).status).toBe(200);
	await Promise.all(sockets.map(({ closed }) => closed));
	expect((await app.ask('/', { headers: via })).status).toBe(200);
});

test('like Headscale #2809: a refusal with data behind it is a refusal, and no more of it is told', async () => {
	const before = headscale.answer;
	headscale.answer = (_, response) =>
		response
			.writeHead(401, { 'content-type': 'application/json' })
			.end('Unauthorized\n{"users":[{"id":"7","name":"alice","providerId":"canary"}]}');
	try {
		const answer = await app.ask('/api/keys', {
			method: 'POST',
			body: '{}',
			headers: { ...via, cookie: alice }
		});
		expect(answer.json()).toMatchObject({ code: 'headscale-key-refused' });
		expect(answer.text).not.toContain('canary');
	} finally {
		headscale.answer = before;
	}
	// Ours, too: a refused request has its problem and nothing after it.
	const own = await app.ask('/api/keys', { method: 'POST', body: '{}', headers: via });
	expect(Object.keys(own.json() as object)).toEqual(
		expect.arrayContaining(['code', 'message', 'remedy'])
	);
	expect(own.text.trim().endsWith('}')).toBe(true);
});

/** All that the server runs, but for what browsers get. */
function builtServer(): string {
	const build = join(ROOT, 'build');
	return readdirSync(build, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.js') && !file.startsWith('client'))
		.map((file) => readFileSync(join(build, file), 'utf8'))
		.join('\n');
}

test('like Termix CVE-2026-45750, CVE-2026-42453, CVE-2026-53542, CVE-2026-53545: the built server cannot start a program', () => {
	const code = builtServer();
	expect(code).toContain('api/v1/preauthkey');
	expect(code).not.toMatch(/['"](?:node:)?child_process['"]/);
});

test('like Termix CVE-2026-45745: nothing in the built server turns the check of certificates off', () => {
	const code = builtServer();
	expect(code).not.toMatch(/rejectUnauthorized\s*[:=]\s*(?:false|!1|0)/);
	expect(code).not.toMatch(/NODE_TLS_REJECT_UNAUTHORIZED['"\]\s]*=/);
});
