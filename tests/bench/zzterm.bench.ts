// What the terminal itself costs, on the demo's real stack: output until it is on the screen, a key until its
// pixels change, keys while 100 MB of output pass beside them, frames while the scrollback is scrolled, memory
// with full scrollbacks. `npm run bench` prints the table. The browser is headless with software WebGL2.
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumLaunch } from '../fixtures/chromium';
import { Figures, quantile, report } from './figures';
import { installProbe } from './page-probe';
import { signIn, startStand, type Stand } from './stand';

const RUNS = 3;
const DRAWN_BYTES = 8_000_000;
const FLOOD_BYTES = 12_000_000;
/** Ten keys a second and a bit: a fast typist. */
const TYPING_MS = 90;
const KEYS = 60;
const SCROLL_MS = 3_000;
/** At least this much output fills a scrollback of 20 MB of cells. */
const FULL_LINES = 20_000;
const PROMPT = 'READY>';

describe('the terminal', () => {
	const figures = new Figures();
	let stand: Stand;
	let browser: Browser;
	let page: Page;

	beforeAll(async () => {
		stand = await startStand();
		await stand.tailnet.machines;
		browser = await chromium.launch(chromiumLaunch());
		const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
		await context.addInitScript(installProbe);
		page = await context.newPage();
		await signIn(page, stand);
		await page.getByRole('list', { name: 'Machines' }).waitFor();
		await page.goto(`${stand.origin}/?screenreader=1`);
		await page.getByRole('list', { name: 'Machines' }).getByText('web-1').waitFor();
	});

	afterAll(async () => {
		await browser.close();
		await stand.stop();
		report(figures, 'bench-terminal.json');
	});

	test('zz', async () => {
		await openTab();
		await page.keyboard.type('clear');
		await lastLine('Enter');
		const left = page.getByRole('region', { name: new RegExp(`^${stand.webName}(, split 1)?$`) });
		await page.keyboard.press('Control+Shift+D');
		const right = `${stand.webName}, split 2`;
		await page.getByRole('region', { name: right }).locator('canvas').waitFor();
		await page.locator(`section[aria-label="${right}"][data-phase="open"]`).waitFor();
		await page.keyboard.type('cat > /dev/null');
		await page.keyboard.press('Enter');
		for (const flag of [0, 0, 0, 0]) {
			await page.evaluate((n) => ((globalThis as any).zzFlag = n), flag);
			const quiet = await keys(right, 'echo', 20);
			await page.keyboard.press('Control+Shift+ArrowLeft');
			await page.keyboard.type(`head -c ${String(FLOOD_BYTES)} /dev/zero | tr '\\0' x | fold -w 99`);
			const before = Number(await left.getAttribute('data-received'));
			const start = performance.now();
			await page.keyboard.press('Enter');
			await page.keyboard.press('Control+Shift+ArrowRight');
			const beside: number[] = [];
			const received = async () => Number(await left.getAttribute('data-received')) - before;
			while ((await received()) < FLOOD_BYTES) beside.push(...(await keys(right, 'echo', 10)));
			console.log('ZZ', flag, 'quiet', Math.round(quantile(quiet, 0.5)), 'MB/s', (FLOOD_BYTES / 1000 / (performance.now() - start)).toFixed(2), 'p50', Math.round(quantile(beside, 0.5)), 'p95', Math.round(quantile(beside, 0.95)), 'worst', Math.round(Math.max(...beside)), beside.length);
		}
	});

	async function openTab(): Promise<void> {
		const search = page.getByRole('combobox', { name: 'Search machines' });
		if (!(await search.isVisible())) await page.getByRole('button', { name: 'New tab' }).click();
		await search.fill(stand.webName);
		await page.evaluate(() => window.headtabProbe.nextPrompt());
		await search.press('Enter');
		await result(page);
		await page.keyboard.type(`PS1='${PROMPT} '; clear`);
		await lastLine('Enter');
	}

	/** Presses a key and measures until the last line of the terminal in view is the prompt. */
	async function lastLine(key: string): Promise<number> {
		await page.evaluate(([name, text]) => window.headtabProbe.untilLastLine(name, text), [
			stand.webName,
			PROMPT
		] as const);
		await page.keyboard.press(key);
		return result(page);
	}

	/** Ms from each key to its echo's bytes in the page, or to its pixels. */
	async function keys(region: string, until: 'echo' | 'pixel', count = KEYS): Promise<number[]> {
		const all: number[] = [];
		for (let i = 0; i < count; i += 1) {
			await page.evaluate((name) => window.headtabProbe.echo(name), region);
			await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
			await page.keyboard.press('x');
			const echoMs = await result(page);
			all.push(
				until === 'echo' ? echoMs : await page.evaluate(() => window.headtabProbe.lastPixel())
			);
		}
		return all;
	}
});

const result = (page: Page) => page.evaluate(() => window.headtabProbe.result());

/** Of the page’s process and the one that draws, in proportion to what they share with others. */
async function memoryMb(client: CDPSession): Promise<number> {
	const { processInfo } = await client.send('SystemInfo.getProcessInfo');
	const pids = processInfo.filter(({ type }) => /renderer|gpu/i.test(type)).map(({ id }) => id);
	const kb = pids.map((pid) => {
		const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
		return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
	});
	return kb.reduce((sum, one) => sum + one, 0) / 1000;
}
