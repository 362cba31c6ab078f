// When a window is taken for gone whose connections all said that they go away (relay/departures.ts).
import { beforeEach, expect, test } from 'vitest';
import { BACK_AFTER_MS, Departures, GONE_AFTER_MS } from '$lib/server/relay/departures';
import type { LoginSession } from '$lib/server/session/login-session';

const session = { sid: 'one' } as LoginSession;
let isOpen: boolean;
let looks: number;
/** What another replica says of the last connection; null where the store is away. */
let opened: string | null;
let gone: string[];
/** What is to run later: the delays, and the way to it. */
let delays: number[];
let due: (() => void)[];
let departures: Departures;

beforeEach(() => {
	isOpen = true;
	looks = 0;
	opened = 'one';
	gone = [];
	delays = [];
	due = [];
	departures = make(false);
});

const make = (hasReplicas: boolean) =>
	new Departures({
		isWayOpen: () => {
			looks += 1;
			return Promise.resolve(isOpen);
		},
		onGone: (_, hostname) => gone.push(hostname),
		later: (delayMs, run) => {
			delays.push(delayMs);
			due.push(run);
			return () => undefined;
		},
		elsewhere: hasReplicas
			? { noteOpened: () => Promise.resolve(), lastOpened: () => Promise.resolve(opened) }
			: null
	});

/** All that runs by itself before the next wait. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Ends the wait that is under way. */
async function pass(): Promise<void> {
	await settled();
	for (const run of due.splice(0)) run();
	await settled();
}

test('a window that does not come back over an open way is gone', async () => {
	departures.mayBeGone(session, 'headtab-a');
	await settled();
	expect(gone).toEqual([]);
	await pass();
	expect(gone).toEqual(['headtab-a']);
	expect(delays).toEqual([GONE_AFTER_MS]);
});

test('N7 one that comes back meanwhile is not, and may be gone again later', async () => {
	departures.mayBeGone(session, 'headtab-a');
	await settled();
	departures.isBack('headtab-a');
	await pass();
	expect(gone).toEqual([]);
	departures.mayBeGone(session, 'headtab-a');
	await pass();
	expect(gone).toEqual(['headtab-a']);
});

test('D2 of several that go together, as at a proxy that is reloaded, each has the longer wait', async () => {
	departures.mayBeGone(session, 'headtab-a');
	departures.mayBeGone(session, 'headtab-b');
	await pass();
	expect(gone).toEqual([]);
	departures.isBack('headtab-b');
	await pass();
	expect(gone).toEqual(['headtab-a']);
	expect(delays).toEqual([GONE_AFTER_MS, GONE_AFTER_MS, BACK_AFTER_MS, BACK_AFTER_MS]);
	// One look for all.
	expect(looks).toBe(3);
});

test('one that goes while another has its longer wait has the usual one', async () => {
	departures.mayBeGone(session, 'headtab-a');
	departures.mayBeGone(session, 'headtab-b');
	await pass();
	const longer = due.splice(0);
	departures.mayBeGone(session, 'headtab-c');
	await pass();
	expect(gone).toEqual(['headtab-c']);
	for (const run of longer) run();
	await settled();
	expect(gone).toEqual(['headtab-c', 'headtab-a', 'headtab-b']);
});

test.each<[string, string | null, string | null, readonly string[]]>([
	['came back to another replica', 'one', 'two', []],
	['came back nowhere', 'one', 'one', ['headtab-a']],
	['may have come back while the store was away', 'one', null, []],
	['went while the store was away', null, 'one', []]
])('a window that %s', async (_, before, now, expected) => {
	departures = make(true);
	opened = before;
	departures.mayBeGone(session, 'headtab-a');
	await settled();
	opened = now;
	await pass();
	expect(gone).toEqual(expected);
});

test('a return and another end begin the wait anew', async () => {
	departures.mayBeGone(session, 'headtab-a');
	await settled();
	const [first] = due.splice(0);
	departures.isBack('headtab-a');
	departures.mayBeGone(session, 'headtab-a');
	first?.();
	await settled();
	expect(gone).toEqual([]);
	await pass();
	expect(gone).toEqual(['headtab-a']);
});

test('D2 a proxy that ends says the same for every window: nobody is gone until the way has been open for a while', async () => {
	isOpen = false;
	departures.mayBeGone(session, 'headtab-a');
	departures.mayBeGone(session, 'headtab-b');
	await pass();
	await pass();
	expect(gone).toEqual([]);
	isOpen = true;
	await pass();
	expect(gone).toEqual([]);
	departures.isBack('headtab-a');
	await pass();
	expect(gone).toEqual(['headtab-b']);
	expect(new Set(delays)).toEqual(new Set([BACK_AFTER_MS]));
});

test('D2 a way that closes while a window is waited for: the wait begins anew', async () => {
	departures.mayBeGone(session, 'headtab-a');
	await settled();
	isOpen = false;
	await pass();
	isOpen = true;
	await pass();
	expect(gone).toEqual([]);
	await pass();
	expect(gone).toEqual(['headtab-a']);
});

test('without a way, or after a stop, nobody is gone', async () => {
	isOpen = false;
	departures.mayBeGone(session, 'headtab-a');
	for (let look = 0; look < 20; look += 1) await pass();
	expect(due).toEqual([]);
	isOpen = true;
	departures.mayBeGone(session, 'headtab-b');
	await settled();
	departures.stop();
	await pass();
	expect(gone).toEqual([]);
});
