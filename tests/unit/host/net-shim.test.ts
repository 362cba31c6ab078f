// Where an address of Go's leads, and what it may not reach.
import { describe, expect, it, vi } from 'vitest';
import { goNet, route } from '../../../src/lib/host/net-shim';
import type { Reach } from '../../../src/lib/contracts/worker';

const relay = {
	by: 'relay',
	origin: 'https://tab.example:8443',
	derp: [
		{ id: 999, hosts: ['hs.example:443'] },
		{ id: 7, hosts: ['derp.example:3478', 'derp2.example:80'] }
	]
} as const satisfies Reach;
const at = (url: string, reach: Reach = relay, controlUrl = 'https://tab.example:8443') =>
	route({ url, reach, controlUrl, isWebSocket: url.startsWith('ws') });

describe('relayed', () => {
	it.each([
		[
			'wss://tab.example/ts2021?X-Tailscale-Handshake=abc',
			'wss://tab.example:8443/relay/ts2021?X-Tailscale-Handshake=abc'
		],
		['https://tab.example:8443/key?v=100', 'https://tab.example:8443/relay/key?v=100']
	])('control %s leads to the own origin with its port', (url, expected) => {
		expect(at(url)).toEqual({ to: 'control', url: expected });
	});

	it.each([
		['wss://hs.example/derp', 999],
		['wss://hs.example:443/derp', 999],
		['wss://derp.example:3478/derp', 7],
		['ws://derp2.example/derp', 7]
	])('DERP %s leads to its region', (url, id) => {
		expect(at(url)).toEqual({ to: 'derp', url: `wss://tab.example:8443/relay/derp/${String(id)}` });
	});

	it.each([
		'wss://evil.example/derp',
		// A host of the DERP map that makes no address at all.
		'wss://a b/derp',
		'wss://hs.example:444/derp',
		'https://hs.example/other',
		'wss://evil.example/ts2021',
		'http://169.254.169.254/latest/meta-data'
	])('[derp-unknown-host] %s is refused', (url) => {
		expect(at(url)).toMatchObject({ to: 'refused', error: { code: 'derp-unknown-host' } });
	});

	it('the relay is told the window’s node, which its list of live windows needs', () => {
		const hostname = 'headtab-abcdefgh-abcdefgh-abcdefghij';
		const named = (url: string, reach: Reach = relay) =>
			route({
				url,
				reach,
				controlUrl: 'https://tab.example:8443',
				isWebSocket: url.startsWith('ws'),
				hostname
			});
		expect(named('wss://tab.example/ts2021?X-Tailscale-Handshake=abc')).toMatchObject({
			url: `wss://tab.example:8443/relay/ts2021?X-Tailscale-Handshake=abc&node=${hostname}`
		});
		expect(named('wss://hs.example/derp')).toMatchObject({
			url: `wss://tab.example:8443/relay/derp/999?node=${hostname}`
		});
		expect(named('https://tab.example/key?v=1')).toMatchObject({
			url: 'https://tab.example:8443/relay/key?v=1'
		});
		expect(named('wss://hs.example/derp', { by: 'direct' })).toMatchObject({
			url: 'wss://hs.example/derp'
		});
	});

	it('a probe never leaves', () => {
		expect(at('https://hs.example/derp/probe')).toEqual({ to: 'probe' });
	});
});

describe('direct', () => {
	const direct: Reach = { by: 'direct' };

	it('gives control its port back, which Go drops', () => {
		expect(at('wss://hs.example/ts2021?h=1', direct, 'https://hs.example:8443')).toEqual({
			to: 'control',
			url: 'wss://hs.example:8443/ts2021?h=1'
		});
	});

	it('lets any DERP be', () => {
		const url = 'wss://derp.example:3478/derp';
		expect(at(url, direct, 'https://hs.example')).toEqual({ to: 'derp', url });
	});
});

