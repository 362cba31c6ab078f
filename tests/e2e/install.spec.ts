// The installed app: what makes it installable, its menu in the OS, and what launches from there do.
import type { Page } from '@playwright/test';
import { isRecord } from '../../src/lib/contracts/parse';
import { expect, test, type InstalledApp } from '../fixtures/installed';
import { withOtherSite } from '../fixtures/other-site';
import { INSTALLED_TEST_MS, JOIN_MS, OS_MENU_MS } from '../fixtures/waits';
import { openShell, Shell, tabsOf, waitForFile } from './shell';

const SPEAKING = '/?screenreader=1';
const NEW = 'New connection';

test.describe.configure({ timeout: INSTALLED_TEST_MS });

const names = (app: Pick<InstalledApp, 'menu'>) => () =>
	app.menu()?.map(({ name }) => name) ?? null;
const expectMenu = (app: Pick<InstalledApp, 'menu'>, ...expected: readonly string[]) =>
	expect.poll(names(app), { timeout: OS_MENU_MS }).toEqual(expected);

/** The window's node is there, and leaves at once when the window closes. */
const expectJoined = (page: Page) =>
	expect(page.locator('footer').getByText('Joined')).toBeVisible({ timeout: JOIN_MS });

/** Writes a record as an older or a damaged version of the app might have. */
const put = (page: Page, store: string, records: Readonly<Record<string, unknown>>) =>
	page.evaluate(
		async ([name, entries]) => {
			const open = indexedDB.open('headtab');
			const db = await new Promise<IDBDatabase>((resolve, reject) => {
				open.onsuccess = () => {
					resolve(open.result);
				};
				open.onerror = () => {
					reject(open.error ?? new Error('no database'));
				};
			});
			const transaction = db.transaction(name, 'readwrite');
			for (const [key, value] of entries) transaction.objectStore(name).put(value, key);
			await new Promise((resolve) => {
				transaction.oncomplete = resolve;
			});
			db.close();
		},
		[store, Object.entries(records)] as const
	);

test('nothing keeps the browser from installing the app, and its manifest needs no sign-in', async ({
	page,
	context,
	request
}) => {
	await page.goto('/');
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	const cdp = await context.newCDPSession(page);
	const { errors } = await cdp.send('Page.getAppManifest');
	expect(errors).toEqual([]);
	const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
	expect(installabilityErrors).toEqual([]);
	expect(await cdp.send('Page.getAppId')).toMatchObject({ recommendedId: '/' });

	const response = await request.get('/manifest.webmanifest');
	expect(response.headers()['content-type']).toContain('application/manifest+json');
	const manifest: unknown = await response.json();
	expect(manifest).toMatchObject({
		id: '/',
		scope: '/',
		launch_handler: { client_mode: ['focus-existing', 'auto'] },
		display_override: ['window-controls-overlay', 'standalone'],
		protocol_handlers: [{ protocol: 'web+ssh' }],
		shortcuts: [{ name: NEW }]
	});
	const { icons, screenshots } = isRecord(manifest) ? manifest : {};
	const images = [icons, screenshots]
		.flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []))
		.filter(isRecord);
	const kinds = images.map((image) => image['purpose'] ?? image['form_factor']);
	for (const kind of ['any', 'maskable', 'monochrome', 'wide', 'narrow'])
		expect(kinds).toContain(kind);
	for (const image of images) expect((await request.get(String(image['src']))).status()).toBe(200);
});

test('the menu lists the recents, each entry opens a shell in the same window, and signing out empties it', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice', { isOwnLogin: true }), SPEAKING);
	const { page } = app;
	await expectMenu(app, NEW);

	const web = await openShell(page, `${user}@web-1`);
	await web.run('first=still-here');
	await openShell(page, `${user}@db-1`);
	await expectMenu(app, `${user}@db-1`, `${user}@web-1`, NEW);

	for (const { name, url } of app.menu() ?? []) {
		await app.launch(url);
		if (name === NEW) {
			await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
			continue;
		}
		const shell = await Shell.opened(page, name, 1);
		await shell.run('echo from-the-menu');
	}
	expect(context.pages()).toEqual([page]);
	await page
		.getByRole('tab', { name: `${user}@web-1` })
		.first()
		.click();
	await web.run('echo $first');
	await web.expectText('still-here');

	await page.getByRole('button', { name: 'Account and settings' }).click();
	await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
	await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	await expectMenu(app, NEW);
});

