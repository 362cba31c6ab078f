import { chromium } from '@playwright/test';
import { chromiumArgs, chromiumLaunch } from '../fixtures/chromium';
import { closeWindows } from '../fixtures/test';
import { SIGN_IN_MS } from '../fixtures/waits';
import { canvasColours } from './canvas';
import { expect, test } from '../fixtures/test';
import { openShell } from './shell';
const OUT = '/tmp/w/tlook';
for (const scheme of ['dark', 'light'] as const)
	test.describe(scheme, () => {
		test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: scheme });
		test('phone', async ({ signIn, stack, context }) => {
			test.setTimeout(180_000);
			await context.grantPermissions(['clipboard-read', 'clipboard-write']);
			const page = await signIn('alice');
			let n = 0;
			const shot = async (name: string) => {
				n += 1;
				await page.waitForTimeout(600);
				await page.screenshot({ path: `${OUT}/${scheme}-${String(n).padStart(2, '0')}-${name}.png` });
			};
			await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible({ timeout: 60_000 });
			const shell = await openShell(page, `${stack.login}@web-1`);
			await shell.type('clear; ls --color=always -l / | head -9; printf "\\e[44;37m grey on blue \\e[0m \\x31\\xef\\xb8\\x8f\\xe2\\x83\\xa3 \\xf0\\x9f\\x91\\xa9\\xe2\\x80\\x8d\\xf0\\x9f\\x92\\xbb \\xee\\x82\\xb0\\xee\\x82\\xb1\\xee\\x82\\xb2 \\xee\\x82\\xa0 \\e[44m a \\e[0;34m\\xee\\x82\\xb8\\e[0m b \\e[32m\\xee\\x82\\xba\\e[42;30m c \\e[0m\\n"; printf "\\e]8;;https://example.com/long/path\\alink\\e]8;;\\a\\n"; echo word-to-select');
			await shell.expectText(/^word-to-select$/m);
			await shot('keybar');
			// long press selects a word
			const box = await shell.region.locator('canvas').boundingBox();
			if (box === null) throw new Error('no canvas');
			const lines = (await shell.text()).split('\n');
			const row = lines.findIndex((l) => l === 'word-to-select');
			const rowsOf = await page.evaluate(() => document.querySelector('[data-terminal] canvas')?.clientHeight ?? 0);
			const client = await context.newCDPSession(page);
			const rows = lines.length;
			const h = box.height / Math.max(rows, 1);
			for (const guess of [h, 17, 18, 19, 20]) {
				const y = box.y + (row + 0.5) * guess;
				await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 30, y }] });
				await page.waitForTimeout(700);
				await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
				await page.waitForTimeout(500);
				if (await page.getByRole('menu', { name: 'Terminal' }).isVisible()) break;
			}
			console.log('rows', rows, rowsOf);
			await shot('selection-menu');
			await page.keyboard.press('Escape');
			await shot('selection');
			await page.keyboard.press('Control+Shift+F');
			await page.keyboard.type('root');
			await page.waitForTimeout(1000);
			await shot('search');
			await page.keyboard.press('Escape');
			await page.evaluate(() => navigator.clipboard.writeText('echo one\necho two\nrm -rf ./build\n'));
			await page.getByRole('button', { name: 'Paste' }).first().click().catch(() => undefined);
			await shot('paste-guard');
			await page.keyboard.press('Escape');
			for (const path of ['/settings#terminal', '/settings#appearance', '/settings#keyboard']) {
				await page.goto(path);
				await page.waitForTimeout(1000);
				await shot(path.replaceAll('/', '_'));
				await page.screenshot({ path: `${OUT}/${scheme}-full${path.replaceAll('/', '_')}.png`, fullPage: true });
			}
			expect(n).toBeGreaterThan(4);
		});
	});

const WEBGPU = [
	'--enable-unsafe-webgpu',
	'--use-webgpu-adapter=swiftshader',
	'--enable-features=Vulkan'
];
const BARS =
	"clear; for i in 1 2 3 4 5 6; do printf '\\033[4%sm                    \\033[0m\\n' $i; done; echo colours-stay";

test('PROBE WebGPU draws, what is selected as well, and a GPU process that ends costs nothing that is on the screen', async ({
	stack,
	logIn
}) => {
	const browser = await chromium.launch({
		...chromiumLaunch(),
		args: [...chromiumArgs, ...WEBGPU]
	});
	try {
		const context = await browser.newContext({
			viewport: { width: 1000, height: 600 },
			reducedMotion: 'reduce'
		});
		const page = await context.newPage();
		await page.goto(`${stack.appUrl}/?screenreader=1`);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await logIn(page, 'alice');
		await page.waitForURL((at) => at.origin === stack.appUrl, { timeout: SIGN_IN_MS });
		const shell = await openShell(page, `${stack.login}@web-1`);
		const isWebGpu = () =>
			shell.region
				.locator('canvas')
				.evaluate((canvas) =>
					canvas instanceof HTMLCanvasElement ? canvas.getContext('webgpu') !== null : false, undefined, { timeout: 3000 }
				).catch(() => null);
		const plain = await canvasColours(page); console.log('PLAIN', plain);
		await shell.run(BARS);
		await expect.poll(() => canvasColours(page)).toBeGreaterThan(plain + 3);
		const drawn = await canvasColours(page); console.log('DRAWN', drawn); await page.screenshot({ path: '/tmp/w/tlook/gpu1.png' });
		await page.keyboard.press('Control+Shift+A');
		await expect.poll(() => canvasColours(page)).toBeLessThan(drawn);
		await page.screenshot({ path: '/tmp/w/tlook/gpu2.png' });
		await page.keyboard.press('Escape');
		await expect.poll(() => canvasColours(page)).toBe(drawn);

		console.log('AFTER', await isWebGpu()); await page.screenshot({ path: '/tmp/w/tlook/gpu3.png' });
		await shell.expectText('colours-stay');
		await closeWindows(context, stack);
	} finally {
		await browser.close();
	}
});
