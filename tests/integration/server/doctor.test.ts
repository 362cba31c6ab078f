// The built doctor command against deployments that are really broken, one fault each: it names the check
// that fails, the cause and the remedy; and against a healthy one. The admins' route does the same.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseDoctorAnswer, type DoctorCheck, type DoctorStatus } from '$lib/contracts/doctor';
import { appEnvironment, startApp, type AppOptions } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import { waitFor, type StackProcess } from '../../../stack/process';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';
import { policy, startTailnet, type Tailnet } from '../../../stack/tailnet';
import { ROOT } from '../thread-file';
import { Browser } from './browser';
import { startRedis, type RedisHandle } from './redis';
import { RewritingProxy } from './rewriting-proxy';
import { deadUrl, json, StubServer } from './stub';

type Environment = Readonly<Record<string, string | undefined>>;
interface Examination {
	readonly code: number;
	readonly checks: readonly DoctorCheck[];
	readonly output: string;
}

const SECRET = 'wrong-client-secret-a:b%+/=';
const outputs: string[] = [];
const apps: StackProcess[] = [];
let folder: string;
let tailnet: Tailnet;
/** Before Headtab: the origin is its address. */
let front: RecordingProxy;
/** Before Headscale, changing answers; nobody passes it unless a test says so. */
let between: RewritingProxy;
let redis: RedisHandle;
let options: AppOptions;
let healthyPolicy: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-doctor-'));
	const port = await freePort();
	front = await startProxy({ port: await freePort(), targetPort: port });
	tailnet = await startTailnet({
		stateDir: join(folder, 'tailnet'),
		appOrigin: front.origin,
		targets: []
	});
	healthyPolicy = policy('demo');
	await tailnet.headscale.createUser({ name: 'headtab-agent' });
	await tailnet.headscale.setPolicy(healthyPolicy);
	between = await RewritingProxy.start(tailnet.headscale.url);
	redis = await startRedis();
	options = {
		stateDir: join(folder, 'app'),
		port,
		origin: front.origin,
		headscale: tailnet.headscale,
		oidc: tailnet.oidc,
		client: tailnet.client,
		env: {
			HEADTAB_AGENT: 'on',
			HEADTAB_ADMINS: 'alice@tailnet.example',
			HEADTAB_REDIS_URL: redis.url,
			HEADTAB_STATE_DIR: folder
		}
	};
	apps.push(await startApp(options));
	await agentIs(options, true);
});
afterEach(() => {
	between.rewrite = () => undefined;
	front.setFaults({});
});
afterAll(async () => {
	await Promise.all(apps.map((app) => app.stop()));
	await Promise.all([front.stop(), between.stop(), redis.stop(), tailnet.stop()]);
	rmSync(folder, { recursive: true });
});

/** Waits until a server's agent runs, or has failed to. */
async function agentIs({ port }: AppOptions, isReady: boolean): Promise<void> {
	const find = async () => {
		const response = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
		const { checks } = (await response.json()) as {
			checks: { name: string; isReady: boolean; code: string | null }[];
		};
		return checks.find(({ name }) => name === 'agent')?.isReady === isReady;
	};
	await waitFor(find, { what: 'the agent', everyMs: 200 });
}

/** Runs the command with the settings of the healthy deployment, and these. */
async function examine(env: Environment = {}, ...args: readonly string[]): Promise<Examination> {
	const settings = { ...appEnvironment(options), ...env };
	const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
		execFile(
			process.execPath,
			[join(ROOT, 'build', 'doctor.js'), '--json', ...args],
			{ env: { PATH: process.env['PATH'], ...settings }, maxBuffer: 1e7 },
			(error, out, err) =>
				resolve({ code: error === null ? 0 : Number(error.code), output: out === '' ? err : out })
		);
	});
	outputs.push(output);
	return { code, output, checks: parseDoctorAnswer(JSON.parse(output)).checks };
}

const ids = ({ checks }: Examination, ...statuses: readonly DoctorStatus[]): readonly string[] =>
	checks.filter(({ status }) => statuses.includes(status)).map(({ id }) => id);
const find = ({ checks }: Examination, id: string): DoctorCheck => {
	const check = checks.find((one) => one.id === id);
	if (check === undefined) throw new Error(`no check ${id}`);
	return check;
};

