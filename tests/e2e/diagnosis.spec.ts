// What a person reads when a connection fails or takes long, each fault provoked for real: the legs, the first
// one that fails, what to do about it, and a report without secrets. And how fast the way is that works.
import type { Locator, Page } from '@playwright/test';
import { LEGS, type Leg, type LegState } from '../../src/lib/contracts/tailnet';
import { policy } from '../../stack/tailnet';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test, type Stack } from '../fixtures/test';
import { FAILURE_MS, JOIN_MS, PROBE_MS } from '../fixtures/waits';
import { connect, openShell, Shell } from './shell';

test.use({ permissions: ['clipboard-read', 'clipboard-write'], hasServiceWorker: false });

const legRow = (within: Locator, leg: Leg): Locator => within.locator(`[data-leg="${leg}"]`);

/** Legs in their order up to `failed`; what lies behind it is not reached. */
async function expectLegs(
	within: Locator,
	failed: Leg,
	except: Readonly<Partial<Record<Leg, LegState>>> = {}
): Promise<void> {
	const hasNoRegion = async () =>
		(await legRow(within, 'derp').getAttribute('data-state')) === 'not-checked';
	await expect(within.getByText(/^Looked at/)).toBeVisible({ timeout: PROBE_MS });
	// A node that has just joined has chosen no DERP region yet: another look finds it.
	await expect(async () => {
		if (await hasNoRegion()) await within.getByRole('button', { name: 'Look again' }).click();
		await expect(within.getByText(/^Looked at/)).toBeVisible({ timeout: PROBE_MS });
		expect(await hasNoRegion()).toBe(false);
	}).toPass();
	const found = await Promise.all(
		LEGS.map(async (leg) => [leg, await legRow(within, leg).getAttribute('data-state')] as const)
	);
	const at = LEGS.indexOf(failed);
	const expected = LEGS.map((leg, index) => [
		leg,
		except[leg] ?? (index < at ? 'ok' : index === at ? 'failed' : 'not-reached')
	]);
	expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
}

async function failing(page: Page, name: string, code: string): Promise<Shell> {
	await connect(page, name);
	const shell = Shell.named(page, name);
	await expect(shell.region).toHaveAttribute('data-code', code, { timeout: FAILURE_MS });
	return shell;
}

async function copiedReport(page: Page, within: Locator): Promise<string> {
	await within.getByRole('button', { name: 'Copy report' }).click();
	await expect(within.getByRole('button', { name: 'Copied' })).toBeVisible();
	return page.evaluate(() => navigator.clipboard.readText());
}

/** Nothing in it that opens a door, and no machine but the one it is about. */
function expectNoSecrets(text: string, stack: Stack): void {
	expect(text).not.toMatch(/hskey|eyJ|Bearer|cookie/i);
	expect(text.replaceAll('plain-1', '')).not.toContain(stack.plain.password);
	expect(text).not.toMatch(/web-1|old-1|100\.64\./);
}

test('[tcp-refused] [agent-off] E2 E7 E11 nothing on 22: the leg, the remedy, a report; the server’s node is off', async ({
	signIn,
	stack
}) => {
	await stack.plain.serve('closed');
	try {
		const page = await signIn('alice');
		const { region } = await failing(page, 'root@plain-1', 'tcp-refused');
		await expectLegs(region, 'tcp');
		await expect(legRow(region, 'tcp')).toContainText('tcp-refused');
		await expect(region).toContainText('tailscale up --ssh');
		// What only the server's node could see stays open, and why is said; its own dials are there.
		await expect(region.locator('[data-code="agent-off"]')).toContainText('HEADTAB_AGENT=on');
		await expect(legRow(region, 'control')).toContainText(/ms/);
		await expectNoAxeFaults(page);

		const text = await copiedReport(page, region);
		expect(text).toContain('code: tcp-refused');
		expect(text).toMatch(/WireGuard: ok, \d+ ms/);
		expect(text).toMatch(/TCP 22: failed, tcp-refused, \d+ ms/);
		expect(text).toContain('SSH version: not reached');
		expectNoSecrets(text, stack);
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[tcp-timeout] E7 E11 a firewall on 22: the wait is explained, and the way through the tailnet is not to blame', async ({
	signIn,
	stack
}) => {
	// tailscaled drops what the policy does not allow, without an answer, as a firewall does.
	await stack.headscale.setPolicy(policy('demo').replace('"tag:plain:*"', '"tag:plain:443"'));
	try {
		const page = await signIn('alice');
		await connect(page, 'root@plain-1');
		const { region } = Shell.named(page, 'root@plain-1');
		await expect(region.getByText('Waiting for plain-1 to answer on port 22.')).toBeVisible();
		await expect(region.getByText(/Usually under 2 s.*firewall drops port 22/)).toBeVisible();
		await expect(region.getByRole('button', { name: 'Stop' })).toBeVisible();
		await expect(region).toHaveAttribute('data-code', 'tcp-timeout', { timeout: FAILURE_MS });
		await expectLegs(region, 'tcp');
		await expect(legRow(region, 'wireguard')).toContainText('plain-1 answers');
		await expect(region).toContainText('no firewall drops port 22');
	} finally {
		await stack.headscale.setPolicy(policy('demo'));
	}
});

