// A stranger's path: from a release archive by the commands of the README's section "Deploy", as they stand there,
// to a shell. Only the examples' addresses and secret are replaced by those of the demo's tailnet.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, StackProcess } from '../../stack/process';
import { ROOT } from '../../stack/versions';
import { blocksFor, filledIn } from '../fixtures/pages';
import { closeWindows, expect, test } from '../fixtures/test';
import { openShell } from './shell';

test.afterEach(async ({ stack }) => stack.restartApp());

test('the README’s commands lead from the archive to a shell', async ({
	context,
	signIn,
	stack
}) => {
	const folder = mkdtempSync(join(tmpdir(), 'headtab-deploy-'));
	const own = {
		origin: stack.appUrl,
		headscale: stack.headscale.url,
		issuer: stack.oidc.issuer,
		clientSecret: stack.client.secret
	};
	mkdirSync(join(folder, 'bin'));
	const wrapper = `#!/bin/sh\nexec ${stack.headscale.command.map((word) => `'${word}'`).join(' ')} "$@"\n`;
	writeFileSync(join(folder, 'bin', 'headscale'), wrapper, { mode: 0o755 });
	const env = {
		PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
		// The port that the proxy before it leads to.
		HEADTAB_PORT: String(stack.appPort),
		// It carries bytes and adds no header; without one the server would refuse what it brings.
		HEADTAB_ADDRESS_HEADER: '',
		// As in the other tests of windows; pages.test.ts has the same settings with its agent.
		HEADTAB_AGENT: 'off'
	};
	const script = (name: string) =>
		blocksFor(name)
			.map(({ text }) => filledIn(text, own))
			.join('');
	const bash = ['-euo', 'pipefail', '-c'];
	let server: StackProcess | null = null;
	try {
		const pack = [join(ROOT, 'release', 'release.ts'), '--out', join(folder, 'release')];
		await run(join(ROOT, 'node_modules', '.bin', 'tsx'), pack, { timeoutMs: 120_000 });
		const said = await run('bash', [...bash, `${script('deploy')}\npwd`], {
			cwd: join(folder, 'release'),
			env
		});
		expect(said).toContain('.tar.gz: OK');
		const place = said.trim().split('\n').at(-1) ?? '';

		await stack.crashApp();
		server = new StackProcess({
			name: 'headtab',
			command: 'bash',
			args: [...bash, `exec ${script('deploy-start')}`],
			env,
			cwd: place
		});
		await server.waitForUrl(`http://127.0.0.1:${String(stack.appPort)}/healthz`);
		const found = await run('bash', [...bash, script('deploy-check')], { cwd: place, env });
		expect(found).not.toContain('✗ failed');

		const page = await signIn('alice', { isOwnLogin: true });
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run('echo from-the-archive');
		await shell.expectText('from-the-archive');
		// While the server that knows the window still runs.
		await closeWindows(context, stack);
	} finally {
		await server?.stop();
		rmSync(folder, { recursive: true, force: true });
	}
});
