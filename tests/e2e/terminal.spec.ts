// A terminal that cannot be drawn, loses its GPU or whose core stops: told, redrawn, begun anew.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { JOIN_MS, OPEN_SHELL_MS, RESUME_MS } from '../fixtures/waits';
import { canvasColours } from './canvas';
import { connect, openShell, Shell, waitForFile } from './shell';

test.use({ hasServiceWorker: false });

/** What the scripts below keep on the window. */
declare global {
	interface Window {
		hasNoGpu?: boolean;
		/** Writes of the core that will trap. */
		trapsLeft?: number;
	}
}

/** A browser without WebGPU, and without WebGL2 while `hasNoGpu`. */
async function withoutGpu(page: Page): Promise<void> {
	await page.addInitScript(() => {
		window.hasNoGpu = true;
		Object.defineProperty(navigator, 'gpu', { value: undefined });
		const getContext = Reflect.get(HTMLCanvasElement.prototype, 'getContext');
		Object.defineProperty(HTMLCanvasElement.prototype, 'getContext', {
			value(this: HTMLCanvasElement, kind: string, ...options: unknown[]): unknown {
				if (kind === 'webgl2' && window.hasNoGpu === true) return null;
				return Reflect.apply(getContext, this, [kind, ...options]);
			}
		});
	});
}

/** Restty's core, whose next `trapsLeft` writes trap. */
async function withTraps(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const instantiate = Reflect.get(WebAssembly, 'instantiate');
		Object.defineProperty(WebAssembly, 'instantiate', {
			value: async (...args: unknown[]): Promise<unknown> => {
				const made: unknown = await Reflect.apply(instantiate, WebAssembly, args);
				if (typeof made !== 'object' || made === null || !('instance' in made)) return made;
				const { instance } = made;
				if (!(instance instanceof WebAssembly.Instance)) return made;
				const { restty_write: write } = instance.exports;
				if (typeof write !== 'function') return made;
				const exports = {
					...instance.exports,
					restty_write: (...values: unknown[]): unknown => {
						const trapsLeft = window.trapsLeft ?? 0;
						if (trapsLeft > 0) {
							window.trapsLeft = trapsLeft - 1;
							throw new WebAssembly.RuntimeError('unreachable');
						}
						return Reflect.apply(write, undefined, values);
					}
				};
				return { ...made, instance: { exports } };
			}
		});
	});
}

test('P6 [terminal-no-gpu] nothing to draw with: said in the pane, the session goes on, Try again', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', { before: withoutGpu });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await expect(shell.region.getByText('terminal-no-gpu')).toBeVisible();
	await expect(shell.region).toContainText('hardware acceleration');
	const again = shell.region.getByRole('button', { name: 'Try again' });
	await again.click();
	await expect(shell.region.getByText('terminal-no-gpu')).toBeVisible();
	await expect(shell.region).toHaveAttribute('data-phase', 'open');

	await page.evaluate(() => (window.hasNoGpu = false));
	await again.click();
	await expect(shell.region.getByText('terminal-no-gpu')).toBeHidden();
	await shell.run('echo drawn-$((40+2))');
	await shell.expectText('drawn-42');
});

test('[terminal-failed] a core that stops again and again: this tab alone, and Try again', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', { before: withTraps });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo before-the-trap');
	const failure = shell.region.getByText('terminal-failed');

	// One trap costs nothing that a person sees.
	await page.evaluate(() => (window.trapsLeft = 1));
	await page.keyboard.press('x');
	await page.waitForFunction(() => window.trapsLeft === 0);
	await page.keyboard.press('Backspace');
	await shell.run('echo after-one');
	await shell.expectText('before-the-trap');
	await expect(failure).toBeHidden();

	await page.evaluate(() => (window.trapsLeft = Number.POSITIVE_INFINITY));
	await expect(async () => {
		if (!(await failure.isVisible())) await page.keyboard.press('x');
		await expect(failure).toBeVisible({ timeout: 500 });
	}).toPass({ timeout: 30_000 });
	await expect(shell.region).toHaveAttribute('data-phase', 'open');

	await connect(page, `${stack.login}@db-1`);
	await expect(Shell.named(page, `${stack.login}@db-1`).region).toHaveAttribute(
		'data-phase',
		'open',
		{ timeout: 30_000 }
	);
	await page.getByRole('tab', { name: /web-1/ }).click();

	await page.evaluate(() => (window.trapsLeft = 0));
	await shell.region.getByRole('button', { name: 'Try again' }).click();
	await expect(failure).toBeHidden();
	await page.keyboard.press('Control+U');
	await shell.run('echo once-more');
	await shell.expectText('once-more');
});

test('P6 a lost WebGL context is redrawn, with what was on the screen', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const plain = await canvasColours(page);
	await shell.run(
		"clear; for i in 1 2 3 4 5 6; do printf '\\033[4%sm                    \\033[0m\\n' $i; done; echo colours-stay"
	);
	await expect.poll(() => canvasColours(page)).toBeGreaterThan(plain + 3);
	const lost = await shell.region.locator('canvas').evaluate((canvas) => {
		if (!(canvas instanceof HTMLCanvasElement)) throw new Error('no canvas');
		canvas.dataset['first'] = '';
		const extension = canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context') ?? null;
		extension?.loseContext();
		return extension !== null;
	});
	expect(lost).toBe(true);
	await expect(shell.region.locator('canvas:not([data-first])')).toBeVisible();
	await expect.poll(() => canvasColours(page)).toBeGreaterThan(plain + 3);
	await shell.run('echo goes-on');
	await shell.expectText('colours-stay');
});

