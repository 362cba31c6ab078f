// What a launch URL asks for, and whether this device's own menu made it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	followLaunches,
	launchOf,
	launchQueueOf,
	noteArrival,
	readArrival,
	type Launch
} from '$lib/client/launcher/launch-params';
import { parseSshLink } from '$lib/client/launcher/ssh-link';
import { isLaunchPath, isOwnLaunch, launchTiming } from '$lib/contracts/launch-site';
import { parseLogin, parseNodeName } from '$lib/contracts/parse';

const ORIGIN = 'https://tab.example';
const TOKEN = '0123456789abcdef0123456789abcdef';
const foreign = { origin: ORIGIN, token: TOKEN, isForeign: true };
const open = (path: string, trust = foreign) => launchOf(ORIGIN + path, trust);

function notes() {
	const kept = new Map<string, string>();
	return {
		getItem: (name: string) => kept.get(name) ?? null,
		setItem: (name: string, value: string) => void kept.set(name, value),
		removeItem: (name: string) => void kept.delete(name)
	};
}

describe('a launch URL', () => {
	it('names a machine and a user', () => {
		expect(open('/connect/Web-1?user=root', { ...foreign, isForeign: false })).toEqual({
			kind: 'connect',
			node: 'web-1',
			user: 'root',
			login: 'root',
			isForeign: false
		});
		expect(open('/connect/web-1')).toMatchObject({ node: 'web-1', user: '', login: null });
	});

	it('connects unasked with the mark of the own menu alone', () => {
		const path = '/connect/web-1?user=root';
		expect(open(`${path}#menu=${TOKEN}`)).toMatchObject({ isForeign: false });
		for (const hash of [
			'',
			'#',
			'#menu=',
			`#menu=${TOKEN}0`,
			`#menu=${TOKEN.slice(1)}`,
			`#${TOKEN}`
		])
			expect(open(path + hash)).toMatchObject({ isForeign: true });
		expect(open(`${path}&menu=${TOKEN}`)).toMatchObject({ isForeign: true });
	});

	it('keeps its mark over a sign-in', () => {
		const path = '/connect/web-1?user=root';
		expect(launchOf(ORIGIN + path, { ...foreign, mark: TOKEN })).toMatchObject({
			isForeign: false
		});
		expect(launchOf(ORIGIN + path, { ...foreign, mark: 'other' })).toMatchObject({
			isForeign: true
		});
	});

	it('is New connection', () => {
		expect(open('/?new')).toEqual({ kind: 'new' });
	});

	it.each(['-oProxyCommand=x', 'a b', 'x'.repeat(200), 'a;b', 'a\nb', '$(id)'])(
		'takes no login from %j, and shows what it was',
		(user) => {
			const launch = open(`/connect/web-1?user=${encodeURIComponent(user)}`);
			expect(launch).toMatchObject({ kind: 'connect', login: null, user: user.slice(0, 128) });
		}
	);

	it.each(['..x', '%3Cb%3E', 'a%20b', 'x'.repeat(64), '-x', '%22web%22', '%F0%9F%90%A7'])(
		'[node-not-found] of %s is refused: no machine is called that',
		(name) => {
			expect(open(`/connect/${name}?user=root`)).toMatchObject({
				kind: 'refused',
				error: { code: 'node-not-found' }
			});
		}
	);

	it.each(['/', '/connect', '/connect/', '/connect/web-1/more', '/settings', '/connect?user=root'])(
		'%s asks for nothing',
		(path) => {
			expect(open(path)).toBeNull();
		}
	);

	it.each(['https://evil.example/connect/web-1?user=root', '', 'no url'])(
		'%j is none of ours',
		(url) => {
			expect(launchOf(url, foreign)).toBeNull();
		}
	);
});

