// What a window parses: links and launches, what people type, files they choose, what machines say of
// themselves, the server's answers, and failures of other realms.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { AppError, fullReport, parseWireError } from '$lib/contracts/app-error';
import { newerThan, parseChangelog } from '$lib/contracts/changelog';
import { isErrorCode } from '$lib/contracts/errors';
import { parseLogin, parseNodeName } from '$lib/contracts/parse';
import { parsePatternAnswer } from '$lib/contracts/pattern';
import { doctorReport } from '$lib/client/admin/doctor';
import { createApi } from '$lib/client/api';
import { launchOf, readArrival } from '$lib/client/launcher/launch-params';
import { matchPeer, parseQuery, peerText } from '$lib/client/launcher/query';
import { parseSshLink } from '$lib/client/launcher/ssh-link';
import { parsePlace, placePath } from '$lib/client/place';
import { readStartUp, startLine } from '$lib/client/sessions/start-up';
import { readSettings, writeSettings } from '$lib/client/settings/settings-file';
import { readThemeFile } from '$lib/client/terminal/theme-file';
import { nodeName } from '$lib/contracts/ids';
import { DEFAULT_SETTINGS, parseSettings } from '$lib/storage/settings';
import { parseTheme } from '$lib/storage/theme';
import { peer } from '../../unit/client/fakes';
import { asJson, hostileText, hostileValue, mutated, shaped } from '../arbitraries';
import { assertTime, HIDDEN } from '../rules';
import { fuzzTarget } from '../target';

const ORIGIN = 'https://tab.example.com';
const TOKEN = 'a'.repeat(32);
const NODE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const launch = fuzzTarget('launch link', {
	inputs: [
		hostileText(
			ORIGIN,
			'/connect/',
			'/connect?link=',
			'web+ssh:',
			'web%2Bssh:',
			'ssh://',
			'/?new',
			'/?host=',
			'web-1',
			'?user=',
			'root',
			`#m=${TOKEN}`
		),
		fc.boolean()
	],
	check: (text, isForeign) => {
		for (const url of [
			text,
			ORIGIN + text,
			`${ORIGIN}/connect?link=${encodeURIComponent(text.toWellFormed())}`
		]) {
			const found = launchOf(url, { origin: ORIGIN, token: TOKEN, isForeign });
			if (found === null) continue;
			assert.equal(new URL(url).origin, ORIGIN);
			if (found.kind === 'refused') {
				assert.ok(isErrorCode(found.error.code) && found.error.code !== 'internal');
				for (const param of Object.values(found.error.params)) assert.doesNotMatch(param, HIDDEN);
			}
			if (found.kind !== 'connect') continue;
			assert.match(found.node, NODE);
			assert.ok(found.login === null || parseLogin(found.login).ok);
			if (/^\/connect\/?$/.test(new URL(url).pathname))
				assert.ok(found.isForeign, 'a link of the OS connects unasked');
		}
		const notes = new Map([['headtab:launch', text]]);
		readArrival({
			path: text,
			hash: text,
			referrer: URL.canParse(text) ? text : '',
			isOwn: !isForeign,
			origin: ORIGIN,
			notes: {
				getItem: (name) => notes.get(name) ?? null,
				setItem: (name, value) => void notes.set(name, value),
				removeItem: (name) => void notes.delete(name)
			}
		});
	}
});

const sshLink = fuzzTarget('ssh link', {
	inputs: [hostileText('web+ssh:', 'web+ssh://', 'web-1', 'root@', ':22', ':2222', '?user=', '&')],
	check: (text) => {
		const link = parseSshLink(text);
		if (!link.ok) return;
		assert.match(link.node, NODE);
		assert.doesNotMatch(link.user, HIDDEN);
		const [authority = ''] = text.slice('web+ssh:'.length).split('?');
		assert.doesNotMatch(authority.replace(/:22\/?$/, ''), /:[^/]/, 'another port');
	}
});

