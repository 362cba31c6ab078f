// Windows that close while their node joins, at varied moments of the join: nothing of them stays, whatever
// Headscale was doing just then. Headscale's own batching (0.5 and 0.8 s), as most deployments have it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeyAnswer } from '$lib/contracts/api';
import { waitFor } from '../../../stack/process';
import type { Tailnet } from '../../../stack/tailnet';
import { NODE_GONE_MS } from '../../fixtures/waits';
import { GoThread } from '../node/go-thread';
import type { Browser } from './browser';
import { TailnetApp } from './tailnet-app';

const ROUNDS = 32;
const WINDOWS_AT_ONCE = 3;
/** Closings are spread over this part of a join: the first before anything is asked of Headscale. */
const SPREAD = { from: 0, to: 1.2 };
/** On a machine that has much else to do. */
const TEST_MS = 600_000;
/** Each look costs Headscale 50 ms of a core. */
const LOOK_MS = 250;

/** One window: when it closed, and from when until when its node was seen. */
interface Life {
	leftMs: number;
	firstMs: number | null;
	lastMs: number | null;
	/** How often the node came (back) into the list. */
	times: number;
	isThere: boolean;
}

let app: TailnetApp;
let tailnet: Tailnet;
let origin: string;

beforeAll(async () => {
	app = await TailnetApp.prepare({ hasDefaultTuning: true });
	({ tailnet, origin } = app);
	await app.start({ HEADTAB_KEYS_PER_MIN: '1000', HEADTAB_JANITOR: 'off' });
});
afterAll(() => app.dispose());

test(
	'K8 a window closed at any moment of its join leaves no node',
	{ timeout: TEST_MS },
	async () => {
		const browser = await app.signedIn('alice');
		const joinMs = await timeOfJoin(browser);
		const lives = new Map<string, Life>();
		const looks = new AbortController();
		const looking = look(lives, looks.signal);

		let round = 0;
		const windows = Array.from({ length: WINDOWS_AT_ONCE }, async () => {
			for (let i = round++; i < ROUNDS; i = round++)
				await joinAndClose(
					browser,
					lives,
					joinMs * (SPREAD.from + ((SPREAD.to - SPREAD.from) * i) / ROUNDS)
				);
		});
		await Promise.all(windows);
		// Whatever comes late comes within this; and then it goes.
		const end = performance.now() + NODE_GONE_MS;
		const isQuiet = () => ![...lives.values()].some(({ isThere }) => isThere);
		await waitFor(() => performance.now() > end && isQuiet(), { what: 'the last node’s end' });
		looks.abort();
		await looking;

		expect(lives.size).toBe(ROUNDS);
		const stories = [...lives.values()].map(({ leftMs, firstMs, lastMs, times }) => ({
			// From its closing, or from when Headscale showed the node, if that was later.
			goneMs: lastMs === null ? 0 : Math.round(lastMs - Math.max(leftMs, firstMs ?? 0)),
			times
		}));
		// Removing takes a listing and a deletion; where a join takes long, these do.
		const limitMs = Math.max(NODE_GONE_MS, 3 * joinMs);
		expect(stories.filter(({ goneMs }) => goneMs > limitMs)).toEqual([]);
		expect(stories.filter(({ times }) => times > 1)).toEqual([]);
		// The moments were well chosen: some nodes had been seen, others never came.
		expect(stories.some(({ times }) => times === 1)).toBe(true);
		expect(stories.some(({ times }) => times === 0)).toBe(true);
		expect(await tailnet.headscale.nodes()).toEqual([]);
	}
);

/** A window's thread, which has begun to join. */
async function beginJoin(browser: Browser): Promise<{ thread: GoThread; hostname: string }> {
	const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
	const thread = await GoThread.load({ headers: { origin, cookie: browser.cookieHeader(origin) } });
	await thread.start({
		controlUrl: key.headscaleUrl,
		preAuthKey: key.preAuthKey,
		hostname: key.hostname,
		reach: { by: 'relay', origin, derp: key.derp }
	});
	return { thread, hostname: key.hostname };
}

/** How long a whole join takes here. */
async function timeOfJoin(browser: Browser): Promise<number> {
	const { thread, hostname } = await beginJoin(browser);
	const startedMs = performance.now();
	expect((await thread.phase('running', 'failed')).at).toBe('running');
	const tookMs = performance.now() - startedMs;
	await browser.post(`${origin}/api/leave`, { hostname });
	await thread.stop();
	return tookMs;
}

/** One window, from its key to its closing: the message first, as a closing page sends it, then its end. */
async function joinAndClose(
	browser: Browser,
	lives: Map<string, Life>,
	afterMs: number
): Promise<void> {
	const { thread, hostname } = await beginJoin(browser);
	const life: Life = { leftMs: Infinity, firstMs: null, lastMs: null, times: 0, isThere: false };
	lives.set(hostname, life);
	const closes = performance.now() + afterMs;
	await waitFor(() => performance.now() >= closes, { what: 'the closing', everyMs: 10 });
	life.leftMs = performance.now();
	const left = browser.post(`${origin}/api/leave`, { hostname });
	await thread.stop();
	expect((await left).status).toBe(204);
}

/** Looks at Headscale's list until it is told to stop. */
async function look(lives: Map<string, Life>, signal: AbortSignal): Promise<void> {
	await waitFor(
		async () => {
			const names = new Set((await tailnet.headscale.nodes()).map(({ name }) => name));
			const nowMs = performance.now();
			for (const [hostname, life] of lives) {
				const isThere = names.has(hostname);
				if (isThere) {
					life.firstMs ??= nowMs;
					if (!life.isThere) life.times += 1;
				}
				if (isThere || life.isThere) life.lastMs = nowMs;
				life.isThere = isThere;
			}
			return signal.aborted;
		},
		{ what: 'the end of the test', everyMs: LOOK_MS, timeoutMs: TEST_MS }
	);
}
