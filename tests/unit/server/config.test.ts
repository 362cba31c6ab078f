// Configuration: every fault named at once, in words, never with a secret's value.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigFault, loadConfig } from '$lib/server/config/load';
import { SETTINGS } from '$lib/server/config/schema';
import { configWith, faultLines, faultsWith, goodEnvironment, newKey } from './environment';

const folder = mkdtempSync(join(tmpdir(), 'headtab-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string, mode = 0o600): string => {
	const path = join(folder, name);
	writeFileSync(path, text);
	chmodSync(path, mode);
	return path;
};

test('a good environment has no faults and no warnings', () => {
	const config = configWith();
	expect(config.warnings).toEqual([]);
	expect(config).toMatchObject({
		origin: 'https://tab.example.com',
		isSecure: true,
		mode: 'relay',
		derp: [{ region: 999, origin: 'https://headscale.example.com' }],
		keyTtlS: 300
	});
});

test('F1–F5 an empty environment names everything that is missing, at once, with exit code 78', () => {
	const lines = faultLines({});
	for (const name of [
		'HEADTAB_ORIGIN',
		'HEADTAB_HEADSCALE_URL',
		'HEADTAB_HEADSCALE_API_KEY',
		'HEADTAB_OIDC_ISSUER',
		'HEADTAB_OIDC_CLIENT_ID',
		'HEADTAB_OIDC_CLIENT_SECRET',
		'HEADTAB_SESSION_KEYS'
	])
		expect(lines.some((line) => line.startsWith(`${name}: is missing`))).toBe(true);
	expect(new ConfigFault([]).exitCode).toBe(78);
});

describe('F1 the origin', () => {
	test.each([
		['https://tab.example.com/app', 'without a path'],
		['http://tab.example.com', 'http is for loopback only'],
		['https://me:pw@tab.example.com', 'without a user name'],
		['https://täb.example.com', 'ASCII form (xn--tb-via.example.com)'],
		['tab.example.com', 'with https:// in front'],
		['https://tab.example.com?x=1', 'without ? and #']
	])('%s is refused', (origin, reason) => {
		const [line = ''] = faultsWith({ HEADTAB_ORIGIN: origin });
		expect(line).toMatch(/^HEADTAB_ORIGIN: must be like https:\/\/tab\.example\.com/);
		expect(line).toContain(reason);
	});

	test('a slash at its end is taken off; loopback may be http, others by the switch', () => {
		expect(configWith({ HEADTAB_ORIGIN: 'https://tab.example.com/' }).origin).toBe(
			'https://tab.example.com'
		);
		expect(configWith({ HEADTAB_ORIGIN: 'http://127.0.0.1:3000' }).isSecure).toBe(false);
		expect(
			faultsWith({ HEADTAB_ORIGIN: 'http://tab.example.com', HEADTAB_ALLOW_HTTP: 'true' })
		).toEqual([]);
	});
});

test.each([
	[undefined, 'is missing'],
	['headscale.example.com', 'with https:// in front'],
	['https://headscale.example.com/hs', 'without a path'],
	['https://tab.example.com', 'is Headtab itself']
])('F2 HEADTAB_HEADSCALE_URL %s is refused', (url, reason) => {
	const lines = faultsWith({ HEADTAB_HEADSCALE_URL: url });
	expect(lines).toHaveLength(1);
	expect(lines[0]).toContain(reason);
});

describe('F3 the API key', () => {
	test.each([
		['', 'is missing'],
		['hskey-auth-abcdef012345-0123456789', 'is a pre-auth key'],
		['abcdefg1.0123456789abcdef', 'is a key of Headscale 0.27 or older'],
		['hello there', 'must begin with hskey-api-']
	])('%j is named for what it is', (key, reason) => {
		const lines = faultsWith({ HEADTAB_HEADSCALE_API_KEY: key });
		expect(lines).toHaveLength(1);
		expect(lines[0]).toContain(reason);
		if (key !== '') expect(lines[0]).not.toContain(key);
	});

	test('a file works, its newline goes; both at once, no file, a folder, an empty one do not', () => {
		const key = `hskey-api-abcdef012345-${'y'.repeat(64)}`;
		const config = configWith({
			HEADTAB_HEADSCALE_API_KEY: undefined,
			HEADTAB_HEADSCALE_API_KEY_FILE: file('key', `${key}\n`)
		});
		expect(config.headscaleApiKey.reveal()).toBe(key);
		const bad = (path: string, value?: string) =>
			faultsWith({ HEADTAB_HEADSCALE_API_KEY: value, HEADTAB_HEADSCALE_API_KEY_FILE: path });
		expect(bad(file('key', key), key)).toEqual([expect.stringContaining('is set twice') as string]);
		expect(bad(join(folder, 'none'))[0]).toContain('cannot be read (ENOENT)');
		expect(bad(folder)[0]).toContain('must name a file');
		expect(bad(file('empty', '\n'))[0]).toContain('empty file');
	});

	test('a file that others can read is warned about', () => {
		const key = `hskey-api-abcdef012345-${'y'.repeat(64)}`;
		const { warnings } = configWith({
			HEADTAB_HEADSCALE_API_KEY: undefined,
			HEADTAB_HEADSCALE_API_KEY_FILE: file('open', key, 0o644)
		});
		expect(warnings[0]).toContain('can be read by others');
	});
});

describe('F4 OIDC', () => {
	test.each([
		[{ HEADTAB_OIDC_ISSUER: undefined }, 'HEADTAB_OIDC_ISSUER: is missing'],
		[{ HEADTAB_OIDC_CLIENT_ID: '' }, 'HEADTAB_OIDC_CLIENT_ID: is missing'],
		[{ HEADTAB_OIDC_CLIENT_SECRET: undefined }, 'HEADTAB_OIDC_CLIENT_SECRET: is missing'],
		[{ HEADTAB_OIDC_CLIENT_AUTH: 'none' }, 'is a public client; remove one'],
		[{ HEADTAB_OIDC_SCOPES: 'profile email' }, 'must contain openid'],
		[{ HEADTAB_OIDC_ALGORITHMS: 'RS256,none' }, 'must not contain none'],
		[{ HEADTAB_OIDC_ALGORITHMS: 'HS256' }, 'must not contain HS256'],
		[{ HEADTAB_OIDC_ALGORITHMS: 'RS257' }, 'must be a list of RS256'],
		[{ HEADTAB_OIDC_ISSUER: 'http://id.example.com' }, 'http is for loopback only']
	])('%j', (changes, reason) => {
		const lines = faultsWith(changes);
		expect(lines).toHaveLength(1);
		expect(lines[0]).toContain(reason);
	});

	test('without a single OIDC setting the server starts, to say what is missing', () => {
		const env = Object.fromEntries(
			Object.entries(goodEnvironment()).filter(([name]) => !name.includes('OIDC'))
		);
		const config = loadConfig(env);
		expect(config.oidc).toBeNull();
		expect(config.warnings[0]).toContain('HEADTAB_OIDC_ISSUER');
	});
});

describe('F5 session keys', () => {
	const twice = newKey();
	test.each([
		['', 'is missing'],
		['c2hvcnQ=', 'another length'],
		['A'.repeat(43) + '=', 'not random'],
		[Buffer.from('change-me-change-me-change-me-32').toString('base64'), 'not random'],
		[',', 'holds no key'],
		[`${twice},${twice}`, 'the same key twice']
	])('%j', (keys, reason) => {
		const lines = faultsWith({ HEADTAB_SESSION_KEYS: keys });
		expect(lines.join('\n')).toContain(reason);
		if (reason !== 'the same key twice') expect(lines[0]).toContain('openssl rand -base64 32');
		if (keys.length > 1) expect(lines.join('\n')).not.toContain(keys);
	});

	test('several keys are kept in order', () => {
		const [first, second] = [newKey(), newKey()];
		const { sessionKeys } = configWith({ HEADTAB_SESSION_KEYS: `${first}, ${second}` });
		expect(sessionKeys.map((key) => Buffer.from(key).toString('base64'))).toEqual([first, second]);
	});
});

test.each([
	['HEADTAB_PORT', '0'],
	['HEADTAB_PORT', '70000'],
	['HEADTAB_PORT', 'abc'],
	['HEADTAB_KEY_TTL_S', '59'],
	['HEADTAB_KEY_TTL_S', '3600'],
	['HEADTAB_SESSION_IDLE_S', '-1'],
	['HEADTAB_SESSION_IDLE_S', '10 min'],
	['HEADTAB_KEYS_PER_MIN', '1e9']
])('F6 %s=%s is refused with range and unit', (name, value) => {
	const lines = faultsWith({ [name]: value });
	expect(lines).toHaveLength(1);
	expect(lines[0]).toMatch(/must be a whole number of [a-zA-Z -]+ from \d+ to \d+/);
});

test('names of groups may hold spaces: only commas and line ends part them', () => {
	const groups = 'Domain Admins, ops\n  Tier 2 \r\n,';
	const config = configWith({ HEADTAB_ALLOWED_GROUPS: groups, HEADTAB_ADMIN_GROUPS: groups });
	expect(config.identity.allowedGroups).toEqual(['Domain Admins', 'ops', 'Tier 2']);
	expect(config.admins.groups).toEqual(['Domain Admins', 'ops', 'Tier 2']);
});

test('F7 a depth of 0 is refused, and a header that is none', () => {
	expect(faultsWith({ HEADTAB_XFF_DEPTH: '0' })[0]).toContain('from 1 to 10');
	expect(faultsWith({ HEADTAB_ADDRESS_HEADER: '*' })[0]).toContain('name of one header');
});

test('F7 no header behind a proxy is warned about: everybody would share one limit', () => {
	const without = { HEADTAB_ADDRESS_HEADER: undefined };
	expect(configWith(without).warnings).toEqual([
		expect.stringMatching(/^HEADTAB_ADDRESS_HEADER: is not set/)
	]);
	expect(configWith({ ...without, HEADTAB_ORIGIN: 'http://127.0.0.1:3000' }).warnings).toEqual([]);
});

test('the store’s password is a secret of its own, as it stands in the URL and as it is sent', () => {
	const secretsOf = (url: string) =>
		configWith({ HEADTAB_REDIS_URL: url }).secrets.map((secret) => secret.reveal());
	expect(secretsOf('redis://:correct%20horse%21@127.0.0.1:1')).toEqual(
		expect.arrayContaining(['correct%20horse%21', 'correct horse!'])
	);
	expect(secretsOf('redis://user:100%horse@127.0.0.1:1')).toContain('100%horse');
	expect(secretsOf('redis://127.0.0.1:1')).not.toContain('');
});

test('F8 an unknown HEADTAB_ name is warned about with the nearest known one', () => {
	const { warnings } = configWith({ HEADTAB_ORGIN: 'x', HEADTAB_IDENTITY_MAPS: '' });
	expect(warnings).toEqual([
		'HEADTAB_ORGIN: is not a setting; did you mean HEADTAB_ORIGIN?',
		'HEADTAB_IDENTITY_MAPS: is not a setting; did you mean HEADTAB_IDENTITY_MAP?'
	]);
});

test('F10 a public mail domain is warned about, * is refused, "anyone" is said in words', () => {
	expect(configWith({ HEADTAB_ALLOWED_DOMAINS: 'Gmail.com' }).warnings[0]).toContain('gmail.com');
	expect(faultsWith({ HEADTAB_ALLOWED_DOMAINS: '*' })[0]).toContain('the word anyone');
	expect(configWith({ HEADTAB_ALLOWED_DOMAINS: 'anyone' }).identity.allowedDomains).toEqual([]);
});

test('several faults are told together', () => {
	expect(
		faultsWith({
			HEADTAB_ORIGIN: 'x',
			HEADTAB_PORT: '0',
			HEADTAB_MODE: 'magic',
			HEADTAB_DERP: '0=x'
		})
	).toHaveLength(4);
});

test('.env.example has each setting, and nothing else', () => {
	const named = new Set(
		[...readFileSync('.env.example', 'utf8').matchAll(/^#?(HEADTAB_[A-Z_]+)=/gm)].map(
			([, name]) => name
		)
	);
	expect([...named].sort()).toEqual(SETTINGS.filter((name) => !name.endsWith('_FILE')).sort());
});
