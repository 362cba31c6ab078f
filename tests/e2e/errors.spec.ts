// Each error state a person can meet in this build, provoked for real: code, text, remedy, way on.
import type { Page } from '@playwright/test';
import { picture } from '../fixtures/picture';
import { expect, test } from '../fixtures/test';
import { NODE_REMOVED_MS } from '../fixtures/waits';
import { connect, openShell, Shell } from './shell';

async function expectFailure(shell: Shell, code: string, text: RegExp): Promise<void> {
	await expect(shell.region).toHaveAttribute('data-phase', 'failed', { timeout: 45_000 });
	await expect(shell.region).toHaveAttribute('data-code', code);
	await expect(shell.region).toContainText(code);
	await expect(shell.region).toContainText(text);
	await expect(shell.region.getByRole('button', { name: 'Try again' })).toBeVisible();
}

async function failing(page: Page, name: string): Promise<Shell> {
	await connect(page, name);
	return Shell.named(page, name);
}

test('[node-not-found] E5 a machine that is gone, renamed or hidden', async ({ signIn, stack }) => {
	// On the way back from the provider a link is asked about; without, this one connects at once.
	const page = await signIn('alice', {
		path: `/connect/nowhere-7?user=${stack.login}`,
		isOwnLogin: true
	});
	await page.getByRole('button', { name: 'Connect' }).click();
	await expectFailure(Shell.named(page, `${stack.login}@nowhere-7`), 'node-not-found', /nowhere-7/);
	await picture(page, 'E5-node-not-found');
});

test('[node-offline] E6 an offline machine: last seen, and it connects by itself when it comes back', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await failing(page, `${stack.login}@old-1`);
	await expectFailure(shell, 'node-offline', /last seen/);
	await picture(page, 'E6-node-offline');
	await stack.targets['old-1'].start();
	try {
		await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 60_000 });
	} finally {
		await stack.targets['old-1'].stop();
	}
});

test('[ssh-policy-denies-login] H1 the policy does not let alice be this user', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await expectFailure(await failing(page, 'backup@db-1'), 'ssh-policy-denies-login', /backup/);
	await picture(page, 'E12-ssh-policy-denies-login');
});

test('[ssh-login-unknown] H1 no such Linux user', async ({ signIn }) => {
	const page = await signIn('alice');
	const shell = await failing(page, 'nobody-here@web-1');
	await expectFailure(shell, 'ssh-login-unknown', /no Linux user nobody-here/);
	await picture(page, 'E9-ssh-login-unknown');
});

