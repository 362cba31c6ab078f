// What a launch URL asks for, and whether another site sent it.
import { describe, expect, it } from 'vitest';
import { isForeignArrival, noteArrival, parseLaunch } from '$lib/client/launcher/launch-params';

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

	it('keeps the first verdict over the way to the provider, once', () => {
		const kept = notes();
		noteArrival({ path, notes: kept }, false);
		const back = { path, referrer: 'https://id.example/', origin: ORIGIN, notes: kept };
		expect(isForeignArrival(back)).toBe(false);
		expect(isForeignArrival(back)).toBe(true);
	});

	it('keeps a foreign verdict even when the provider sends no referrer', () => {
		const kept = notes();
		noteArrival({ path, notes: kept }, true);
		expect(isForeignArrival({ path, referrer: '', origin: ORIGIN, notes: kept })).toBe(true);
	});

	it('does not use the verdict of another path', () => {
		const kept = notes();
		noteArrival({ path: '/', notes: kept }, false);
		expect(
			isForeignArrival({ path, referrer: 'https://evil.example/', origin: ORIGIN, notes: kept })
		).toBe(true);
	});
});
