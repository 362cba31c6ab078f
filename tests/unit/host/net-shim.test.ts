// Where an address of Go's leads, and what it may not reach.
import { describe, expect, it } from 'vitest';
import { route } from '../../../src/lib/host/net-shim';
import type { Reach } from '../../../src/lib/contracts/worker';

const relay: Reach = {
	by: 'relay',
	origin: 'https://tab.example:8443',
	derp: [
		{ id: 999, hosts: ['hs.example:443'] },
		{ id: 7, hosts: ['derp.example:3478', 'derp2.example:80'] }
	]
};
const at = (url: string, reach: Reach = relay, controlUrl = 'https://tab.example:8443') =>
	route({ url, reach, controlUrl, isWebSocket: url.startsWith('ws') });

describe('relayed', () => {
	it.each([
		[
			'wss://tab.example/ts2021?X-Tailscale-Handshake=abc',
			'wss://tab.example:8443/ts2021?X-Tailscale-Handshake=abc'
		],
		['https://tab.example:8443/key?v=100', 'https://tab.example:8443/key?v=100']
	])('control %s leads to the own origin with its port', (url, expected) => {
		expect(at(url)).toEqual({ to: 'control', url: expected });
	});

	it.each([
		['wss://hs.example/derp', 999],
		['wss://hs.example:443/derp', 999],
		['wss://derp.example:3478/derp', 7],
		['ws://derp2.example/derp', 7]
	])('DERP %s leads to its region', (url, id) => {
		expect(at(url)).toEqual({ to: 'derp', url: `wss://tab.example:8443/derp/${String(id)}` });
	});

	it.each([
		'wss://evil.example/derp',
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
			url: `wss://tab.example:8443/ts2021?X-Tailscale-Handshake=abc&node=${hostname}`
		});
		expect(named('wss://hs.example/derp')).toMatchObject({
			url: `wss://tab.example:8443/derp/999?node=${hostname}`
		});
		expect(named('https://tab.example/key?v=1')).toMatchObject({
			url: 'https://tab.example:8443/key?v=1'
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
