// Makes a picture of each screen and each error state, desktop and phone, light and dark, into the
// ignored folder screenshots/. Run by `npm run screenshots`, on the tailnet of the end-to-end tests.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { isRecord } from '../src/lib/contracts/parse';
import { closeWindows, expect, test } from '../tests/fixtures/test';
import { WILDCARD_BANNER } from './plain-ssh';
import { connect, failed, machines, openShell, quiet, signedIn, type Shot } from './shots';
import { APP_SHOTS } from './shots-app';
import { DIAGNOSIS_SHOTS } from './shots-diagnosis';

const FOLDER = join(import.meta.dirname, '..', 'screenshots');
/** What the browser shows of the app before it installs it. They are committed, so only
 *  `HEADTAB_MANIFEST_PICTURES=1 npm run screenshots` makes them anew. */
const MANIFEST_PICTURES: Readonly<Record<string, string>> = {
	'05-terminal-desktop-dark.png': 'wide.png',
	'03-launcher-phone-dark.png': 'narrow.png'
};
const MANIFEST_FOLDER = join(import.meta.dirname, '..', 'static', 'install');

const LOOKS = [
	{ name: 'desktop-light', colorScheme: 'light', width: 1280, height: 800, isPhone: false },
	{ name: 'desktop-dark', colorScheme: 'dark', width: 1280, height: 800, isPhone: false },
	{ name: 'phone-light', colorScheme: 'light', width: 390, height: 844, isPhone: true },
	{ name: 'phone-dark', colorScheme: 'dark', width: 390, height: 844, isPhone: true }
] as const;

/** A failure of the join, provoked in the answers that the window gets. */
async function joinFails(shot: Shot, path: string, status: number, body: object): Promise<Page> {
	const page = await signedIn(shot, 'alice');
	await machines(page);
	await page.route(path, (route) =>
		route.fulfill({ status, contentType: 'application/problem+json', json: body })
	);
	await page.reload();
	return page;
}