/** The one check that fails, with its words and its remedy. */
async function expectFault(
	env: Environment,
	fault: { readonly id: string; readonly found: RegExp; readonly fix: RegExp },
	others: readonly string[] = []
): Promise<Examination> {
	const seen = await examine(env);
	expect(ids(seen, 'failed')).toEqual([fault.id, ...others]);
	expect(find(seen, fault.id).found).toMatch(fault.found);
	expect(find(seen, fault.id).fix).toMatch(fault.fix);
	expect(seen.code).toBe(1);
	return seen;
}

/** Through the proxy that changes answers; the relay knows DERP by Headscale's own address. */
const throughBetween = (): Environment => ({
	HEADTAB_HEADSCALE_URL: between.url,
	HEADTAB_DERP: `999=${tailnet.headscale.url}`
});
const isPath = (path: string, name: string) => path.split('?')[0] === name;

test('a healthy deployment: every check is ok, exit code 0', async () => {
	const seen = await examine();
	expect(seen.checks.filter(({ status }) => status !== 'ok')).toEqual([
		expect.objectContaining({ id: 'cors', status: 'off' }),
		expect.objectContaining({ id: 'client-address', status: 'off' })
	]);
	expect(seen.code).toBe(0);
	expect(find(seen, 'headscale-version').found).toContain('0.29.3');
	expect(find(seen, 'api-key').found).toMatch(/until \d{4}-\d\d-\d\d/);
	expect(find(seen, 'oidc-redirect').found).toContain('knows');
});

test('for a person: a line for each check and the figures, without colours in a pipe', async () => {
	const run = (env: Environment) =>
		new Promise<string>((resolve) => {
			execFile(
				process.execPath,
				[join(ROOT, 'build', 'doctor.js')],
				{ env: { PATH: process.env['PATH'], ...appEnvironment(options), ...env } },
				(_, out) => resolve(out)
			);
		});
	const text = await run({ HEADTAB_MODE: 'direct' });
	expect(text).toMatch(/✓ ok\s+Headscale\s+127\.0\.0\.1:\d+ answers\./);
	expect(text).toMatch(/✗ failed\s+CORS of Headscale[^\n]*\n\s+→ Let the proxy/);
	expect(text).toMatch(/\d+ ok, 1 failed/);
	expect(text).not.toContain('\u001b');
	expect(await run({ FORCE_COLOR: '1' })).toContain('\u001b[32m');
});

