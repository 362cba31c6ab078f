// What the pictures of `npm run screenshots` have in common: a person who signs in, opens machines and waits
// until a screen has come to rest. Used by stack/screenshots.ts and stack/shots-app.ts.
import type { BrowserContext, Page } from '@playwright/test';
import { expect, type Stack } from '../tests/fixtures/test';
import { Shell } from '../tests/e2e/shell';

/** One look of one screen. */
export interface Shot {
	readonly context: BrowserContext;
	readonly stack: Stack;
	readonly isPhone: boolean;
	readonly logIn: (page: Page, person: 'alice' | 'bob' | 'carol') => Promise<void>;
	readonly take: (page: Page, name: string) => Promise<void>;
}

export async function signedIn(
	shot: Shot,
	person: 'alice' | 'bob' | 'carol',
	path = '/'
): Promise<Page> {
	const page = await shot.context.newPage();
	await page.goto(path);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await shot.logIn(page, person);
	await page.waitForURL((url) => url.origin === shot.stack.appUrl);
	return page;
}

export async function machines(page: Page): Promise<void> {
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
}

/** From whatever is shown to the machines (a phone has no room for *New tab*), and on to `USER@NODE`. */
export async function connect(page: Page, name: string): Promise<void> {
	const search = page.getByRole('combobox', { name: 'Search machines' });
	if (!(await search.isVisible())) await page.getByRole('button', { name: 'Machines' }).click();
	await search.fill(name);
	await search.press('Enter');
}

/** Nothing more comes: what is typed next is not echoed into the output of before. */
export async function quiet(shell: Shell): Promise<void> {
	let before = -1;
	await expect
		.poll(
			async () => {
				const now = await shell.receivedBytes();
				const isSame = now === before;
				before = now;
				return isSame;
			},
			{ intervals: [400] }
		)
		.toBe(true);
}

export async function openShell(page: Page, name: string): Promise<Shell> {
	await connect(page, name);
	return Shell.opened(page, name);
}

export async function failed(page: Page, name: string): Promise<void> {
	await connect(page, name);
	const { region } = Shell.named(page, name);
	await expect(region).toHaveAttribute('data-phase', 'failed', { timeout: 60_000 });
}
