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
const FLOOD_BYTES = 100_000_000;
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

	test('output and keys until they are on the screen', async () => {
		await openTab();
		for (let run = 0; run < RUNS; run += 1) {
			await page.keyboard.type(
				`head -c ${String(DRAWN_BYTES)} /dev/zero | tr '\\0' x | fold -w 99; echo`
			);
			const tookMs = await lastLine('Enter');
			figures.add('output drawn', 'MB/s', DRAWN_BYTES / 1000 / tookMs);
			await page.keyboard.type('clear');
			await lastLine('Enter');
			await page.keyboard.type('cat > /dev/null');
			await page.keyboard.press('Enter');
			const pixels = await keys(stand.webName, 'pixel');
			figures.add('key → pixel, p50', 'ms', quantile(pixels, 0.5));
			figures.add('key → pixel, p95', 'ms', quantile(pixels, 0.95));
			await lastLine('Control+C');
		}
	});

	test('frames while the scrollback is scrolled', async () => {
		await page.keyboard.type(`seq ${String(FULL_LINES)}`);
		await lastLine('Enter');
		const box = await page.getByRole('region', { name: stand.webName }).last().boundingBox();
		if (box === null) throw new Error('no terminal in view');
		await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
		for (let run = 0; run < RUNS; run += 1) {
			await page.evaluate((ms) => window.headtabProbe.frames(ms), SCROLL_MS);
			const until = performance.now() + SCROLL_MS;
			let step = 0;
			// Up and down again, a turn of the wheel about each frame.
			while (performance.now() < until) {
				await page.mouse.wheel(0, step % 120 < 60 ? -120 : 120);
				step += 1;
			}
			const lengths = await page.evaluate(() => window.headtabProbe.frameLengths());
			const dropped = lengths.reduce(
				(sum, ms) => sum + Math.max(0, Math.round(ms / (1000 / 60)) - 1),
				0
			);
			figures.add(
				'frames dropped while scrolling',
				'%',
				(100 * dropped) / (lengths.length + dropped)
			);
			figures.add('frame while scrolling, p95', 'ms', quantile(lengths, 0.95));
		}
	});

	test('keys while 100 MB of output pass in the other half of the window', async () => {
		await page.keyboard.type('clear');
		await lastLine('Enter');
		const left = page.getByRole('region', { name: new RegExp(`^${stand.webName}(, split 1)?$`) });
		await page.keyboard.press('Control+Shift+D');
		const right = `${stand.webName}, split 2`;
		await page.getByRole('region', { name: right }).locator('canvas').waitFor();
		await page.locator(`section[aria-label="${right}"][data-phase="open"]`).waitFor();
		await page.keyboard.type('cat > /dev/null');
		await page.keyboard.press('Enter');
		const quiet = await keys(right, 'echo');
		figures.add('key → echo beside a quiet terminal, p50', 'ms', quantile(quiet, 0.5));
		await page.keyboard.press('Control+Shift+ArrowLeft');
		await page.keyboard.type(`head -c ${String(FLOOD_BYTES)} /dev/zero | tr '\\0' x | fold -w 99`);
		const before = Number(await left.getAttribute('data-received'));
		const start = performance.now();
		await page.keyboard.press('Enter');
		await page.keyboard.press('Control+Shift+ArrowRight');
		const beside: number[] = [];
		const received = async () => Number(await left.getAttribute('data-received')) - before;
		while ((await received()) < FLOOD_BYTES) beside.push(...(await keys(right, 'echo', 10)));
		figures.add('100 MB beside it', 'MB/s', FLOOD_BYTES / 1000 / (performance.now() - start));
		figures.add('key → echo beside 100 MB, p50', 'ms', quantile(beside, 0.5), '≤ 100 ms');
		figures.add('key → echo beside 100 MB, p95', 'ms', quantile(beside, 0.95), '≤ 100 ms');
		figures.add('key → echo beside 100 MB, worst', 'ms', Math.max(...beside));
		expect(beside.length).toBeGreaterThan(10);
	});

	test('memory of 1, 4 and 16 terminals with full scrollback', async () => {
		await page.goto(`${stand.origin}/?screenreader=1`);
		await page.getByRole('list', { name: 'Machines' }).getByText('web-1').waitFor();
		const client = await browser.newBrowserCDPSession();
		figures.add('memory without a terminal', 'MB', await memoryMb(client));
		for (let count = 1; count <= 16; count += 1) {
			await openTab();
			await page.keyboard.type(`seq -f '%0100.0f' ${String(FULL_LINES)}`);
			await lastLine('Enter');
			if (count === 1 || count === 4 || count === 16)
				figures.add(`memory with ${String(count)} full`, 'MB', await memoryMb(client));
		}
		// The first one is as alive as the last.
		await page.getByRole('tab').first().click();
		await page.keyboard.type('clear');
		await lastLine('Enter');
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