describe('Headscale', () => {
	test('is not there: what stands on it is not reached', async () => {
		const seen = await expectFault(
			{ HEADTAB_HEADSCALE_URL: await deadUrl() },
			{ id: 'headscale', found: /refuses connections/, fix: /HEADTAB_HEADSCALE_URL/ }
		);
		expect(ids(seen, 'not-reached')).toEqual([
			'headscale-version',
			'server-url',
			'control',
			'derp',
			'cors',
			'api-key',
			'policy-ssh',
			'policy-users',
			'policy-agent'
		]);
	});

	test('N15 answers 405 to browsers, as 0.29.1 does', async () => {
		between.rewrite = (answer) => {
			if (isPath(answer.path, '/ts2021')) answer.status = 405;
			if (isPath(answer.path, '/version')) answer.body = JSON.stringify({ version: 'v0.29.1' });
		};
		await expectFault(throughBetween(), {
			id: 'headscale-version',
			found: /v0\.29\.1 answers 405 to browsers/,
			fix: /Update Headscale to 0\.29\.3/
		});
	});

	test('is too old', async () => {
		between.rewrite = (answer) => {
			if (isPath(answer.path, '/version')) answer.body = JSON.stringify({ version: 'v0.27.1' });
		};
		await expectFault(throughBetween(), {
			id: 'headscale-version',
			found: /v0\.27\.1; 0\.28\.0 is the oldest/,
			fix: /Update Headscale/
		});
	});

	test('D5 has another server_url than it is reached by', async () => {
		const port = await freePort();
		const other = {
			...options,
			stateDir: join(folder, 'server-url'),
			port,
			origin: `http://127.0.0.1:${String(port)}`,
			env: { HEADTAB_HEADSCALE_URL: between.url }
		};
		tailnet.oidc.addClient({
			...tailnet.client,
			redirectUris: [`${front.origin}/auth/callback`, `${other.origin}/auth/callback`]
		});
		const app = await startApp(other);
		apps.push(app);
		await expectFault(
			{ ...appEnvironment(other), HEADTAB_REDIS_URL: undefined },
			{
				id: 'server-url',
				found: new RegExp(`server_url is ${tailnet.headscale.url}, but .* ${between.url}`),
				fix: /Set server_url .*HEADTAB_DERP=999=/
			}
		);
		await app.stop();
	});

	test('D1 stands behind a proxy that drops upgrades; like Headplane #386', async () => {
		const proxy = await startProxy({
			port: await freePort(),
			targetPort: Number(new URL(tailnet.headscale.url).port)
		});
		proxy.setFaults({ dropsUpgrade: true });
		await expectFault(
			{
				HEADTAB_HEADSCALE_URL: proxy.origin,
				HEADTAB_DERP: `999=${tailnet.headscale.url}`
			},
			{
				id: 'control',
				found: /localhost:\d+\/ts2021 arrives as a plain request \(500\)/,
				fix: /proxy_set_header Upgrade \$http_upgrade/
			}
		);
		await proxy.stop();
	});

	test('D2 stands behind a proxy that strips Sec-WebSocket-Protocol', async () => {
		const proxy = await startProxy({
			port: await freePort(),
			targetPort: Number(new URL(tailnet.headscale.url).port)
		});
		proxy.setFaults({ stripsProtocol: true });
		await expectFault(
			{ HEADTAB_DERP: `999=${proxy.origin}` },
			{ id: 'derp', found: /drops Sec-WebSocket-Protocol/, fix: /Sec-WebSocket-Protocol unchanged/ }
		);
		await proxy.stop();
	});

	test('names another DERP port than the one that answers', async () => {
		await expectFault(
			{ HEADTAB_DERP: `999=${await deadUrl()}` },
			{ id: 'derp', found: /Region 999: 127\.0\.0\.1:\d+ refuses/, fix: /HEADTAB_DERP/ }
		);
	});

	test('D6 sends no CORS headers in direct mode', async () => {
		await expectFault(
			{ HEADTAB_MODE: 'direct' },
			{
				id: 'cors',
				found: /no Access-Control-Allow-Origin/,
				fix: new RegExp(`Access-Control-Allow-Origin to ${front.origin}.*HEADTAB_MODE=relay`)
			}
		);
	});

	test('D6 two values of the CORS header, and another origin; no OPTIONS is a warning', async () => {
		const env = { ...throughBetween(), HEADTAB_MODE: 'direct' };
		const allow = (...values: readonly string[]) => {
			between.rewrite = ({ headers }) =>
				Object.assign(headers, { 'access-control-allow-origin': [...values] });
		};
		allow('*', front.origin);
		await expectFault(env, { id: 'cors', found: /two values/, fix: /own value must go/ });
		allow('https://elsewhere.example');
		await expectFault(env, { id: 'cors', found: /elsewhere\.example/, fix: /Allow-Origin to/ });
		allow(front.origin);
		const seen = await examine(env);
		expect(ids(seen, 'failed')).toEqual([]);
		expect(find(seen, 'cors')).toMatchObject({ status: 'warning' });
	});

	test('K5 and the provider tell another time', async () => {
		const shift = (seconds: number) => {
			between.rewrite = ({ headers }) =>
				(headers['date'] = new Date(Date.now() + seconds * 1000).toUTCString());
		};
		shift(90);
		await expectFault(throughBetween(), {
			id: 'clock',
			found: /Headscale is (8|9)\d seconds ahead/,
			fix: /NTP/
		});
		shift(-45);
		const seen = await examine(throughBetween());
		expect(seen.code).toBe(0);
		expect(find(seen, 'clock')).toMatchObject({ status: 'warning' });
	});
});

