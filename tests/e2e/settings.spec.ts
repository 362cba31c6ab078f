// The settings: a place of the window with sessions behind it, at once in every window, as a file, and
// forgetting what lies on the device.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { SIGN_IN_MS } from '../fixtures/waits';
import { openShell } from './shell';

const SECTIONS = [
	'Appearance',
	'Terminal',
	'Keyboard',
	'Connections',
	'Notifications',
	'Privacy',
	'Export and import',
	'About'
] as const;

async function openSettings(page: Page, section: (typeof SECTIONS)[number] = 'Appearance') {
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await page.keyboard.press('Control+Comma');
	const nav = page.getByRole('navigation', { name: 'Settings' });
	await nav.getByRole('button', { name: section }).click();
	await expect(page.getByRole('heading', { name: section, exact: true })).toBeVisible();
}

const file = (name: string, text: string) => ({
	name,
	mimeType: 'application/json',
	buffer: Buffer.from(text)
});

test('a session lives on behind the settings, and Esc leads back to it', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo before-settings');
	await page.keyboard.press('Control+Comma');
	await expect(page.getByRole('navigation', { name: 'Settings' })).toBeVisible();
	expect(new URL(page.url()).pathname).toBe('/settings');
	await page.getByRole('spinbutton', { name: 'Text size' }).press('ArrowUp');
	await expect(page.getByRole('spinbutton', { name: 'Text size' })).toHaveText('15 px');
	await page.keyboard.press('Escape');
	await expect(shell.region).toBeVisible();
	await shell.run('echo after-settings');
	await shell.expectText('before-settings');
	await page.keyboard.press('Control+Comma');
	await page.goBack();
	await expect(page.getByRole('navigation', { name: 'Settings' })).toBeHidden();
});

test('each change applies at once, also in the other window, and outlives a reload', async ({
	signIn
}) => {
	const page = await signIn('alice');
	const other = await signIn('alice');
	await openSettings(page);
	await page.getByRole('radio', { name: 'Dark', exact: true }).check({ force: true });
	await expect(other.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await page.reload();
	await expect(page.getByRole('navigation', { name: 'Settings' })).toBeVisible();
	await expect(page.getByRole('radio', { name: 'Dark', exact: true })).toBeChecked();
});

test('[settings-file-invalid] a broken import is refused by its lines; a good one is previewed, applied and undone', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await openSettings(page);
	await page.getByRole('radio', { name: 'Dark', exact: true }).check({ force: true });
	await page.getByRole('button', { name: 'Export and import' }).click();

	const saved = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Save as a file' }).click();
	const download = await saved;
	expect(download.suggestedFilename()).toBe('headtab-settings.json');
	const text = readFileSync(await download.path(), 'utf8');
	expect(JSON.parse(text)).toMatchObject({ settings: { colorScheme: 'dark', fontSizePx: 14 } });

	const input = page.getByLabel('Settings file');
	await input.setInputFiles(
		file('bad.json', text.replace('14', '400').replace('"dark"', '"pink"'))
	);
	const refusal = page.getByRole('alert');
	await expect(refusal).toHaveAttribute('data-code', 'settings-file-invalid');
	await expect(refusal).toContainText('bad.json cannot be read as settings.');
	await expect(refusal).toContainText('Line 5');
	await expect(refusal).toContainText('fontSizePx takes a whole number from 10 to 32');
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await expectNoAxeFaults(page);

	await input.setInputFiles(
		file(
			'mine.json',
			text.replace('14', '18').replace('"dark"', '"light"').replace('{}', '{"clear":"F9"}')
		)
	);
	await expect(refusal).toBeHidden();
	const preview = page.getByRole('table');
	await expect(preview).toContainText('Dark');
	await expect(preview.getByRole('row', { name: 'Clear screen and scrollback' })).toContainText(
		'F9'
	);
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await expectNoAxeFaults(page);
	await page.getByRole('button', { name: 'Import', exact: true }).click();
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'light');
	await expect(page.getByText('3 settings changed, in every window.')).toBeVisible();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await page.getByRole('button', { name: 'Appearance' }).click();
	await expect(page.getByRole('spinbutton', { name: 'Text size' })).toHaveText('14 px');
});