describe('web+ssh', () => {
	it.each([
		['web+ssh:root@web-1', 'web-1', 'root'],
		['web+ssh:web-1', 'web-1', ''],
		['web+ssh:root@web-1:22', 'web-1', 'root'],
		['web+ssh:me@corp.example@web-1', 'web-1', 'me@corp.example'],
		['web+ssh://web-1', 'web-1', ''],
		['web+ssh://web-1/', 'web-1', ''],
		['web+ssh://root@web-1:22/', 'web-1', 'root'],
		['web+ssh://web-1/?user=root', 'web-1', 'root'],
		['web+ssh://web-1?user=DOMAIN%5Cme', 'web-1', 'DOMAIN\\me'],
		['WEB+SSH:root@WEB-1', 'web-1', 'root']
	])('%s', (link, node, user) => {
		expect(parseSshLink(link)).toEqual({ ok: true, node, user });
	});

	it.each([
		['web+ssh:root:hunter2@web-1', /password/],
		['web+ssh://root:@web-1/', /password/],
		['web+ssh:root@web-1:2222', /port/],
		['web+ssh://web-1:2222/?user=root', /port/],
		['web+ssh://web-1/rm%20-rf', /more than a session/],
		['web+ssh://web-1/?user=root&command=id', /more than a session/],
		['web+ssh:root@web-1?cmd=id', /more than a session/],
		['web+ssh:root@web-1#id', /more than a session/],
		['web+ssh://web-1/?user=a&user=b', /two users/],
		['web+ssh://a@web-1/?user=b', /two users/],
		['web+ssh:root@web-1\nid', /hidden/],
		['web+ssh:root@web-1%0Aid', /hidden/],
		['web+ssh:root%0did@web-1', /hidden/],
		['web+ssh:ro\u202eot@web-1', /hidden/],
		['web+ssh:root%zz@web-1', /damaged/],
		['web+ssh:', /no machine/],
		['web+ssh:root@', /no machine/],
		['web+ssh:root@we b', /no machine/],
		['web+ssh:root@[::1]', /no machine/],
		['web+ssh:root@../x', /more than a session|no machine/],
		['ssh://root@web-1', /no web\+ssh/],
		['javascript:alert(1)', /no web\+ssh/],
		[`web+ssh:${'x'.repeat(600)}@web-1`, /long/]
	])('[link-refused] %j', (link, reason) => {
		expect(parseSshLink(link)).toEqual({
			ok: false,
			reason: expect.stringMatching(reason) as string
		});
		expect(open(`/connect?link=${encodeURIComponent(link)}`)).toMatchObject({
			kind: 'refused',
			error: { code: 'link-refused' }
		});
	});

	it('always asks, whatever the link claims', () => {
		const link = encodeURIComponent('web+ssh:root@web-1');
		expect(open(`/connect?link=${link}`)).toMatchObject({ login: 'root', isForeign: true });
		expect(
			open(`/connect?link=${link}#menu=${TOKEN}`, { ...foreign, isForeign: false })
		).toMatchObject({ isForeign: true });
	});

	it('yields nothing but a machine and a printable user, whatever it is given', () => {
		const part = fc.oneof(
			fc.constantFrom('@', ':', '/', '?user=', '#', '%0a', '22', 'root', 'web-1', '\n', '&', '%'),
			fc.string({ unit: 'grapheme', maxLength: 6 })
		);
		fc.assert(
			fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
				const parsed = parseSshLink(`web+ssh:${parts.join('')}`);
				if (!parsed.ok) return;
				expect(parseNodeName(parsed.node)).toBe(parsed.node);
				expect(parsed.user).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
			})
		);
	});

	it('reads back what it is made of', () => {
		const login = fc.stringMatching(/^[a-z_.][a-z0-9_.-]{0,20}$/);
		const node = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
		fc.assert(
			fc.property(login, node, (user, name) => {
				fc.pre(parseLogin(user).ok);
				const read = { ok: true, node: name, user };
				expect(parseSshLink(`web+ssh:${user}@${name}`)).toEqual(read);
				expect(parseSshLink(`web+ssh://${name}/?user=${user}`)).toEqual(read);
			})
		);
	});
});

