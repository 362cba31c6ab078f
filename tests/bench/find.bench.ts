// Finding among 1,000 machines (issue 5, Must show 7): the worst frame while typing in the launcher's search
// and in the palette, on the production build in Chromium. The list is the one that the device remembers
// of the last visit, so it is the real one; the window is kept from joining, so that it stays.
// A frame's work is the longest task of the page's main thread for one key, in CPU time, read from the
// browser's own trace: what a frame cannot be drawn before. Wall time is printed beside it; where nothing
// has a GPU it is mostly the drawing of the window in software, which no page can help.
import { chromium, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumLaunch } from '../fixtures/chromium';
import { Figures, quantile, report } from './figures';
import { signIn, startStand, type Stand } from './stand';

const MACHINES = 1_000;
const RUNS = 2;
/** Each task of a thread with its CPU time, and the marks. */
const TRACED = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];
const KEY_MARK = 'headtab:key';
/** A key's task begins at most so long before its handler. */
const TASK_LEAD_US = 2_000;
/** What a frame at 60 Hz has. */
const FRAME_MS = 16;
/** Letters that narrow, widen, match nothing, and filter. */
const TYPED = ['web-12', 'prod 3', 'tag:st', 'os:l db', 'wb9', 'a@nas', 'zz'];

describe('finding', () => {
	const figures = new Figures();
	let stand: Stand;
	let browser: Browser;
	let page: Page;

	beforeAll(async () => {
		stand = await startStand();
		browser = await chromium.launch(chromiumLaunch());
		page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
		// Never answered: the window waits, with the list of the last visit.
		await page.route('**/api/keys', () => undefined);
		await signIn(page, stand);
		await page.getByRole('combobox', { name: 'Search machines' }).waitFor();
		await page.evaluate(remember, machines());
		await page.reload();
		await page.getByRole('list', { name: 'Machines' }).getByText('build-4').first().waitFor();
		await page.evaluate(markKeys);
	});

	afterAll(async () => {
		await page.unrouteAll({ behavior: 'ignoreErrors' });
		await browser.close();
		await stand.stop();
		report(figures, null);
	});

	test(`typing in the search over ${String(MACHINES)} machines`, async () => {
		const search = page.getByRole('combobox', { name: 'Search machines' });
		await search.focus();
		await typeAll('search');
		expect(figures.median('worst frame, search')).toBeLessThanOrEqual(FRAME_MS);
	});

	test(`typing in the palette over ${String(MACHINES)} machines`, async () => {
		await page.keyboard.press('Control+Shift+P');
		await page.getByRole('combobox', { name: 'Find a command, tab or machine' }).waitFor();
		await typeAll('palette');
		expect(figures.median('worst frame, palette')).toBeLessThanOrEqual(FRAME_MS);
	});

	/** Types each text letter by letter and takes it back, `RUNS` times. */
	async function typeAll(where: string): Promise<void> {
		for (let run = 0; run <= RUNS; run += 1) {
			await browser.startTracing(page, { categories: TRACED });
			const waits: number[] = [];
			for (const text of TYPED) {
				for (const key of [...Array.from(text), ...Array.from(text, () => 'Backspace')]) {
					await page.keyboard.press(key === ' ' ? 'Space' : key);
					waits.push(await page.evaluate(untilDrawn));
				}
			}
			const frames = frameWork(String(await browser.stopTracing()));
			expect(frames.length).toBe(waits.length);
			// The first run compiles the code; people type more than seven words.
			const kind = run === 0 ? `${where}, first time` : where;
			const expected = run === 0 ? '' : `≤ ${String(FRAME_MS)} ms`;
			figures.add(`worst frame, ${kind}`, 'ms', Math.max(...frames), expected);
			figures.add(`median frame, ${kind}`, 'ms', quantile(frames, 0.5));
			figures.add(`median wall time to the drawn frame, ${kind}`, 'ms', quantile(waits, 0.5));
		}
	}
});

interface TraceEvent {
	readonly name: string;
	readonly pid: number;
	readonly tid: number;
	/** Microseconds. */
	readonly ts: number;
	readonly tdur?: number;
}

/** The longest task of the main thread for each key, from its mark to the next, in ms of CPU. */
function frameWork(trace: string): readonly number[] {
	const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
	const keys = traceEvents.filter(({ name }) => name === KEY_MARK).sort((a, b) => a.ts - b.ts);
	const [{ pid, tid } = { pid: 0, tid: 0 }] = keys;
	const tasks = traceEvents.filter(
		(event) => event.name === 'RunTask' && event.pid === pid && event.tid === tid
	);
	return keys.map(({ ts }, index) => {
		// The key's own task began just before its mark.
		const until = keys[index + 1]?.ts ?? Number.POSITIVE_INFINITY;
		const own = tasks.filter(
			(task) => task.ts >= ts - TASK_LEAD_US && task.ts < until - TASK_LEAD_US
		);
		return Math.max(0, ...own.map(({ tdur = 0 }) => tdur)) / 1_000;
	});
}

/** A tailnet of plausible names, tags, owners and systems. */
function machines(): readonly object[] {
	const kinds = [
		'web',
		'db',
		'cache',
		'metrics',
		'build',
		'gpu',
		'mail',
		'router',
		'nas',
		'laptop'
	];
	const tags = ['prod', 'staging', 'web', 'db', 'ci', 'lab', 'stats', 'home'];
	const owners = ['alice', 'bob', 'carol', 'dave'];
	const systems = ['linux', 'macOS', 'windows', 'freebsd'];
	return Array.from({ length: MACHINES }, (_, index) => {
		const name = `${kinds[index % kinds.length] ?? ''}-${String(index)}`;
		return {
			id: `n${String(index)}`,
			name,
			dnsName: `${name}.tailnet.example`,
			addresses: [
				`100.64.${String(index >> 8)}.${String(index & 255)}`,
				`fd7a:115c:a1e0::${index.toString(16)}`
			],
			os: systems[index % 7 < 4 ? 0 : index % systems.length],
			isOnline: index % 5 !== 0,
			lastSeenMs: Date.now() - index * 60_000,
			hasTailscaleSsh: index % 3 !== 0,
			tags:
				index % 2 === 0
					? [`tag:${tags[index % 8] ?? ''}`, `tag:${tags[(index >> 3) % 8] ?? ''}`]
					: [],
			owner: index % 2 === 0 ? '' : (owners[index % owners.length] ?? '')
		};
	});
}

/** In the page: writes the list of the last visit. */
async function remember(peers: readonly object[]): Promise<void> {
	const database = await new Promise<IDBDatabase>((resolve, reject) => {
		const asked = indexedDB.open('headtab');
		asked.onsuccess = () => {
			resolve(asked.result);
		};
		asked.onerror = () => {
			reject(new Error('no database'));
		};
	});
	await new Promise<void>((resolve) => {
		const transaction = database.transaction('peers', 'readwrite');
		transaction.objectStore('peers').put({ savedAtMs: Date.now(), peers }, 'last');
		transaction.oncomplete = () => {
			resolve();
		};
	});
	database.close();
}

/** In the page: a mark in the trace for each key. */
function markKeys(): void {
	addEventListener('keydown', () => performance.mark('headtab:key'), { capture: true });
}

/** In the page: how long until what the last key changed is drawn. */
async function untilDrawn(): Promise<number> {
	const key = performance.getEntriesByName('headtab:key').at(-1)?.startTime ?? 0;
	await new Promise<void>((resolve) => {
		requestAnimationFrame(() => {
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = () => {
				port1.close();
				resolve();
			};
			port2.postMessage(null);
		});
	});
	return performance.now() - key;
}
