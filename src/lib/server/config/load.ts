// Environment (and *_FILE) → Config, or every fault at once.
// Server only; called by `init` in hooks.server.ts. A secret's value is never part of a fault.
import { readFileSync, statSync } from 'node:fs';
import { env as processEnvironment } from '$env/dynamic/private';
import {
	KEY_TTL_MAX_S,
	KEY_TTL_MIN_S,
	KEY_TTL_S,
	KEYS_PER_MIN,
	LOGINS_PER_MIN,
	RELAY_TOTAL_MAX,
	SESSION_ABSOLUTE_S,
	SESSION_IDLE_S
} from '$lib/contracts/limits';
import { Secret } from '../secret';
import { readOperation } from './operation';
import {
	LOG_LEVELS,
	PUBLIC_MAIL_DOMAINS,
	SESSION_KEY_COMMAND,
	SETTINGS,
	SIGNATURE_ALGORITHMS,
	SIGNATURE_ALGORITHMS_DEFAULT,
	type ClientAuth,
	type Config,
	type DerpTarget,
	type IdentityConfig,
	type OidcConfig,
	type Setting
} from './schema';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
	readonly setting: string;
	/** What it should be, and what is wrong with it. */
	readonly problem: string;
}

/** The configuration cannot work. main.ts prints `lines` and ends with `exitCode`. */
export class ConfigFault extends Error {
	override readonly name = 'ConfigFault';
	/** EX_CONFIG of sysexits.h. */
	readonly exitCode = 78;
	readonly problems: readonly ConfigProblem[];

	constructor(problems: readonly ConfigProblem[]) {
		super(`the configuration has ${String(problems.length)} fault(s)`);
		this.problems = problems;
	}

	/** One line a fault. */
	get lines(): readonly string[] {
		return this.problems.map(({ setting, problem }) => `${setting}: ${problem}`);
	}
}

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOSTS.includes(host);

/** Collects faults while it reads, so that one start tells all of them. */
export class Reader {
	readonly problems: ConfigProblem[] = [];
	readonly warnings: string[] = [];
	readonly #env: Environment;

	constructor(env: Environment) {
		this.#env = env;
	}

	fault(setting: Setting, problem: string): null {
		this.problems.push({ setting, problem });
		return null;
	}

