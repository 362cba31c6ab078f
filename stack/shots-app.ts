// Pictures of the app around the terminals: tabs, splits, menus, palette, settings, offers, dialogs, and what
// it shows without a network. Part of `npm run screenshots`; stack/screenshots.ts runs them in each look.
import type { Page } from '@playwright/test';
import { expect } from '../tests/fixtures/test';
import { kept } from '../tests/e2e/kept';
import { makeSecondBuild } from '../tests/fixtures/second-build';
import { Shell, tabsOf } from '../tests/e2e/shell';
import { connect, machines, openShell, quiet, signedIn, type Shot } from './shots';

const SECTIONS = [
	'Appearance',
	'Terminal',
	'Keyboard',
	'Connections',
	'Notifications',
	'Privacy',
	'Export and import',
	'About'
];

/** Some lines that a person may have in front of them. */
async function work(shell: Shell): Promise<void> {
	await shell.type(
		String.raw`PS1='\[\e[34m\]\u@\h\[\e[0m\] \[\e[32m\]\w\[\e[0m\] $ '; mkdir -p ~/app/src && cd ~/app && touch Makefile compose.yml README.md; clear`
	);
	await quiet(shell);
	await shell.type('ls --color=always -l && uptime');
	await quiet(shell);
}

async function palette(page: Page, text = ''): Promise<void> {
	await page.keyboard.press('Control+Shift+P');
	const field = page.getByRole('combobox', { name: 'Find a command, tab or machine' });
	await field.fill(text);
	await expect(page.getByRole('option').first()).toBeVisible();
}

async function run(page: Page, command: string): Promise<void> {
	await palette(page, `>${command}`);
	await page.keyboard.press('Enter');
}

async function offline(shot: Shot, isOffline: boolean): Promise<void> {
	await shot.context.setOffline(isOffline);
	if (isOffline) shot.stack.appProxy.pause();
	else shot.stack.appProxy.resume();
}

/** Tabs of the machine that is off: they wait, and cost no shell. */
async function waiting(page: Page, ...logins: readonly string[]): Promise<void> {
	for (const login of logins) {
		await connect(page, `${login}@old-1`);
		await expect(page.getByRole('tab', { selected: true })).toHaveAccessibleName(`${login}@old-1`);
	}
}