test('a forgotten machine leaves the menu, names stay out of it by choice, and a shift-reload brings them back', async ({
	signIn,
	stack,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice'), SPEAKING);
	const { page } = app;
	await openShell(page, `${user}@web-1`);
	await openShell(page, `${user}@db-1`);
	await expectMenu(app, `${user}@db-1`, `${user}@web-1`, NEW);

	await page.getByRole('button', { name: 'New tab' }).click();
	const list = page.getByRole('list', { name: 'Machines' });
	await list.getByText('web-1', { exact: true }).first().click({ button: 'right' });
	await page.getByRole('menuitem', { name: /^Forget/ }).click();
	await expectMenu(app, `${user}@db-1`, NEW);

	// Past the worker the browser takes the plain manifest, until the window has it fetch it anew.
	page.on('dialog', (dialog) => void dialog.accept());
	const cdp = await page.context().newCDPSession(page);
	await Promise.all([page.waitForEvent('load'), cdp.send('Page.reload', { ignoreCache: true })]);
	await expectJoined(page);
	const served = async () => (await cdp.send('Page.getAppManifest')).data ?? '';
	await expect.poll(served, { timeout: OS_MENU_MS }).toContain('/connect/db-1');
	await expectMenu(app, `${user}@db-1`, NEW);

	await page.keyboard.press('Control+,');
	await page.getByRole('button', { name: 'Privacy' }).click();
	const choice = page.getByRole('switch', { name: 'Machines in the menu of the app’s icon' });
	await choice.click();
	await expectMenu(app, NEW);
	await choice.click();
	await expectMenu(app, `${user}@db-1`, NEW);
});

test('a first visit, before the worker serves the window, fills the menu too', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const page = await signIn('alice');
	const app = await install(page, null);
	await openShell(page, `${stack.login}@web-1`);
	await expectMenu(app, `${stack.login}@web-1`, NEW);
	expect(context.pages()).toContain(page);
});

test('[node-not-found] [node-offline] E5 E6 an entry whose machine is gone or offline says so, with a way on', async ({
	signIn,
	stack,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice'), SPEAKING);
	const { page } = app;
	await openShell(page, `${user}@web-1`);
	await expectMenu(app, `${user}@web-1`, NEW);
	const url = app.menu()?.[0]?.url ?? '';
	// As the menu would have it a while after the machine went.
	for (const [machine, code] of [
		['nowhere-7', 'node-not-found'],
		['old-1', 'node-offline']
	] as const) {
		await app.launch(url.replace('web-1', machine));
		const { region } = Shell.named(page, `${user}@${machine}`);
		await expect(region).toHaveAttribute('data-code', code);
		await expect(region.getByRole('button', { name: 'Try again' })).toBeVisible();
	}
	await Shell.opened(page, `${user}@web-1`);
});

test('records with odd names neither break the menu nor get into it', async ({
	signIn,
	install
}) => {
	const page = await signIn('alice');
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	const record = (login: string, openedAtMs: number) => ({
		logins: [{ login, openedAtMs }],
		openedAtMs,
		isFavourite: true
	});
	await put(page, 'recents', {
		'web-1': record('日本', 3),
		'db-1': record('DOMAIN\\me$', 2),
		'old-1': record('"; reboot "', 9),
		'we"b': record('root', 8),
		'`id`': record('root', 7),
		'🐧': record('root', 6),
		['x'.repeat(200)]: record('root', 5),
		'a\nExec=id': record('root', 4)
	});
	const app = await install(page, SPEAKING);
	await expectMenu(app, 'old-1', 'web-1 (日本)', 'DOMAIN\\\\me$@db-1', NEW);
	// Its user is none: choosing it asks for one.
	await app.launch(app.menu()?.[0]?.url);
	await expect(app.page.getByRole('dialog', { name: 'Connect to old-1' })).toBeVisible();
});

test('P9 [link-refused] links of the OS and of other sites ask first, and what asks for more is not followed', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice'), SPEAKING);
	const { page } = app;
	const web = await openShell(page, `${user}@web-1`);
	const tabs = tabsOf(page);
	const dialog = page.getByRole('dialog');
	const link = (text: string) => `/connect?link=${encodeURIComponent(text)}`;

	for (const bad of [
		'web+ssh:root:hunter2@web-1',
		'web+ssh:root@web-1:2222',
		'web+ssh:root@web-1%0Areboot',
		'web+ssh://web-1/?user=root&command=reboot'
	]) {
		await app.launch(link(bad));
		await expect(page.getByRole('alertdialog').or(dialog)).toContainText('link-refused');
		await page.getByRole('button', { name: 'Machines', exact: true }).last().click();
		await expect(page.getByText('link-refused')).toHaveCount(0);
	}
	// Without the menu's mark, and with a wrong one.
	for (const url of [
		link(`web+ssh:${user}@db-1`),
		link(`web+ssh://db-1/?user=${user}`),
		`/connect/db-1?user=${user}`,
		`/connect/db-1?user=${user}#menu=${'0'.repeat(32)}`
	]) {
		await app.launch(url);
		await expect(dialog).toContainText('A link asked for this');
		await expect(dialog.getByRole('textbox', { name: 'User' })).toHaveValue(user);
		await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
		await dialog.getByRole('button', { name: 'Cancel' }).click();
		await expect(dialog).toHaveCount(0);
	}
	await expect(tabs).toHaveCount(1);
	await web.run('echo untouched');
	expect(context.pages()).toEqual([page]);
	await app.launch(link(`web+ssh:${user}@db-1`));
	await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
	await Shell.opened(page, `${user}@db-1`);
});

