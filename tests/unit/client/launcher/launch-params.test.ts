// What a launch URL asks for, and whether another site sent it.
import { describe, expect, it } from 'vitest';
import {
	followLaunches,
	isForeignArrival,
	launchOf,
	launchQueueOf,
	noteArrival,
	parseLaunch,
	type Launch
} from '$lib/client/launcher/launch-params';

const ORIGIN = 'https://tab.example';

function notes() {
	const kept = new Map<string, string>();
	return {
		getItem: (name: string) => kept.get(name) ?? null,
		setItem: (name: string, value: string) => void kept.set(name, value),
		removeItem: (name: string) => void kept.delete(name)
	};
}

describe('parseLaunch', () => {
	it('takes a machine and a user', () => {
		expect(parseLaunch({ node: 'Web-1', user: 'root', isForeign: false })).toEqual({
			node: 'web-1',
			user: 'root',
			login: 'root',
			isForeign: false
		});
	});

	it.each(['-oProxyCommand=x', 'a b', '', 'x'.repeat(200), 'a;b', 'a\nb'])(
		'takes no login from %j',
		(user) => {
			expect(parseLaunch({ node: 'web-1', user, isForeign: true })?.login).toBeNull();
		}
	);

	it.each(['', '../x', '<b>', 'a b', 'x'.repeat(64)])('takes no machine from %j', (node) => {
		expect(parseLaunch({ node, user: 'root', isForeign: false })).toBeNull();
	});
});

describe('isForeignArrival', () => {
	const path = '/connect/web-1?user=root';

	it('tells another site from our own and from none', () => {
		const arrive = (referrer: string) =>
			isForeignArrival({ path, referrer, origin: ORIGIN, notes: notes() });
		expect(arrive('https://evil.example/')).toBe(true);
		expect(arrive(`${ORIGIN}/`)).toBe(false);
		expect(arrive('')).toBe(false);
	});

	it('takes every path for foreign after a sign-in, once, whatever the referrer is', () => {
		for (const referrer of ['', 'https://id.example/', `${ORIGIN}/`]) {
			const kept = notes();
			noteArrival({ path, notes: kept });
			const back = { path, referrer, origin: ORIGIN, notes: kept };
			expect(isForeignArrival(back)).toBe(true);
			expect(isForeignArrival({ ...back, referrer: '' })).toBe(false);
		}
	});

	it('does not use the note of another path', () => {
		const kept = notes();
		noteArrival({ path: '/', notes: kept });
		expect(isForeignArrival({ path, referrer: '', origin: ORIGIN, notes: kept })).toBe(false);
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
			loadedFrom,
			isReload,
			onlaunch: (launch) => seen.push(launch)
		});
		return seen;
	}

	it('name a machine and a user, and are always asked about', () => {
		expect(launchOf(web, ORIGIN)).toMatchObject({ node: 'web-1', user: 'root', isForeign: true });
		expect(launchOf(`${ORIGIN}/connect/web-1`, ORIGIN)).toMatchObject({ node: 'web-1', user: '' });
	});

	it.each([
		`${ORIGIN}/`,
		'https://evil.example/connect/web-1?user=root',
		`${ORIGIN}/connect/`,
		`${ORIGIN}/connect/web-1/more`,
		`${ORIGIN}/connect/%2e%2e`,
		'',
		'no url'
	])('do nothing for %j', (url) => {
		expect(launchOf(url, ORIGIN)).toBeNull();
	});

	it('leave the one that opened the window to its route', () => {
		const given = queue(web);
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
