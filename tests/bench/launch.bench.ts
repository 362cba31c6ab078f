// What a launch costs, on a device that is new to the app and on one that is not: times, bytes from the
// network as a proxy before the app counts them, and the memory of a window with its sessions.
// `npm run bench tests/bench/launch.bench.ts` prints the table. Headscale keeps its default tuning.
import type { BrowserContext, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy, type RecordingProxy } from '../../stack/proxy';
import { firstPage, Profile } from '../fixtures/profile';
import { Figures, report } from './figures';
import { signIn, startStand, type Stand } from './stand';

const RUNS = 3;
const SESSION_COUNTS = [1, 4, 16] as const;
const WAIT_MS = 60_000;

describe('a launch', () => {
	const figures = new Figures();
	let stand: Stand;
	let proxy: RecordingProxy;
	let cookies: Awaited<ReturnType<BrowserContext['cookies']>>;

	beforeAll(async () => {
		stand = await startStand({ hasDefaultTuning: true, hasProxy: true });
		const port = Number(new URL(stand.origin).port);
		proxy = await startProxy({ port, targetPort: stand.appPort });
		await stand.tailnet.machines;
		const profile = new Profile();
		const page = await firstPage(await profile.launch());
		await signIn(page, stand);
		await page.getByRole('list', { name: 'Machines' }).getByText('web-1').waitFor();
		cookies = await page.context().cookies();
		await profile.closeWindows();
		await profile.remove();
	});

	afterAll(async () => {
		await proxy.stop();
		await stand.stop();
		report(figures, 'launch.json');
	});

	test('cold and warm, with bytes from the network', async () => {
		for (let run = 0; run < RUNS; run += 1) {
			const profile = new Profile();
			try {
				// New to the app, but for the cookie.
				const context = await profile.launch();
				await context.addCookies(cookies);
				await launch(context, 'cold');
				await kept(await firstPage(context));
				await profile.closeWindows();
				await profile.quit();
				await launch(await profile.launch(), 'warm');
				await profile.closeWindows();
			} finally {
				await profile.remove();
			}
		}
		expect(figures.median('warm: bytes carried')).toBeLessThan(200);
	});

	test('memory of a window', async () => {
		const profile = new Profile();
		try {
			const context = await profile.launch();
			await context.addCookies(cookies);
			const page = await firstPage(context);
			await page.goto(stand.origin);
			for (let open = 1; open <= Math.max(...SESSION_COUNTS); open += 1) {
				await openTab(page, stand.webName, open);
				if (SESSION_COUNTS.some((count) => count === open))
					figures.add(`memory, ${String(open)} session(s)`, 'MB', await memoryMb(context));
			}
			await profile.closeWindows();
		} finally {
			await profile.remove();
		}
	});

	async function launch(context: BrowserContext, name: 'cold' | 'warm'): Promise<void> {
		proxy.forget();
		const page = await firstPage(context);
		await page.goto(stand.origin);
		await page.getByRole('combobox', { name: 'Search machines' }).waitFor();
		const usableMs = await page.evaluate(() => performance.now());
		figures.add(`${name}: launch → usable launcher`, 'ms', usableMs);
		const running = await page.waitForFunction(
			() => performance.getEntriesByName('headtab:node-running')[0]?.startTime,
			undefined,
			{ timeout: WAIT_MS }
		);
		figures.add(`${name}: launch → node running`, 'ms', Number(await running.jsonValue()));
		const wasm = await page.evaluate(
			() => performance.getEntriesByName('headtab:wasm-ready')[0]?.startTime ?? Number.NaN
		);
		figures.add(`${name}: launch → module ready`, 'ms', wasm);
		figures.add(`${name}: bytes carried`, 'kB', proxy.recorded().length / 1000);
	}

	/** Everything for the next launch lies on this device. */
	async function kept(page: Page): Promise<void> {
		const isKept = async () => {
			const names = await caches.keys();
			return names.filter((name) => name.startsWith('headtab-asset-')).length >= 7;
		};
		await page.waitForFunction(isKept, undefined, { timeout: WAIT_MS });
	}

	async function openTab(page: Page, name: string, open: number): Promise<void> {
		const search = page.getByRole('combobox', { name: 'Search machines' });
		if (!(await search.isVisible())) await page.getByRole('button', { name: 'New tab' }).click();
		await search.fill(name);
		await search.press('Enter');
		await page.waitForFunction(
			(count) => document.querySelectorAll('section[data-phase="open"]').length === count,
			open,
			{ timeout: WAIT_MS }
		);
	}

	/** Of the browser's renderers: what they have to themselves and their share of the rest. */
	async function memoryMb(context: BrowserContext): Promise<number> {
		const browser = context.browser();
		if (browser === null) throw new Error('the profile has no browser');
		const session = await browser.newBrowserCDPSession();
		const { processInfo } = await session.send('SystemInfo.getProcessInfo');
		await session.detach();
		return processInfo
			.filter(({ type }) => type === 'renderer')
			.map(({ id }) => readFileSync(`/proc/${String(id)}/smaps_rollup`, 'utf8'))
			.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1000, 0);
	}
});
