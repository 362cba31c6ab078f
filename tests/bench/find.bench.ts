// Finding among 1,000 machines (issue 5, Must show 7): the worst frame while typing in the launcher's search
// and in the palette, on the production build in Chromium. The list is the one that the device remembers
// of the last visit, so it is the real one; the window is kept from joining, so that it stays.
// A frame's work is what the main thread does for one key: from the key to the end of its handlers, and
// from the frame's start to the end of layout and paint. Waiting for the next frame is not work.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../stack/app';
import { freePort } from '../../stack/ports';
import type { StackProcess } from '../../stack/process';
import { startTailnet, type Tailnet } from '../../stack/tailnet';
import { chromiumLaunch } from '../fixtures/chromium';
import { Figures, quantile } from './figures';

const MACHINES = 1_000;
const RUNS = 2;
/** What a frame at 60 Hz has. */
const FRAME_MS = 16;
/** Letters that narrow, widen, match nothing, and filter. */
const TYPED = ['web-12', 'prod 3', 'tag:st', 'os:l db', 'wb9', 'a@nas', 'zz'];

declare global {
	interface Window {
		headtabFrames: number[];
	}
}

describe('finding', () => {
	const figures = new Figures();
	const stateDir = mkdtempSync(join(tmpdir(), 'headtab-find-'));
	let tailnet: Tailnet;
	let app: StackProcess;
	let browser: Browser;
	let page: Page;

	beforeAll(async () => {
		const port = await freePort();
		const origin = `http://localhost:${String(port)}`;
		tailnet = await startTailnet({ stateDir, appOrigin: origin, targets: ['web-1'] });
		const { headscale, oidc, client } = tailnet;
		app = await startApp({
			stateDir: join(stateDir, 'app'),
			port,
			origin,
			headscale,
			oidc,
			client
		});
		browser = await chromium.launch(chromiumLaunch());
		page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
		await page.goto(origin);
		// Never answered: the window waits, with the list of the last visit.
		await page.route('**/api/keys', () => undefined);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByRole('textbox', { name: 'Login' }).fill('alice');
		await page.getByLabel('Password').fill('alice');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByRole('combobox', { name: 'Search machines' }).waitFor();
		await page.evaluate(remember, machines());
		await page.reload();
		await page.getByRole('list', { name: 'Machines' }).getByText('build-4').first().waitFor();
		await page.evaluate(measureFrames);
	});

	afterAll(async () => {
		await page.unrouteAll({ behavior: 'ignoreErrors' });
		await browser.close();
		await app.stop();
		await tailnet.stop();
		rmSync(stateDir, { recursive: true, force: true });
		process.stdout.write(`\n${figures.table()}\n`);
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
			await page.evaluate(() => (window.headtabFrames = []));
			let keys = 0;
			for (const text of TYPED) {
				for (const key of [...Array.from(text), ...Array.from(text, () => 'Backspace')]) {
					await page.keyboard.press(key === ' ' ? 'Space' : key);
					keys += 1;
					// The next key comes when this one's frame is drawn, as fast as anybody types.
					await page.waitForFunction((count) => window.headtabFrames.length >= count, keys);
				}
			}
			const frames = await page.evaluate(() => window.headtabFrames);
			// The first run compiles the code; people type more than seven words.
			const kind = run === 0 ? `${where}, first time` : where;
			figures.add(
				`worst frame, ${kind}`,
				'ms',
				Math.max(...frames),
				run === 0 ? '' : `≤ ${String(FRAME_MS)} ms`
			);
			figures.add(`median frame, ${kind}`, 'ms', quantile(frames, 0.5));
		}
	}
});

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

/** In the page: the main thread's work for each key, in `headtabFrames`. */
function measureFrames(): void {
	window.headtabFrames = [];
	/** Runs behind everything that the present task and its microtasks do. */
	const afterTask = (then: () => void) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			then();
		};
		port2.postMessage(null);
	};
	addEventListener(
		'keydown',
		() => {
			const start = performance.now();
			let handled = 0;
			afterTask(() => (handled = performance.now() - start));
			requestAnimationFrame(() => {
				const frameStart = performance.now();
				// Behind layout and paint of this frame.
				afterTask(() => {
					window.headtabFrames.push(handled + performance.now() - frameStart);
				});
			});
		},
		{ capture: true }
	);
}
