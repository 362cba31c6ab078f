// What the tailnet's policy lets a person do on a machine with Tailscale SSH: the target's own words
// become codes. Real Headscale, real tailscaled; and what a shell there can do.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SSH_IN_FLIGHT_MAX_BYTES } from '../../../src/lib/contracts/limits';
import type { GoThread } from './go-thread';
import { OPEN_POLICY, TestTailnet } from './tailnet';

describe('Tailscale SSH', () => {
	let tailnet: TestTailnet;
	let node: GoThread;
	let address: string;

	beforeAll(async () => {
		({ tailnet, node, address } = await TestTailnet.withWeb());
	});
	afterAll(() => tailnet.stop());

	async function shell(login = tailnet.login) {
		const opened = node.open({ address, login });
		await opened.opened();
		return opened;
	}

	it('shows the peer as Headscale knows it', async () => {
		const peer = await node.peer('web-1');
		expect(peer).toMatchObject({
			dnsName: 'web-1.tailnet.example',
			isOnline: true,
			hasTailscaleSsh: true,
			os: 'linux',
			tags: ['tag:web'],
			owner: ''
		});
		expect(peer.hostKeys.map(({ type }) => type)).toContain('ssh-ed25519');
		expect(peer.addresses).toHaveLength(2);
	});

	it('carries many sessions over the one node', async () => {
		const shells = await Promise.all(Array.from({ length: 5 }, () => shell()));
		await Promise.all(
			shells.map(async (each, i) => {
				each.type(`echo session-$((${String(i)}+100))\n`);
				await each.output(new RegExp(`session-${String(100 + i)}`));
			})
		);
		expect((await node.stats()).sshSessions).toBe(5);
		for (const each of shells) each.close();
		await Promise.all(shells.map((each) => each.event('ssh/exit')));
	});

	it('tells the PTY its new size', async () => {
		const each = await shell();
		each.resize(120, 40);
		// The server takes sizes and input by different ways.
		each.type('until [ "$(stty size)" = "40 120" ]; do :; done; echo size-$((40+2))\n');
		await each.output(/size-42/);
		each.close();
	});

	it('brings 1 MB of input through without loss, and says what SSH has taken', async () => {
		const each = await shell();
		const bytes = new Uint8Array(1_000_000);
		for (let i = 0; i < bytes.length; i += 1) bytes[i] = (i * 7919 + (i >> 8)) & 0xff;
		each.type(`stty raw -echo; echo go-$((1+1)); head -c ${String(bytes.length)} | sha256sum\n`);
		await each.output(/go-2/);
		for (let at = 0; at < bytes.length; at += 16_384) each.input(bytes.slice(at, at + 16_384));
		const [hash] = await each.output(/[0-9a-f]{64}/, 45_000);
		expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
		expect(each.ackedInputBytes).toBeGreaterThanOrEqual(bytes.length);
		each.close();
	});

	it('H10 stops at the credit of a window that draws nothing, then goes on without loss', async () => {
		const each = await shell();
		each.type('stty -echo\n');
		each.isDrawing = false;
		each.type('seq 1 200000; echo the-end\n');
		await each.until('credit is used up', () =>
			each.receivedBytes >= SSH_IN_FLIGHT_MAX_BYTES * 0.9 ? true : undefined
		);
		expect(each.receivedBytes).toBeLessThanOrEqual(SSH_IN_FLIGHT_MAX_BYTES);
		each.isDrawing = true;
		each.draw(true);
		await each.output(/the-end/, 45_000);
		const lines = Buffer.from(each.takeBytes())
			.toString('latin1')
			.split(/\r?\n/)
			.filter((line) => /^\d+$/.test(line));
		expect(lines).toEqual(Array.from({ length: 200_000 }, (_, i) => String(i + 1)));
		each.close();
	});

	it('H1 [ssh-login-unknown] names a Linux user that is not there', async () => {
		const refused = node.open({ address, login: 'nobody-here' });
		expect(await refused.failed()).toMatchObject({
			code: 'ssh-login-unknown',
			params: { node: 'web-1', login: 'nobody-here' }
		});
	});

	it('H1 [ssh-policy-denies-login] names a user that the rule does not list', async () => {
		await tailnet.headscale.setPolicy(OPEN_POLICY.replace(', "root"', ''));
		// The target learns of it by its own netmap: until then it lets root in.
		await expect
			.poll(
				async () => {
					const each = node.open({ address, login: 'root' });
					const end = await each.until('an end', () =>
						each.events.find(({ kind }) => kind === 'ssh/open' || kind === 'ssh/failed')
					);
					each.close();
					return end.kind === 'ssh/failed' ? end.error.code : end.kind;
				},
				{ timeout: 20_000 }
			)
			.toBe('ssh-policy-denies-login');
	});

	it('H16 [ssh-access-revoked] tells when the policy ends a running session', async () => {
		const each = await shell();
		each.type('echo be-$((1+1))\n');
		await each.output(/be-2/);
		await tailnet.headscale.setPolicy(
			OPEN_POLICY.replace('"dst": ["tag:web"],', '"dst": ["tag:plain"],')
		);
		expect((await each.failed()).code).toBe('ssh-access-revoked');
	});

	it('H1 [ssh-policy-denies-node] names a machine without a rule', async () => {
		const refused = node.open({ address, login: tailnet.login });
		expect(await refused.failed()).toMatchObject({
			code: 'ssh-policy-denies-node',
			params: { node: 'web-1', login: tailnet.login }
		});
	});

	it('[node-offline] says when the machine was last seen, once it is gone', async () => {
		await tailnet.headscale.setPolicy(OPEN_POLICY);
		await tailnet.web.stop();
		await node.peer('web-1', (peer) => !peer.isOnline);
		const refused = node.open({ address, login: tailnet.login });
		const error = await refused.failed();
		expect(error).toMatchObject({ code: 'node-offline', params: { node: 'web-1' } });
		expect(Date.parse(error.params['lastSeen'] ?? '')).toBeGreaterThan(Date.now() - 120_000);
	});
});