test('P6 a WebGL context lost where nobody looks comes back with the tab, with what came meanwhile', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = await openShell(page, `${stack.login}@web-1`);
	const plain = await canvasColours(page);
	await web.run(
		"clear; for i in 1 2 3 4 5 6; do printf '\\033[4%sm                    \\033[0m\\n' $i; done; echo colours-stay"
	);
	const go = `/tmp/headtab-away-${String(Date.now())}`;
	await web.type(`${waitForFile(go)}; printf 'came-meanwhile\\a\\n'`);
	const db = await openShell(page, `${stack.login}@db-1`);
	await web.region.locator('canvas').evaluate((canvas) => {
		if (!(canvas instanceof HTMLCanvasElement)) throw new Error('no canvas');
		canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
	});
	// Nothing is made for a tab that nobody sees; it goes on listening.
	await expect(web.region.locator('canvas')).toHaveCount(0);
	await db.run(`touch ${go}`);
	const tab = page.getByRole('tab', { name: /web-1/ });
	await expect(tab).toHaveAttribute('aria-description', /bell/);
	await expect(web.region.locator('canvas')).toHaveCount(0);
	await tab.click();
	await expect(web.region.locator('canvas')).toBeVisible();
	await expect.poll(() => canvasColours(page)).toBeGreaterThan(plain + 3);
	await web.expectText('came-meanwhile');
	await web.run('echo goes-on');
	await web.expectText('colours-stay');
});

/** Requests that get no answer until they are released. */
class Held {
	release: () => void = () => undefined;
	readonly #released = new Promise<void>((resolve) => (this.release = resolve));

	constructor(readonly url: string) {}

	async on(page: Page): Promise<void> {
		await page.route(this.url, async (route) => {
			await this.#released;
			await route.continue();
		});
	}
}

test('what is typed before the terminal is there runs in the shell that it is typed for, not in a later one', async ({
	signIn,
	stack
}) => {
	const [keys, fonts] = [new Held('**/api/keys'), new Held('**/fonts/*.ttf')];
	const page = await signIn('alice', {
		before: async (blank) => {
			await keys.on(blank);
			await fonts.on(blank);
		}
	});
	const typeInto = async (name: string, line: string) => {
		await connect(page, name);
		const shell = Shell.named(page, name);
		await expect(shell.region).toHaveAttribute('data-phase', 'joining');
		await expect(shell.region.locator(':focus')).toBeAttached();
		await shell.type(line);
		return shell;
	};
	const off = await typeInto(`${stack.login}@old-1`, 'echo lea""ked');
	const on = await typeInto(`${stack.login}@web-1`, 'echo ty""ped');
	keys.release();
	await expect(off.region).toHaveAttribute('data-code', 'node-offline', { timeout: JOIN_MS });
	await expect(on.region).toHaveAttribute('data-phase', 'open', { timeout: OPEN_SHELL_MS });
	fonts.release();
	await on.expectText(/^typed$/m);
	await stack.targets['old-1'].start();
	try {
		await expect(off.region).toHaveAttribute('data-phase', 'open', { timeout: RESUME_MS });
		await page.getByRole('tab', { name: `${stack.login}@old-1` }).click();
		await off.run('echo on""ce');
		expect(await off.text()).not.toMatch(/lea/);
	} finally {
		await stack.targets['old-1'].stop();
	}
});

test('what is typed while the terminal is there and its shell is not reaches the shell whole', async ({
	signIn,
	stack
}) => {
	const keys = new Held('**/api/keys');
	const page = await signIn('alice', { before: (blank) => keys.on(blank) });
	const name = `${stack.login}@web-1`;
	await connect(page, name);
	const shell = Shell.named(page, name);
	await expect(shell.region.locator('textarea:focus')).toBeAttached();
	await expect(shell.region).toHaveAttribute('data-phase', 'joining');
	await shell.type('echo wh""ole');
	keys.release();
	await shell.expectText(/^whole$/m);
});

test('H11 a storm of sizes: the last one wins, for the far end as well', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const sizeOf = (element: Element) => [element.clientWidth, element.clientHeight];
	const spareSize = await page.locator('.headtab-terminal-spare').evaluate(sizeOf);
	const shell = await openShell(page, `${stack.login}@web-1`);
	const box = shell.region.locator('[data-terminal]');
	// The one made ahead has the size of the pane: a canvas made larger waits for the GPU, in the task of Enter.
	expect(await box.evaluate(sizeOf)).toEqual(spareSize);
	// A hundred, one a frame, as small as nothing and as large as no screen.
	await box.evaluate(async (element) => {
		if (!(element instanceof HTMLElement)) throw new Error('no element');
		for (let i = 0; i < 100; i += 1) {
			element.style.maxWidth = `${String([0, 1, 50, 4_000][i % 4])}px`;
			element.style.maxHeight = `${String([0, 1, 40, 4_000][(i + 1) % 4])}px`;
			await new Promise(requestAnimationFrame);
		}
		element.style.maxWidth = '500px';
		element.style.maxHeight = '300px';
	});
	// Before that a marker could be cut by the width of one of the storm's sizes.
	await expect(page.getByText(/^[2-7]\d×1\d$/)).toBeVisible();
	await page.keyboard.press('Control+L');
	await expect
		.poll(async () => {
			await shell.run('echo "size=$(stty size)"');
			const seen = [...(await shell.text()).matchAll(/size=(\d+) (\d+)/g)].at(-1);
			const shown = await page.getByText(/^\d+×\d+$/).innerText();
			return seen === undefined ? 'none' : `${seen[2] ?? ''}×${seen[1] ?? ''} ${shown}`;
		})
		.toMatch(/^([2-7]\d×1\d) \1$/);
});
