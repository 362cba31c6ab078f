// Calls to the app server: what they send, and what their failures become.
import { describe, expect, it, vi } from 'vitest';
import { API_TIMEOUT_MS, createApi } from '$lib/client/api';
import type { Clock } from '$lib/client/clock';
import { FakeClock } from './fakes';

const ORIGIN = 'https://tab.example';
const answer = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);
const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
	answer(
		{ code, message: 'm', remedy: 'r', id: 'abc', retryable: true, docs: '' },
		{ status, headers }
	);

const instantClock: Clock = {
	now: () => 0,
	setTimeout: (run) => {
		queueMicrotask(run);
		return setTimeout(() => undefined, 0);
	},
	clearTimeout: (timer) => {
		clearTimeout(timer);
	}
};

function setup(...answers: readonly (Response | Error)[]) {
	const queue = [...answers];
	const fetch = vi.fn<typeof globalThis.fetch>(() => {
		const next = queue.shift();
		if (next instanceof Response) return Promise.resolve(next);
		return Promise.reject(next ?? new Error('no more answers'));
	});
	const sendBeacon = vi.fn(() => true);
	return {
		api: createApi({ fetch, origin: ORIGIN, sendBeacon, clock: instantClock }),
		fetch,
		sendBeacon
	};
}

const KEY = {
	preAuthKey: 'hskey-auth-x',
	expiresAtMs: 5,
	hostname: 'headtab-a',
	headscaleUrl: 'https://hs.example',
	mode: 'relay',
	derp: [{ id: 999, hosts: ['hs.example:443'] }, { id: 'x' }]
};

describe('createApi', () => {
	it('asks for a key with an empty JSON body and gives the answer back', async () => {
		const { api, fetch } = setup(answer(KEY));
		const key = await api.issueKey(new AbortController().signal);
		expect(key).toEqual({ ...KEY, derp: [{ id: 999, hosts: ['hs.example:443'] }] });
		const [path, init] = fetch.mock.calls[0] ?? [];
		expect(path).toBe('/api/keys');
		expect(init).toMatchObject({ method: 'POST', body: '{}', credentials: 'same-origin' });
	});

	it('[server-unreachable] names the origin when the network fails', async () => {
		const { api } = setup(new TypeError('Failed to fetch'));
		await expect(api.session()).rejects.toMatchObject({
			code: 'server-unreachable',
			params: { origin: ORIGIN }
		});
	});

	it('[server-unreachable] a network that went silent is waited for a minute', async () => {
		const clock = new FakeClock();
		const silent = vi.fn<typeof globalThis.fetch>(
			(_, init) =>
				new Promise((_resolve, reject) => {
					init?.signal?.addEventListener('abort', () => {
						reject(init.signal?.reason as Error);
					});
				})
		);
		const api = createApi({ fetch: silent, origin: ORIGIN, sendBeacon: () => true, clock });
		const stop = new AbortController();
		const left = api.issueKey(stop.signal);
		stop.abort();
		await expect(left).rejects.toMatchObject({ name: 'AbortError' });
		const asked = api.issueKey(new AbortController().signal);
		clock.advance(API_TIMEOUT_MS);
		await expect(asked).rejects.toMatchObject({ code: 'server-unreachable' });
		expect(clock.pending).toBe(0);
	});

	it('[server-unreachable] when something else answers in the server’s place', async () => {
		const { api } = setup(
			new Response('<html>', { status: 200 }),
			new Response('<html>', { status: 502 })
		);
		await expect(api.session()).rejects.toMatchObject({ code: 'server-unreachable' });
		await expect(api.session()).rejects.toMatchObject({ code: 'server-unreachable' });
	});

	it('[session-ended] hands on the code and id of a problem', async () => {
		const { api } = setup(problem('session-ended', 401));
		await expect(api.relink()).rejects.toMatchObject({ code: 'session-ended', id: 'abc' });
	});

	it('K7 waits as long as the server says, then goes on', async () => {
		const { api, fetch } = setup(problem('rate-limited', 429, { 'retry-after': '2' }), answer(KEY));
		await expect(api.issueKey(new AbortController().signal)).resolves.toMatchObject({
			hostname: 'headtab-a'
		});
		expect(fetch).toHaveBeenCalledTimes(2);
	});

	it('[rate-limited] tells a long wait instead of waiting', async () => {
		const { api } = setup(problem('rate-limited', 429, { 'retry-after': '600' }));
		await expect(api.issueKey(new AbortController().signal)).rejects.toMatchObject({
			code: 'rate-limited',
			params: { seconds: '600' }
		});
	});

	it('lets an abort pass as it is', async () => {
		const { api } = setup(new DOMException('aborted', 'AbortError'));
		await expect(api.session()).rejects.toMatchObject({ name: 'AbortError' });
	});

	it('reads why the relay refuses as the error that it is', async () => {
		const error = { code: 'control-unreachable', params: { reason: 'a web page' }, id: 'abc' };
		const { api, fetch } = setup(
			answer({ isReachable: false, error: { ...error, message: 'm', remedy: 'r' } }),
			answer({ isReachable: true, error: null })
		);
		const { signal } = new AbortController();
		expect(await api.relayCheck('derp-999', signal)).toEqual(error);
		expect(fetch.mock.calls[0]?.[0]).toBe('/api/relay/check?target=derp-999');
		expect(await api.relayCheck('control', signal)).toBeNull();
	});

	it('leaves by beacon, or by a request that outlives the page', async () => {
		const { api, sendBeacon, fetch } = setup(new Response(null, { status: 204 }));
		api.leave('headtab-a');
		expect(sendBeacon).toHaveBeenCalledOnce();
		expect(fetch).not.toHaveBeenCalled();
		sendBeacon.mockReturnValue(false);
		api.leave('headtab-a');
		expect(fetch.mock.calls[0]?.[1]).toMatchObject({ keepalive: true, method: 'POST' });
		await Promise.resolve();
	});
});