describe('the API key', () => {
	test('K2 [headscale-key-refused] is wrong', async () => {
		const seen = await expectFault(
			{ HEADTAB_HEADSCALE_API_KEY: `hskey-api-abcdef012345-${'s'.repeat(64)}` },
			{ id: 'api-key', found: /refuses the API key/, fix: /headscale apikeys create/ }
		);
		expect(ids(seen, 'not-reached')).toEqual(['policy-ssh', 'policy-users', 'policy-agent']);
	});

	test('expires within 14 days: a warning, a failure with --strict', async () => {
		const out = await tailnet.headscale.cli(
			...['apikeys', 'create', '--expiration', '5d', '--output', 'json']
		);
		const env = { HEADTAB_HEADSCALE_API_KEY: JSON.parse(out) as string };
		const seen = await examine(env);
		expect(ids(seen, 'failed', 'warning')).toEqual(['api-key']);
		expect(find(seen, 'api-key').found).toMatch(/expires in (4|5) days/);
		expect(find(seen, 'api-key').fix).toMatch(/apikeys create/);
		expect(seen.code).toBe(0);
		expect((await examine(env, '--strict')).code).toBe(1);
	});
});

describe('the provider', () => {
	test('L2 [oidc-issuer-mismatch] calls itself by another name', async () => {
		await expectFault(
			{ HEADTAB_OIDC_ISSUER: `${tailnet.oidc.issuer}/` },
			{
				id: 'oidc',
				found: new RegExp(`calls itself ${tailnet.oidc.issuer}, but`),
				fix: new RegExp(`HEADTAB_OIDC_ISSUER to ${tailnet.oidc.issuer},`)
			}
		);
	});

	test('L1 [oidc-provider-unreachable] is not there', async () => {
		await expectFault(
			{ HEADTAB_OIDC_ISSUER: await deadUrl() },
			{ id: 'oidc', found: /refuses connections/, fix: /HEADTAB_OIDC_ISSUER/ }
		);
	});

	test('L6 [oidc-client-refused] does not take the client', async () => {
		await expectFault(
			{ HEADTAB_OIDC_CLIENT_SECRET: SECRET },
			{ id: 'oidc-client', found: /does not take this client/, fix: /HEADTAB_OIDC_CLIENT_SECRET/ }
		);
	});
});

describe('the way in', () => {
	test('D3 ORIGIN leads to another service', async () => {
		const stranger = await StubServer.start((_, response) => json(response, { status: 'ok' }));
		const seen = await examine({ HEADTAB_ORIGIN: stranger.url });
		await stranger.stop();
		expect(ids(seen, 'failed')).toEqual(['oidc-redirect', 'origin']);
		expect(find(seen, 'origin').found).toMatch(/is not this Headtab/);
		expect(find(seen, 'origin').fix).toMatch(/Set HEADTAB_ORIGIN/);
		expect(find(seen, 'oidc-redirect').fix).toContain(`${stranger.url}/auth/callback`);
		expect(ids(seen, 'not-reached')).toEqual([
			'client-address',
			'proxy-control',
			'proxy-derp',
			'agent'
		]);
	});

	test('D3 ORIGIN leads to a Headtab with other session keys', async () => {
		const seen = await examine({
			HEADTAB_SESSION_KEYS_FILE: undefined,
			HEADTAB_SESSION_KEYS: Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)).toString(
				'base64'
			)
		});
		expect(ids(seen, 'failed')).toEqual(['origin']);
		expect(find(seen, 'origin').found).toMatch(/other session keys/);
	});

	test('the server does not run: not reached, and nothing else is blamed', async () => {
		const seen = await examine({
			HEADTAB_PORT: String(await freePort()),
			HEADTAB_ORIGIN: await deadUrl()
		});
		expect(ids(seen, 'failed')).toEqual(['oidc-redirect']);
		expect(find(seen, 'origin')).toMatchObject({ status: 'not-reached' });
		expect(find(seen, 'origin').found).toMatch(/does not run at 127\.0\.0\.1/);
		expect(find(seen, 'origin').fix).toMatch(/Start it/);
	});

	test('D1 the proxy drops upgrades', async () => {
		front.setFaults({ dropsUpgrade: true });
		await expectFault(
			{},
			{
				id: 'proxy-control',
				found: /\/ts2021 arrives as a plain request/,
				fix: /proxy_set_header Upgrade \$http_upgrade/
			},
			['proxy-derp']
		);
	});

	test('D2 the proxy strips Sec-WebSocket-Protocol', async () => {
		front.setFaults({ stripsProtocol: true });
		await expectFault(
			{},
			{
				id: 'proxy-control',
				found: /must speak tailscale-control-protocol/,
				fix: /Sec-WebSocket-Protocol/
			},
			['proxy-derp']
		);
	});
});

