// What the policy lets through without a word, checks, and the end of the engine. Real Headscale and
// targets, the Go node in Node.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoThread } from './go-thread';
import { OPEN_POLICY, TestTailnet } from './tailnet';

describe('a target that does not simply answer', () => {
	let tailnet: TestTailnet;
	let node: GoThread;
	let address: string;

	beforeAll(async () => {
		({ tailnet, node, address } = await TestTailnet.withWeb());
	});
	afterAll(() => tailnet.stop());

	it('H2 shows the link of an additional check, which leads to Headscale', async () => {
		await tailnet.headscale.setPolicy(
			OPEN_POLICY.replace(
				'"action": "accept", "src": ["alice@"], "dst": ["tag:web"],',
				'"action": "check", "src": ["alice@"], "dst": ["tag:web"],'
			)
		);
		// The target learns of it by its own netmap: until then it opens at once.
		await expect
			.poll(
				async () => {
					const shell = node.open({ address, login: tailnet.login });
					const first = await shell.until('a banner or an end', () =>
						shell.events.find(
							({ kind }) => kind === 'ssh/banner' || kind === 'ssh/open' || kind === 'ssh/failed'
						)
					);
					shell.close();
					return first.kind === 'ssh/banner' ? first.checkUrl : first.kind;
				},
				{ timeout: 20_000 }
			)
			.toMatch(new RegExp(`^${tailnet.headscale.url}/`));
	});

	// Each try takes the 12 s of a dial, and the target learns of the policy by its own netmap.
	it('H5 [tcp-timeout] tells a port that the policy drops', { timeout: 90_000 }, async () => {
		await tailnet.headscale.setPolicy(
			OPEN_POLICY.replace('"tag:web:*", "tag:plain:*"', '"tag:web:9", "tag:plain:9"')
		);
		await expect
			.poll(
				async () => {
					const shell = node.open({ address, login: tailnet.login });
					const end = await shell.until('an end', () =>
						shell.events.find(({ kind }) => kind === 'ssh/banner' || kind === 'ssh/failed')
					);
					shell.close();
					return end.kind === 'ssh/failed' ? end.error : end.kind;
				},
				{ timeout: 70_000 }
			)
			.toMatchObject({ code: 'tcp-timeout', params: { node: 'web-1', seconds: '12' } });
	});

	it('N11 [wasm-crashed] tells every session when the engine stops', async () => {
		const waiting = node.open({ address, login: tailnet.login });
		await waiting.event('ssh/step');
		// Not a message that the window can send: Go panics at what it cannot read.
		node.open({ address, login: tailnet.login, port: 1.5 });
		const crash = await node.until('the crash', (event) =>
			event.kind === 'wasm/crashed' ? event : undefined
		);
		expect(crash.error.code).toBe('wasm-crashed');
		expect(crash.detail).toContain('open: ');
		expect((await waiting.failed()).code).toBe('wasm-crashed');
	});
});
