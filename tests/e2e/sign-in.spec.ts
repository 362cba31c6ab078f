// Signing in, as a person meets it: the provider's page, the way back, and what can go wrong there.
import type { Locator, Page } from '@playwright/test';
import { picture } from '../fixtures/picture';
import { closeWindows, expect, test } from '../fixtures/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { JOIN_MS, SIGN_IN_MS } from '../fixtures/waits';
import { openShell } from './shell';

test('P9 signing in returns to where the person wanted to go', async ({ page, stack, logIn }) => {
	await page.goto(`/connect/web-1?user=${stack.login}`);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await logIn(page, 'alice');
	await expect(page).toHaveURL(/\/connect\/web-1|\/$/);
	await expect(page.getByRole('dialog', { name: 'Connect to web-1' })).toBeVisible({
		timeout: 30_000
	});
	await expect(page.getByRole('textbox', { name: 'User' })).toHaveValue(stack.login);
});

test('L11 a return path to another site leads to the start page', async ({
	page,
	stack,
	logIn
}) => {
	for (const path of ['//evil.example', '/\\evil.example', 'https:evil.example', '/%0d%0aX']) {
		await page.context().clearCookies();
		await page.goto(`/auth/login?returnTo=${encodeURIComponent(path)}`);
		await logIn(page, 'alice');
		await expect(page).toHaveURL(`${stack.appUrl}/`);
	}
});

test('signing out everywhere asks, ends the sign-in of another browser within seconds, and its screen stays', async ({
	signIn,
	browser,
	stack,
	logIn,
	logins
}) => {
	const page = await signIn('alice', { isOwnLogin: true });
	const context = await browser.newContext({ baseURL: stack.appUrl });
	const other = await context.newPage();
	await other.goto('/?screenreader=1');
	await other.getByRole('button', { name: 'Sign in' }).click();
	await logIn(other, 'alice');
	const shell = await openShell(other, `${stack.login}@web-1`);
	await shell.run('echo still-$((40+2))');
	await page.getByRole('button', { name: 'Account and settings' }).click();
	await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
	const question = page.getByRole('alertdialog', { name: 'Sign out everywhere?' });
	await expectNoAxeFaults(page);
	// Every browser of hers that this worker knows is one of them.
	logins.delete('alice');
	await question.getByRole('button', { name: 'Sign out everywhere' }).click();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	const notice = other.getByRole('alert').filter({ hasText: 'Your sign-in has ended' });
	await expect(notice).toBeVisible();
	await shell.expectText('still-42');
	await closeWindows(context, stack);
	await context.close();
});

