// The machines: the netmap, and the remembered list until it is there.
import { flushSync } from 'svelte';
import { describe, expect, it } from 'vitest';
import { PeerList } from '$lib/client/peers/peer-list.svelte';
import { nodeId, nodeName } from '$lib/contracts/ids';
import type { Netmap } from '$lib/contracts/tailnet';
import { AppDatabase } from '$lib/storage/db';
import { PeersStore } from '$lib/storage/peers';
import { netmap, peer, settle } from '../fakes';

class FakeNode {
	netmap: Netmap | null = $state.raw(null);
}

async function setup() {
	const storage = new PeersStore(new AppDatabase(null));
	await storage.save([peer({ name: nodeName('old-1') })], 77);
	const node = new FakeNode();
	const list = new PeerList({ node, storage, now: () => 1_000_000 });
	await settle();
	flushSync();
	return { storage, node, list };
}

describe('PeerList', () => {
	it('shows the remembered list with its age until the netmap is there, then keeps the new one', async () => {
		const { storage, node, list } = await setup();
		expect(list.isLive).toBe(false);
		expect(list.savedAtMs).toBe(77);
		expect(list.byName('old-1')?.name).toBe('old-1');
		node.netmap = netmap(peer());
		flushSync();
		await settle();
		expect(list.isLive).toBe(true);
		expect(list.byName('old-1')).toBeNull();
		expect(list.byName('web-1')?.addresses).toEqual(['100.64.0.7']);
		expect((await storage.load())?.peers.map(({ name }) => name)).toEqual(['web-1']);
		list.dispose();
	});

	it('N12 takes no peers, five thousand of them, and names that are not ours', async () => {
		const { node, list } = await setup();
		node.netmap = netmap();
		expect(list.peers).toEqual([]);
		node.netmap = netmap(
			...Array.from({ length: 5000 }, (_, index) =>
				peer({ id: nodeId(String(index)), name: nodeName(`n-${index}`) })
			),
			peer({ name: nodeName(`<b>${String.fromCodePoint(0x202e)}`) })
		);
		expect(list.peers).toHaveLength(5001);
		expect(list.byName('n-4999')?.id).toBe('4999');
		list.dispose();
	});
});
