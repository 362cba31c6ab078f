// The main job on the real stack: sign in, pick a machine, work in real shells, several at once.
import { createHash } from 'node:crypto';
import { expect, test } from '../fixtures/test';
import { canvasColours } from './canvas';
import { connect, openShell, Shell, tabsOf } from './shell';

test.describe('the main job', () => {
	test('alice opens web-1, db-1 and a second tab on web-1, and works in each', async ({
		signIn,
		stack
	}) => {
		const page = await signIn('alice');
		const machines = page.getByRole('list', { name: 'Machines' });
		await expect(machines.getByRole('listitem').filter({ hasText: 'web-1' })).toBeVisible();
		await expect(machines.getByRole('listitem').filter({ hasText: 'db-1' })).toBeVisible();
		await expect(machines.getByRole('listitem').filter({ hasText: 'old-1' })).toBeVisible();
		await expect(machines.getByRole('listitem').filter({ hasText: 'plain-1' })).toContainText(
			'No Tailscale SSH'
		);

		const login = stack.login;
		const web = await openShell(page, `${login}@web-1`);
		await web.run('whoami');
		await web.expectText(login);

		const db = await openShell(page, `${login}@db-1`);
		await db.run('echo on-db-$((40+2))');
		await db.expectText('on-db-42');

		await connect(page, `${login}@web-1`);
		const second = await Shell.opened(page, `${login}@web-1`, 1);
		await second.run('echo second-$((1+1))');
		await second.expectText('second-2');

		const tabs = tabsOf(page);
		await expect(tabs.filter({ hasText: 'web-1' })).toHaveCount(2);
		await expect(tabs.filter({ hasText: 'db-1' })).toHaveCount(1);
	});

	test('a shell has colours, a Nerd Font glyph, a full screen and the right size', async ({
		signIn,
		stack
	}) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run('echo "TERM=$TERM"');
		await shell.expectText('TERM=xterm-256color');

		const before = await canvasColours(page);
		await shell.run(
			"clear; for i in 1 2 3 4 5 6; do printf '\\033[4%sm                    \\033[0m\\n' $i; done"
		);
		await expect.poll(() => canvasColours(page)).toBeGreaterThan(before + 3);

		await shell.run("printf 'glyph \\356\\202\\260 \\357\\204\\223 end\\n'");
		await shell.expectText('glyph \ue0b0 \uf113 end');

		await shell.type(
			"printf '\\033[?1049h\\033[2J\\033[5;10Hfull-%s-here\\033[20;3Hbottom' screen; read x; printf '\\033[?1049l'"
		);
		await shell.expectText('full-screen-here');
		await page.keyboard.press('Enter');
		await expect(shell.log).not.toContainText('full-screen-here');

		for (const size of [
			{ width: 1180, height: 720 },
			{ width: 900, height: 560 }
		]) {
			await page.setViewportSize(size);
			await expect
				.poll(
					async () => {
						await shell.run('echo "size=$(stty size)"');
						const seen = [...(await shell.text()).matchAll(/size=(\d+) (\d+)/g)].at(-1);
						const shown = await page.getByText(/^\d+×\d+$/).innerText();
						return seen === undefined ? 'none' : `${seen[2] ?? ''}×${seen[1] ?? ''} ${shown}`;
					},
					{ timeout: 20_000 }
				)
				.toMatch(/^(\d+×\d+) \1$/);
		}
	});

	test('1 MB pasted arrives whole', async ({ signIn, stack, context }) => {
		await context.grantPermissions(['clipboard-read', 'clipboard-write']);
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		const line =
			'headtab pastes a line of text that is a hundred characters long, so that ttys keep it whole ....\n';
		const text = Array.from(
			{ length: 10_500 },
			(_, index) => `${String(index).padStart(6, '0')} ${line}`
		).join('');
		expect(text.length).toBeGreaterThan(1_000_000);
		const hash = createHash('sha256').update(text).digest('hex');

		await shell.run('stty -echo');
		await page.evaluate((value) => navigator.clipboard.writeText(value), text);
		await shell.type(
			'echo reads""now; cat > /tmp/headtab-paste-$$; sha256sum < /tmp/headtab-paste-$$; rm /tmp/headtab-paste-$$'
		);
		await shell.expectText('readsnow');
		await page.keyboard.press('Control+Shift+V');
		const guard = page.getByRole('dialog');
		await guard.getByRole('button', { name: /^Paste/ }).click();
		await expect(guard).toBeHidden({ timeout: 60_000 });
		// Keys typed from here on follow the paste, however long it takes.
		await expect(shell.region.locator(':focus')).toBeAttached();
		await page.keyboard.press('Control+D');
		await shell.expectText(hash, 60_000);
	});

	test('nothing typed reaches the server in plain text', async ({ signIn, stack }) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		const marker = `canary${String(Date.now())}`;
		await shell.run(`echo ${marker}`);
		await shell.expectText(marker);
		const carried = stack.appProxy.recorded();
		expect(carried.length).toBeGreaterThan(10_000);
		expect(carried.includes('GET /relay/ts2021')).toBe(true);
		expect(carried.includes(marker)).toBe(false);
	});

	test('a closed session says why and Enter reconnects', async ({ signIn, stack }) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run('echo first-life');
		await shell.type('exit 3');
		await expect(shell.region).toHaveAttribute('data-phase', 'closed');
		// Its status is login(1)'s there, which answers 0: the shell's own one is held over a plain sshd.
		await expect(shell.region.getByText('Closed by web-1.')).toBeVisible();
		await page.keyboard.press('Enter');
		await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 20_000 });
		await shell.run('echo second-life');
		await shell.expectText('second-life');
	});

	test('closing a tab with a live session asks first', async ({ signIn, stack }) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run('echo alive');
		await page.keyboard.press('Control+Shift+W');
		const dialog = page.getByRole('alertdialog');
		await expect(dialog).toContainText('web-1');
		await page.keyboard.press('Escape');
		await expect(shell.region).toHaveAttribute('data-phase', 'open');
		await page.keyboard.press('Control+Shift+W');
		await dialog.getByRole('button', { name: /Close/ }).click();
		await expect(shell.region).toBeHidden();
	});

	test('a plain sshd asks for trust and a password in the pane', async ({ signIn, stack }) => {
		const page = await signIn('alice');
		await connect(page, `${stack.plain.login}@plain-1`);
		const dialog = page.getByRole('dialog', { name: /plain-1/ });
		await expect(dialog).toContainText('SHA256:');
		await dialog.getByRole('button', { name: /Trust/ }).click();
		const shell = Shell.named(page, `${stack.plain.login}@plain-1`);
		const password = shell.region.getByLabel(/password/i);
		await shell.region.getByRole('button', { name: 'Cancel' }).click();
		await expect(shell.region.getByText('Stopped.')).toBeVisible();
		await shell.region.getByRole('button', { name: /^Connect/ }).press('Enter');
		await password.fill(stack.plain.password);
		await password.press('Enter');
		await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 20_000 });
		await shell.run('echo plain-$((20+3))');
		await shell.expectText('plain-23');
	});
});
