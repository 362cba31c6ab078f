// One terminal of the app as a person uses it: keys in, visible text out. Used by the e2e specs and
// the bench; finds everything by the roles and names of DESIGN section 6.
import { expect, type Locator, type Page } from '@playwright/test';
import { JOIN_MS, OPEN_SHELL_MS } from '../fixtures/waits';

export class Shell {
	readonly region: Locator;
	readonly log: Locator;

	private constructor(
		readonly page: Page,
		readonly name: string,
		index: number
	) {
		// Among splits of the same name each has its place beside it.
		const named = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(, split \\d+)?$`);
		this.region = page.getByRole('region', { name: named, includeHidden: true }).nth(index);
		this.log = this.region.getByRole('log');
	}

	/** The terminal called `USER@NODE` once it is open; `index` tells equal names apart. */
	static async opened(page: Page, name: string, index = 0): Promise<Shell> {
		const shell = new Shell(page, name, index);
		await expect(shell.region).toHaveAttribute('data-phase', 'open', {
			timeout: JOIN_MS + OPEN_SHELL_MS
		});
		return shell;
	}

	/** The terminal called `USER@NODE` in whatever phase. */
	static named(page: Page, name: string, index = 0): Shell {
		return new Shell(page, name, index);
	}

	/** Types a line as keys; output is awaited by `expectText`. */
	async type(line: string): Promise<void> {
		await this.page.keyboard.type(line);
		await this.page.keyboard.press('Enter');
	}

	/** Runs a command and waits for its end, which only the shell can print. */
	async run(command: string): Promise<void> {
		const marker = `done${String(Math.floor(Math.random() * 1e9))}`;
		// The quotes keep the typed line from being the awaited one.
		await this.type(`${command}; echo ${marker.slice(0, 4)}""${marker.slice(4)}`);
		await this.expectText(marker);
	}

	async expectText(text: string | RegExp, timeout = 20_000): Promise<void> {
		await expect(this.log).toContainText(text, { timeout });
	}

	async text(): Promise<string> {
		return this.log.innerText();
	}

	async receivedBytes(): Promise<number> {
		return Number(await this.region.getAttribute('data-received'));
	}
}

/** What a shell waits with for another one's `touch`; nothing of it stays. */
export const waitForFile = (path: string): string =>
	`until [ -e ${path} ]; do sleep 0.1; done; rm ${path}`;

/** The tabs of a window, in their order. */
export const tabsOf = (page: Page): Locator =>
	page.getByRole('tablist', { name: 'Sessions' }).getByRole('tab');

/** Types `USER@NODE` into the launcher and connects. */
export async function connect(page: Page, name: string): Promise<void> {
	const search = page.getByRole('combobox', { name: 'Search machines' });
	if (!(await search.isVisible())) await page.getByRole('button', { name: 'New tab' }).click();
	await search.fill(name);
	await search.press('Enter');
}

/** Of the page that stands in place of a terminal in view. */
export const tryAgain = (page: Page): Locator =>
	page.getByRole('button', { name: 'Try again' }).filter({ visible: true });

/** Connects to a machine that is off: its page takes the keyboard when it comes. */
export async function openWaiting(page: Page, name: string): Promise<void> {
	await connect(page, name);
	await expect(page.getByRole('tab', { selected: true })).toHaveAccessibleName(name);
	await expect(tryAgain(page)).toBeFocused();
}

/** Connects to a machine that this device meets for the first time, and trusts the host key that it shows. */
export async function connectTrusting(page: Page, name: string): Promise<void> {
	await connect(page, name);
	const node = name.slice(name.lastIndexOf('@') + 1);
	await page
		.getByRole('dialog', { name: new RegExp(node) })
		.getByRole('button', { name: /Trust/ })
		.click();
}

/** Opens `USER@NODE` in a new tab and waits for its shell. */
export async function openShell(page: Page, name: string, index = 0): Promise<Shell> {
	await connect(page, name);
	return Shell.opened(page, name, index);
}