	has(setting: Setting): boolean {
		return (this.#env[setting] ?? '').trim() !== '';
	}

	/** The trimmed text; null when absent or empty. */
	text(setting: Setting): string | null {
		const text = (this.#env[setting] ?? '').trim();
		return text === '' ? null : text;
	}

	bool(setting: Setting, fallback: boolean): boolean {
		const text = this.text(setting);
		if (text === null) return fallback;
		if (text === 'true' || text === '1') return true;
		if (text === 'false' || text === '0') return false;
		this.fault(setting, 'must be true or false');
		return fallback;
	}

	int(
		setting: Setting,
		range: {
			readonly min: number;
			readonly max: number;
			readonly fallback: number;
			readonly unit: string;
		}
	): number {
		const text = this.text(setting);
		if (text === null) return range.fallback;
		const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
		if (value >= range.min && value <= range.max) return value;
		this.fault(
			setting,
			`must be a whole number of ${range.unit} from ${String(range.min)} to ${String(range.max)}, digits only`
		);
		return range.fallback;
	}

	oneOf<T extends string>(setting: Setting, allowed: readonly T[], fallback: T): T {
		const text = this.text(setting);
		if (text === null) return fallback;
		const found = allowed.find((value) => value === text);
		if (found !== undefined) return found;
		this.fault(setting, `must be one of ${allowed.join(', ')}`);
		return fallback;
	}

	list(setting: Setting, separator = /[\s,]+/): readonly string[] {
		return (this.text(setting) ?? '')
			.split(separator)
			.map((item) => item.trim())
			.filter((item) => item !== '');
	}

	/** Names that may hold spaces, as groups of a directory do: by commas and line ends. */
	names(setting: Setting): readonly string[] {
		return this.list(setting, /[,\r\n]+/);
	}

	/** A secret by value or by file; both at once is a fault, as nobody could say which counts. */
	secret(setting: Setting, fileSetting: Setting): string | null {
		const path = this.text(fileSetting);
		if (path !== null && this.has(setting))
			return this.fault(setting, `is set twice: by ${setting} and by ${fileSetting}; remove one`);
		if (path === null) return this.text(setting);
		try {
			const stat = statSync(path);
			if (!stat.isFile()) return this.fault(fileSetting, 'must name a file, and this is none');
			if ((stat.mode & 0o027) !== 0)
				this.warnings.push(`${fileSetting}: the file can be read by others; chmod 600 it`);
			const text = readFileSync(path, 'utf8').trim();
			return text === '' ? this.fault(fileSetting, 'names an empty file') : text;
		} catch (cause) {
			const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
			return this.fault(fileSetting, `names a file that cannot be read (${code})`);
		}
	}
}

/** Reads and checks everything.
 *  @param env the process's own (in development `.env`, too) unless a test gives one
 *  @throws ConfigFault with all faults */
export function loadConfig(env: Environment = processEnvironment): Config {
	const reader = new Reader(env);
	const allowHttp = reader.bool('HEADTAB_ALLOW_HTTP', false);
	const origin = readOrigin(reader, allowHttp);
	const headscaleUrl = readHeadscaleUrl(reader, { allowHttp, origin });
	const headscalePublicUrl = readPublicUrl(reader, allowHttp) ?? headscaleUrl;
	const apiKey = readApiKey(reader);
	const oidc = readOidc(reader, allowHttp);
	const sessionKeys = readSessionKeys(reader);
	const identity = readIdentity(reader);
	const operation = readOperation(reader);
	const mode = reader.oneOf('HEADTAB_MODE', ['relay', 'direct'] as const, 'relay');
	if (mode === 'direct' && isHttpsOnly(origin, headscalePublicUrl))
		reader.fault(
			'HEADTAB_HEADSCALE_PUBLIC_URL',
			'must be the https address where people’s browsers reach Headscale, as HEADTAB_MODE is direct; e.g. https://headscale.example.com'
		);
	const derp = readDerp(reader, {
		allowHttp,
		headscaleUrl: mode === 'direct' ? headscalePublicUrl : headscaleUrl
	});
	const host = reader.text('HEADTAB_HOST') ?? '127.0.0.1';
	const port = reader.int('HEADTAB_PORT', {
		min: 1,
		max: 65_535,
		fallback: 3000,
		unit: 'TCP port'
	});
	const idleS = reader.int('HEADTAB_SESSION_IDLE_S', {
		min: 60,
		max: 30 * 24 * 3600,
		fallback: SESSION_IDLE_S,
		unit: 'seconds'
	});
	const absoluteS = reader.int('HEADTAB_SESSION_ABSOLUTE_S', {
		min: 60,
		max: 90 * 24 * 3600,
		fallback: Math.max(SESSION_ABSOLUTE_S, idleS),
		unit: 'seconds'
	});
	if (idleS > absoluteS)
		reader.fault('HEADTAB_SESSION_IDLE_S', 'must not be longer than HEADTAB_SESSION_ABSOLUTE_S');
	const addressHeader = reader.text('HEADTAB_ADDRESS_HEADER')?.toLowerCase() ?? null;
	if (addressHeader !== null && !/^[a-z0-9-]{1,64}$/.test(addressHeader))
		reader.fault('HEADTAB_ADDRESS_HEADER', 'must be the name of one header, e.g. x-forwarded-for');
	if (addressHeader === null && origin?.startsWith('https:') === true)
		reader.warnings.push(
			'HEADTAB_ADDRESS_HEADER: is not set, so limits take everybody behind the proxy for one person'
		);
	const xffDepth = reader.int('HEADTAB_XFF_DEPTH', {
		min: 1,
		max: 10,
		fallback: 1,
		unit: 'proxies'
	});
	const rest = {
		mode,
		keyTtlS: reader.int('HEADTAB_KEY_TTL_S', {
			min: KEY_TTL_MIN_S,
			max: KEY_TTL_MAX_S,
			fallback: KEY_TTL_S,
			unit: 'seconds'
		}),
		loginsPerMin: reader.int('HEADTAB_LOGINS_PER_MIN', {
			min: 1,
			max: 10_000,
			fallback: LOGINS_PER_MIN,
			unit: 'sign-ins a minute'
		}),
		keysPerMin: reader.int('HEADTAB_KEYS_PER_MIN', {
			min: 1,
			max: 10_000,
			fallback: KEYS_PER_MIN,
			unit: 'keys a minute'
		}),
		relayTotalMax: reader.int('HEADTAB_RELAY_TOTAL_MAX', {
			min: 1,
			max: 100_000,
			fallback: RELAY_TOTAL_MAX,
			unit: 'connections'
		}),
		logLevel: reader.oneOf('HEADTAB_LOG_LEVEL', LOG_LEVELS, 'info')
	};
	refuseBlindTls(reader, env);
	warnUnknown(reader, env);

	// Without a single OIDC setting the server may run, to show people what is missing (E3). But
	// where it stops anyway, all that is missing is named at once.
	if (oidc === 'absent' && reader.problems.length > 0) {
		reader.fault(
			'HEADTAB_OIDC_ISSUER',
			'is missing; must be the issuer’s URL, exactly as it names itself'
		);
		reader.fault(
			'HEADTAB_OIDC_CLIENT_ID',
			'is missing; must be the id of the client registered there'
		);
		reader.fault('HEADTAB_OIDC_CLIENT_SECRET', 'is missing; must be that client’s secret');
	}
	if (oidc === 'absent')
		reader.warnings.push(
			'HEADTAB_OIDC_ISSUER: not one OIDC setting is present, so nobody can sign in'
		);
	if (
		reader.problems.length > 0 ||
		origin === null ||
		headscaleUrl === null ||
		headscalePublicUrl === null ||
		apiKey === null ||
		oidc === null
	)
		throw new ConfigFault(reader.problems);

	const headscaleApiKey = new Secret(apiKey);
	const secrets = [headscaleApiKey];
	if (oidc !== 'absent' && oidc.clientSecret !== null) secrets.push(oidc.clientSecret);
	for (const secret of [operation.redisUrl, operation.metrics.token])
		if (secret !== null) secrets.push(secret);
	if (operation.redisUrl !== null) secrets.push(...passwordsOf(operation.redisUrl));
	for (const key of sessionKeys.keys) {
		secrets.push(new Secret(Buffer.from(key).toString('base64').replaceAll('=', '')));
		secrets.push(new Secret(Buffer.from(key).toString('base64url')));
		secrets.push(new Secret(Buffer.from(key).toString('hex')));
	}
	return {
		origin,
		isSecure: origin.startsWith('https:'),
		host,
		port,
		headscaleUrl,
		headscalePublicUrl,
		headscaleApiKey,
		oidc: oidc === 'absent' ? null : oidc,
		sessionKeys: sessionKeys.keys,
		sessionKeysFromMs: sessionKeys.fromMs,
		sessionIdleS: idleS,
		sessionAbsoluteS: absoluteS,
		identity,
		derp,
		isDerpSet: reader.has('HEADTAB_DERP'),
		...operation,
		addressHeader,
		xffDepth,
		...rest,
		warnings: reader.warnings,
		secrets
	};
}

/** The password in a URL, as it stands there and as it is sent: either may turn up without the rest. */
function passwordsOf(url: Secret): readonly Secret[] {
	const { password } = new URL(url.reveal());
	if (password === '') return [];
	try {
		return [new Secret(password), new Secret(decodeURIComponent(password))];
	} catch (cause) {
		// A stray %: then it is sent as it stands.
		if (cause instanceof URIError) return [new Secret(password)];
		throw cause;
	}
}

interface UrlRules {
	readonly allowHttp: boolean;
	readonly example: string;
	readonly mayHavePath: boolean;
}

/** What is wrong with an http(s) URL, or null. */
function urlProblem(text: string, { allowHttp, example, mayHavePath }: UrlRules): string | null {
	const like = `must be like ${example}`;
	if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) return `${like}, with https:// in front`;
	const url = new URL(text);
	if (/[^\x21-\x7e]/.test(text))
		return `${like}; write an international name in its ASCII form (${url.host})`;
	if (url.username !== '' || url.password !== '') return `${like}, without a user name in it`;
	if (url.search !== '' || url.hash !== '' || text.includes('?') || text.includes('#'))
		return `${like}, without ? and #`;
	if (!mayHavePath && url.pathname !== '/') return `${like}, without a path`;
	if (url.protocol === 'http:' && !isLoopbackHost(url.hostname) && !allowHttp)
		return `${like}; http is for loopback only (HEADTAB_ALLOW_HTTP=true lifts that)`;
	return null;
}

function readOrigin(reader: Reader, allowHttp: boolean): string | null {
	const example = 'https://tab.example.com';
	const text = reader.text('HEADTAB_ORIGIN');
	if (text === null) return reader.fault('HEADTAB_ORIGIN', `is missing; must be like ${example}`);
	const problem = urlProblem(text, { allowHttp, example, mayHavePath: false });
	return problem === null ? new URL(text).origin : reader.fault('HEADTAB_ORIGIN', problem);
}

function readHeadscaleUrl(
	reader: Reader,
	{ allowHttp, origin }: { readonly allowHttp: boolean; readonly origin: string | null }
): string | null {
	const example = 'https://headscale.example.com';
	const text = reader.text('HEADTAB_HEADSCALE_URL');
	if (text === null)
		return reader.fault('HEADTAB_HEADSCALE_URL', `is missing; must be like ${example}`);
	const problem = urlProblem(text, { allowHttp, example, mayHavePath: false });
	if (problem !== null) return reader.fault('HEADTAB_HEADSCALE_URL', problem);
	const url = new URL(text).origin;
	if (url === origin)
		return reader.fault(
			'HEADTAB_HEADSCALE_URL',
			'is Headtab itself; must be where Headscale listens (beside Headtab at one origin, that is HEADTAB_HEADSCALE_PUBLIC_URL)'
		);
	return url;
}

/** A page from https may not connect without TLS, and loopback is the visitor's own computer. */
const isHttpsOnly = (origin: string | null, url: string | null): boolean =>
	origin?.startsWith('https:') === true && url?.startsWith('http:') === true;

/** Beside Headtab at one origin it is that origin. */
function readPublicUrl(reader: Reader, allowHttp: boolean): string | null {
	const setting = 'HEADTAB_HEADSCALE_PUBLIC_URL';
	const text = reader.text(setting);
	if (text === null) return null;
	const example = 'https://headscale.example.com';
	const problem = urlProblem(text, { allowHttp, example, mayHavePath: false });
	return problem === null ? new URL(text).origin : reader.fault(setting, problem);
}

function readApiKey(reader: Reader): string | null {
	const setting = 'HEADTAB_HEADSCALE_API_KEY';
	const before = reader.problems.length;
	const key = reader.secret(setting, 'HEADTAB_HEADSCALE_API_KEY_FILE');
	const make = 'make one with `headscale apikeys create`';
	if (key === null)
		return reader.problems.length > before ? null : reader.fault(setting, `is missing; ${make}`);
	if (key.startsWith('hskey-auth-'))
		return reader.fault(setting, `is a pre-auth key; must be an API key: ${make}`);
	if (/^[A-Za-z0-9_-]{7,12}\.[A-Za-z0-9_-]+$/.test(key))
		return reader.fault(setting, `is a key of Headscale 0.27 or older; ${make} on 0.28 or newer`);
	if (!/^hskey-api-[A-Za-z0-9_-]{8,128}$/.test(key))
		return reader.fault(setting, `must begin with hskey-api- and have no spaces; ${make}`);
	return key;
}

function readOidc(reader: Reader, allowHttp: boolean): OidcConfig | 'absent' | null {
	const names = SETTINGS.filter((name) => name.startsWith('HEADTAB_OIDC_'));
	if (!names.some((name) => reader.has(name))) return 'absent';
	const before = reader.problems.length;
	const example = 'https://id.example.com';
	const issuer = reader.text('HEADTAB_OIDC_ISSUER');
	if (issuer === null)
		reader.fault(
			'HEADTAB_OIDC_ISSUER',
			`is missing; must be like ${example}, exactly as the provider names itself`
		);
	else {
		const problem = urlProblem(issuer, { allowHttp, example, mayHavePath: true });
		if (problem !== null) reader.fault('HEADTAB_OIDC_ISSUER', problem);
	}
	const clientId = reader.text('HEADTAB_OIDC_CLIENT_ID');
	if (clientId === null)
		reader.fault(
			'HEADTAB_OIDC_CLIENT_ID',
			'is missing; must be the id of the client registered at the provider'
		);
	const clientAuth = reader.oneOf<ClientAuth>(
		'HEADTAB_OIDC_CLIENT_AUTH',
		['basic', 'post', 'none'],
		'basic'
	);
	const secretFaults = reader.problems.length;
	const secret = reader.secret('HEADTAB_OIDC_CLIENT_SECRET', 'HEADTAB_OIDC_CLIENT_SECRET_FILE');
	if (clientAuth === 'none' && secret !== null)
		reader.fault(
			'HEADTAB_OIDC_CLIENT_SECRET',
			'is set, but HEADTAB_OIDC_CLIENT_AUTH=none is a public client; remove one'
		);
	if (clientAuth !== 'none' && secret === null && reader.problems.length === secretFaults)
		reader.fault(
			'HEADTAB_OIDC_CLIENT_SECRET',
			'is missing; must be the client’s secret (a public client sets HEADTAB_OIDC_CLIENT_AUTH=none)'
		);
	const scopes = reader.has('HEADTAB_OIDC_SCOPES')
		? reader.list('HEADTAB_OIDC_SCOPES')
		: ['openid', 'profile', 'email'];
	if (!scopes.includes('openid'))
		reader.fault('HEADTAB_OIDC_SCOPES', 'must contain openid, e.g. "openid profile email"');
	const algorithms = reader.has('HEADTAB_OIDC_ALGORITHMS')
		? reader.list('HEADTAB_OIDC_ALGORITHMS')
		: SIGNATURE_ALGORITHMS_DEFAULT.split(',');
	const known: readonly string[] = SIGNATURE_ALGORITHMS;
	for (const name of algorithms) {
		if (known.includes(name)) continue;
		reader.fault(
			'HEADTAB_OIDC_ALGORITHMS',
			/^(none|HS\d+)$/i.test(name)
				? `must not contain ${name}: such a signature proves nothing here`
				: `must be a list of ${SIGNATURE_ALGORITHMS.join(', ')}`
		);
	}
	if (reader.problems.length > before || issuer === null || clientId === null) return null;
	return {
		issuer,
		clientId,
		clientSecret: secret === null ? null : new Secret(secret),
		clientAuth,
		scopes,
		algorithms
	};
}

/** @returns the keys, and when their file was last written */
function readSessionKeys(reader: Reader): {
	readonly keys: readonly Uint8Array[];
	readonly fromMs: number | null;
} {
	const setting = 'HEADTAB_SESSION_KEYS';
	const should = `must be one or more 32-byte keys in base64, the first seals; make one with \`${SESSION_KEY_COMMAND}\``;
	const before = reader.problems.length;
	const text = reader.secret(setting, 'HEADTAB_SESSION_KEYS_FILE');
	if (text === null) {
		if (reader.problems.length === before) reader.fault(setting, `is missing; ${should}`);
		return { keys: [], fromMs: null };
	}
	const path = reader.text('HEADTAB_SESSION_KEYS_FILE');
	const keys: Uint8Array[] = [];
	const items = text.split(/[\s,]+/).filter((part) => part !== '');
	if (items.length === 0) reader.fault(setting, `holds no key; ${should}`);
	for (const item of items) {
		const key = /^[0-9a-f]{64}$/i.test(item)
			? Buffer.from(item, 'hex')
			: Buffer.from(item, 'base64');
		if (!/^[A-Za-z0-9+/_=-]+$/.test(item) || key.length !== 32) {
			reader.fault(setting, `has a key of another length; ${should}`);
		} else if (new Set(key).size < 16 || isPrintable(key)) {
			// 32 random bytes have about 30 different values, and about 1 in 10^13 is all printable.
			reader.fault(setting, `has a key that is not random (a sample or a word); ${should}`);
		} else if (keys.some((other) => Buffer.compare(other, key) === 0)) {
			reader.fault(setting, 'has the same key twice; remove one');
		} else keys.push(key);
	}
	return { keys, fromMs: path === null ? null : statSync(path).mtimeMs };
}

const isPrintable = (bytes: Uint8Array): boolean =>
	bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

function readIdentity(reader: Reader): IdentityConfig {
	const map = new Map<string, string>();
	for (const item of (reader.text('HEADTAB_IDENTITY_MAP') ?? '').split(/[,\n]+/)) {
		if (item.trim() === '') continue;
		const at = item.lastIndexOf('=');
		const sub = item.slice(0, at).trim();
		const user = item.slice(at + 1).trim();
		if (at < 1 || sub === '' || user === '')
			reader.fault('HEADTAB_IDENTITY_MAP', 'must be a list like sub=user,sub2=id:7');
		else if (map.has(sub)) reader.fault('HEADTAB_IDENTITY_MAP', 'names a sub twice');
		else map.set(sub, user);
	}
	const lower = (setting: Setting) => reader.list(setting).map((item) => item.toLowerCase());
	const allowedDomains = lower('HEADTAB_ALLOWED_DOMAINS');
	for (const domain of allowedDomains) {
		if (domain === 'anyone') continue;
		if (!/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
			reader.fault(
				'HEADTAB_ALLOWED_DOMAINS',
				'must be a list of mail domains like example.com (or the word anyone)'
			);
		if (PUBLIC_MAIL_DOMAINS.includes(domain))
			reader.warnings.push(`HEADTAB_ALLOWED_DOMAINS: anyone can have an address at ${domain}`);
	}
	return {
		map,
		byEmail: reader.bool('HEADTAB_IDENTITY_BY_EMAIL', false),
		allowedDomains: allowedDomains.filter((domain) => domain !== 'anyone'),
		allowedUsers: lower('HEADTAB_ALLOWED_USERS'),
		allowedGroups: reader.names('HEADTAB_ALLOWED_GROUPS')
	};
}

function readDerp(
	reader: Reader,
	{ allowHttp, headscaleUrl }: { readonly allowHttp: boolean; readonly headscaleUrl: string | null }
): readonly DerpTarget[] {
	const items = reader.list('HEADTAB_DERP');
	if (items.length === 0)
		return headscaleUrl === null ? [] : [{ region: 999, origin: headscaleUrl }];
	const example = '999=https://derp.example.com:443';
	const targets: DerpTarget[] = [];
	for (const item of items) {
		const match = /^(\d{1,5})=(.+)$/.exec(item);
		const region = Number(match?.[1] ?? 0);
		const url = match?.[2] ?? '';
		if (match === null || region < 1 || region > 65_535) {
			reader.fault('HEADTAB_DERP', `must be a list like ${example}`);
			continue;
		}
		const problem = urlProblem(url, { allowHttp, example, mayHavePath: false });
		if (problem !== null) reader.fault('HEADTAB_DERP', problem);
		else targets.push({ region, origin: new URL(url).origin });
	}
	return targets;
}

/** Node's own switch: Headscale's API key and the provider's secret would go to whoever answers. */
function refuseBlindTls(reader: Reader, env: Environment): void {
	if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
	reader.problems.push({
		setting: 'NODE_TLS_REJECT_UNAUTHORIZED',
		problem:
			'must not be 0, as then no certificate is checked; name a private CA by NODE_EXTRA_CA_CERTS'
	});
}

function warnUnknown(reader: Reader, env: Environment): void {
	const known: readonly string[] = SETTINGS;
	for (const name of Object.keys(env)) {
		if (!name.startsWith('HEADTAB_') || known.includes(name)) continue;
		const nearest = [...known].sort((a, b) => editDistance(name, a) - editDistance(name, b))[0];
		reader.warnings.push(`${name}: is not a setting; did you mean ${nearest ?? ''}?`);
	}
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
