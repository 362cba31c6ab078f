// The DERP map of the control server, as far as it is believed; what the relay does with it.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { checkDerpMap } from '$lib/server/agent/derp-map';
import { AT_ONCE_MAX, byDistance, tcpMs } from '$lib/server/relay/distance';
import { RelayTargets } from '$lib/server/relay/targets';

const node = (host: string, port = 443, isInsecure = false) => ({ host, port, isInsecure });
const region = (id: number, ...nodes: ReturnType<typeof node>[]) => ({ id, code: `r${id}`, nodes });
const PUBLIC = { isLoopback: false, isHttp: false };

describe('N14', () => {
	test('insecure servers, impossible ports and names, and loopback are dropped, and named', () => {
		const { regions, dropped } = checkDerpMap(
			{
				regions: [
					region(1, node('derp1.example.com'), node('derp1b.example.com', 443, true)),
					region(2, node('derp2.example.com', 8443), node('127.0.0.1'), node('localhost')),
					region(3, node('a.example', 0), node('b.example', 70_000), node('c.example', 1.5)),
					region(4, node('evil.example/path'), node('user@evil.example'), node('')),
					region(0, node('derp.example.com')),
					region(70_000, node('derp.example.com'))
				]
			},
			PUBLIC
		);
		expect(regions.map(({ id, hosts }) => [id, ...hosts])).toEqual([
			[1, 'derp1.example.com:443'],
			[2, 'derp2.example.com:8443']
		]);
		expect(regions[1]?.origins).toEqual(['https://derp2.example.com:8443']);
		expect(dropped).toHaveLength(11);
		expect(dropped.join()).toContain('127.0.0.1: it is on loopback');
	});

	test.each([
		'localhost.',
		'LOCALHOST',
		'db.localhost',
		'0.0.0.0',
		'0',
		'2130706433',
		'0x7f000001',
		'0x7F.1',
		'0177.0.0.1',
		'127.1',
		'127.0.0.1.'
	])('%s is loopback, however it is written', (host) => {
		const map = { regions: [region(1, node(host))] };
		expect(checkDerpMap(map, PUBLIC)).toEqual({
			regions: [],
			dropped: [`region 1, ${host}: it is on loopback`]
		});
		expect(checkDerpMap(map, { isLoopback: true, isHttp: true }).dropped).toEqual([]);
	});

	test.each(['[::]', '[::1]', '1.2.3.4.5', '4294967296'])('%s is no host name', (host) => {
		const map = { regions: [region(1, node(host))] };
		expect(checkDerpMap(map, PUBLIC).dropped).toEqual([`region 1, ${host}: no host name`]);
	});

	test('10 000 nodes: a hundred are enough', () => {
		const many = Array.from({ length: 10_000 }, (_, i) => node(`derp${i}.example.com`));
		const { regions } = checkDerpMap({ regions: [region(1, ...many)] }, PUBLIC);
		expect(regions[0]?.hosts).toHaveLength(100);
		const regionsToo = Array.from({ length: 10_000 }, (_, i) =>
			region(i + 1, node('d.example.com'))
		);
		expect(checkDerpMap({ regions: regionsToo }, PUBLIC).regions).toHaveLength(100);
	});

	test('a tailnet on loopback may have its DERP there, in plain http', () => {
		const map = { regions: [region(999, node('127.0.0.1', 4423, true))] };
		expect(checkDerpMap(map, { isLoopback: true, isHttp: true }).regions[0]?.origins).toEqual([
			'http://127.0.0.1:4423'
		]);
		expect(checkDerpMap(map, PUBLIC).regions).toEqual([]);
	});
});

