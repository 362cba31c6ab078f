// The pages for admins: who has a window open, ending one, the doctor; and what others see there.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { closeWindows, expect, test } from '../fixtures/test';
import { DOCTOR_MS, SIGN_IN_MS } from '../fixtures/waits';

// bob, so that the menus of all other tests' people are as everybody's.
test.beforeAll(async ({ stack }) => {
	await stack.restartApp(undefined, { HEADTAB_ADMINS: 'bob@tailnet.example' });
});
test.afterAll(async ({ stack }) => stack.restartApp());

const windowRow = (page: Page, email: string) => page.getByRole('row').filter({ hasText: email });

test('S4 an admin sees live windows, sorts them, and ends one', async ({
	browser,
	signIn,
	stack,
	logIn
}) => {
	await signIn('alice');
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(1);
	const [aliceNode] = await stack.ownNodes();
	// A browser of its own: one browser has one login session.
	const other = await browser.newContext({ baseURL: stack.appUrl });
	try {
		const page = await other.newPage();
		await page.goto('/');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await logIn(page, 'bob');
		await page.waitForURL((at) => at.origin === stack.appUrl, { timeout: SIGN_IN_MS });
		const account = page.getByRole('button', { name: 'Account and settings' });
		const current = (name: string) =>
			page.getByRole('navigation', { name }).locator('[aria-current]');
		// The page has the keyboard, not the avatar that opened the menu.
		await account.click();
		await page.getByRole('menuitem', { name: 'Settings' }).click();
		await expect(current('Settings')).toBeFocused();
		await page.keyboard.press('Escape');
		await expect(page).toHaveURL(/\/$/);
		await account.click();
		await page.getByRole('menuitem', { name: 'Live windows' }).click();
		await expect(page).toHaveURL(/\/admin$/);
		await expect(current('Admin')).toBeFocused();

		await expect(windowRow(page, 'alice@tailnet.example')).toBeVisible();
		await expect(windowRow(page, 'bob@tailnet.example')).toContainText('this window');
		await expect(windowRow(page, 'alice@tailnet.example')).toContainText(/↓ \d+/);
		await page.getByRole('button', { name: 'Person' }).click();
		const header = page.getByRole('columnheader', { name: 'Person' });
		await expect(header).toHaveAttribute('aria-sort', 'ascending');
		await expect(page.getByRole('row').nth(1)).toContainText('alice@tailnet.example');
		await header.getByRole('button').click();
		await expect(page.getByRole('row').nth(1)).toContainText('bob@tailnet.example');
		await expectNoAxeFaults(page);

		await page.getByRole('button', { name: /End the window of alice/i }).click();
		const ask = page.getByRole('alertdialog', { name: /End the window of alice/i });
		await expect(ask).toContainText('This cannot be taken back.');
		await expectNoAxeFaults(page);
		// Esc is the question's, not the page's.
		await page.keyboard.press('Escape');
		await expect(ask).toBeHidden();
		await expect(page).toHaveURL(/\/admin$/);
		await page.getByRole('button', { name: /End the window of alice/i }).click();
		await ask.getByRole('button', { name: 'Cancel' }).click();
		await expect(windowRow(page, 'alice@tailnet.example')).toBeVisible();
		await page.getByRole('button', { name: /End the window of alice/i }).click();
		await ask.getByRole('button', { name: 'End window' }).click();
		await expect(windowRow(page, 'alice@tailnet.example')).toHaveCount(0);
		await expect(page.getByText(/The window of alice.* was ended\./i)).toBeAttached();
		await expect(page.getByRole('heading', { name: 'Live windows' })).toBeFocused();
		expect((await stack.ownNodes()).map(({ id }) => id)).not.toContain(aliceNode?.id);
		await closeWindows(other, stack);
	} finally {
		await other.close();
	}
});

test('[admin-only] others read that the page is for admins, and are not led to it', async ({
	signIn
}) => {
	const page = await signIn('alice', { path: '/admin' });
	await expect(page.getByText('admin-only')).toBeVisible();
	await expect(page.getByText(/HEADTAB_ADMINS/)).toBeVisible();
	await expectNoAxeFaults(page);
	await page.goto('/admin/doctor');
	await expect(page.getByText('admin-only')).toBeVisible();
	await page.getByRole('button', { name: 'Account and settings' }).click();
	await expect(page.getByRole('menuitem', { name: 'Sign out', exact: true })).toBeVisible();
	await expect(page.getByRole('menuitem', { name: 'Live windows' })).toHaveCount(0);
});

test('the doctor: what is to fix first, what is fine folded, again on demand', async ({
	signIn
}) => {
	const page = await signIn('bob', { path: '/admin/doctor', isOwnLogin: true });
	await expect(page.getByRole('heading', { name: 'Doctor' })).toBeVisible();
	await expect(page.getByText(/\d+ checks in \d/)).toBeVisible({ timeout: DOCTOR_MS });
	await expect(page.locator('[data-status="ok"]').first()).toBeVisible();
	const more = page.getByRole('button', { name: /Show the other/ });
	await more.click();
	await expect(more).toBeHidden();
	await expectNoAxeFaults(page);
	// Held back until it was seen to be under way.
	let release = (): void => undefined;
	const held = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/api/admin/doctor', async (route) => {
		await held;
		await route.continue();
	});
	await page.getByRole('button', { name: 'Run again' }).click();
	await expect(page.getByText(/Examining/)).toBeVisible();
	release();
	await expect(page.getByRole('button', { name: /^Run/ })).toBeFocused();
	await expect(page.getByText(/\d+ checks in \d/)).toBeVisible({ timeout: DOCTOR_MS });

	await page.unroute('**/api/admin/doctor');
	await page.route('**/api/admin/doctor', (route) => route.abort());
	await page.getByRole('button', { name: 'Run again' }).click();
	const notice = page.locator('[data-code="server-unreachable"]');
	await expect(notice).toBeVisible();
	// What was found before stands there still.
	await expect(page.getByText(/\d+ checks in \d/)).toBeVisible();
	await expect(page.locator('[data-status="ok"]').first()).toBeVisible();
	await expectNoAxeFaults(page);
	await page.unroute('**/api/admin/doctor');
	await page.getByRole('button', { name: 'Run again' }).click();
	await expect(notice).toBeHidden();
	await expect(page.getByText(/\d+ checks in \d/)).toBeVisible({ timeout: DOCTOR_MS });
	await page
		.getByRole('navigation', { name: 'Admin' })
		.getByRole('button', { name: 'Live windows' })
		.click();
	await expect(page).toHaveURL(/\/admin$/);
	// Esc leads back from wherever the keyboard is.
	await page.getByRole('button', { name: 'Account and settings' }).focus();
	await page.keyboard.press('Escape');
	await expect(page).toHaveURL(/\/$/);
});
