// Error states that come from the deployment, the tailnet and what stands between: a build without its
// module, machines that are renamed, deleted or hidden, proxies that break WebSockets, an old SSH server, a
// firewall. With errors.spec.ts the rows of docs/error-states.md.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { picture } from '../fixtures/picture';
import { enterLogin } from '../fixtures/provider';
import { expect, test, type Stack } from '../fixtures/test';
import { JOIN_MS, RESUME_MS } from '../fixtures/waits';
import { WILDCARD_BANNER } from '../../stack/plain-ssh';
import { freePort } from '../../stack/ports';
import { startProxy } from '../../stack/proxy';
import { policy } from '../../stack/tailnet';
import { taggedMachine } from '../../stack/tailscaled';
import { ROOT } from '../../stack/versions';
import { connect, connectTrusting, openShell, Shell } from './shell';

const machines = (page: Page) => page.getByRole('list', { name: 'Machines' });

async function fails(shell: Shell, code: string, timeout = 45_000): Promise<void> {
	await expect(shell.region).toHaveAttribute('data-code', code, { timeout });
	await expect(shell.region).toContainText(code);
}

async function withPolicy(
	stack: Stack,
	change: (text: string) => string,
	work: () => Promise<void>
): Promise<void> {
	const before = policy('demo');
	const after = change(before);
	expect(after, 'a policy that is another one').not.toBe(before);
	await stack.headscale.setPolicy(after);
	try {
		await work();
	} finally {
		await stack.headscale.setPolicy(before);
	}
}

test.describe('a server', () => {
	// What the window has kept of the module would do.
	test.use({ serviceWorkers: 'block' });

	test('[wasm-missing] E1 whose build has no module says how to make one', async ({
		signIn,
		stack
	}) => {
		// Below the project, where the copy finds the packages.
		const buildDir = mkdtempSync(join(ROOT, '.headtab', 'build-'));
		cpSync(join(ROOT, 'build'), buildDir, {
			recursive: true,
			filter: (path) => !path.includes(join('client', 'wasm'))
		});
		try {
			await stack.restartApp(buildDir);
			const page = await signIn('alice', { isFailureExpected: true });
			await expect(page.getByText('wasm-missing')).toBeVisible();
			await expect(page.getByText('npm run wasm')).toBeVisible();
			await picture(page, 'E1-wasm-missing');
		} finally {
			await stack.restartApp();
			rmSync(buildDir, { recursive: true, force: true });
		}
	});
});