test('[oidc-login-refused] E3 the provider refuses: code, remedy, and the button still there', async ({
	page
}) => {
	await page.goto('/');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('link', { name: /Cancel/ }).click();
	await expect(page.getByText('oidc-login-refused')).toBeVisible();
	await picture(page, 'E3-oidc-login-refused');
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('[oidc-provider-unreachable] E3 L1 the provider is down, sessions go on, and it heals', async ({
	signIn,
	browser,
	stack
}) => {
	const alice = await signIn('alice');
	await expect(alice.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	await stack.oidc.stop();
	try {
		const context = await browser.newContext({ baseURL: stack.appUrl });
		const page = await context.newPage();
		await page.goto('/');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(page.getByText('oidc-provider-unreachable')).toBeVisible({ timeout: 20_000 });
		await picture(page, 'E3-oidc-provider-unreachable');
		await alice.reload();
		await expect(alice.getByRole('list', { name: 'Machines' })).toContainText('web-1');
		await stack.oidc.start();
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(page.getByRole('textbox', { name: 'Login' })).toBeVisible();
		await context.close();
	} finally {
		await stack.oidc.start();
	}
});

test('[oidc-state-invalid] L3 a callback that nobody started', async ({ page }) => {
	await page.goto('/auth/callback?code=abc&state=never-made');
	await expect(page.getByText('oidc-state-invalid')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

/** Bob signs in, in another tab of the same browser. @returns the tab */
async function bobBeside(
	page: Page,
	logIn: (page: Page, person: 'bob') => Promise<void>
): Promise<Page> {
	const context = page.context();
	// The provider would go on with who is there.
	await context.clearCookies({ name: /^_op/ });
	const beside = await context.newPage();
	await beside.goto('/auth/login?returnTo=%2F');
	await logIn(beside, 'bob');
	return beside;
}

test('L12 bob signs in over alice in another tab: her window says so, shows nothing of hers, and her nodes go', async ({
	signIn,
	logIn,
	stack
}) => {
	const page = await signIn('alice', { isOwnLogin: true });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo hers-alone');
	await bobBeside(page, logIn);
	const notice = page.getByRole('alert').filter({ hasText: 'Signed in as Bob' });
	await expect(notice).toContainText('What Alice Adams had open here has ended', {
		timeout: JOIN_MS
	});
	await expect(page.getByRole('list', { name: 'Machines' }).getByRole('listitem')).toHaveCount(1);
	await expect(shell.region).toHaveCount(0);
	await expect(page.getByText('hers-alone')).toHaveCount(0);
	await expectNoAxeFaults(page);
	await expect
		.poll(async () => (await stack.ownNodes()).map(({ user }) => user?.name), {
			timeout: JOIN_MS
		})
		.toEqual(['bob', 'bob']);
	await notice.getByRole('button', { name: 'Dismiss' }).click();
	await expect(notice).toHaveCount(0);
});

test('L12 an answer of before that comes late, after bob signed in over alice, does not sign him out', async ({
	signIn,
	logIn,
	stack
}) => {
	const page = await signIn('alice', { isOwnLogin: true });
	await openShell(page, `${stack.login}@web-1`);
	let bobIsIn = () => {};
	const isBobIn = new Promise<void>((resolve) => (bobIsIn = resolve));
	// Her window asks as its relay closes, with the cookie that she had.
	const asked = page.waitForRequest('**/api/session');
	await page.route(
		'**/api/session',
		async (route) => {
			const response = await route.fetch();
			await isBobIn;
			await route.fulfill({ response });
		},
		{ times: 1 }
	);
	const beside = await bobBeside(page, logIn);
	await asked;
	await expect(beside.getByRole('list', { name: 'Machines' }).getByRole('listitem')).toHaveCount(
		1,
		{ timeout: JOIN_MS }
	);
	bobIsIn();
	await expect(page.getByRole('alert').filter({ hasText: 'Signed in as Bob' })).toBeVisible({
		timeout: JOIN_MS
	});
	await beside.reload();
	await expect(beside.getByRole('list', { name: 'Machines' }).getByRole('listitem')).toHaveCount(
		1,
		{ timeout: JOIN_MS }
	);
});

test('C3 [session-ended] the sign-in ends under an open terminal: said before and then, output kept, goes on in another tab', async ({
	signIn,
	stack
}) => {
	await stack.restartApp(undefined, {
		HEADTAB_SESSION_IDLE_S: '240',
		HEADTAB_SESSION_ABSOLUTE_S: '240'
	});
	let page: Page;
	let soon: Locator;
	try {
		page = await signIn('alice', { isOwnLogin: true });
		soon = page.getByRole('alert').filter({ hasText: 'Your sign-in ends at' });
		await expect(soon.getByRole('link', { name: 'Sign in' })).toBeVisible({ timeout: JOIN_MS });
		await expectNoAxeFaults(page);
	} finally {
		// The next one is as long as usual.
		await stack.restartApp();
	}
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo output-that-stays');
	const signsInBeside = async (notice: Locator): Promise<Page> => {
		const [opened] = await Promise.all([
			page.context().waitForEvent('page'),
			notice.getByRole('link', { name: 'Sign in' }).click()
		]);
		return opened;
	};
	const first = await signsInBeside(soon);
	await expect(soon).toBeHidden({ timeout: SIGN_IN_MS });
	await first.close();
	await page.bringToFront();
	await shell.region.click();
	await shell.run('echo goes-on');
	await expect(shell.region).not.toContainText('A new shell since');
	// What the server does to an ended session, without a word of this window's own.
	const status = await page.evaluate(async () => {
		const headers = { 'content-type': 'application/json' };
		return (await fetch('/auth/logout', { method: 'POST', headers, body: '{}' })).status;
	});
	expect(status).toBe(200);
	const notice = page.getByRole('alert').filter({ hasText: 'Your sign-in has ended' });
	await expect(notice).toBeVisible({ timeout: 30_000 });
	await expect(shell.log).toContainText('output-that-stays');

	const beside = await signsInBeside(notice);
	// The provider still knows her, and asks nothing.
	await expect(beside.getByRole('list', { name: 'Machines' })).toContainText('web-1', {
		timeout: 30_000
	});
	await expect(notice).toBeHidden();
	await expect(shell.log).toContainText('output-that-stays');
	await beside.close();
});

for (const scheme of ['light', 'dark'] as const) {
	test(`every view passes axe, ${scheme}`, async ({ page, stack, logIn }) => {
		await page.emulateMedia({ colorScheme: scheme });
		await page.goto('/');
		await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
		await expectNoAxeFaults(page);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await logIn(page, 'alice');
		await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
		await expectNoAxeFaults(page);
		const search = page.getByRole('combobox', { name: 'Search machines' });
		await search.fill('web-1');
		await search.press('Control+Enter');
		await expect(page.getByRole('dialog', { name: 'Connect to web-1' })).toBeVisible();
		await expectNoAxeFaults(page);
		await page.getByRole('textbox', { name: 'User' }).fill(stack.login);
		await page.getByRole('button', { name: 'Connect', exact: true }).click();
		const region = page.getByRole('region', { name: `${stack.login}@web-1` });
		await expect(region).toHaveAttribute('data-phase', 'open', { timeout: 30_000 });
		await expectNoAxeFaults(page);
	});
}
