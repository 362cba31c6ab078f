// The window's own node: from the module to `running`, its key, and its ends.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DOWNLOAD_STALL_MS, NodeClient } from '$lib/client/node/node-client.svelte';
import { AppError } from '$lib/contracts/app-error';
import { CONFIG, fakeApi, FakeClock, FakeWorker, netmap, peer, settle } from '../fakes';

function setup(config = CONFIG) {
	const workers: FakeWorker[] = [];
	const api = fakeApi();
	const clock = new FakeClock();
	const client = new NodeClient({
		config,
		api,
		clock,
		createWorker: () => {
			const worker = new FakeWorker();
			workers.push(worker);
			return worker;
		}
	});
	const worker = () => {
		const last = workers.at(-1);
		if (last === undefined) throw new Error('no worker');
		return last;
	};
	/** From `start` to `node/start`. */
	const join = async () => {
		worker().reply('wasm/load');
		await settle();
		worker().reply('node/start');
		await settle();
	};
	return { client, api, clock, workers, worker, join };
}

afterEach(() => {
	vi.restoreAllMocks();
	performance.clearMarks();
});

describe('NodeClient', () => {
	it('asks for the key only when the module has arrived, and hands it over once', async () => {
		const { client, api, worker, join } = setup();
		client.start();
		await settle();
		expect(worker().kinds()).toEqual(['wasm/load']);
		worker().emit({ kind: 'wasm/progress', loadedBytes: 5, totalBytes: null });
		await settle();
		expect(api.calls).toEqual([]);
		await join();
		expect(api.calls).toEqual(['key']);
		const start = worker().sent.find(({ kind }) => kind === 'node/start');
		expect(start).toMatchObject({
			start: {
				controlUrl: 'https://tab.example',
				preAuthKey: 'hskey-auth-x',
				hostname: 'headtab-abc'
			},
			reach: { by: 'relay', origin: 'https://tab.example' }
		});
		expect(JSON.stringify(client)).not.toContain('hskey-auth');
	});

	it('asks for the key while the module is compiled, once its last byte is here', async () => {
		const { client, api, worker, join } = setup();
		client.start();
		await settle();
		worker().emit({
			kind: 'wasm/progress',
			loadedBytes: CONFIG.wasm?.sizeBytes ?? 0,
			totalBytes: null
		});
		await settle();
		expect(api.calls).toEqual(['key']);
		expect(client.phase).toEqual({ at: 'joining', step: 'wasm' });
		await join();
		expect(api.calls).toEqual(['key']);
		expect(worker().kinds()).toEqual(['wasm/load', 'node/start']);
	});

	it('[server-unreachable] a download that stands still is broken off and tried again, compiling is not', async () => {
		const { client, api, clock, worker, workers, join } = setup();
		const bytes = CONFIG.wasm?.sizeBytes ?? 0;
		client.start();
		await settle();
		clock.advance(DOWNLOAD_STALL_MS - 1);
		worker().emit({ kind: 'wasm/progress', loadedBytes: bytes - 1, totalBytes: null });
		clock.advance(DOWNLOAD_STALL_MS - 1);
		expect(client.phase).toEqual({ at: 'joining', step: 'wasm' });
		clock.advance(1);
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'server-unreachable' } });
		expect(api.calls).toEqual([]);
		clock.advance((client.nextTryAtMs ?? Infinity) - clock.now());
		await settle();
		expect(workers).toHaveLength(2);
		worker().emit({ kind: 'wasm/progress', loadedBytes: bytes, totalBytes: null });
		clock.advance(DOWNLOAD_STALL_MS * 3);
		await join();
		expect(client.phase).toMatchObject({ at: 'joining', step: 'control' });
	});

	it('times each step and tells the server when it has joined', async () => {
		const { client, api, clock, worker, join } = setup();
		client.start();
		worker().emit({ kind: 'wasm/progress', loadedBytes: 5, totalBytes: 10 });
		expect(client.wasmProgress).toEqual({ loadedBytes: 5, totalBytes: 10 });
		clock.advance(300);
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'joining', step: 'register' } });
		clock.advance(700);
		worker().emit({ kind: 'node/netmap', netmap: netmap(peer()) });
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		await settle();
		expect(client.phase).toEqual({ at: 'running' });
		expect(client.isControlConnected).toBe(true);
		expect(client.steps.map(({ state }) => state)).toEqual(Array(5).fill('done'));
		expect(client.steps[0]?.tookMs).toBe(300);
		expect(client.steps[3]?.tookMs).toBe(700);
		expect(client.netmap?.peers).toHaveLength(1);
		expect(api.calls).toEqual(['key', 'joined headtab-abc']);
		const marks = performance.getEntriesByType('mark').map(({ name }) => name);
		expect(marks).toEqual(['headtab:wasm-ready', 'headtab:node-running']);
	});

	it('K6 [key-used] asks for one new key by itself, then leaves it to the person', async () => {
		const { client, api, workers, worker, join } = setup();
		const failed = { at: 'failed', error: AppError.of('key-used').toWire() } as const;
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: failed });
		expect(workers).toHaveLength(2);
		expect(workers[0]?.isTerminated).toBe(true);
		await join();
		expect(api.calls).toEqual(['key', 'key']);
		expect(client.keyIssuedCount).toBe(2);
		worker().emit({ kind: 'node/phase', phase: failed });
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'key-used' } });
		expect(workers).toHaveLength(2);
		client.restart();
		expect(workers).toHaveLength(3);
	});

	it('[key-expired] goes on with the new key', async () => {
		const { client, worker, join } = setup();
		client.start();
		await join();
		worker().emit({
			kind: 'node/phase',
			phase: { at: 'failed', error: AppError.of('key-expired').toWire() }
		});
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		expect(client.phase).toEqual({ at: 'running' });
	});

	it('[wasm-missing] fails at once when the build has no module', () => {
		const { client, workers } = setup({ ...CONFIG, wasm: null });
		client.start();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'wasm-missing' } });
		expect(workers).toHaveLength(0);
	});

	it('N11 [wasm-crashed] tells its sessions, keeps the detail for the report and restarts', async () => {
		const { client, workers, worker, join } = setup();
		const gone = vi.fn();
		client.onWorkerGone(gone);
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		worker().emit({
			kind: 'wasm/crashed',
			error: AppError.of('wasm-crashed').toWire(),
			detail: 'panic: x'
		});
		expect(gone).toHaveBeenCalledOnce();
		expect(workers[0]?.isTerminated).toBe(true);
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'wasm-crashed' } });
		expect(client.crashDetail).toBe('panic: x');
		client.restart();
		await join();
		expect(client.phase.at).toBe('joining');
	});

	it('N3 [node-removed] asks whether its node is still there, and tells when it is not', async () => {
		const { client, api, clock, workers, worker, join } = setup();
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		const asked = () => api.calls.filter((call) => call === 'alive headtab-abc').length;
		clock.advance(20_000);
		await settle();
		expect(asked()).toBe(1);
		// An answer that does not tell.
		api.aliveError = AppError.of('server-unreachable', { origin: 'x' });
		dispatchEvent(new Event('online'));
		await settle();
		expect(asked()).toBe(2);
		expect(client.phase).toEqual({ at: 'running' });
		api.aliveError = AppError.of('node-removed');
		clock.advance(20_000);
		await settle();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'node-removed' } });
		expect(workers[0]?.isTerminated).toBe(true);
		document.dispatchEvent(new Event('visibilitychange'));
		clock.advance(60_000);
		expect(asked()).toBe(3);
		expect(workers).toHaveLength(1);
	});

	it('C7 knows that the server refuses its person, as without the relay nothing else tells', async () => {
		const { client, api, clock, worker, join } = setup();
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		for (const [error, isRefused] of [
			[AppError.of('server-unreachable', { origin: 'x' }), false],
			[AppError.of('session-missing'), true],
			[AppError.of('oidc-claim-refused', { claim: 'an allowed email' }), true],
			[null, false]
		] as const) {
			api.aliveError = error;
			clock.advance(20_000);
			await settle();
			expect([client.isRefused, client.phase.at]).toEqual([isRefused, 'running']);
		}
	});

	it('N3 [node-removed] asks at once when control is lost, as the relay hangs up on a window that is ended', async () => {
		const { client, api, worker, join } = setup();
		client.start();
		await join();
		worker().emit({ kind: 'node/control', isConnected: false });
		expect(api.calls).not.toContain('alive headtab-abc');
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		worker().emit({ kind: 'node/control', isConnected: true });
		api.aliveError = AppError.of('node-removed');
		worker().emit({ kind: 'node/control', isConnected: false });
		await settle();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'node-removed' } });
	});

	it('N2 [node-removed] joins anew by itself after it was away; its sessions hear why', async () => {
		const { client, api, clock, workers, worker, join } = setup();
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		const gone = vi.fn();
		client.onWorkerGone(gone);
		api.aliveError = AppError.of('server-unreachable', { origin: 'x' });
		for (let asked = 0; asked < 4; asked += 1) {
			clock.advance(20_000);
			await settle();
		}
		api.aliveError = AppError.of('node-removed');
		clock.advance(20_000);
		await settle();
		expect(gone).toHaveBeenCalledWith(expect.objectContaining({ code: 'node-removed' }));
		expect(client.phase.at).toBe('joining');
		expect(workers).toHaveLength(2);
		api.aliveError = null;
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		expect(client.phase.at).toBe('running');
		expect(client.keyIssuedCount).toBe(2);
	});

	it('knows since when there is no way to a peer, and wakes the worker when the network is back', async () => {
		const { client, clock, worker, join } = setup();
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		expect(client.derpLostAtMs).toBeNull();
		const lostAtMs = clock.now();
		worker().emit({ kind: 'node/derp', isConnected: false });
		clock.advance(500);
		expect(client.derpLostAtMs).toBeNull();
		clock.advance(5_000);
		worker().emit({ kind: 'node/derp', isConnected: false });
		clock.advance(5_000);
		expect(client.derpLostAtMs).toBe(lostAtMs);
		dispatchEvent(new Event('online'));
		expect(worker().kinds()).toContain('node/wake');
		worker().emit({ kind: 'node/derp', isConnected: true });
		expect(client.derpLostAtMs).toBeNull();
	});

	it('[server-unreachable] tries again by itself after a while', async () => {
		const { client, api, clock, workers, worker, join } = setup();
		api.keyError = AppError.of('server-unreachable', { origin: 'x' });
		client.start();
		worker().reply('wasm/load');
		await settle();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'server-unreachable' } });
		expect(client.nextTryAtMs).not.toBeNull();
		expect(client.retryOf).toBeNull();
		api.keyError = null;
		clock.advance((client.nextTryAtMs ?? Infinity) - clock.now());
		expect(workers).toHaveLength(2);
		// What failed is still told while it is tried again.
		expect(client.retryOf).toMatchObject({ code: 'server-unreachable' });
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'running' } });
		expect(client.phase.at).toBe('running');
		expect(client.retryOf).toBeNull();
	});

	it('E7 D1 [relay-no-websocket] the server reaches Headscale, so the way to the server is it', async () => {
		const { client, worker, join } = setup();
		client.start();
		await join();
		const error = {
			code: 'control-unreachable',
			params: { reason: 'code 1006' },
			id: '1'
		} as const;
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		await settle();
		expect(client.phase).toMatchObject({
			at: 'failed',
			error: { code: 'relay-no-websocket', params: { origin: CONFIG.origin } }
		});
		expect(client.nextTryAtMs).not.toBeNull();
	});

	it('E7 [control-cors] direct: the server says what the browser hides, and no waiting heals it', async () => {
		const { client, api, clock, worker, join } = setup({ ...CONFIG, mode: 'direct' });
		const params = { host: 'hs.example', reason: 'sends none', origin: CONFIG.origin };
		api.checkError = AppError.of('control-cors', params);
		client.start();
		await join();
		const error = {
			code: 'control-unreachable',
			params: { reason: 'no answer' },
			id: '1'
		} as const;
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		await settle();
		expect(client.phase).toMatchObject({ error: { code: 'control-cors', params } });
		expect(client.nextTryAtMs).toBeNull();
		expect(clock.pending).toBe(0);
	});

	it('E7 D1 direct: a WebSocket that does not open is not put on the way to this server', async () => {
		const { client, worker, join } = setup({ ...CONFIG, mode: 'direct' });
		client.start();
		await join();
		const error = {
			code: 'control-unreachable',
			params: { reason: 'code 1006' },
			id: '1'
		} as const;
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		await settle();
		expect(client.phase).toMatchObject({ error: { code: 'control-unreachable' } });
	});

	it('the worker’s script has another address for each policy, and its plain one without', () => {
		const urls: string[] = [];
		vi.stubGlobal(
			'Worker',
			class extends FakeWorker {
				constructor(url: string) {
					super();
					urls.push(url);
				}
			}
		);
		for (const policy of ['', 'a-policy_1']) {
			const config = { ...CONFIG, policy };
			const client = new NodeClient({ config, api: fakeApi(), clock: new FakeClock() });
			client.start();
			client.dispose();
		}
		vi.unstubAllGlobals();
		expect(urls[0]).not.toContain('?policy');
		expect(urls[1]).toMatch(/\?policy=a-policy_1$/);
	});

	it('E7 [relay-limit] a refusal that is the relay’s own is not put on a proxy, and is tried again', async () => {
		const { client, api, clock, workers, worker, join } = setup();
		api.checkError = AppError.of('relay-limit', { limit: '16' });
		client.start();
		await join();
		const error = {
			code: 'control-unreachable',
			params: { reason: 'code 1006' },
			id: '1'
		} as const;
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		await settle();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'relay-limit' } });
		// A window that is closed makes room.
		expect(client.nextTryAtMs).not.toBeNull();
		clock.advance((client.nextTryAtMs ?? Infinity) - clock.now());
		expect(workers).toHaveLength(2);
	});

	it.each([
		['node-join-timeout', { seconds: '40', step: 'control' }, 'control'],
		['control-unreachable', { reason: '1006' }, 'control'],
		['derp-unreachable', { region: '999', reason: '1006' }, 'derp-999']
	] as const)(
		'E7 [%s] asks the server why, as the browser hides it',
		async (code, params, target) => {
			const { client, api, clock, workers, worker, join } = setup();
			const fail = () => {
				const error = { code, params, id: '1' };
				worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
			};
			client.start();
			await join();
			fail();
			expect(client.phase).toMatchObject({ at: 'failed', error: { code } });
			await settle();
			// The way is open: it was this error, and it is tried again.
			expect(api.calls).toContain(`check ${target}`);
			expect(client.phase).toMatchObject({ error: { code } });
			clock.advance((client.nextTryAtMs ?? Infinity) - clock.now());
			expect(workers).toHaveLength(2);

			await join();
			api.checkError = AppError.of('headscale-unsupported');
			fail();
			await settle();
			expect(client.phase).toMatchObject({
				at: 'failed',
				error: { code: 'headscale-unsupported' }
			});
			// Waiting heals no old Headscale.
			expect(client.nextTryAtMs).toBeNull();
			expect(clock.pending).toBe(0);
		}
	);

	it('E7 [headscale-unreachable] goes on trying, and a restart outruns the question', async () => {
		const { client, api, workers, worker, join } = setup();
		api.checkError = AppError.of('headscale-unreachable');
		const error = { code: 'node-join-timeout', params: {}, id: '1' } as const;
		client.start();
		await join();
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		await settle();
		expect(client.phase).toMatchObject({ error: { code: 'headscale-unreachable' } });
		expect(client.nextTryAtMs).not.toBeNull();
		client.restart();
		worker().emit({ kind: 'node/phase', phase: { at: 'failed', error } });
		client.restart();
		await settle();
		expect(client.phase.at).toBe('joining');
		expect(workers).toHaveLength(3);
	});

	it('[session-missing] waits for the person', async () => {
		const { client, api, clock, worker } = setup();
		api.keyError = AppError.of('session-missing');
		client.start();
		worker().reply('wasm/load');
		await settle();
		expect(client.phase).toMatchObject({ at: 'failed', error: { code: 'session-missing' } });
		expect(client.nextTryAtMs).toBeNull();
		expect(clock.pending).toBe(0);
	});

	it('leaves: the node tells control, the server gets the name', async () => {
		const { client, api, workers, worker, join } = setup();
		client.start();
		await join();
		const left = client.leave();
		worker().reply('node/logout');
		await left;
		expect(api.calls).toContain('leave headtab-abc');
		expect(workers[0]?.isTerminated).toBe(true);
		expect(client.phase).toEqual({ at: 'stopped' });
	});

	it('P11 put away by the browser: the server and its sessions hear at once, and shown again it joins anew', async () => {
		const { client, api, workers, worker, join } = setup();
		client.start();
		await join();
		const gone: unknown[] = [];
		client.onWorkerGone((error) => gone.push(error));
		client.putAway();
		expect(api.calls).toContain('leave headtab-abc');
		expect(workers[0]?.isTerminated).toBe(true);
		expect(client.phase).toEqual({ at: 'stopped' });
		// Sessions say why theirs is a new shell.
		expect(gone).toEqual([expect.objectContaining({ code: 'window-put-away' })]);
		client.restart();
		await join();
		expect(workers).toHaveLength(2);
		expect(worker().kinds()).toContain('node/start');
	});

	it('a node that its window drops is deleted at once: after a crash, at a restart, once each', async () => {
		const { client, api, worker, join } = setup();
		const leaves = () => api.calls.filter((call) => call.startsWith('leave')).length;
		client.start();
		await join();
		worker().emit({
			kind: 'wasm/crashed',
			error: AppError.of('wasm-crashed').toWire(),
			detail: 'panic: x'
		});
		expect(leaves()).toBe(1);
		client.restart();
		expect(leaves()).toBe(1);
		await join();
		client.restart();
		expect(leaves()).toBe(2);
		await join();
		client.dispose();
		client.dispose();
		expect(leaves()).toBe(3);
	});

	it('leaves in time when the worker does not answer', async () => {
		const { client, clock, join } = setup();
		client.start();
		await join();
		const left = client.leave();
		clock.advance(2_000);
		await left;
		expect(client.phase).toEqual({ at: 'stopped' });
	});

	it('N9 a new window makes a new node: nothing of one is kept', async () => {
		const first = setup();
		first.client.start();
		await first.join();
		const second = setup();
		expect(second.client.hostname).toBeNull();
		expect(second.client.phase).toEqual({ at: 'stopped' });
		expect(typeof sessionStorage === 'undefined' ? 0 : sessionStorage.length).toBe(0);
	});

	it('does not hear a worker that is gone', async () => {
		const { client, workers, worker, join } = setup();
		client.start();
		await join();
		const former = worker();
		client.restart();
		former.emit({ kind: 'node/phase', phase: { at: 'running' } });
		expect(client.phase.at).toBe('joining');
		expect(workers).toHaveLength(2);
	});
});