describe('the policy', () => {
	test('has no SSH rule', async () => {
		await tailnet.headscale.setPolicy(
			'{ "acls": [{ "action": "accept", "src": ["*"], "dst": ["*:*"] }] }'
		);
		const seen = await expectFault(
			{},
			{ id: 'policy-ssh', found: /no SSH rule/, fix: /"action": "accept"/ }
		);
		await tailnet.headscale.setPolicy(healthyPolicy);
		expect(ids(seen, 'not-reached')).toEqual(['policy-users']);
	});

	test('E8 has users: ["*"], which 0.28 takes', async () => {
		between.rewrite = (answer) => {
			if (!isPath(answer.path, '/api/v1/policy')) return;
			const text = healthyPolicy.replace('["autogroup:nonroot", "root"]', '["*"]');
			answer.body = JSON.stringify({ policy: text });
		};
		await expectFault(throughBetween(), {
			id: 'policy-users',
			found: /1 SSH rule with `users: \["\*"\]`/,
			fix: /autogroup:nonroot/
		});
	});

	test('has no rule for the agent: a warning', async () => {
		await tailnet.headscale.setPolicy(healthyPolicy.replaceAll('headtab-agent@', 'bob@'));
		const seen = await examine();
		await tailnet.headscale.setPolicy(healthyPolicy);
		expect(ids(seen, 'failed', 'warning')).toEqual(['policy-agent']);
		expect(find(seen, 'policy-agent').fix).toContain('"src": ["headtab-agent@"]');
	});
});

test('J1 [agent-not-connected] the agent cannot join', async () => {
	const port = await freePort();
	const other = {
		...options,
		stateDir: join(folder, 'no-agent'),
		port,
		origin: `http://127.0.0.1:${String(port)}`,
		env: {
			HEADTAB_AGENT: 'on',
			HEADTAB_AGENT_USER: 'nobody-made-it',
			HEADTAB_AGENT_CREATE_USER: 'false'
		}
	};
	tailnet.oidc.addClient({
		...tailnet.client,
		redirectUris: [`${front.origin}/auth/callback`, `${other.origin}/auth/callback`]
	});
	const app = await startApp(other);
	apps.push(app);
	await waitFor(
		async () => {
			const seen = await examine({ ...appEnvironment(other), HEADTAB_REDIS_URL: undefined });
			if (find(seen, 'agent').status === 'warning') return false;
			expect(ids(seen, 'failed')).toEqual(['agent']);
			expect(find(seen, 'agent').found).toContain('no user nobody-made-it');
			expect(find(seen, 'agent').fix).toContain('HEADTAB_AGENT_CREATE_USER');
			return true;
		},
		{ what: 'the agent’s failure' }
	);
	await app.stop();
});

test('F7 the proxy does not send the client’s address', async () => {
	const port = await freePort();
	const origin = `http://127.0.0.1:${String(port)}`;
	const other = {
		...options,
		stateDir: join(folder, 'no-address'),
		port,
		origin,
		env: { HEADTAB_ADDRESS_HEADER: 'x-forwarded-for' }
	};
	const app = await startApp(other);
	apps.push(app);
	const page = await fetch(origin);
	expect([page.status, page.headers.get('x-headtab-code')]).toEqual([400, 'bad-request']);
	const seen = await examine({ ...appEnvironment(other), HEADTAB_REDIS_URL: undefined });
	expect(find(seen, 'client-address').status).toBe('failed');
	expect(find(seen, 'client-address').found).toContain('sends no x-forwarded-for');
	expect(find(seen, 'client-address').fix).toContain('proxy_add_x_forwarded_for');
	await app.stop();
});

test('the shared store is not there', async () => {
	await expectFault(
		{ HEADTAB_REDIS_URL: `redis://:${SECRET.replace(/[^a-z]/g, '')}@127.0.0.1:1/0` },
		{ id: 'redis', found: /127\.0\.0\.1:1 refuses/, fix: /HEADTAB_REDIS_URL/ }
	);
});