/** Writes one record of the app's database. */
async function store(page: Page, into: string, key: string, value: unknown): Promise<void> {
	await page.evaluate(
		async ([name, at, record]) => {
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const asked = indexedDB.open('headtab');
				asked.onsuccess = () => {
					resolve(asked.result);
				};
				asked.onerror = () => {
					reject(new Error('no database'));
				};
			});
			await new Promise<void>((resolve) => {
				const transaction = database.transaction(name, 'readwrite');
				transaction.objectStore(name).put(record, at);
				transaction.oncomplete = () => {
					resolve();
				};
			});
			database.close();
		},
		[into, key, value] as const
	);
}

test('trusted host keys are listed, forgotten, and trusted again by undo', async ({ signIn }) => {
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await store(page, 'host-keys', '["77","nas",22]', {
		nodeId: '77',
		node: 'nas',
		port: 22,
		type: 'ssh-ed25519',
		fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BrsXVCHrzLW8E0eUvb2Fo6wQ',
		trustedAtMs: Date.now()
	});
	await openSettings(page, 'Connections');
	const forget = page.getByRole('button', { name: 'Forget the key of nas' });
	await expect(page.getByText('SHA256:uNiV ztks')).toBeVisible();
	await forget.click();
	await expect(forget).toBeHidden();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(forget).toBeVisible();
	await forget.click();
	await expect(forget).toBeHidden();
	await page.reload();
	await expect(page.getByText('This device trusts no such key.')).toBeVisible();
});