test('[ssh-not-ssh] E11 something else on 22: TCP is fine, SSH is not', async ({
	signIn,
	stack
}) => {
	await stack.plain.serve('http');
	try {
		const page = await signIn('alice');
		const { region } = await failing(page, 'root@plain-1', 'ssh-not-ssh');
		await expectLegs(region, 'ssh');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('[ssh-policy-denies-login] E12 the policy refuses the user: everything before it is fine', async ({
	signIn
}) => {
	const page = await signIn('alice');
	const { region } = await failing(page, 'backup@db-1', 'ssh-policy-denies-login');
	await expectLegs(region, 'policy');
	await expect(legRow(region, 'auth')).toContainText('known by your tailnet identity');
	await expect(region).toContainText('`users` of the `ssh` rule'.replaceAll('`', ''));
});

test('[node-offline] E6 an offline machine: the tailnet has no way to it', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const { region } = await failing(page, `${stack.login}@old-1`, 'node-offline');
	await expectLegs(region, 'wireguard');
	await expect(region).toContainText('Start tailscaled there');
});

test('E7 a join that takes longer than usual says what it waits for, and can be stopped', async ({
	signIn,
	stack
}) => {
	let release = (): void => undefined;
	const held = new Promise<void>((resolve) => (release = resolve));
	const page = await signIn('alice', {
		before: async (blank) => {
			await blank.route('**/api/keys', async (route) => {
				await held;
				await route.continue();
			});
		},
		isFailureExpected: true
	});
	const name = `${stack.login}@web-1`;
	await connect(page, name);
	const { region } = Shell.named(page, name);
	await expect(region.getByText('Waiting for the app server to issue a key.')).toBeVisible({
		timeout: JOIN_MS
	});
	await expect(region.locator('[data-leg="server"]')).toBeVisible();
	await expectNoAxeFaults(page);
	await region.getByRole('button', { name: 'Stop' }).click();
	await expect(region).toHaveAttribute('data-phase', 'closed');
	await expect(region).toContainText(`No shell was opened on web-1.`);
	release();
	await region.getByRole('button', { name: /Connect/ }).click();
	await expect(region).toHaveAttribute('data-phase', 'open', { timeout: JOIN_MS });
});

test('S4 E7 a session that works: a measured round trip, and all legs on demand, also from the server’s node', async ({
	signIn,
	stack
}) => {
	await stack.restartApp(undefined, { HEADTAB_AGENT: 'on' });
	try {
		await expect
			.poll(
				async () => {
					const answer = await fetch(`${stack.appUrl}/readyz`);
					const { checks } = (await answer.json()) as {
						checks: readonly { name: string; isReady: boolean }[];
					};
					return checks.find(({ name }) => name === 'agent')?.isReady;
				},
				{ timeout: JOIN_MS }
			)
			.toBe(true);
		const page = await signIn('alice');
		const name = `${stack.login}@db-1`;
		await openShell(page, name);
		const status = page.getByRole('contentinfo', { name: 'Status' });
		const latency = status.getByRole('button', {
			name: /^Latency \d+(\.\d+)? m?s , (good|fair|slow|poor)/
		});
		await expect(latency).toBeVisible();
		await latency.click();
		const details = page.getByRole('dialog', { name: 'Latency' });
		await expect(details).toContainText(/Median/);
		await expect(details).toContainText('A request to the SSH server on db-1 and its answer');
		await expectNoAxeFaults(page);
		await details.getByRole('button', { name: 'Diagnose' }).click();

		const dialog = page.getByRole('dialog', { name: 'Connection to db-1' });
		// It looks at once; the keyboard stays where it looks anew.
		await expect(dialog.getByRole('button', { name: /^Look/ })).toBeFocused();
		await expect(dialog.getByText(/^Looked at/)).toBeVisible({ timeout: PROBE_MS });
		for (const leg of LEGS) await expect(legRow(dialog, leg)).toHaveAttribute('data-state', 'ok');
		await expect(legRow(dialog, 'ssh')).toContainText('SSH-2.0-Tailscale');
		// Here and from the server.
		for (const leg of ['control', 'derp', 'wireguard', 'tcp', 'ssh'] as const)
			await expect(legRow(dialog, leg).getByRole('cell').last()).toHaveText(/\d/);
		await expectNoAxeFaults(page);
		const text = await copiedReport(page, dialog);
		expect(text).toMatch(/TCP 22: ok, \d+ ms; from the server: ok, \d+ ms/);
		expectNoSecrets(text, stack);
		await page.keyboard.press('Escape');
		await expect(dialog).toBeHidden();
	} finally {
		await stack.restartApp();
	}
});