test('[tcp-refused] E11 H5 nothing listens on port 22', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await stack.plain.serve('closed');
	try {
		await expectFailure(await failing(page, 'root@plain-1'), 'tcp-refused', /port 22/);
		await picture(page, 'E11-tcp-refused');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[ssh-not-ssh] E11 H5 something else listens on port 22', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await stack.plain.serve('http');
	try {
		await expectFailure(await failing(page, 'root@plain-1'), 'ssh-not-ssh', /HTTP\/1/);
		await picture(page, 'E11-ssh-not-ssh');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[ssh-host-key-changed] H3 another key than the one trusted: both fingerprints, no password, no way past', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.plain.login}@plain-1`;
	await connect(page, name);
	const trust = page.getByRole('dialog', { name: /plain-1/ });
	const shown = /SHA256:[\w+/ ]+/.exec(await trust.innerText())?.[0] ?? 'none';
	await trust.getByRole('button', { name: /Trust/ }).click();
	const shell = Shell.named(page, name);
	const password = shell.region.getByLabel(/password/i);
	await password.fill(stack.plain.password);
	await password.press('Enter');
	await Shell.opened(page, name);
	await shell.run('echo first-life');
	await shell.type('exit');
	await expect(shell.region).toHaveAttribute('data-phase', 'closed');

	// A key of its own for this start.
	await stack.plain.serve('normal', ['-hostkey=']);
	try {
		await page.keyboard.press('Enter');
		await expect(shell.region).toHaveAttribute('data-code', 'ssh-host-key-changed', {
			timeout: 60_000
		});
		await expect(shell.region).toContainText('Stopped: plain-1 showed another key than before');
		const prints = shell.region.locator('dd');
		await expect(prints).toHaveCount(2);
		const [known, found] = (await prints.allInnerTexts()).map((text) => text.replaceAll(/\s/g, ''));
		expect(known).toMatch(/^SHA256:/);
		expect(shown.replaceAll(/\s/g, '')).toContain(known);
		expect(found).toMatch(/^SHA256:/);
		expect(found).not.toBe(known);
		await expect(password).toHaveCount(0);
		await expect(shell.region.getByRole('button', { name: /Try again|Trust|Connect/ })).toHaveCount(
			0
		);

		// The only way on is to forget the key, by name; then it is asked about as on first use.
		await shell.region.getByRole('button', { name: 'Forget the old key…' }).click();
		const forget = page.getByRole('dialog', { name: /Forget the key/ });
		await forget.getByRole('textbox').fill('web-1');
		await page.keyboard.press('Enter');
		await expect(forget).toContainText('That is not plain-1.');
		await forget.getByRole('textbox').fill('plain-1');
		await page.keyboard.press('Enter');
		await expect(trust.getByRole('button', { name: /Trust/ })).toBeVisible({ timeout: 30_000 });
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[key-used] E13 K6 a second use of the key is refused and replaced once without asking', async ({
	signIn,
	stack
}) => {
	// The first answer is a key that another node has used before; the next ones are real.
	const used = await stack.usedKey('alice');
	let answers = 0;
	const page = await signIn('alice', {
		before: async (blank) => {
			await blank.route('**/api/keys', async (route) => {
				const response = await route.fetch();
				const body = (await response.json()) as Record<string, unknown>;
				answers += 1;
				await route.fulfill({
					response,
					json: answers === 1 ? { ...body, preAuthKey: used } : body
				});
			});
		}
	});
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	await openShell(page, `${stack.login}@web-1`);
	expect(answers).toBe(2);
});

test('[key-expired] E13 K6 a key that stays expired is told, with one click for a new one', async ({
	signIn,
	stack
}) => {
	const expired = await stack.expiredKey('alice');
	let isBroken = true;
	const page = await signIn('alice', {
		before: async (blank) => {
			await blank.route('**/api/keys', async (route) => {
				const response = await route.fetch();
				const body = (await response.json()) as Record<string, unknown>;
				await route.fulfill({ response, json: isBroken ? { ...body, preAuthKey: expired } : body });
			});
		},
		isFailureExpected: true
	});
	await expect(page.getByText('key-expired')).toBeVisible({ timeout: 60_000 });
	await picture(page, 'E13-key-expired');
	isBroken = false;
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
});

test('[node-removed] N3 an admin removes this window’s node', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await openShell(page, `${stack.login}@web-1`);
	// The newest is this window's: one of a former test may still be leaving.
	const node = [...(await stack.ownNodes())]
		.sort((one, two) => Number(one.id) - Number(two.id))
		.at(-1);
	await stack.headscale.expireNode(node?.id ?? '');
	await expect(page.getByText('node-removed').first()).toBeVisible({ timeout: NODE_REMOVED_MS });
	await picture(page, 'E13-node-removed');
	await page
		.getByRole('button', { name: /Try again|Join again/ })
		.first()
		.click();
	await expect
		.poll(async () => (await stack.ownNodes()).some(({ id }) => Number(id) > Number(node?.id)))
		.toBe(true);
});

test('[wasm-crashed] N11 the engine stops: output stays, one button restarts it', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo before-the-crash');
	const [worker] = page.workers();
	await worker?.evaluate(() => {
		setTimeout(() => {
			throw new Error('provoked by the test');
		});
	});
	await expect(page.getByText('wasm-crashed').first()).toBeVisible();
	await expect(shell.log).toContainText('before-the-crash');
	await page
		.getByRole('button', { name: /Restart|Try again/ })
		.first()
		.click();
	await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 45_000 });
});

test.describe('a module that the server gives', () => {
	// The test stands between page and server, where a service worker would stand.
	test.use({ serviceWorkers: 'block' });

	test('[wasm-missing] E1 a build without the SSH module', async ({ signIn }) => {
		const page = await signIn('alice', {
			before: async (blank) => {
				await blank.route('**/*.wasm*', (route) =>
					route.fulfill({ status: 404, body: 'no such file' })
				);
			},
			isFailureExpected: true
		});
		await expect(page.getByText('wasm-missing')).toBeVisible();
		await expect(page.getByText('npm run wasm')).toBeVisible();
	});

	test('[wasm-corrupt] P2 a truncated module is fetched once more and then told', async ({
		signIn
	}) => {
		let fetches = 0;
		const page = await signIn('alice', {
			before: async (blank) => {
				await blank.route('**/*.wasm*', async (route) => {
					fetches += 1;
					const response = await route.fetch();
					const body = await response.body();
					await route.fulfill({ response, body: body.subarray(0, body.length >> 1) });
				});
			},
			isFailureExpected: true
		});
		await expect(page.getByText('wasm-corrupt')).toBeVisible({ timeout: 60_000 });
		expect(fetches).toBe(2);
	});
});