test('E5 a machine that is renamed keeps its shell', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@db-1`);
	const node = (await stack.headscale.nodes()).find(({ givenName }) => givenName === 'db-1');
	await stack.headscale.renameNode(node?.id ?? '', 'db-9');
	try {
		await page.getByRole('button', { name: 'New tab' }).click();
		await expect(machines(page)).toContainText('db-9');
		await page.getByRole('tab', { name: /db-1/ }).click();
		await shell.run('echo the same shell');
		await expect(shell.region).toHaveAttribute('data-phase', 'open');
	} finally {
		await stack.headscale.renameNode(node?.id ?? '', 'db-1');
	}
});

test('[node-gone] E5 N13 a machine that the policy hides, then one that is deleted, under an open shell', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo before');
	await withPolicy(
		stack,
		(text) => text.replace('"tag:web:*", "tag:db:*"', '"tag:db:*"'),
		async () => {
			await fails(shell, 'node-gone');
			await expect(shell.region).toContainText('web-1 is no longer visible under the policy');
			await expect(shell.log).toContainText('before');
			await picture(page, 'E5-node-gone');
		}
	);
	const folder = mkdtempSync(join(tmpdir(), 'headtab-temp-'));
	const temp = taggedMachine({
		headscale: stack.headscale,
		folder,
		name: 'temp-1',
		tag: 'tag:web',
		hasSsh: true
	});
	try {
		await temp.start();
		await page.getByRole('button', { name: 'New tab' }).click();
		await expect(machines(page)).toContainText('temp-1');
		const second = await openShell(page, `${stack.login}@temp-1`);
		const node = (await stack.headscale.nodes()).find(({ givenName }) => givenName === 'temp-1');
		await stack.headscale.deleteNode(node?.id ?? '');
		await fails(second, 'node-gone');
	} finally {
		await temp.dispose();
		rmSync(folder, { recursive: true, force: true });
	}
});

test('[relay-no-websocket] [node-join-timeout] E7 D1 D2 proxies before Headtab that drop upgrades, strip the protocol, or buffer; it heals by itself', async ({
	signIn,
	stack
}) => {
	test.setTimeout(300_000);
	for (const [code, faults] of [
		['relay-no-websocket', { dropsUpgrade: true }],
		['relay-no-websocket', { stripsProtocol: true }],
		['node-join-timeout', { bufferBytes: 65_536 }]
	] as const) {
		stack.appProxy.setFaults(faults);
		const page = await signIn('alice', { isFailureExpected: true });
		try {
			// A join has 30 s, and begins when a module that came through the buffers has started.
			await expect(page.getByText(code)).toBeVisible({ timeout: 90_000 });
			// It stays while the next try is under way.
			await expect(page.getByText(/^(Tries again in \d+ s|Trying again)\.$/)).toBeVisible();
			await picture(page, `E7-${code}`);
		} finally {
			stack.appProxy.setFaults({});
		}
		await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS * 2 });
		await expect(page.getByText(code)).toHaveCount(0);
		await page.close();
	}
});

test('D2 a proxy that cuts what is idle: the shell goes on', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	// The 60 s of nginx, made short.
	stack.appProxy.setFaults({ idleCutMs: 3_000 });
	const { openCount } = stack.appProxy;
	try {
		await expect.poll(() => stack.appProxy.openCount, { timeout: 20_000 }).toBeLessThan(openCount);
		for (const word of ['one', 'two', 'three']) {
			await shell.type(`echo ${word}-$((1+1))`);
			await shell.expectText(`${word}-2`, RESUME_MS);
		}
	} finally {
		stack.appProxy.setFaults({});
	}
	await expect(shell.region).toHaveAttribute('data-phase', 'open');
	await expect(shell.region).not.toContainText('A new shell since');
});

test('[control-unreachable] E7 D1 a proxy before Headscale that drops upgrades is named with what it lacks', async ({
	signIn,
	stack
}) => {
	const port = await freePort();
	const proxy = await startProxy({ port, targetPort: Number(new URL(stack.headscale.url).port) });
	const through = `http://127.0.0.1:${String(port)}`;
	try {
		await stack.restartApp(undefined, { HEADTAB_HEADSCALE_URL: through });
		proxy.setFaults({ dropsUpgrade: true });
		const page = await signIn('alice', { isFailureExpected: true });
		await expect(page.getByText('control-unreachable', { exact: true })).toBeVisible({
			timeout: 60_000
		});
		await expect(
			page.getByText(/drops Upgrade and Connection|instead of a WebSocket/)
		).toBeVisible();
		await picture(page, 'E7-control-unreachable');
		await page.close();
	} finally {
		await stack.restartApp();
		await proxy.stop();
	}
});