describe('an arrival', () => {
	const path = '/connect/web-1?user=root';
	const plain = { path, hash: '', isOwn: true, origin: ORIGIN };

	it('tells another site from our own and from none', () => {
		const arrive = (referrer: string) =>
			readArrival({ ...plain, referrer, notes: notes() }).isForeign;
		expect(arrive('https://evil.example/')).toBe(true);
		expect(arrive(`${ORIGIN}/`)).toBe(false);
		expect(arrive('')).toBe(false);
	});

	it('is foreign without a referrer, too, unless the server saw that nobody sent it', () => {
		const arrive = (isOwn: boolean) =>
			readArrival({ ...plain, isOwn, referrer: '', notes: notes() }).isForeign;
		expect(arrive(false)).toBe(true);
		expect(arrive(true)).toBe(false);
		const seen = (site: string | null) =>
			isOwnLaunch([{ name: 'site', description: /"(.*)"/.exec(launchTiming(site))?.[1] ?? '' }]);
		expect(['none', 'same-origin'].map(seen)).toEqual([true, true]);
		expect(['cross-site', 'same-site', 'x", site;desc="own', null].map(seen)).toEqual([
			false,
			false,
			false,
			false
		]);
		expect(isOwnLaunch([])).toBe(false);
		expect(isLaunchPath('/connect/web-1') && isLaunchPath('/connect')).toBe(true);
		expect(isLaunchPath('/connected') || isLaunchPath('/')).toBe(false);
	});

	it('is foreign after a sign-in, once, whatever the referrer is', () => {
		for (const referrer of ['', 'https://id.example/', `${ORIGIN}/`]) {
			const kept = notes();
			noteArrival({ path, mark: null, notes: kept });
			const back = { ...plain, referrer, notes: kept };
			expect(readArrival(back)).toEqual({ isForeign: true, mark: null });
			expect(readArrival({ ...back, referrer: '' }).isForeign).toBe(false);
		}
	});

	it('brings its mark through a sign-in', () => {
		const kept = notes();
		const first = readArrival({ ...plain, hash: `#menu=${TOKEN}`, referrer: '', notes: kept });
		expect(first).toEqual({ isForeign: false, mark: TOKEN });
		noteArrival({ path, mark: first.mark, notes: kept });
		expect(readArrival({ ...plain, referrer: '', notes: kept })).toEqual({
			isForeign: true,
			mark: TOKEN
		});
	});

	it('does not use the note of another path', () => {
		const kept = notes();
		noteArrival({ path: '/', mark: null, notes: kept });
		expect(readArrival({ ...plain, referrer: '', notes: kept }).isForeign).toBe(false);
	});
});

describe('launches of an open window', () => {
	const web = `${ORIGIN}/connect/web-1?user=root`;

	/** The browser's: keeps launches until somebody follows. */
	function queue(...waiting: string[]) {
		let consume: ((params: { targetURL: string }) => void) | null = null;
		return {
			setConsumer: (consumer: (params: { targetURL: string }) => void) => {
				consume = consumer;
				for (const targetURL of waiting.splice(0)) consumer({ targetURL });
			},
			launch: (targetURL: string) => consume?.({ targetURL })
		};
	}
	function follow(given: ReturnType<typeof queue>, loadedFrom: string, isReload = false) {
		const seen: Launch[] = [];
		followLaunches(given, {
			origin: ORIGIN,
			token: TOKEN,
			loadedFrom,
			isReload,
			onlaunch: (launch) => seen.push(launch)
		});
		return seen;
	}

	it('connect with the mark of the menu, and are asked about without', () => {
		const given = queue();
		const seen = follow(given, `${ORIGIN}/`);
		given.launch(`${web}#menu=${TOKEN}`);
		given.launch(web);
		given.launch(`${ORIGIN}/`);
		expect(seen).toMatchObject([{ isForeign: false }, { isForeign: true }]);
	});

	it('leave the one that opened the window to its route', () => {
		// The browser names the document without the fragment.
		const given = queue(`${web}#menu=${TOKEN}`);
		const seen = follow(given, web);
		expect(seen).toEqual([]);
		given.launch(web);
		expect(seen).toHaveLength(1);
	});

	it('are not handled again after a reload', () => {
		const given = queue(web);
		const seen = follow(given, `${ORIGIN}/`, true);
		expect(seen).toEqual([]);
		given.launch(`${ORIGIN}/`);
		given.launch(web);
		expect(seen).toHaveLength(1);
	});

	it('are nothing in a browser that knows none', () => {
		expect(launchQueueOf({})).toBeNull();
		const known = queue();
		expect(launchQueueOf({ launchQueue: known })).toBe(known);
	});
});
