// Which DERP server answers Go's probes.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DerpProbes } from '../../../src/lib/host/derp-probe';

class FakeSocket {
	binaryType = '';
	onopen: (() => void) | null = null;
	onmessage: (() => void) | null = null;
	onerror: (() => void) | null = null;
	onclose: (() => void) | null = null;
	send = vi.fn();
	close = vi.fn();
}

const A = 'a.example';
const B = 'b.example';
const dead = (host: string) => ({ url: `wss://${host}/derp`, hasHeard: false });

describe('N4 probes of DERP servers', () => {
	let dialled: { readonly url: string; readonly socket: FakeSocket }[];
	let probes: DerpProbes;
	let placeOf: (host: string) => number | null;

	beforeEach(() => {
		dialled = [];
		placeOf = () => 0;
		probes = new DerpProbes(
			(url) => {
				const socket = new FakeSocket();
				dialled.push({ url, socket });
				return socket;
			},
			(host) => placeOf(host)
		);
	});
	/** The answer when the dial of it ends like this. */
	const answers = async (host: string, end: (socket: FakeSocket) => void, signal?: AbortSignal) => {
		const answer = probes.answers(host, signal);
		const last = dialled.at(-1);
		if (last === undefined) throw new Error('not dialled');
		end(last.socket);
		return answer;
	};

	it('one region answers, undialled, and the others not: Go stays where it is', async () => {
		expect(await probes.answers(A)).toBe(true);
		expect(await probes.answers(B)).toBe(false);
		expect(await probes.answers(A)).toBe(true);
		expect(dialled).toEqual([]);
	});

	it('a connection that was cut, and stands again, changes nothing', async () => {
		await probes.answers(A);
		probes.ended(A, { ...dead(A), hasHeard: true });
		expect(await probes.answers(A)).toBe(true);
		expect(await probes.answers(B)).toBe(false);
	});

	it('one whose connection brings nothing is dialled: dead, it gives its place to the next', async () => {
		await probes.answers(A);
		probes.ended(A, dead(A));
		expect(await answers(A, (socket) => socket.onclose?.())).toBe(false);
		expect(dialled.map(({ url }) => url)).toEqual(['wss://a.example/derp']);
		expect(await probes.answers(B)).toBe(true);
		// Heard again, it does not call Go back.
		probes.heard(A);
		expect(await probes.answers(A)).toBe(false);
	});

	it('bytes alone are a life sign, and then it is home', async () => {
		probes.ended(A, dead(A));
		expect(
			await answers(A, (socket) => {
				socket.onopen?.();
				socket.onmessage?.();
			})
		).toBe(true);
		expect(dialled.at(-1)?.socket.close).toHaveBeenCalledOnce();
		expect(await probes.answers(B)).toBe(false);
	});

	it('of two that are dialled at once the first heard is home', async () => {
		probes.ended(A, dead(A));
		probes.ended(B, dead(B));
		const both = [probes.answers(A), probes.answers(B)];
		dialled[1]?.socket.onmessage?.();
		dialled[0]?.socket.onmessage?.();
		expect(await Promise.all(both)).toEqual([false, true]);
	});

	it('one that accepts and says nothing is given up with Go’s own wait', async () => {
		probes.ended(A, dead(A));
		const wait = new AbortController();
		expect(await answers(A, () => wait.abort(), wait.signal)).toBe(false);
		expect(dialled.at(-1)?.socket.close).toHaveBeenCalledOnce();
	});

	it('of several that are asked the first in the server’s order is home, whoever is asked first', async () => {
		placeOf = (host) => [A, B].indexOf(host);
		expect(await Promise.all([probes.answers(B), probes.answers(A)])).toEqual([false, true]);
	});

	it('one that is no way never answers, first asked or alone', async () => {
		placeOf = (host) => (host === A ? null : 0);
		expect(await Promise.all([probes.answers(A), probes.answers(B)])).toEqual([false, true]);
		probes.ended(B, dead(B));
		expect(await probes.answers(A)).toBe(false);
	});

	it('one that Go has given up before its turn is not dialled, and no home', async () => {
		placeOf = (host) => [A, B].indexOf(host);
		probes.ended(B, dead(B));
		const wait = new AbortController();
		const given = probes.answers(B, wait.signal);
		wait.abort();
		expect(await probes.answers(A)).toBe(true);
		probes.ended(A, { ...dead(A), hasHeard: true });
		expect(await given).toBe(false);
		expect(dialled).toEqual([]);
	});

	it('one that is asked alone answers, whatever its place', async () => {
		placeOf = () => 40;
		vi.useFakeTimers();
		const answer = probes.answers(B);
		await vi.runAllTimersAsync();
		expect(await answer).toBe(true);
		vi.useRealTimers();
	});
});
