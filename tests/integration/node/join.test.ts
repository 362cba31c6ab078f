// Joining and leaving: keys, removal, what cannot be reached. Real Headscale, the Go node in Node.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../stack/process';
import { relayTo } from './bare-relay';
import { TestTailnet } from './tailnet';

describe('the own node', () => {
	let tailnet: TestTailnet;

	beforeAll(async () => {
		tailnet = await TestTailnet.start();
	});
	afterAll(() => tailnet.stop());

	it('tells its steps in order, then runs, and is gone after a logout', async () => {
		const node = await tailnet.thread();
		const { key } = await tailnet.key();
		const hostname = tailnet.hostname();
		await node.join({ controlUrl: tailnet.headscale.url, preAuthKey: key, hostname });
		const steps = node.events.flatMap((event) =>
			event.kind === 'node/phase' ? ('step' in event.phase ? event.phase.step : event.phase.at) : []
		);
		expect(steps).toEqual(['control', 'register', 'netmap', 'running']);
		expect(
			await node.until('netmap', (e) => (e.kind === 'node/netmap' ? e.netmap.own : undefined))
		).toMatchObject({ name: hostname, domain: 'tailnet.example' });
		const has = async (): Promise<boolean> =>
			(await tailnet.headscale.nodes()).some(({ name }) => name === hostname);
		expect(await has()).toBe(true);
		await node.logout();
		expect((await node.phase('stopped')).at).toBe('stopped');
		await waitFor(async () => !(await has()), { what: 'the node gone from Headscale' });
	});

	it('K6 [key-used] is told when the key has been used', async () => {
		const { key } = await tailnet.key();
		const first = await tailnet.thread();
		await first.join({
			controlUrl: tailnet.headscale.url,
			preAuthKey: key,
			hostname: tailnet.hostname()
		});
		const second = await tailnet.thread();
		await second.start({
			controlUrl: tailnet.headscale.url,
			preAuthKey: key,
			hostname: tailnet.hostname()
		});
		expect(await second.phase('failed', 'running')).toMatchObject({ error: { code: 'key-used' } });
	});

	it('K6 [key-expired] is told when the key has expired', async () => {
		const { id, key } = await tailnet.key();
		await tailnet.headscale.expirePreAuthKey(id);
		const node = await tailnet.thread();
		await node.start({
			controlUrl: tailnet.headscale.url,
			preAuthKey: key,
			hostname: tailnet.hostname()
		});
		expect(await node.phase('failed', 'running')).toMatchObject({ error: { code: 'key-expired' } });
	});

	it('K6 [key-refused] is told when Headscale does not know the key', async () => {
		const node = await tailnet.thread();
		await node.start({
			controlUrl: tailnet.headscale.url,
			preAuthKey: `hskey-auth-${'x'.repeat(12)}-${'y'.repeat(64)}`,
			hostname: tailnet.hostname()
		});
		expect(await node.phase('failed', 'running')).toMatchObject({ error: { code: 'key-refused' } });
	});

	it('N3 [node-removed] is told when an admin expires the node', async () => {
		const node = await tailnet.thread();
		const { key } = await tailnet.key();
		const hostname = tailnet.hostname();
		await node.join({ controlUrl: tailnet.headscale.url, preAuthKey: key, hostname });
		const own = (await tailnet.headscale.nodes()).find(({ name }) => name === hostname);
		await tailnet.headscale.expireNode(own?.id ?? '');
		expect(await node.phase('failed')).toMatchObject({ error: { code: 'node-removed' } });
	});

	it('[control-unreachable] names the leg when nothing answers', async () => {
		const node = await tailnet.thread();
		const { key } = await tailnet.key();
		await node.start({
			controlUrl: 'http://127.0.0.1:9',
			preAuthKey: key,
			hostname: tailnet.hostname()
		});
		expect(await node.phase('failed')).toMatchObject({
			error: { code: 'control-unreachable', params: { reason: 'no answer' } }
		});
	});

	it(
		'[node-join-timeout] ends a join that hangs, and says where',
		{ timeout: 60_000 },
		async () => {
			// Takes the request and never answers.
			const silent = createServer(() => undefined);
			await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
			const { port } = silent.address() as AddressInfo;
			const node = await tailnet.thread();
			const { key } = await tailnet.key();
			await node.start({
				controlUrl: `http://127.0.0.1:${String(port)}`,
				preAuthKey: key,
				hostname: tailnet.hostname()
			});
			expect(
				await node.until(
					'failed',
					(event) =>
						event.kind === 'node/phase' && event.phase.at === 'failed' ? event.phase : undefined,
					40_000
				)
			).toMatchObject({
				error: { code: 'node-join-timeout', params: { seconds: '30', step: 'control' } }
			});
			silent.closeAllConnections();
			silent.close();
		}
	);

	it('[derp-unknown-host] refuses a DERP host that the relay does not serve', async () => {
		const relay = await relayTo(tailnet.headscale.url);
		const node = await tailnet.thread();
		const { key } = await tailnet.key();
		await node.start({
			controlUrl: tailnet.headscale.url,
			preAuthKey: key,
			hostname: tailnet.hostname(),
			reach: {
				by: 'relay',
				origin: relay.origin,
				derp: [{ id: 999, hosts: ['derp.example:443'] }]
			}
		});
		expect(await node.phase('failed')).toMatchObject({
			error: { code: 'derp-unknown-host', params: { host: tailnet.headscale.derp.host } }
		});
		relay.stop();
	});
});