const place = fuzzTarget('address of a page', {
	inputs: [hostileText('/settings', '/admin', '/doctor', '#', 'about')],
	check: (text) => {
		const [pathname = '', hash = ''] = text.split('#');
		const parsed = parsePlace({ pathname, hash: `#${hash}` });
		assert.deepEqual(parsePlace(new URL(placePath(parsed), ORIGIN)), parsed);
	}
});

const web1 = peer({ dnsName: 'web-1.tailnet.example', owner: 'Alice' });
const query = fuzzTarget('search and user@machine', {
	inputs: [
		hostileText('root@', 'web-1', 'tag:', 'owner:', 'os:linux', ' ', 'w1'),
		hostileText('web')
	],
	check: (text, name) => {
		const parsed = parseQuery(text);
		assert.ok(parsed.words.every((word) => word !== '' && !/\s/.test(word)));
		for (const known of [web1, { ...web1, name: nodeName(name), owner: name }]) {
			const match = matchPeer(peerText(known), parsed);
			let last = 0;
			for (const [from, to] of match?.nameHits ?? []) {
				assert.ok(from >= last && to > from && to <= known.name.toLowerCase().length);
				last = to;
			}
		}
		const node = parseNodeName(text);
		assert.ok(node === null || NODE.test(node));
	}
});