const SHOTS: Readonly<Record<string, (shot: Shot) => Promise<void>>> = {
	'sign-in': async ({ context, take }) => {
		const page = await context.newPage();
		await page.goto('/');
		await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
		await take(page, '01-sign-in');
	},
	'sign-in refused': async ({ context, take }) => {
		const page = await context.newPage();
		await page.goto('/');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.getByRole('link', { name: /Cancel/ }).click();
		await expect(page.getByText('oidc-login-refused')).toBeVisible();
		await take(page, '01-sign-in-refused-E3');
	},
	'first visit': async (shot) => {
		// The key's answer is held back, so that the join can be seen under way.
		let release = (): void => undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		await shot.context.route('**/api/keys', async (route) => {
			await held;
			await route.continue();
		});
		const page = await signedIn(shot, 'alice');
		await expect(page.getByText('Asking for a one-time key')).toBeVisible();
		await shot.take(page, '02-first-visit');
		release();
		await machines(page);
	},
	'launcher, connect, terminal, palette': async (shot) => {
		const { stack, take } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await openShell(page, `${stack.login}@db-1`);
		const shell = await openShell(page, `${stack.login}@web-1`);
		// Octal: the machines' locale may be C, whose printf knows no other escapes.
		await shell.type(
			String.raw`export LC_ALL=C.UTF-8; mkdir -p ~/app/{config,migrations,src} && cd ~/app && touch compose.yml Makefile README.md; P='\[\e[44;97m\] \u@\h \[\e[0;34;100m\]'$'\356\202\260''\[\e[97m\] '$'\357\201\274'' \w \[\e[0;90m\]'$'\356\202\260''\[\e[0m\] '$'\356\202\240'' main\n'$'\342\235\257'' '; PS1="$P"; clear`
		);
		await quiet(shell);
		await shell.type('ls --color=always -l');
		await quiet(shell);
		await shell.type(
			String.raw`for i in 1 2 3 4 5 6; do printf "\e[4$i""m    \e[10$i""m    "; done; printf "\e[0m\n"`
		);
		await expect.poll(() => shell.receivedBytes()).toBeGreaterThan(1_150);
		await take(page, '05-terminal');
		await page.getByRole('button', { name: 'Commands' }).click();
		await take(page, '07-palette');
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Machines' }).click();
		await take(page, '03-launcher');
		const search = page.getByRole('combobox', { name: 'Search machines' });
		await search.fill('root@we');
		await take(page, '03-launcher-search');
		await search.fill('web-1');
		await search.press('Control+Enter');
		await expect(page.getByRole('dialog', { name: 'Connect to web-1' })).toBeVisible();
		await take(page, '04-connect');
		await page.getByRole('textbox', { name: 'User' }).fill('de ploy');
		await page.keyboard.press('Enter');
		await take(page, '04-connect-fault');
		await page.getByRole('button', { name: 'Cancel' }).click();
		await search.fill('xyzzy');
		await take(page, '03-launcher-no-match');
	},
	'closed session': async (shot) => {
		const page = await signedIn(shot, 'alice');
		await machines(page);
		const shell = await openShell(page, `${shot.stack.login}@web-1`);
		await shell.type('echo still here');
		await shell.type('exit');
		await expect(shell.region).toHaveAttribute('data-phase', 'closed');
		await shot.take(page, '05-terminal-closed');
	},
	'a plain SSH server': async (shot) => {
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await connect(page, 'root@plain-1');
		const dialog = page.getByRole('dialog', { name: /plain-1/ });
		await expect(dialog).toContainText('SHA256:');
		await shot.take(page, '09-host-key-first-use');
		await dialog.getByRole('button', { name: /Trust/ }).click();
		await expect(page.getByLabel(/password/i)).toBeVisible();
		await shot.take(page, '05-terminal-password');
	},
	'E1 no module': async (shot) => {
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await page.route('**/api/session', async (route) => {
			const response = await route.fetch();
			const body: unknown = await response.json();
			const config = isRecord(body) && isRecord(body['config']) ? body['config'] : {};
			const json: unknown = { ...(isRecord(body) ? body : {}), config: { ...config, wasm: null } };
			await route.fulfill({ response, json });
		});
		await page.reload();
		await expect(page.getByText('wasm-missing')).toBeVisible();
		await shot.take(page, '08-wasm-missing-E1');
	},
	'E4 not linked': async (shot) => {
		const page = await signedIn(shot, 'carol');
		await expect(page.getByText('identity-no-headscale-user')).toBeVisible();
		await shot.take(page, '11-not-linked-E4');
	},
	'E5 E6 E9 E12 targets': async (shot) => {
		const { stack, take } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		await failed(page, `${stack.login}@nowhere-7`);
		await take(page, '08-node-not-found-E5');
		await failed(page, `${stack.login}@old-1`);
		await take(page, '08-node-offline-E6');
		await failed(page, 'nobody-here@web-1');
		await take(page, '08-login-unknown-E9');
		await failed(page, 'backup@db-1');
		await take(page, '08-policy-denies-login-E12');
	},
	'E8 wildcard': async (shot) => {
		const { stack, take } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		try {
			await stack.plain.serve('normal', [WILDCARD_BANNER]);
			await connect(page, 'root@plain-1');
			await page.getByRole('dialog').getByRole('button', { name: /Trust/ }).click();
			await page.getByRole('region').getByRole('button', { name: 'Cancel' }).click();
			await expect(page.getByText('ssh-login-wildcard').first()).toBeVisible();
			await take(page, '08-login-wildcard-E8');
		} finally {
			await stack.plain.serve('normal');
		}
	},
	'E11 port 22': async (shot) => {
		const { stack, take } = shot;
		const page = await signedIn(shot, 'alice');
		await machines(page);
		try {
			await stack.plain.serve('closed');
			await failed(page, 'root@plain-1');
			await take(page, '08-tcp-refused-E11');
			await stack.plain.serve('http');
			await failed(page, 'admin@plain-1');
			await take(page, '08-not-ssh-E11');
		} finally {
			await stack.plain.serve('normal');
		}
	},
	'E13 key': async (shot) => {
		const page = await joinFails(shot, '**/api/keys', 503, {
			code: 'headscale-key-refused',
			params: {},
			id: 'a1b2c3d4e5'
		});
		await expect(page.getByText('headscale-key-refused')).toBeVisible();
		await shot.take(page, '08-headscale-key-refused-E13');
	},
	...APP_SHOTS,
	...DIAGNOSIS_SHOTS
};

for (const look of LOOKS) {
	for (const [name, run] of Object.entries(SHOTS)) {
		test(`${look.name}: ${name}`, async ({ browser, stack, logIn }) => {
			const context = await browser.newContext({
				baseURL: stack.appUrl,
				colorScheme: look.colorScheme,
				viewport: { width: look.width, height: look.height },
				hasTouch: look.isPhone,
				deviceScaleFactor: look.isPhone ? 2 : 1
			});
			mkdirSync(FOLDER, { recursive: true });
			try {
				await run({
					context,
					stack,
					logIn,
					isPhone: look.isPhone,
					take: async (page, shot) => {
						const name = `${shot}-${look.name}.png`;
						await page.screenshot({ path: join(FOLDER, name), animations: 'disabled' });
						const picture = MANIFEST_PICTURES[name];
						if (picture === undefined || process.env['HEADTAB_MANIFEST_PICTURES'] !== '1') return;
						mkdirSync(MANIFEST_FOLDER, { recursive: true });
						copyFileSync(join(FOLDER, name), join(MANIFEST_FOLDER, picture));
					}
				});
				await closeWindows(context, stack);
			} finally {
				await context.close();
			}
		});
	}
}