export const APP_SHOTS: Readonly<Record<string, (shot: Shot) => Promise<void>>> = {
	'app: splits, menus, palette, dialogs': async (shot) => {
		const { stack, take, isPhone } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		const web = `${stack.login}@web-1`;
		await work(await openShell(page, `${stack.login}@db-1`));
		const left = await openShell(page, web);
		await work(left);
		await page.keyboard.press('Control+Shift+D');
		const right = await Shell.opened(page, web, 1);
		await work(right);
		await page.keyboard.press('Control+Shift+E');
		const below = await Shell.opened(page, web, 2);
		await quiet(below);
		await below.type('exit');
		await expect(below.region).toHaveAttribute('data-phase', 'closed');
		await page.keyboard.press('Control+Shift+ArrowUp');
		await take(page, '06-splits');
		await palette(page);
		await take(page, '07-palette');
		await page.keyboard.type('we');
		await take(page, '07-palette-search');
		await page.keyboard.press('Escape');
		await palette(page, '>split');
		await take(page, '07-palette-actions');
		await page.keyboard.press('Escape');
		if (!isPhone) {
			await tabsOf(page).nth(1).click({ button: 'right' });
			await take(page, '05-tab-menu');
			await page.keyboard.press('Escape');
		}
		await page.getByRole('button', { name: 'Account and settings' }).click();
		await take(page, '03-account-menu');
		await page.keyboard.press('Escape');
		await page.keyboard.press('Control+Shift+W');
		await expect(page.getByRole('alertdialog')).toBeVisible();
		await take(page, '13-close-split');
		await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
		await run(page, 'Move tab to a new window');
		await take(page, '13-move-tab');
		await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
		await run(page, 'Sign out');
		await take(page, '13-sign-out');
		await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
		await run(page, 'Install Headtab');
		await take(page, '17-install-help');
		await page.getByRole('button', { name: 'Close', exact: true }).click();
		await offline(shot, true);
		await expect(page.locator('[data-offline]')).toBeVisible();
		await take(page, '14-offline-terminal');
		await offline(shot, false);
		await expect(page.locator('[data-offline]')).toBeHidden();
	},
	'app: groups, filters, overflow, offered tabs': async (shot) => {
		const { take, isPhone, stack } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		const search = page.getByRole('combobox', { name: 'Search machines' });
		await page.getByRole('button', { name: /^Grouped by/ }).click();
		await take(page, '03-launcher-grouping');
		await page.getByRole('menuitem', { name: 'Group machines by tag' }).click();
		const list = page.getByRole('list', { name: 'Machines' });
		await expect(list.getByRole('heading', { name: /^db/ })).toBeVisible();
		await take(page, '03-launcher-groups');
		await search.fill('tag:');
		await take(page, '03-launcher-filter');
		await search.fill('web-1');
		await search.press('Shift+F10');
		await expect(page.getByRole('menu', { name: 'web-1' })).toBeVisible();
		await take(page, '03-machine-menu');
		await page.keyboard.press('Escape');
		await waiting(page, 'alice', 'backup', 'deploy', 'git', 'postgres', 'root', 'www');
		await openShell(page, `${stack.login}@web-1`);
		if (!isPhone) {
			await page.setViewportSize({ width: 900, height: 640 });
			await page.getByRole('button', { name: 'All tabs' }).click();
			await take(page, '05-tabs-overflow');
			await page.keyboard.press('Escape');
			await page.setViewportSize({ width: 1280, height: 800 });
		} else {
			await page.getByRole('button', { name: 'All sessions' }).click();
			await take(page, '12-all-sessions');
			await page.keyboard.press('Escape');
		}
		page.on('dialog', (dialog) => void dialog.accept());
		await page.reload();
		await expect(page.getByRole('status', { name: 'Tabs of a closed window' })).toBeVisible();
		await machines(page);
		await take(page, '03-restore-notice');
	},
	'app: settings': async (shot) => {
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await page.keyboard.press('Control+Comma');
		for (const [at, section] of SECTIONS.entries()) {
			await page.getByRole('button', { name: section, exact: true }).click();
			await expect(page.getByRole('heading', { name: section, exact: true })).toBeVisible();
			await shot.take(
				page,
				`10-settings-${String(at + 1)}-${section.toLowerCase().replaceAll(' ', '-')}`
			);
		}
		await page.getByRole('button', { name: 'Export and import' }).click();
		await page.getByLabel('Settings file').setInputFiles({
			name: 'bad.json',
			mimeType: 'application/json',
			buffer: Buffer.from('{"headtab":"settings","version":1,\n"settings":{"fontSizePx":400}}')
		});
		await expect(page.getByRole('alert')).toBeVisible();
		await shot.take(page, '10-settings-import-refused');
	},
	'app: offline and an update': async (shot) => {
		const { stack, take } = shot;
		const page = await signedIn(shot, 'alice');
		await kept(page);
		await offline(shot, true);
		await page.reload();
		await expect(page.locator('[data-offline]')).toBeVisible();
		await machines(page);
		await take(page, '14-offline-launcher');
		// Nobody could say that the first page left.
		for (const { id } of await stack.ownNodes()) await stack.headscale.deleteNode(id);
		await offline(shot, false);
		await expect(page.locator('[data-offline]')).toBeHidden();
		// A page that is left takes a write under way with it: it has time to count this shell.
		await work(await openShell(page, `${stack.login}@web-1`));
		// The second window in which a shell opened.
		page.on('dialog', (dialog) => void dialog.accept());
		await page.reload();
		await machines(page);
		// What the browser says of an app that it can install; not in a profile that keeps nothing, and by then the
		// app listens.
		await page.evaluate(() => {
			const asks = new Event('beforeinstallprompt', { cancelable: true });
			dispatchEvent(Object.assign(asks, { prompt: () => Promise.resolve() }));
		});
		await work(await openShell(page, `${stack.login}@web-1`));
		await expect(page.getByText('Headtab can be an app of its own')).toBeVisible();
		await take(page, '17-install-offer');
		await page.getByRole('button', { name: 'Dismiss' }).click();
		const second = makeSecondBuild('2');
		try {
			await stack.restartApp(second.dir);
			await page.evaluate(async () => {
				await (await navigator.serviceWorker.ready).update();
			});
			await expect(page.getByText('Update ready: 2.0.0')).toBeVisible();
			await expect(page.locator('[data-offline]')).toBeHidden();
			await take(page, '14-update-ready');
			await page.getByRole('button', { name: 'Restart now' }).click();
			await take(page, '14-update-asks');
		} finally {
			await stack.restartApp();
			second.remove();
		}
	}
};