test('everything on the device is forgotten, and the person is signed out', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', { isOwnLogin: true });
	await openShell(page, `${stack.login}@web-1`);
	await page.getByRole('button', { name: 'New tab' }).click();
	await openSettings(page, 'Privacy');
	await expect(page.getByText('1 machine, 1 user')).toBeVisible();
	await page.getByRole('button', { name: 'Forget everything on this device…' }).click();
	const dialog = page.getByRole('alertdialog');
	await expect(dialog).toContainText('1 session here ends');
	await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
	// Esc answers the question and leads no further.
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(page.getByRole('heading', { name: 'Privacy', exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Forget everything on this device…' }).click();
	page.on('dialog', (question) => void question.accept());
	await dialog.getByRole('button', { name: 'Forget everything' }).click();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	// The provider may still send the window home: asked again then.
	const left = () =>
		page.evaluate(async () => {
			const database = await new Promise<IDBDatabase>((resolve) => {
				const asked = indexedDB.open('headtab');
				asked.onsuccess = () => {
					resolve(asked.result);
				};
			});
			const names = ['recents', 'peers', 'host-keys', 'settings'];
			const counts = await Promise.all(
				names.map(
					(name) =>
						new Promise<number>((resolve) => {
							const asked = database.transaction(name).objectStore(name).count();
							asked.onsuccess = () => {
								resolve(asked.result);
							};
						})
				)
			);
			database.close();
			return counts;
		});
	await expect(async () => {
		expect(await left()).toEqual([0, 0, 0, 0]);
	}).toPass({ timeout: SIGN_IN_MS });
});

/** Whether notifications are on by what this device keeps. */
function storedNotifying(page: Page): Promise<unknown> {
	return page.evaluate(
		() =>
			new Promise((resolve, reject) => {
				const asked = indexedDB.open('headtab');
				asked.onerror = () => {
					reject(new Error('no database'));
				};
				asked.onsuccess = () => {
					const kept = asked.result.transaction('settings').objectStore('settings').get('device');
					kept.onsuccess = () => {
						asked.result.close();
						const record: unknown = kept.result;
						resolve(record instanceof Object ? Reflect.get(record, 'isNotifying') : undefined);
					};
				};
			})
	);
}

test('notifications follow what the browser allows', async ({ signIn, context }) => {
	await context.grantPermissions(['notifications']);
	const page = await signIn('alice');
	await openSettings(page, 'Notifications');
	const control = page.getByRole('switch');
	await control.click();
	await expect(control).toHaveAttribute('aria-checked', 'true');
	await control.click();
	await expect(control).toHaveAttribute('aria-checked', 'false');
	// A page that is left takes a write under way with it.
	await expect.poll(() => storedNotifying(page)).toBe(false);
	await context.clearPermissions();
	await page.reload();
	await expect.poll(() => page.evaluate(() => Notification.permission)).not.toBe('granted');
	await control.click();
	await expect(control).toHaveAttribute('aria-checked', 'false');
	await expect(page.getByText('The browser refuses notifications of Headtab.')).toBeVisible();
	await expect(control).toBeFocused();
});

for (const scheme of ['light', 'dark'] as const) {
	test(`every section is reached by arrows and has no accessibility fault, ${scheme}`, async ({
		signIn
	}) => {
		const page = await signIn('alice');
		await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
		await openSettings(page);
		await page.getByRole('button', { name: 'Appearance' }).focus();
		for (const section of SECTIONS) {
			await expect(page.getByRole('heading', { name: section, exact: true })).toBeVisible();
			await expect(page.getByRole('button', { name: section, exact: true })).toBeFocused();
			await expectNoAxeFaults(page);
			await page.keyboard.press('ArrowDown');
		}
	});
}

test('the window counts what came: as the server lists it, as a release lists it, and another file is named', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await page.setViewportSize({ width: 320, height: 640 });
	await page.goto('/settings#about');
	await page.getByRole('button', { name: 'Compare' }).click();
	const outcome = page.getByRole('status');
	await expect(
		outcome.getByText(/^All \d+ files of code that came are what this server lists\./)
	).toBeVisible();
	const list = await (await page.request.get('/served.txt')).text();
	const [, module = ''] = /^([0-9a-f]{64}) {2}wasm\/headtab\.wasm$/m.exec(list) ?? [];
	await expect(page.getByText(module)).toHaveCount(2);
	const choose = page.getByLabel('List of a release');
	await choose.setInputFiles({ ...file('release.served.txt', list), mimeType: 'text/plain' });
	await expect(outcome.getByText('All of them are what release.served.txt lists.')).toBeVisible();
	const other = list.replace(module, 'f'.repeat(64));
	await choose.setInputFiles({ ...file('other.served.txt', other), mimeType: 'text/plain' });
	await expect(outcome.getByText(/^1 file is not what other\.served\.txt lists/)).toBeVisible();
	await expect(outcome.getByRole('listitem')).toHaveText('wasm/headtab.wasm');
	await expectNoAxeFaults(page);
	expect(await mainOverflow(page)).toBe(0);
	for (const [name, says] of [
		['Licences', 'tailscale.com v'],
		['who can see what', '## Threat model']
	] as const) {
		const link = page.getByRole('link', { name });
		const shown = await page.request.get((await link.getAttribute('href')) ?? '');
		expect(await shown.text(), name).toContain(says);
	}
});

/** What a section is wider than its place. */
const mainOverflow = (page: Page) =>
	page.evaluate(() => {
		const main = document.querySelector('.settings .main');
		return main === null ? 0 : main.scrollWidth - main.clientWidth;
	});

test('a phone has the same settings, nothing wider than its screen', async ({ signIn }) => {
	const page = await signIn('alice');
	await page.setViewportSize({ width: 320, height: 640 });
	await page.goto('/settings#keyboard');
	await expect(page.getByRole('heading', { name: 'Keyboard', exact: true })).toBeVisible();
	for (const section of SECTIONS) {
		await page.getByRole('button', { name: section, exact: true }).click();
		expect(await mainOverflow(page), section).toBe(0);
	}
});