test('F1–F5 F8 F10 every wrong setting is named, exit code 78, odd ones are warnings', async () => {
	const seen = await examine({
		HEADTAB_ORIGIN: 'https://tab.example.com/x',
		HEADTAB_HEADSCALE_API_KEY: 'hskey-auth-oops-secret',
		HEADTAB_OIDC_CLIENT_ID: ''
	});
	expect(seen.code).toBe(78);
	expect(ids(seen, 'failed')).toEqual([
		'configuration',
		'setting-origin',
		'setting-headscale-api-key',
		'setting-oidc-client-id'
	]);
	expect(seen.output).not.toContain('oops-secret');
	const odd = await examine({ HEADTAB_ORIGN: 'x', HEADTAB_ALLOWED_DOMAINS: 'gmail.com' });
	expect(odd.code).toBe(0);
	expect(ids(odd, 'warning')).toEqual([
		'configuration',
		'setting-allowed-domains',
		'setting-orign'
	]);
});

test('settings may come from a file; another option is wrong use', async () => {
	const file = join(folder, 'settings.env');
	const lines = Object.entries(appEnvironment(options)).map(
		([name, value]) => `${name}="${value ?? ''}"`
	);
	writeFileSync(file, lines.join('\n'), { mode: 0o600 });
	const run = (...args: readonly string[]) =>
		new Promise<number>((resolve) => {
			execFile(
				process.execPath,
				[join(ROOT, 'build', 'doctor.js'), ...args],
				{ env: { PATH: process.env['PATH'] } },
				(error) => resolve(error === null ? 0 : Number(error.code))
			);
		});
	expect(await run('--env-file', file)).toBe(0);
	expect(await run('--env-fil', file)).toBe(64);
});

describe('GET /api/admin/doctor', () => {
	test('finds the same for an admin, and shares what it found', async () => {
		const browser = new Browser(front.origin);
		await browser.signIn('alice');
		const ask = () => browser.get(`${front.origin}/api/admin/doctor`);
		const [one, two] = await Promise.all([ask(), ask()]);
		expect(one.status).toBe(200);
		expect(one.text).toBe(two.text);
		outputs.push(one.text);
		const { checks } = parseDoctorAnswer(one.json());
		expect(checks.filter(({ status }) => status !== 'ok')).toEqual([
			expect.objectContaining({ id: 'cors', status: 'off' }),
			expect.objectContaining({ id: 'client-address', status: 'off' })
		]);
		expect(checks.map(({ id }) => id)).toEqual((await examine()).checks.map(({ id }) => id));
	});

	test('[admin-only] is for admins; [rate-limited] and not all the time', async () => {
		const bob = new Browser(front.origin);
		await bob.signIn('bob');
		expect((await bob.get(`${front.origin}/api/admin/doctor`)).json()).toMatchObject({
			code: 'admin-only'
		});
		const stranger = await new Browser(front.origin).get(`${front.origin}/api/admin/doctor`);
		expect(stranger.status).toBe(401);
		const alice = new Browser(front.origin);
		await alice.signIn('alice');
		const statuses: number[] = [];
		for (let i = 0; i < 8; i++)
			statuses.push((await alice.get(`${front.origin}/api/admin/doctor`)).status);
		expect(statuses.at(-1)).toBe(429);
	});

	test('without the doctor’s pass /healthz tells no facts, and the door stays shut', async () => {
		const answer = await fetch(`${front.origin}/healthz`, {
			headers: { 'x-headtab-doctor': 'eyJhbGciOiJkaXIifQ..a.b.c' }
		});
		expect(await answer.json()).toEqual({ status: 'ok' });
		expect(answer.headers.get('x-headtab-instance')).toMatch(/^[0-9a-f]{16}$/);
	});
});

test('no secret of the run stands in any answer', () => {
	expect(outputs.length).toBeGreaterThan(25);
	const text = outputs.join('\n');
	for (const secret of [
		tailnet.headscale.apiKey,
		tailnet.client.secret,
		SECRET,
		SECRET.replace(/[^a-z]/g, ''),
		'ssssssss'
	])
		expect(text).not.toContain(secret);
	expect(text).not.toMatch(/hskey-(api|auth)-[A-Za-z0-9]|eyJ[A-Za-z0-9_-]{8}/);
});