const login = fuzzTarget('user name', {
	inputs: [hostileText('root', 'DOMAIN\\', 'me@', '-o', '$', ';id', '\u00fc')],
	check: (text) => {
		const parsed = parseLogin(text);
		if (!parsed.ok) return;
		assert.equal(parsed.login, text);
		assert.doesNotMatch(text, /^-|[\s\p{C}\p{Z};&|<>`()'"*?[\]{}~#%!:/,=+^]/u);
		assert.doesNotMatch(text.slice(0, -1), /\$/);
	}
});

const settingsFile = fuzzTarget('settings file', {
	inputs: [
		fc.oneof(
			mutated(fc.constant(writeSettings(DEFAULT_SETTINGS))),
			shaped({
				headtab: fc.constant('settings'),
				version: fc.constant(1),
				settings: shaped(
					Object.fromEntries(
						Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, fc.constant(value)])
					)
				)
			}).map(asJson),
			hostileText('{', '}', '[', ']', '"headtab":', '"settings"', '/*', ',', '\u00e9')
		),
		fc.integer({ min: 0, max: 60_000 })
	],
	check: (text, depth) => {
		for (const whole of [text, '['.repeat(depth) + text, '{"a":'.repeat(depth / 6) + text]) {
			const file = readSettings(whole, { current: DEFAULT_SETTINGS, isMac: false });
			if (!file.isValid) {
				assert.ok(file.faults.length > 0, 'a file is refused without a reason');
				continue;
			}
			const next = parseSettings({ ...DEFAULT_SETTINGS, ...file.change });
			// What was read is what is kept, and what is written of it is read again.
			assert.deepEqual(parseSettings(structuredClone(next)), next);
			assert.ok(readSettings(writeSettings(next), { current: next, isMac: true }).isValid);
		}
	},
	found: [['', 60_000]]
});

const themeWords = [
	'background',
	'=',
	'#1a2b3c',
	'palette',
	'\n',
	'0',
	'15',
	'"',
	'cell-foreground'
];
const itermWords = [
	'<plist>',
	'<dict>',
	'</dict>',
	'</plist>',
	'<key>',
	'</key>',
	'<real>',
	'</real>',
	'Red Component',
	'Ansi 0 Color',
	'0.5',
	'1e',
	'-0'
];
const ghostty = `background = #101010\nforeground = #eeeeee\n${Array.from({ length: 16 }, (_, at) => `palette = ${String(at)}=#${'0a'.repeat(3)}`).join('\n')}\n`;
const component = (name: string) => `<key>${name} Component</key><real>0.5</real>`;
const itermColor = (name: string) =>
	`<key>${name} Color</key><dict>${component('Red')}${component('Green')}${component('Blue')}</dict>`;
const iterm = `<plist version="1.0"><dict>${['Background', 'Foreground', ...Array.from({ length: 16 }, (_, at) => `Ansi ${String(at)}`)].map(itermColor).join('\n')}</dict></plist>`;
const themeFile = fuzzTarget('theme file', {
	inputs: [
		fc.oneof(
			mutated(fc.constantFrom(ghostty, iterm)),
			mutated(mutated(fc.constantFrom(ghostty, iterm))),
			hostileText(...themeWords),
			hostileText(...itermWords)
		),
		hostileText('theme', '.itermcolors', '.conf')
	],
	check: (text, fileName) => {
		const file = readThemeFile(text, fileName);
		if (file.isValid) assert.deepEqual(parseTheme(structuredClone(file.theme)), file.theme);
		else assert.ok(file.faults.length > 0, 'a file is refused without a reason');
	}
});

const answer = shaped({
	person: fc.option(
		shaped({
			id: fc.string(),
			name: fc.string(),
			email: fc.string(),
			headscaleUser: fc.string(),
			sessionExpiresAtMs: fc.double()
		})
	),
	config: shaped({ version: fc.string(), mode: fc.constant('direct'), wasm: shaped({}) }),
	linkError: shaped({ code: fc.constant('node-offline'), params: shaped({ node: fc.string() }) }),
	error: shaped({ code: fc.constant('relay-limit'), params: shaped({ limit: fc.string() }) }),
	code: fc.constantFrom('rate-limited', 'node-removed', 'internal'),
	params: shaped({ seconds: fc.constantFrom('1', '0', 'x') }),
	preAuthKey: fc.constant('hskey-auth-x'),
	hostname: fc.constant('headtab-x'),
	derp: fc.array(shaped({ id: fc.integer(), hosts: fc.array(fc.string()) }), { maxLength: 3 }),
	legs: fc.array(
		shaped({
			leg: fc.constant('tcp'),
			state: fc.constant('failed'),
			error: shaped({ code: fc.constant('tcp-refused') })
		}),
		{ maxLength: 3 }
	),
	windows: fc.array(shaped({ id: fc.string(), sinceMs: fc.double() }), { maxLength: 3 }),
	checks: fc.array(
		shaped({
			id: fc.string(),
			title: fc.string(),
			status: fc.constant('ok'),
			found: fc.string(),
			fix: fc.string(),
			ms: fc.double()
		}),
		{ maxLength: 3 }
	),
	atMs: fc.oneof(fc.integer(), fc.double()),
	redirect: fc.string()
});
const api = fuzzTarget<[number, string, string | null]>('answers of the server', {
	inputs: [
		fc.constantFrom(200, 200, 200, 204, 400, 401, 403, 429, 500, 502),
		fc.oneof(
			{ weight: 8, arbitrary: answer.map(asJson) },
			{ weight: 1, arbitrary: mutated(answer.map(asJson)) },
			{ weight: 1, arbitrary: hostileText('<html>', '{') }
		),
		fc.option(fc.constantFrom('1', '0', 'x', 'Wed, 21 Oct 2026 07:28:00 GMT'))
	],
	check: async (status, body, retryAfter) => {
		const { signal } = new AbortController();
		const calls = createApi({
			origin: ORIGIN,
			fetch: () =>
				Promise.resolve(
					new Response(status === 204 ? null : body, {
						status,
						headers: retryAfter === null ? {} : { 'retry-after': retryAfter }
					})
				),
			clock: {
				now: () => 0,
				setTimeout: (run) => {
					queueMicrotask(run);
					return 0 as unknown as ReturnType<typeof setTimeout>;
				},
				clearTimeout: () => undefined
			}
		});
		// A code of the server's own is told as it is, `internal` among them.
		const told = async <T>(work: () => Promise<T>): Promise<T | null> => {
			try {
				return await work();
			} catch (cause) {
				assert.ok(cause instanceof AppError, String(cause));
				fullReport(cause.toWire());
				return null;
			}
		};
		const session = await told(() => calls.session());
		assert.ok(session === null || typeof session.config.origin === 'string');
		await told(() => calls.issueKey(signal));
		await told(() => calls.relayCheck('control', signal));
		for (const { error } of (await told(() => calls.diagnose('100.64.0.1', signal))) ?? [])
			assert.ok(error === null || isErrorCode(error.code));
		await told(() => calls.windows(signal));
		const doctor = await told(() => calls.doctor(signal));
		if (doctor !== null) {
			assertTime(doctor.atMs);
			doctorReport(doctor, '1.0.0');
		}
		await told(() => calls.logout());
	},
	found: [
		[400, '{"code":"relay-limit","params":{"limit":{"toString":null}}}', null],
		[200, '{"checks":[],"atMs":1e300}', null]
	]
});

const wireError = fuzzTarget('failure of another realm', {
	inputs: [
		fc.oneof(
			hostileValue,
			shaped({
				code: fc.constantFrom('node-offline', 'internal', '__proto__', 'constructor'),
				params: shaped({ node: fc.string(), lastSeen: fc.string() }),
				id: fc.constant('0123456789')
			})
		)
	],
	check: (value) => {
		const error = parseWireError(value);
		assert.ok(isErrorCode(error.code));
		assert.ok(Object.values(error.params).every((param) => typeof param === 'string'));
		const { message, remedy } = fullReport(error);
		assert.doesNotMatch(
			`${message} ${remedy}`,
			/\{\w+\}/.test(asJson(error.params)) ? /^$/ : /\{\w+\}/
		);
		// As it goes through a worker's port, and out again.
		assert.deepEqual(parseWireError(structuredClone(AppError.fromWire(error).toWire())), error);
	},
	found: [[{ code: 'node-offline', params: { node: { toString: null } }, id: 'x' }]]
});

const words = fuzzTarget('changelog and search answers', {
	inputs: [hostileText('## ', '1.2.3', '\n- ', 'x\n'), hostileValue],
	check: (text, value) => {
		const releases = parseChangelog(text);
		newerThan(releases[0]?.version ?? '', releases);
		parsePatternAnswer(value);
		parsePatternAnswer({ id: 1, found: [value, [value]] });
	}
});

/** What login shells are made of; fish where it is installed. */
const SHELLS = ['sh', 'fish'].filter(
	(shell) => spawnSync(shell, ['-c', 'exit'], { stdio: 'ignore' }).status === 0
);

/** Several words at once: a shell costs more than what it reads. */
const startUp = fuzzTarget('start-up in real shells', {
	inputs: [
		fc.array(hostileText('\\', "'", '"', '$HOME', '; echo x', "\\'", '!', '(', '*'), {
			minLength: 20,
			maxLength: 40
		})
	],
	check: (values) => {
		const environment = values
			.map((value) =>
				value
					.replaceAll(/\p{Cc}/gu, '')
					.slice(0, 1_000)
					.toWellFormed()
			)
			.map((value, at) => ({ name: `V${String(at)}`, value }))
			.slice(0, 32);
		const line = startLine({
			environment,
			folder: '',
			command: `printf '%s\\n' ${environment.map(({ name }) => `"$${name}"`).join(' ')}`
		});
		const expected = `${environment.map(({ value }) => value).join('\n')}\n`;
		for (const shell of SHELLS)
			assert.equal(
				execFileSync(shell, [...(shell === 'fish' ? ['--no-config'] : []), '-c', line ?? ''], {
					encoding: 'utf8',
					stdio: ['ignore', 'pipe', 'ignore'],
					env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: '/nonexistent' }
				}),
				expected,
				shell
			);
		for (const value of values) readStartUp({ command: value, folder: value, environment: value });
	},
	cost: 20,
	found: [[["\\'; echo x; #", 'a\\', 'a\\\\b']]]
});

export const WINDOW_TARGETS = [
	launch,
	sshLink,
	place,
	query,
	login,
	settingsFile,
	themeFile,
	api,
	wireError,
	words,
	startUp
];
