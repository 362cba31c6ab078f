// Shells on a real target with Tailscale SSH, through the Go node in Node.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoThread } from './go-thread';
import { TestTailnet } from './tailnet';

describe('a shell on a machine with Tailscale SSH', () => {
	let tailnet: TestTailnet;
	let node: GoThread;
	let address: string;

	beforeAll(async () => {
		({ tailnet, node, address } = await TestTailnet.withWeb());
	});
	afterAll(() => tailnet.stop());

	it('opens with the host key that the tailnet announces, and echoes', async () => {
		const shell = node.open({ address, login: tailnet.login });
		await shell.opened();
		expect(await shell.event('ssh/open')).toMatchObject({ verifiedBy: 'netmap' });
		shell.type('echo $((6*7)) $TERM\n');
		await shell.output(/42 xterm-256color/);
		// Through login(1) a target tells 0 whatever the shell said.
		shell.type('exit\n');
		expect((await shell.event('ssh/exit')).exit).toEqual({ status: 0, signal: null });
	});
});