test('a bell in a terminal that nobody sees is counted on the icon until it is looked at', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const app = await install(await signIn('alice'), SPEAKING);
	const { page } = app;
	const browser = await context.browser()?.newBrowserCDPSession();
	const badge = async () =>
		(await browser?.send('PWA.getOsAppState', { manifestId: `${stack.appUrl}/` }))?.badgeCount;
	const web = await openShell(page, `${stack.login}@web-1`);
	const go = `/tmp/headtab-bell-${String(Date.now())}`;
	await web.type(`(${waitForFile(go)}; printf '\\a') &`);
	const db = await openShell(page, `${stack.login}@db-1`);
	await db.run(`touch ${go}`);
	await expect.poll(badge).toBe(1);
	await page.getByRole('tab', { name: `${stack.login}@web-1` }).click();
	await expect.poll(badge).toBe(0);
});

/** The area that the system's own buttons leave to the page, as the browser tells it in CSS. Headless
 *  Chromium has no title bar to hide, so this is how its DevTools emulate one: by the style sheets. */
async function emulateTitleBar(page: Page, x: number, width: number): Promise<void> {
	await page.evaluate(
		([left, room]) => {
			const area: Readonly<Record<string, number>> = { x: left, width: room };
			for (const sheet of document.styleSheets) {
				for (const rule of [...sheet.cssRules]) {
					const text = rule.cssText.replace(
						/env\(titlebar-area-(x|width),[^)]*\)/g,
						(_, name: string) => `${String(area[name])}px`
					);
					if (text !== rule.cssText) sheet.insertRule(text, sheet.cssRules.length);
				}
			}
		},
		[x, width] as const
	);
}

test('the installed window: tabs keep clear of the system’s buttons and empty space drags; by choice a shortcut opens a window of its own', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice'), SPEAKING);
	const { page } = app;
	const web = await openShell(page, `${user}@web-1`);
	await web.run('first=still-here');
	expect(
		await page.evaluate(() => [
			'windowControlsOverlay' in navigator,
			matchMedia('(display-mode: standalone), (display-mode: window-controls-overlay)').matches
		])
	).toEqual([true, true]);

	const header = page.getByRole('banner');
	const region = (of: typeof header) =>
		of.evaluate((element) => getComputedStyle(element).getPropertyValue('app-region'));
	expect(await region(header)).toBe('drag');
	for (const control of [...(await header.getByRole('button').all()), tabsOf(page).first()])
		expect(await region(control)).toBe('no-drag');
	const { width } = page.viewportSize() ?? { width: 0 };
	// On the left as on a Mac, on the right as elsewhere, both on some desktops.
	for (const [left, right] of [
		[80, 0],
		[0, 140],
		[60, 140]
	] as const) {
		await emulateTitleBar(page, left, width - left - right);
		for (const control of [...(await header.getByRole('button').all()), tabsOf(page).first()]) {
			const box = await control.boundingBox();
			if (box === null) continue;
			expect(box.x).toBeGreaterThanOrEqual(left);
			expect(box.x + box.width).toBeLessThanOrEqual(width - right);
		}
	}

	await page.keyboard.press('Control+,');
	await page.getByRole('button', { name: 'Connections', exact: true }).click();
	await page.getByRole('switch', { name: 'Shortcuts and links open a new window' }).click();
	await expectMenu(app, `${user}@web-1`, NEW);
	const opened = context.waitForEvent('page');
	await app.launch(app.menu()?.[0]?.url);
	const other = await opened;
	await expect(other.getByRole('region', { name: `${user}@web-1` })).toHaveAttribute(
		'data-phase',
		'open',
		{ timeout: JOIN_MS }
	);
	await expect(tabsOf(page)).toHaveCount(1);
	await tabsOf(page).first().click();
	await web.run('echo $first');
	await web.expectText('still-here');
});

test('P9 a link of another site asks first, also one that sends no referrer; a typed address does not', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await expectJoined(page);
	const target = `${stack.appUrl}/connect/web-1?user=${stack.login}`;
	const dialog = page.getByRole('dialog', { name: 'Connect to web-1' });
	const links = `<a href="${target}">plain</a> <a rel="noreferrer" href="${target}">silent</a>`;
	await withOtherSite(links, async (site) => {
		for (const name of ['plain', 'silent']) {
			await page.goto(site);
			await page.getByRole('link', { name }).click();
			await expect(dialog).toContainText('A link asked for this');
			await dialog.getByRole('button', { name: 'Cancel' }).click();
			await expectJoined(page);
		}
	});
	await page.goto(target);
	await Shell.opened(page, `${stack.login}@web-1`);
});