test('[ssh-no-common-algorithm] E10 H4 an SSH server that is too old', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await stack.plain.serve('old-algorithms');
	try {
		await connect(page, 'root@plain-1');
		const shell = Shell.named(page, 'root@plain-1');
		await fails(shell, 'ssh-no-common-algorithm');
		await expect(shell.region).toContainText('diffie-hellman-group14-sha1');
		await picture(page, 'E10-ssh-no-common-algorithm');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[ssh-closed-early] E11 a server that hangs up at once', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await stack.plain.serve('close-early');
	try {
		await connect(page, 'root@plain-1');
		const shell = Shell.named(page, 'root@plain-1');
		await fails(shell, 'ssh-closed-early');
		await picture(page, 'E11-ssh-closed-early');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[tcp-timeout] E11 H5 a firewall on port 22', async ({ signIn, stack }) => {
	await withPolicy(
		stack,
		// What the policy does not let in is dropped without a word, as by a firewall.
		(text) => text.replace('"tag:plain:*"', '"tag:plain:9"'),
		async () => {
			// The target has heard of it by the time the window has joined.
			const page = await signIn('alice');
			await expect(machines(page)).toContainText('plain-1', { timeout: JOIN_MS });
			await connect(page, 'root@plain-1');
			const shell = Shell.named(page, 'root@plain-1');
			await fails(shell, 'tcp-timeout');
			await picture(page, 'E11-tcp-timeout');
		}
	);
});

test('[ssh-login-wildcard] E8 the policy has users: ["*"]', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await stack.plain.serve('normal', [WILDCARD_BANNER]);
	try {
		await connectTrusting(page, 'root@plain-1');
		const shell = Shell.named(page, 'root@plain-1');
		await shell.region.getByRole('button', { name: 'Cancel' }).click();
		await fails(shell, 'ssh-login-wildcard');
		await picture(page, 'E8-ssh-login-wildcard');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[ssh-access-revoked] E12 H16 the policy ends a running session; no loop of attempts', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@db-1`);
	await shell.run('echo before');
	await withPolicy(
		stack,
		(text) =>
			text.replace('"users": ["LOGIN", "root"]'.replace('LOGIN', stack.login), '"users": ["root"]'),
		async () => {
			await fails(shell, 'ssh-access-revoked');
			await picture(page, 'E12-ssh-access-revoked');
			await expect(shell.region).toHaveAttribute('data-phase', 'failed');
		}
	);
});

test('[key-refused] E13 a key that Headscale does not know: told, and one click for a new one', async ({
	signIn
}) => {
	let isBroken = true;
	const page = await signIn('alice', {
		before: async (blank) => {
			await blank.route('**/api/keys', async (route) => {
				const response = await route.fetch();
				const body = (await response.json()) as Record<string, unknown>;
				const preAuthKey = `hskey-auth-${'a'.repeat(12)}-${'b'.repeat(64)}`;
				await route.fulfill({ response, json: isBroken ? { ...body, preAuthKey } : body });
			});
		},
		isFailureExpected: true
	});
	await expect(page.getByText('key-refused')).toBeVisible({ timeout: 60_000 });
	await picture(page, 'E13-key-refused');
	isBroken = false;
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
});

test('H2 an additional check: its link leads to Headscale, and the shell opens when it is approved', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await expect(machines(page)).toContainText('db-1', { timeout: JOIN_MS });
	await withPolicy(
		stack,
		(text) =>
			text.replace(
				/"action": "accept",(\s+"src": \["alice@"\],\s+"dst": \["tag:db"\],\s+"users")/,
				'"action": "check",$1'
			),
		async () => {
			const name = `${stack.login}@db-1`;
			const link = page.getByRole('link', { name: 'Open the check' });
			// The target learns of the policy by its own netmap: until then it opens at once.
			await expect
				.poll(
					async () => {
						await connect(page, name);
						const shell = Shell.named(page, name);
						await expect(link.or(shell.region.and(page.locator('[data-phase=open]')))).toBeVisible({
							timeout: 45_000
						});
						if (await link.isVisible()) return 'asked';
						await page.getByRole('button', { name: `Close ${name}` }).click();
						await page.getByRole('alertdialog').getByRole('button', { name: /Close/ }).click();
						return 'open';
					},
					{ timeout: 60_000 }
				)
				.toBe('asked');
			await expect(link).toHaveAttribute('href', new RegExp(`^${stack.headscale.url}/`));
			await picture(page, 'check');
			const opened = page.context().waitForEvent('page');
			await link.click();
			const check = await opened;
			// Headscale asks the provider who this is, who may know alice already.
			const login = check.getByRole('textbox', { name: 'Login' });
			const shell = Shell.named(page, name);
			const phase = () => shell.region.getAttribute('data-phase');
			await expect
				.poll(async () => (await phase()) === 'open' || (await login.isVisible()), {
					message: 'the provider, or the shell',
					timeout: 30_000
				})
				.toBe(true);
			if (await login.isVisible()) await enterLogin(check, 'alice');
			await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 45_000 });
			await check.close();
		}
	);
});