describe('the connections that Go has', () => {
	class FakeSocket {
		binaryType = '';
		onopen: (() => void) | null = null;
		onmessage: ((event: { data: unknown }) => void) | null = null;
		onerror: (() => void) | null = null;
		onclose: ((event: { code: number; reason?: string }) => void) | null = null;
		send = vi.fn();
		close = vi.fn();
	}

	function setUp() {
		const sockets: FakeSocket[] = [];
		const told: string[] = [];
		const handle = goNet({
			platform: {
				connect: () => {
					const socket = new FakeSocket();
					sockets.push(socket);
					return socket;
				},
				fetch: () => Promise.reject(new TypeError('no network')),
				later: (run) => {
					run();
				}
			},
			events: {
				onControl: (state, reason) => void told.push(`control ${state} ${reason}`.trim()),
				onDerp: (isOpen) => void told.push(`derp ${String(isOpen)}`),
				onRefused: () => void told.push('refused')
			},
			target: () => ({ reach: relay, controlUrl: relay.origin, hostname: 'headtab-x' })
		});
		const dial = (host: string): FakeSocket => {
			handle.net.headtabSocket(`wss://${host}/derp`, 'derp', () => undefined);
			const socket = sockets.at(-1);
			if (socket === undefined) throw new Error('not dialled');
			return socket;
		};
		return { handle, sockets, told, dial };
	}

	it('tell when the first of DERP opens and the last of it closes', () => {
		const { told, dial } = setUp();
		const one = dial('hs.example');
		const two = dial('derp.example:3478');
		expect(told).toEqual([]);
		one.onopen?.();
		two.onopen?.();
		one.onclose?.({ code: 1006 });
		expect(told).toEqual(['derp true']);
		two.onclose?.({ code: 1006 });
		expect(told).toEqual(['derp true', 'derp false']);
	});

	it('N6 are hung up where nothing was heard, and all of them after a sleep', async () => {
		const { handle, sockets, told, dial } = setUp();
		vi.useFakeTimers({ toFake: ['performance'] });
		try {
			const silent = dial('hs.example');
			const heard = dial('derp.example:3478');
			silent.onopen?.();
			heard.onopen?.();
			vi.advanceTimersByTime(6_000);
			heard.onmessage?.({ data: new ArrayBuffer(1) });
			handle.hangUp(5_000);
			await Promise.resolve();
			expect([silent.close.mock.calls.length, heard.close.mock.calls.length]).toEqual([1, 0]);
			Reflect.construct(handle.net.WebSocket, [`${relay.origin.replace('http', 'ws')}/ts2021`]);
			handle.hangUp(0);
			await Promise.resolve();
			expect(sockets.map(({ close }) => close.mock.calls.length)).toEqual([1, 1, 1]);
			expect(told).toEqual(['derp true', 'derp false']);
		} finally {
			vi.useRealTimers();
		}
	});

	it('N4 a region whose server is not heard fails Go’s probes, and another is home from then on', async () => {
		const { handle, sockets, dial } = setUp();
		const probe = (host: string) =>
			handle.net.fetch(`https://${host}/derp/probe`).then(
				({ status }) => status,
				() => 'no answer'
			);
		// Of the DERP map, and not the relay's: as home it could not be dialled.
		expect(await probe('other.example')).toBe('no answer');
		expect(await probe('hs.example')).toBe(200);
		const first = dial('hs.example');
		first.onopen?.();
		first.onmessage?.({ data: new ArrayBuffer(1) });
		first.onclose?.({ code: 1006 });
		// One that spoke may only have been cut.
		expect(await probe('hs.example')).toBe(200);
		expect(await probe('derp.example')).toBe('no answer');
		// The relay accepts, and then tells that nobody is there.
		const second = dial('hs.example');
		second.onopen?.();
		second.onclose?.({ code: 4502, reason: 'derp-unreachable' });
		const dead = probe('hs.example');
		sockets.at(-1)?.onopen?.();
		sockets.at(-1)?.onclose?.({ code: 4502 });
		expect(await dead).toBe('no answer');
		expect(await probe('derp.example')).toBe(200);
		expect(sockets).toHaveLength(3);
	});

	it('[derp-unknown-host] ends the node before there is DERP; later it is a machine’s alone', () => {
		const { handle, told, dial } = setUp();
		const closes: string[] = [];
		const dialOther = () =>
			handle.net.headtabSocket('wss://other.example/derp', 'derp', (kind) => closes.push(kind));
		dialOther();
		expect(told).toEqual(['refused']);
		const home = dial('hs.example');
		dialOther();
		home.onclose?.({ code: 4502 });
		dialOther();
		expect(told).toEqual(['refused', 'refused']);
		const again = dial('hs.example');
		again.onopen?.();
		again.onmessage?.({ data: new ArrayBuffer(1) });
		again.onclose?.({ code: 1006 });
		dialOther();
		expect(told).toEqual(['refused', 'refused', 'derp true', 'derp false']);
	});

	it('[derp-unknown-host] ends the node when its home becomes one that is not relayed, and not in an outage', () => {
		const { handle, told, dial } = setUp();
		const refused = () => told.filter((word) => word === 'refused').length;
		const dialOther = () =>
			handle.net.headtabSocket('wss://other.example/derp', 'derp', () => undefined);
		vi.useFakeTimers({ toFake: ['performance'] });
		try {
			const home = dial('hs.example');
			home.onopen?.();
			home.onmessage?.({ data: new ArrayBuffer(1) });
			vi.advanceTimersByTime(600_000);
			dialOther();
			home.onclose?.({ code: 1006 });
			// Go dials what it lost, as long as that is its home.
			for (let tries = 0; tries < 20; tries += 1) {
				vi.advanceTimersByTime(5_000);
				dial('hs.example').onclose?.({ code: 4502 });
				dialOther();
			}
			expect(refused()).toBe(0);
			vi.advanceTimersByTime(31_000);
			dialOther();
			expect(refused()).toBe(1);
		} finally {
			vi.useRealTimers();
		}
	});

	it('R4 control that the relay opens only to say why it cannot has failed', () => {
		const { handle, sockets, told } = setUp();
		const dialControl = (): FakeSocket => {
			Reflect.construct(handle.net.WebSocket, [`${relay.origin.replace('http', 'ws')}/ts2021`]);
			const socket = sockets.at(-1);
			if (socket === undefined) throw new Error('not dialled');
			return socket;
		};
		const refused = dialControl();
		refused.onopen?.();
		refused.onclose?.({ code: 4502, reason: 'control-unreachable' });
		const closed = dialControl();
		closed.onopen?.();
		closed.onclose?.({ code: 1012 });
		dialControl().onclose?.({ code: 1006 });
		expect(told).toEqual([
			'control open',
			'control closed code 4502 control-unreachable',
			'control failed the app server cannot reach it',
			'control open',
			'control closed code 1012',
			'control failed code 1006'
		]);
	});
});
