// What a plain SSH server can do wrong, and what it asks: each a code or an event. Real servers
// (stack/go/cmd/oddssh) behind a real target without Tailscale SSH; and what OpenSSH's own does right.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLine, type StartUp } from '../../../src/lib/client/sessions/start-up';
import { OpenSsh } from '../../../stack/openssh';
import { WILDCARD_BANNER } from '../../../stack/plain-ssh';
import type { GoThread, Shell } from './go-thread';
import { OddSsh } from './odd-ssh';
import { TestTailnet } from './tailnet';

describe('a plain SSH server', () => {
	const odd = new OddSsh();
	let tailnet: TestTailnet;
	let node: GoThread;
	let address: string;
	let webAddress: string;

	beforeAll(async () => {
		tailnet = await TestTailnet.start();
		await Promise.all([tailnet.plain.start(), tailnet.web.start()]);
		node = await tailnet.node();
		[address = ''] = (await node.peer('plain-1')).addresses;
		[webAddress = ''] = (await node.peer('web-1', (peer) => peer.hasTailscaleSsh)).addresses;
	});
	afterAll(async () => {
		await odd.stop();
		await tailnet.stop();
	});

	async function open(...flags: readonly string[]): Promise<Shell> {
		return node.open({ address, login: 'plain', port: await odd.behind(tailnet.plain, ...flags) });
	}

	/** Trusts the key that nobody announces. */
	async function trusted(...flags: readonly string[]): Promise<Shell> {
		const shell = await open(...flags);
		await shell.event('ssh/host-key');
		shell.trust(true);
		return shell;
	}

	/** Answers each of these questions alike. */
	async function answerPrompts(
		shell: Shell,
		promptIds: readonly number[],
		answers: readonly string[]
	): Promise<void> {
		for (const promptId of promptIds) {
			await shell.until(`prompt ${String(promptId)}`, () =>
				shell.events.find((event) => event.kind === 'ssh/prompt' && event.promptId === promptId)
			);
			shell.answer(promptId, answers);
		}
	}

	it('asks whether to trust an unknown key, then for the password, and opens', async () => {
		const shell = await open();
		const { hostKey } = await shell.event('ssh/host-key');
		expect(hostKey.type).toBe('ssh-ed25519');
		expect(hostKey.fingerprint).toMatch(/^SHA256:[\w+/]{43}$/);
		expect(shell.events.some(({ kind }) => kind === 'ssh/prompt')).toBe(false);
		shell.trust(true);
		const prompt = await shell.event('ssh/prompt');
		expect(prompt).toMatchObject({ method: 'password', prompts: [{ isEchoed: false }] });
		shell.answer(prompt.promptId, ['plain']);
		await shell.opened();
		expect(await shell.event('ssh/open')).toMatchObject({ verifiedBy: 'trusted', hostKey });
		shell.resize(101, 31);
		// The server takes sizes and input by different ways.
		shell.type('until [ "$(stty size)" = "31 101" ]; do :; done; echo size-$((31+2)); exit 3\n');
		await shell.output(/size-33/);
		expect((await shell.event('ssh/exit')).exit).toEqual({ status: 3, signal: null });
	});

	it('asks the questions of keyboard-interactive, echo as the server says', async () => {
		const shell = await trusted('-auth=keyboard-interactive');
		const prompt = await shell.event('ssh/prompt');
		expect(prompt).toMatchObject({
			method: 'keyboard-interactive',
			instruction: 'Two questions\nAnswer both.',
			prompts: [
				{ text: 'Password:', isEchoed: false },
				{ text: 'What is shown:', isEchoed: true }
			]
		});
		shell.answer(prompt.promptId, ['plain', 'shown']);
		await shell.opened();
		shell.close();
	});

	it('[ssh-auth-failed] refuses three wrong passwords', async () => {
		const shell = await trusted();
		await answerPrompts(shell, [1, 2, 3], ['wrong']);
		expect(await shell.failed()).toMatchObject({
			code: 'ssh-auth-failed',
			params: { node: 'plain-1', login: 'plain', methods: 'password did not succeed' }
		});
	});

	it('[ssh-auth-failed] tells a server that disconnects after fewer passwords than that', async () => {
		const shell = await trusted('-auth-tries=2');
		await answerPrompts(shell, [1, 2], ['wrong']);
		expect(await shell.failed()).toMatchObject({
			code: 'ssh-auth-failed',
			params: { methods: 'password did not succeed' }
		});
	});

	it('asks nothing more when a question is cancelled, whatever else the server offers', async () => {
		const shell = await trusted('-auth=keyboard-interactive,password');
		const { promptId } = await shell.event('ssh/prompt');
		shell.answer(promptId, null);
		expect((await shell.event('ssh/exit')).exit).toEqual({ status: null, signal: null });
		expect(shell.events.filter(({ kind }) => kind === 'ssh/prompt')).toHaveLength(1);
	});

	it('[ssh-host-key-refused] stops when the person does not trust the key', async () => {
		const shell = await open();
		await shell.event('ssh/host-key');
		shell.trust(false);
		expect(await shell.failed()).toMatchObject({ code: 'ssh-host-key-refused' });
	});

	it('H3 [ssh-host-key-changed] stops at another key than the one trusted before', async () => {
		const port = await odd.behind(tailnet.plain);
		const before = `SHA256:${'A'.repeat(43)}`;
		// Of another type than the key that there is.
		const trusted = { type: 'ssh-rsa', fingerprint: before };
		const shell = node.open({ address, login: 'plain', port, trusted });
		const error = await shell.failed();
		expect(error).toMatchObject({
			code: 'ssh-host-key-changed',
			params: { node: 'plain-1', source: 'this device', expected: before }
		});
		expect(error.params['found']).toMatch(/^SHA256:/);
		expect(shell.events.some(({ kind }) => kind === 'ssh/prompt')).toBe(false);
	});

	it('goes on with the key trusted before when the server has got another type, too', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'headtab-oddssh-'));
		try {
			const kept = ['-auth=none', `-hostkey=${join(folder, 'key')}`, '-hostkey-type=rsa'];
			const { hostKey } = await (await open(...kept)).event('ssh/host-key');
			expect(hostKey.type).toBe('ssh-rsa');
			const port = await odd.behind(tailnet.plain, ...kept, '-added-hostkey-type=ed25519');
			const shell = node.open({ address, login: 'plain', port, trusted: hostKey });
			expect(await shell.event('ssh/open')).toMatchObject({ hostKey, verifiedBy: 'trusted' });
			shell.close();
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	it('H3 [ssh-host-key-changed] stops at a key that the tailnet does not announce, without a prompt; like Headplane’s and tsconnect’s accepted host keys', async () => {
		const port = await odd.behind(tailnet.web);
		const shell = node.open({ address: webAddress, login: 'plain', port });
		const error = await shell.failed();
		const announced = (await node.peer('web-1')).hostKeys.find(
			({ type }) => type === 'ssh-ed25519'
		);
		expect(error).toMatchObject({
			code: 'ssh-host-key-changed',
			params: { node: 'web-1', source: 'the tailnet', expected: announced?.fingerprint }
		});
		expect(shell.events.map(({ kind }) => kind)).not.toContain('ssh/prompt');
		expect(shell.events.map(({ kind }) => kind)).not.toContain('ssh/host-key');
	});

	it('H4 [ssh-no-common-algorithm] names what both sides offer', async () => {
		const error = await (await open('-mode=old-algorithms')).failed();
		expect(error).toMatchObject({
			code: 'ssh-no-common-algorithm',
			params: { node: 'plain-1', what: 'key exchange' }
		});
		expect(error.params['theirs']).toContain('diffie-hellman-group14-sha1');
		expect(error.params['ours']).toContain('curve25519-sha256');
		expect(error.params['ours']).not.toContain('sha1');
	});

	it('H4 [ssh-no-common-algorithm] refuses a host key signed with SHA-1', async () => {
		const error = await (await open('-hostkey-type=rsa', '-hostkey-algorithms=ssh-rsa')).failed();
		expect(error).toMatchObject({ code: 'ssh-no-common-algorithm', params: { what: 'host key' } });
	});

	it('H5 [tcp-refused] names a closed port', async () => {
		// A target in userspace mode refuses what nothing serves.
		const shell = node.open({ address: webAddress, login: 'plain', port: 9 });
		expect(await shell.failed()).toMatchObject({ code: 'tcp-refused', params: { node: 'web-1' } });
	});

	it('H5 [ssh-not-ssh] shows what answers instead of SSH', async () => {
		expect(await (await open('-mode=http')).failed()).toMatchObject({
			code: 'ssh-not-ssh',
			params: { banner: 'HTTP/1.1 400 Bad Request' }
		});
	});

	it.each(['long-line', 'many-lines'])('H5 [ssh-not-ssh] survives %s', async (mode) => {
		const error = await (await open(`-mode=${mode}`)).failed();
		expect(error.code).toBe('ssh-not-ssh');
		expect(error.params['banner']?.length).toBeLessThanOrEqual(80);
	});

	it('H5 [ssh-timeout] ends at a server that says nothing', async () => {
		expect(await (await open('-mode=silent')).failed()).toMatchObject({
			code: 'ssh-timeout',
			params: { node: 'plain-1', step: 'handshake', seconds: '10' }
		});
	});

	it('[ssh-closed-early] tells a server that hangs up at once', async () => {
		expect(await (await open('-mode=close-early')).failed()).toMatchObject({
			code: 'ssh-closed-early',
			params: { reason: 'during the handshake' }
		});
	});

	it('H6 shows a hostile banner as plain text of at most 8 KiB', async () => {
		const shell = await trusted('-mode=long-banner');
		const { text, checkUrl } = await shell.event('ssh/banner');
		expect(checkUrl).toBeNull();
		expect(text).toMatch(/^\[31mred\[0m desrever banner /);
		expect(new TextEncoder().encode(text).byteLength).toBeLessThanOrEqual(8192);
		shell.close();
	});

	it('E8 [ssh-login-wildcard] knows what tailscaled says about a user called *', async () => {
		const shell = await trusted(WILDCARD_BANNER);
		const { promptId } = await shell.event('ssh/prompt');
		shell.answer(promptId, null);
		expect(await shell.failed()).toMatchObject({
			code: 'ssh-login-wildcard',
			params: { node: 'plain-1' }
		});
	});

	it('H2 [ssh-check-expired] tells a check that ended without approval', async () => {
		const url = 'https://hs.example/auth/abc';
		const shell = await trusted(`-banner=# To authenticate, visit: ${url}\\n`);
		expect(await shell.event('ssh/banner')).toMatchObject({ checkUrl: url });
		const { promptId } = await shell.event('ssh/prompt');
		shell.answer(promptId, null);
		expect(await shell.failed()).toMatchObject({ code: 'ssh-check-expired' });
	});

	it.each([
		['exit:1', 'exit status 1'],
		['nologin', 'exit status 1: This account is currently not available.'],
		['signal', 'signal KILL']
	])('H7 [ssh-shell-ended] tells a shell that ends at once: %s', async (mode, reason) => {
		const shell = await trusted('-auth=none', `-mode=${mode}`);
		expect(await shell.failed()).toMatchObject({
			code: 'ssh-shell-ended',
			params: { node: 'plain-1', login: 'plain', reason }
		});
	});

	it('H7 [ssh-closed-early] tells a connection that breaks just after the shell', async () => {
		const shell = await trusted('-auth=none', '-mode=close-after-shell');
		expect((await shell.failed()).code).toBe('ssh-closed-early');
	});

	it.each(['no-pty', 'no-session'])(
		'[ssh-pty-refused] tells a server without terminals: %s',
		async (mode) => {
			const shell = await trusted('-auth=none', `-mode=${mode}`);
			expect((await shell.failed()).code).toBe('ssh-pty-refused');
		}
	);

	it('H14 refuses channels and requests that a server opens', async () => {
		const shell = await trusted('-auth=none', '-mode=open-channels');
		await shell.opened();
		shell.type('echo still $((40+2))\n');
		await shell.output(/still 42/);
		shell.close();
	});

	it('H15 new session keys under load, again and again: no byte is lost or doubled, nobody is asked', async () => {
		// A gigabyte or an hour with OpenSSH; sooner, so that it happens several times.
		const shell = await trusted('-auth=none', '-rekey=65536');
		await shell.opened();
		const bytes = new Uint8Array(1_000_000);
		for (let i = 0; i < bytes.length; i += 1) bytes[i] = (i * 7919 + (i >> 8)) & 0xff;
		shell.type(
			`stty raw -echo; echo go-$((1+1)); head -c ${String(bytes.length)} | sha256sum; stty sane -echo\n`
		);
		await shell.output(/go-2/);
		for (let at = 0; at < bytes.length; at += 16_384) shell.input(bytes.slice(at, at + 16_384));
		const [hash] = await shell.output(/[0-9a-f]{64}/, 45_000);
		expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
		shell.type('echo; seq 1 200000; echo the-end\n');
		await shell.output(/the-end/, 45_000);
		const lines = Buffer.from(shell.takeBytes())
			.toString('latin1')
			.split(/\r?\n/)
			.filter((line) => /^\d+$/.test(line));
		expect(lines).toEqual(Array.from({ length: 200_000 }, (_, i) => String(i + 1)));
		await odd.says(/key exchange 3$/);
		expect(shell.events.filter(({ kind }) => kind === 'ssh/host-key')).toHaveLength(1);
		shell.close();
	});

	it('H15 H3 another host key at a rekey ends the connection', async () => {
		const shell = await trusted('-auth=none', '-rekey=65536', '-mode=rekey-other-key');
		await shell.opened();
		shell.type('seq 1 200000; echo the-end\n');
		expect(await shell.failed()).toMatchObject({
			code: 'ssh-host-key-changed',
			params: { source: 'this connection' }
		});
		expect(shell.events.filter(({ kind }) => kind === 'ssh/host-key')).toHaveLength(1);
		await odd.says(/key exchange 2$/);
	});

	it.each(['root;id', '-oProxy', 'a'.repeat(300), '', 'a b'])(
		'H17 [login-invalid] refuses %j before it dials',
		async (login) => {
			const shell = node.open({ address, login });
			expect((await shell.failed()).code).toBe('login-invalid');
			expect(shell.events.map(({ kind }) => kind)).toEqual(['ssh/failed']);
		}
	);

	it('[node-not-found] refuses an address that is no peer', async () => {
		const shell = node.open({ address: '100.64.99.99', login: 'plain' });
		expect(await shell.failed()).toMatchObject({
			code: 'node-not-found',
			params: { node: '100.64.99.99' }
		});
	});

	describe('OpenSSH’s own', () => {
		let server: OpenSsh | undefined;

		beforeAll(async () => {
			server = await OpenSsh.start('plain-1');
			await odd.expose(tailnet.plain, server.port);
		});
		afterAll(() => server?.stop());

		/** Of the account with that login shell, up to its first question. */
		async function asked(shell: string, part: Partial<StartUp> = {}): Promise<Shell> {
			const { port = 0 } = server ?? {};
			const command = startLine({ command: '', folder: '', environment: [], ...part });
			const login = `demo-${shell}`;
			const size = { cols: 101, rows: 31 };
			const each = node.open({ address, login, port, size, ...(command && { command }) });
			await each.event('ssh/host-key');
			each.trust(true);
			return each;
		}

		/** The same, by its password. */
		async function begun(shell: string, part: Partial<StartUp> = {}): Promise<Shell> {
			const each = await asked(shell, part);
			await answerPrompts(each, [1], [server?.password ?? '']);
			return each;
		}

		it('begins a start-up with its folder and environment in whatever login shell', async () => {
			const value = String.raw`it's "a" \ \\b\n $HOME *!`;
			const shells = server?.shells ?? [];
			expect(shells).toContain('bash');
			await Promise.all(
				shells.map(async (shell) => {
					const each = await begun(shell, {
						command: `printf '<%s>\\n' "$GIVEN" "$PWD"; stty size; sh -c 'read x; exit $x'`,
						folder: '/usr/share',
						environment: [{ name: 'GIVEN', value }]
					});
					await each.output(/31 101/);
					const lines = each.text.split('\r\n');
					expect(lines, shell).toEqual(expect.arrayContaining([`<${value}>`, '</usr/share>']));
					each.type('5\r');
					expect((await each.event('ssh/exit')).exit).toEqual({ status: 5, signal: null });
				})
			);
		});

		it('is a login shell in its folder when there is no command', async () => {
			const each = await begun('bash', {
				folder: '~',
				environment: [{ name: 'LANG', value: 'C.UTF-8' }]
			});
			await each.opened();
			each.type('shopt -q login_shell && echo "login-$((40+2)) $PWD $LANG"; exit 3\r');
			await each.output(/login-42 \/home\/demo C\.UTF-8/);
			expect((await each.event('ssh/exit')).exit).toEqual({ status: 3, signal: null });
		});

		it('[ssh-shell-ended] tells a command that is not there, and a folder that is not', async () => {
			const each = await begun('bash', { command: 'not-there', folder: '/not/there' });
			expect((await each.failed()).params['reason']).toMatch(
				/^exit status 127: .*not-there: command not found/
			);
			expect(each.text).toContain('/not/there: No such file or directory');
		});

		it('ends with a command that is done at once', async () => {
			const each = await begun('bash', { command: 'echo done-$((40+2))' });
			expect((await each.event('ssh/exit')).exit).toEqual({ status: 0, signal: null });
			expect(each.text).toContain('done-42');
		});

		it('[ssh-auth-failed] tells that it disconnects after too many wrong passwords', async () => {
			const each = await asked('bash');
			await answerPrompts(each, [1, 2], ['wrong']);
			expect((await each.failed()).code).toBe('ssh-auth-failed');
		});
	});

	it('[ssh-connection-lost] tells a server that is gone', async () => {
		const shell = await trusted('-auth=none');
		await shell.opened();
		shell.type('echo ready $((40+2))\n');
		await shell.output(/ready 42/);
		await odd.stop();
		expect((await shell.failed()).code).toBe('ssh-connection-lost');
	});
});