describe('the relay’s list', () => {
	const headscaleUrl = 'https://hs.example.com';
	const learnt = checkDerpMap(
		{
			regions: [region(5, node('derp.example.com')), region(999, node('hs.example.com'))]
		},
		PUBLIC
	).regions;

	/** ms by region's name; who is not in it cannot be reached. */
	const measured = (ms: Readonly<Record<string, number>>) => (origin: string) =>
		Promise.resolve(ms[new URL(origin).hostname] ?? Infinity);

	test('the default gives way to the map; an empty map changes nothing', async () => {
		const targets = new RelayTargets(
			{ headscaleUrl, derp: [{ region: 999, origin: headscaleUrl }], isDerpSet: false },
			measured({ 'derp.example.com': 1, 'hs.example.com': 2 })
		);
		await targets.learn([]);
		expect(targets.regions.map(({ id }) => id)).toEqual([999]);
		await targets.learn(learnt);
		expect(targets.regions).toEqual([
			{ id: 5, hosts: ['derp.example.com:443'] },
			{ id: 999, hosts: ['hs.example.com:443'] }
		]);
		expect(targets.byPath('/relay/derp/5')?.origins).toEqual(['https://derp.example.com']);
	});

	test('a region is served at once, the nearest first once that is known, and a newer map wins', async () => {
		const answers: ((ms: number) => void)[] = [];
		const targets = new RelayTargets({ headscaleUrl, derp: [], isDerpSet: false }, (origin) =>
			origin.includes('hs.') ? Promise.resolve(2) : new Promise((resolve) => answers.push(resolve))
		);
		const ids = () => targets.regions.map(({ id }) => id);
		const first = targets.learn(learnt);
		expect(ids()).toEqual([5, 999]);
		const second = targets.learn([...learnt].reverse());
		expect(ids()).toEqual([5, 999]);
		// Whatever is sent meanwhile, one map is looked at.
		expect(answers).toHaveLength(1);
		answers[0]?.(Infinity);
		await vi.waitFor(() => expect(answers).toHaveLength(2));
		expect(ids()).toEqual([5, 999]);
		answers[1]?.(Infinity);
		await Promise.all([first, second]);
		expect(ids()).toEqual([999, 5]);
		// The agent started anew: the same map, whose order is known.
		const third = targets.learn(learnt);
		expect(ids()).toEqual([999, 5]);
		answers[2]?.(1);
		await vi.waitFor(() => expect(answers).toHaveLength(4));
		answers[3]?.(1);
		await third;
		expect(ids()).toEqual([5, 999]);
	});

	test('N14 a hundred regions that nobody finds: a few are dialled at a time, and each once', async () => {
		const regions = checkDerpMap(
			{ regions: Array.from({ length: 100 }, (_, i) => region(i + 1, node(`derp${i}.example`))) },
			PUBLIC
		).regions;
		let running = 0;
		let most = 0;
		let dials = 0;
		const order = await byDistance(regions, async () => {
			dials += 1;
			most = Math.max(most, (running += 1));
			await Promise.resolve();
			running -= 1;
			return Infinity;
		});
		expect([most, dials]).toEqual([AT_ONCE_MAX, 100]);
		expect(order).toEqual(regions);
	});

	test('who cannot be reached comes last, and those that are as far keep their order', async () => {
		const regions = checkDerpMap(
			{ regions: ['a', 'b', 'c', 'd'].map((name, i) => region(i + 1, node(`${name}.example`))) },
			PUBLIC
		).regions;
		const order = await byDistance(regions, measured({ 'b.example': 9, 'd.example': 4 }));
		expect(order.map(({ id }) => id)).toEqual([4, 2, 1, 3]);
	});

	test('one that listens is nearer than one that does not', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
		expect(await tcpMs(origin)).toBeLessThan(Infinity);
		server.close();
		await once(server, 'close');
		expect(await tcpMs(origin)).toBe(Infinity);
	});

	test('a list that was set stays; the map only adds the names of its regions', async () => {
		const targets = new RelayTargets({
			headscaleUrl,
			derp: [{ region: 5, origin: 'https://derp.internal:8443' }],
			isDerpSet: true
		});
		await targets.learn(learnt);
		expect(targets.regions).toEqual([
			{ id: 5, hosts: ['derp.internal:8443', 'derp.example.com:443'] }
		]);
		expect(targets.byPath('/relay/derp/5')?.origins).toEqual(['https://derp.internal:8443']);
		expect(() => targets.byPath('/relay/derp/999')).toThrow(/no relay target/);
	});
});
