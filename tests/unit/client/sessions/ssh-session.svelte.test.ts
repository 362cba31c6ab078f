// One SSH session: its phases, bytes in flight, questions, and what it does by itself.
import type { StartUp } from '$lib/storage/start-up';
import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { SshSession, type OutputSink } from '$lib/client/sessions/ssh-session.svelte';
import { AppError, type WireError } from '$lib/contracts/app-error';
import { nodeName } from '$lib/contracts/ids';
import {
	RESIZE_DEBOUNCE_MS,
	SSH_ACK_BYTES,
	SSH_CHUNK_MAX_BYTES,
	SSH_HELD_MAX_BYTES,
	SSH_IN_FLIGHT_MAX_BYTES,
	SSH_INPUT_CHUNK_BYTES,
	SSH_INPUT_IN_FLIGHT_MAX_BYTES,
	SSH_OUTPUT_WAIT_MS
} from '$lib/contracts/limits';
import type { NodePhase, Peer } from '$lib/contracts/tailnet';
import type { SshEvent, SshOpen } from '$lib/contracts/wasm';
import type { ToSession } from '$lib/contracts/worker';
import { AppDatabase } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { FakeClock, login, peer, settle } from '../fakes';

/** The far side of a session's port, without a real channel: messages arrive at once. */
class FakePort {
	onmessage: ((event: MessageEvent<unknown>) => void) | null = null;
	readonly sent: ToSession[] = [];
	isClosed = false;
	postMessage(message: ToSession): void {
		this.sent.push(message);
	}
	close(): void {
		this.isClosed = true;
	}
	emit(event: SshEvent): void {
		this.onmessage?.(new MessageEvent('message', { data: event }));
	}
}

class Outside {
	phase: NodePhase = $state.raw({ at: 'running' });
	isLive = $state(true);
	derpLostAtMs: number | null = $state.raw(null);
	list: readonly Peer[] = $state.raw([peer()]);
	byName(name: string): Peer | null {
		return this.list.find((known) => known.name === name) ?? null;
	}
	byId(id: string): Peer | null {
		return this.list.find((known) => known.id === id) ?? null;
	}
}

const HOST_KEY = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc' };
const lost = (): WireError =>
	AppError.of('ssh-connection-lost', { node: 'web-1', reason: 'EOF' }).toWire();

const passwordAsked = (promptId: number): SshEvent => ({
	kind: 'ssh/prompt',
	promptId,
	method: 'password',
	instruction: '',
	prompts: [{ text: 'Password:', isEchoed: false }]
});

function setup(outside = new Outside(), startUp: StartUp | null = null, folder?: string) {
	const clock = new FakeClock();
	const ports: FakePort[] = [];
	const opens: SshOpen[] = [];
	const goneListeners = new Set<(error: WireError | null) => void>();
	const hostKeys = new HostKeyStore(new AppDatabase(null));
	const onOpen = vi.fn();
	const session = new SshSession({
		peers: outside,
		node: {
			get phase() {
				return outside.phase;
			},
			get derpLostAtMs() {
				return outside.derpLostAtMs;
			},
			openSession: (open) => {
				const port = new FakePort();
				ports.push(port);
				opens.push(open);
				return port as unknown as MessagePort;
			},
			onWorkerGone: (listener) => {
				goneListeners.add(listener);
				return () => goneListeners.delete(listener);
			}
		},
		hostKeys,
		target: {
			node: nodeName('web-1'),
			login: login('root'),
			...(folder === undefined ? {} : { folder })
		},
		startUpOf: () => startUp,
		clock,
		random: () => 0.5,
		onOpen
	});
	const port = () => {
		const last = ports.at(-1);
		if (last === undefined) throw new Error('no port');
		return last;
	};
	const change = async (run: () => void) => {
		run();
		flushSync();
		await settle();
	};
	const shell = async () => {
		session.open();
		await settle();
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
	};
	const workerGone = (error: WireError | null = null) => {
		for (const listener of goneListeners) listener(error);
	};
	return {
		session,
		outside,
		clock,
		ports,
		opens,
		port,
		change,
		shell,
		hostKeys,
		onOpen,
		workerGone
	};
}

describe('a start-up', () => {
	const startUp: StartUp = { command: 'htop', folder: '/srv', environment: [] };

	it('is what the shell runs, each time it is opened', async () => {
		const { session, opens, shell, port } = setup(new Outside(), startUp);
		await shell();
		expect(opens[0]?.command).toBe("cd '/srv'; htop");
		port().emit({ kind: 'ssh/exit', exit: { status: 0, signal: null } });
		session.reconnect();
		await settle();
		expect(opens[1]?.command).toBe("cd '/srv'; htop");
	});

	it('is none without one, and another folder without its command', async () => {
		const plain = setup();
		await plain.shell();
		expect(plain.opens[0]).not.toHaveProperty('command');
		const here = setup(new Outside(), startUp, '/tmp');
		await here.shell();
		expect(here.opens[0]?.command).toBe(`cd '/tmp'; exec "$SHELL" -l`);
	});
});

describe('the way to a shell', () => {
	it('dials at once, without the disk, where the tailnet announces the key', () => {
		const outside = new Outside();
		outside.list = [peer({ hostKeys: [HOST_KEY] })];
		const { session, opens } = setup(outside);
		session.open();
		expect(opens).toMatchObject([{ trustedFingerprint: null }]);
	});

	it('waits in `joining` until the own node runs, then dials', async () => {
		const outside = new Outside();
		outside.phase = { at: 'joining', step: 'control' };
		outside.isLive = false;
		const { session, ports, opens, change } = setup(outside);
		await change(() => {
			session.open();
		});
		expect(session.phase.at).toBe('joining');
		expect(ports).toHaveLength(0);
		await change(() => {
			outside.phase = { at: 'running' };
			outside.isLive = true;
		});
		expect(session.phase.at).toBe('dialing');
		expect(opens[0]).toMatchObject({
			address: '100.64.0.7',
			login: 'root',
			trustedFingerprint: null
		});
	});

	it('follows the steps to `open` and says how the host key was verified', async () => {
		const { session, port, shell, onOpen } = setup();
		session.open();
		await settle();
		port().emit({ kind: 'ssh/step', step: 'authenticating' });
		expect(session.phase).toMatchObject({ at: 'authenticating', step: 'authenticating' });
		await shell();
		expect(session.phase.at).toBe('open');
		expect(session.isLive).toBe(true);
		expect(session.verifiedBy).toBe('netmap');
		expect(onOpen).toHaveBeenCalledWith({ node: 'web-1', login: 'root' });
	});

	it('[node-not-found] says so when the netmap has no such machine', async () => {
		const { session, outside, change } = setup();
		outside.list = [];
		await change(() => {
			session.open();
		});
		expect(session.phase).toMatchObject({
			at: 'failed',
			error: { code: 'node-not-found' },
			isWaiting: false
		});
		expect(session.goesOn).toBe(false);
	});

	it('[node-offline] waits and connects by itself when the machine comes back', async () => {
		const { session, outside, change, ports } = setup();
		outside.list = [peer({ isOnline: false, lastSeenMs: 0 })];
		await change(() => {
			session.open();
		});
		expect(session.phase).toMatchObject({
			at: 'failed',
			error: { code: 'node-offline', params: { node: 'web-1' } },
			isWaiting: true
		});
		expect(session.goesOn).toBe(true);
		await change(() => {
			outside.list = [peer()];
		});
		expect(session.phase.at).toBe('dialing');
		expect(ports).toHaveLength(1);
	});

	it('tries an offline machine when a person asks, and waits again when that fails', async () => {
		const { session, outside, change, port } = setup();
		outside.list = [peer({ isOnline: false })];
		await change(() => {
			session.open();
		});
		session.reconnect();
		await settle();
		expect(session.phase.at).toBe('dialing');
		port().emit({
			kind: 'ssh/failed',
			error: AppError.of('tcp-timeout', { node: 'web-1', seconds: '12' }).toWire()
		});
		expect(session.phase).toMatchObject({
			at: 'failed',
			error: { code: 'node-offline' },
			isWaiting: true
		});
	});

	it('[tcp-refused] stays failed until a person tries again', async () => {
		const { session, port, ports, clock } = setup();
		session.open();
		await settle();
		port().emit({
			kind: 'ssh/failed',
			error: AppError.of('tcp-refused', { node: 'web-1' }).toWire()
		});
		expect(session.error?.code).toBe('tcp-refused');
		expect(clock.pending).toBe(0);
		session.reconnect();
		await settle();
		expect(ports).toHaveLength(2);
	});
});

describe('questions', () => {
	it('H3 remembers a key that is trusted on first use, and offers it at the next dial', async () => {
		const { session, port, opens, hostKeys } = setup();
		session.open();
		await settle();
		port().emit({ kind: 'ssh/host-key', hostKey: HOST_KEY });
		expect(session.hostKeyQuestion).toEqual(HOST_KEY);
		session.trust(true);
		expect(port().sent).toContainEqual({ kind: 'ssh/trust', isTrusted: true });
		await settle();
		expect(await hostKeys.all()).toMatchObject([{ node: 'web-1', port: 22, ...HOST_KEY }]);
		port().emit({ kind: 'ssh/exit', exit: { status: 0, signal: null } });
		session.reconnect();
		await settle();
		expect(opens[1]).toMatchObject({
			trustedFingerprint: 'SHA256:abc',
			trustedType: 'ssh-ed25519'
		});
	});

	it('H3 [ssh-host-key-changed] is an end: no retry, nothing remembered', async () => {
		const { session, port, clock, hostKeys } = setup();
		session.open();
		await settle();
		port().emit({
			kind: 'ssh/failed',
			error: { code: 'ssh-host-key-changed', params: { node: 'web-1' }, id: 'x' }
		});
		expect(session.phase).toMatchObject({ at: 'failed', isWaiting: false });
		expect(clock.pending).toBe(0);
		expect(await hostKeys.all()).toEqual([]);
	});

	it('says that a reconnect asks, as the first attempt does', async () => {
		const { session, port, shell, clock } = setup();
		const ask = () => {
			port().emit({ kind: 'ssh/step', step: 'authenticating' });
			port().emit(passwordAsked(1));
		};
		await shell();
		expect(session.isAsking).toBe(false);
		port().emit({ kind: 'ssh/failed', error: lost() });
		clock.advance(1_000);
		await settle();
		expect(session.isAsking).toBe(false);
		ask();
		expect(session.phase).toMatchObject({ at: 'reconnecting', nextAtMs: null });
		expect(session.isAsking).toBe(true);
		session.answer(['secret']);
		expect(session.isAsking).toBe(false);
	});

	it('asks for a check until it is approved, and no longer than its attempt', async () => {
		const { session, port, shell, clock } = setup();
		const check = async () => {
			clock.advance(30_000);
			await settle();
			port().emit({ kind: 'ssh/step', step: 'authenticating' });
			port().emit({ kind: 'ssh/banner', text: 'check', checkUrl: 'https://control/check' });
			expect(session.isAsking).toBe(true);
		};
		await shell();
		port().emit({ kind: 'ssh/failed', error: lost() });
		await check();
		port().emit({ kind: 'ssh/failed', error: lost() });
		expect(session.banner?.checkUrl).not.toBeNull();
		expect(session.isAsking).toBe(false);
		await check();
		port().emit({ kind: 'ssh/step', step: 'pty' });
		expect(session.isAsking).toBe(false);
	});

	it('times the machine, not the person whom it asks', async () => {
		const { session, port, clock } = setup();
		const lastStep = () => session.trail?.steps.at(-1);
		session.open();
		await settle();
		port().emit({ kind: 'ssh/step', step: 'host-key' });
		port().emit({ kind: 'ssh/host-key', hostKey: HOST_KEY });
		clock.advance(60_000);
		session.trust(true);
		expect(session.phase).toMatchObject({ step: 'host-key', startedAtMs: clock.now() });
		expect(lastStep()).toEqual({ step: 'host-key', startedAtMs: clock.now() });
		port().emit({ kind: 'ssh/step', step: 'authenticating' });
		port().emit(passwordAsked(1));
		clock.advance(60_000);
		session.answer(['secret']);
		const answeredMs = clock.now();
		expect(session.phase).toMatchObject({ step: 'authenticating', startedAtMs: answeredMs });
		expect(lastStep()).toEqual({ step: 'authenticating', startedAtMs: answeredMs });
		port().emit({ kind: 'ssh/banner', text: 'check', checkUrl: 'https://control/check' });
		clock.advance(60_000);
		port().emit({ kind: 'ssh/step', step: 'pty' });
		expect(session.trail?.steps.at(-2)).toEqual({
			step: 'authenticating',
			startedAtMs: clock.now()
		});
	});

	it('stops a reconnect that asks: the attempt ends, the error stays', async () => {
		const { session, port, ports, shell, clock } = setup();
		await shell();
		port().emit({ kind: 'ssh/failed', error: lost() });
		clock.advance(1_000);
		await settle();
		port().emit({ kind: 'ssh/host-key', hostKey: HOST_KEY });
		session.stopRetrying();
		expect(session.phase).toMatchObject({
			at: 'failed',
			isWaiting: false,
			error: { code: 'ssh-connection-lost' }
		});
		expect(session.isAsking).toBe(false);
		expect(ports[1]?.sent.at(-1)).toEqual({ kind: 'ssh/close' });
		expect(ports[1]?.isClosed).toBe(true);
		expect(clock.pending).toBe(0);
	});

	it('says that a person stopped it, not the machine, where a question is given up', async () => {
		const { session, port } = setup();
		session.open();
		await settle();
		port().emit(passwordAsked(1));
		session.answer(null);
		expect(port().sent.at(-1)).toEqual({ kind: 'ssh/answer', promptId: 1, answers: null });
		port().emit({ kind: 'ssh/exit', exit: { status: null, signal: null } });
		expect(session.phase).toMatchObject({ at: 'closed', isStopped: true });
	});

	it('hands answers on once and keeps none of them', async () => {
		const { session, port } = setup();
		session.open();
		await settle();
		port().emit(passwordAsked(3));
		session.answer(['secret']);
		session.answer(['again']);
		expect(port().sent.filter(({ kind }) => kind === 'ssh/answer')).toEqual([
			{ kind: 'ssh/answer', promptId: 3, answers: ['secret'] }
		]);
		expect(session.prompt).toBeNull();
	});
});

describe('bytes', () => {
	it('H10 acknowledges what is drawn, in steps, and keeps what comes before the terminal', async () => {
		const { session, port, shell } = setup();
		await shell();
		port().emit({ kind: 'ssh/data', bytes: new Uint8Array(10) });
		const drawn: (() => void)[] = [];
		const sizes: number[] = [];
		const sink: OutputSink = {
			write: (bytes, done) => {
				sizes.push(bytes.length);
				drawn.push(done);
			},
			opened: () => undefined
		};
		session.attach(sink);
		expect(sizes).toEqual([10]);
		port().emit({ kind: 'ssh/data', bytes: new Uint8Array(SSH_ACK_BYTES - 11) });
		for (const done of drawn.splice(0)) done();
		expect(port().sent.some(({ kind }) => kind === 'ssh/ack')).toBe(false);
		port().emit({ kind: 'ssh/data', bytes: new Uint8Array(1) });
		for (const done of drawn.splice(0)) done();
		expect(port().sent).toContainEqual({ kind: 'ssh/ack', sizeBytes: SSH_ACK_BYTES });
		expect(session.receivedBytes).toBe(SSH_ACK_BYTES);
	});

	it('H10 holds credit back while output waits long, and returns it when it no longer does', async () => {
		const { session, port, shell, clock } = setup();
		await shell();
		const drawn: (() => void)[] = [];
		session.attach({ write: (_, done) => void drawn.push(done), opened: () => undefined });
		let receivedBytes = 0;
		const flood = (waitMs: number) => {
			for (let piece = 0; piece < 40; piece += 1) {
				port().emit({ kind: 'ssh/data', bytes: new Uint8Array(SSH_CHUNK_MAX_BYTES) });
				receivedBytes += SSH_CHUNK_MAX_BYTES;
				clock.advance(waitMs);
				for (const done of drawn.splice(0)) done();
			}
		};
		const unackedBytes = () =>
			port().sent.reduce(
				(left, message) => (message.kind === 'ssh/ack' ? left - message.sizeBytes : left),
				receivedBytes
			);
		flood(SSH_OUTPUT_WAIT_MS + 1);
		expect(unackedBytes()).toBeGreaterThanOrEqual(SSH_HELD_MAX_BYTES);
		// What is left must be enough to go on with.
		expect(unackedBytes()).toBeLessThan(SSH_IN_FLIGHT_MAX_BYTES - SSH_CHUNK_MAX_BYTES + 1);
		flood(1);
		expect(unackedBytes()).toBeLessThan(SSH_ACK_BYTES);
	});

	it('sends a large input in order, in chunks, with a bound on what is in flight', async () => {
		const { session, port, shell } = setup();
		await shell();
		const input = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
		expect(session.send(input)).toBe(true);
		const drained = vi.fn();
		void session.drained().then(drained);
		const got: number[] = [];
		let taken = 0;
		while (got.length < input.length) {
			const inputs = port().sent.flatMap((message) =>
				message.kind === 'ssh/input' ? [message] : []
			);
			const fresh = inputs.slice(taken);
			taken = inputs.length;
			const size = fresh.reduce((sum, { bytes }) => sum + bytes.length, 0);
			expect(size).toBeLessThanOrEqual(SSH_INPUT_IN_FLIGHT_MAX_BYTES);
			for (const { bytes } of fresh) {
				expect(bytes.length).toBeLessThanOrEqual(SSH_INPUT_CHUNK_BYTES);
				got.push(...bytes);
			}
			port().emit({ kind: 'ssh/input-ack', sizeBytes: size });
		}
		await settle();
		// Not toEqual: it looks at 300,000 numbers one by one, for seconds on a busy machine.
		expect(got.length).toBe(input.length);
		expect(got.every((byte, index) => byte === input[index])).toBe(true);
		expect(drained).toHaveBeenCalledOnce();
		expect(session.sentBytes).toBe(input.length);
	});

	it('takes nothing without a shell', () => {
		expect(setup().session.send(Uint8Array.of(1))).toBe(false);
	});
});

describe('size', () => {
	it('H11 sends the last of a storm once, never less than 2 × 1', async () => {
		const { session, port, shell, clock } = setup();
		await shell();
		for (let cols = 100; cols >= 0; cols -= 1) session.resize({ cols, rows: cols });
		clock.advance(RESIZE_DEBOUNCE_MS);
		const sizes = port().sent.filter(({ kind }) => kind === 'ssh/resize');
		expect(sizes).toEqual([{ kind: 'ssh/resize', size: { cols: 2, rows: 1 } }]);
		session.resize({ cols: 5000, rows: 5000 });
		expect(session.size).toEqual({ cols: 1000, rows: 500 });
	});

	it('is told at once while there is no PTY, which then begins with it', async () => {
		const { session, port } = setup();
		session.open();
		await settle();
		session.resize({ cols: 120, rows: 40 });
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		const sizes = port().sent.filter(({ kind }) => kind === 'ssh/resize');
		expect(sizes).toEqual([{ kind: 'ssh/resize', size: { cols: 120, rows: 40 } }]);
	});
});

describe('ends', () => {
	it('H7 says how the shell ended and reconnects when asked', async () => {
		const { session, port, shell, ports } = setup();
		await shell();
		port().emit({ kind: 'ssh/exit', exit: { status: 1, signal: null } });
		expect(session.exit).toEqual({ status: 1, signal: null });
		expect(session.closedAtMs).not.toBeNull();
		session.reconnect();
		await settle();
		expect(session.phase.at).toBe('dialing');
		expect(ports).toHaveLength(2);
	});

	it('[ssh-connection-lost] reconnects by itself, with longer waits, until a person stops it', async () => {
		const { session, port, shell, clock, ports } = setup();
		await shell();
		port().emit({ kind: 'ssh/failed', error: lost() });
		expect(session.phase).toMatchObject({ at: 'reconnecting', attempt: 1 });
		clock.advance(1_000);
		await settle();
		expect(ports).toHaveLength(2);
		expect(session.phase).toMatchObject({ at: 'reconnecting', nextAtMs: null });
		port().emit({ kind: 'ssh/failed', error: lost() });
		expect(session.phase).toMatchObject({ at: 'reconnecting', attempt: 2 });
		session.stopRetrying();
		expect(session.phase).toMatchObject({ at: 'failed', error: { code: 'ssh-connection-lost' } });
		expect(clock.pending).toBe(0);
	});

	it('starts with a short wait again after a session that lived', async () => {
		const { session, port, shell, clock } = setup();
		await shell();
		port().emit({ kind: 'ssh/failed', error: lost() });
		clock.advance(1_000);
		await settle();
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		clock.advance(20_000);
		port().emit({ kind: 'ssh/failed', error: lost() });
		expect(session.phase).toMatchObject({ at: 'reconnecting', attempt: 1 });
	});

	it('N13 [node-gone] when the machine vanishes from the netmap; not when it goes offline', async () => {
		const { session, outside, change, shell, port } = setup();
		await shell();
		flushSync();
		await change(() => {
			outside.list = [peer({ isOnline: false })];
		});
		expect(session.phase.at).toBe('open');
		await change(() => {
			outside.list = [];
		});
		expect(session.phase).toMatchObject({
			at: 'failed',
			error: { code: 'node-gone' },
			isWaiting: false
		});
		expect(port().isClosed).toBe(true);
	});

	it('N11 shows the stopped engine and connects by itself when it runs again', async () => {
		const { session, outside, change, shell, workerGone, ports, port } = setup();
		await shell();
		// The worker tells each session before it tells the window.
		port().emit({ kind: 'ssh/failed', error: AppError.of('wasm-crashed').toWire() });
		await change(() => {
			outside.phase = { at: 'failed', error: AppError.of('wasm-crashed').toWire() };
			workerGone();
		});
		expect(session.phase).toMatchObject({
			at: 'failed',
			error: { code: 'wasm-crashed' },
			isWaiting: true
		});
		await change(() => {
			outside.phase = { at: 'joining', step: 'wasm' };
		});
		expect(session.phase.at).toBe('joining');
		await change(() => {
			outside.phase = { at: 'running' };
		});
		expect(session.phase.at).toBe('dialing');
		expect(ports).toHaveLength(2);
	});

	it('knows when a shell ended with its worker, and has no end before there was one', async () => {
		const { session, shell, workerGone, clock } = setup();
		session.open();
		await settle();
		workerGone();
		expect(session.closedAtMs).toBeNull();
		await shell();
		clock.advance(5_000);
		workerGone();
		const endedMs = clock.now();
		expect(session.closedAtMs).toBe(endedMs);
		clock.advance(5_000);
		session.close();
		expect(session.closedAtMs).toBe(endedMs);
	});

	it('says that a person stopped a reconnect; the shell before it ended when it ended', async () => {
		const { session, port, shell, clock } = setup();
		await shell();
		clock.advance(5_000);
		port().emit({ kind: 'ssh/exit', exit: { status: 0, signal: null } });
		expect(session.phase).toMatchObject({ at: 'closed', isStopped: false });
		const endedMs = clock.now();
		clock.advance(60_000);
		session.reconnect();
		await settle();
		session.close();
		expect(session.phase).toMatchObject({ at: 'closed', isStopped: true });
		expect(session.closedAtMs).toBe(endedMs);
		await shell();
		clock.advance(5_000);
		port().emit({ kind: 'ssh/exit', exit: { status: 0, signal: null } });
		expect(session.closedAtMs).toBe(clock.now());
	});

	it('stops an attempt that has not begun, or waits for its turn; what failed stays failed', async () => {
		const { session, port, ports, shell, clock } = setup();
		session.open();
		// The disk is still asked for the key that this device trusts.
		expect(ports).toHaveLength(0);
		expect(session.phase.at).toBe('dialing');
		session.close();
		expect(session.phase).toMatchObject({ at: 'closed', isStopped: true });
		await settle();
		expect(ports).toHaveLength(0);
		await shell();
		port().emit({ kind: 'ssh/failed', error: lost() });
		session.close();
		expect(session.phase.at).toBe('closed');
		expect(clock.pending).toBe(0);
		session.reconnect();
		await settle();
		port().emit({
			kind: 'ssh/failed',
			error: AppError.of('tcp-refused', { node: 'web-1' }).toWire()
		});
		session.close();
		expect(session.phase).toMatchObject({ at: 'failed', error: { code: 'tcp-refused' } });
	});

	it('does not hear the port of an earlier attempt', async () => {
		const { session, ports, shell } = setup();
		await shell();
		session.close();
		expect(session.phase.at).toBe('closed');
		expect(ports[0]?.sent.at(-1)).toEqual({ kind: 'ssh/close' });
		ports[0]?.emit({ kind: 'ssh/data', bytes: new Uint8Array(5) });
		expect(session.receivedBytes).toBe(0);
	});
});

describe('a shell that cannot be reached', () => {
	it('N6 is held since the first sign of it, stays open, and keeps what is typed', async () => {
		const { session, outside, clock, change, shell, port } = setup();
		await shell();
		expect(session.heldSinceMs).toBeNull();
		const silentMs = clock.now();
		port().emit({ kind: 'ssh/silence', isSilent: true });
		clock.advance(3_000);
		await change(() => (outside.derpLostAtMs = clock.now()));
		expect(session.heldSinceMs).toBe(silentMs);
		expect(session.phase.at).toBe('open');
		expect(session.send(new Uint8Array([120]))).toBe(true);
		port().emit({ kind: 'ssh/silence', isSilent: false });
		expect(session.heldSinceMs).toBe(clock.now());
		await change(() => (outside.derpLostAtMs = null));
		expect(session.heldSinceMs).toBeNull();
		expect(session.newShell).toBeNull();
		session.dispose();
	});

	it('E5 stays on a machine that is renamed, and finds it again by what it is', async () => {
		const { session, outside, change, shell, port, opens, clock } = setup();
		await shell();
		await change(() => (outside.list = [peer({ name: nodeName('web-9') })]));
		expect(session.phase.at).toBe('open');
		port().emit({ kind: 'ssh/failed', error: lost() });
		clock.advance(30_000);
		await settle();
		expect(opens).toHaveLength(2);
		session.dispose();
	});

	it('asks the far end when the machine was away and is back', async () => {
		const { session, outside, change, shell, port } = setup();
		await shell();
		await change(() => (outside.list = [peer({ isOnline: false })]));
		expect(port().sent.some(({ kind }) => kind === 'ssh/check')).toBe(false);
		await change(() => (outside.list = [peer()]));
		expect(port().sent.filter(({ kind }) => kind === 'ssh/check')).toHaveLength(1);
		session.dispose();
	});

	it('[ssh-connection-lost] N6 the next shell says what ended the last, and whether keys are in doubt', async () => {
		const { session, clock, shell, port } = setup();
		await shell();
		clock.advance(1_000);
		session.send(new Uint8Array([120]));
		port().emit({ kind: 'ssh/input-ack', sizeBytes: 1 });
		// Told of seconds after the key that has no echo.
		clock.advance(6_000);
		port().emit({ kind: 'ssh/silence', isSilent: true });
		port().emit({ kind: 'ssh/failed', error: lost() });
		expect(session.heldSinceMs).toBeNull();
		clock.advance(30_000);
		await settle();
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		expect(session.newShell).toMatchObject({
			cause: { code: 'ssh-connection-lost' },
			isInputInDoubt: true,
			atMs: clock.now()
		});
		session.send(new Uint8Array([120]));
		expect(session.newShell).toBeNull();
		session.dispose();
	});

	it('has no doubt of keys that the shell has answered', async () => {
		const { session, clock, shell, port } = setup();
		await shell();
		clock.advance(1_000);
		session.send(new Uint8Array([120]));
		port().emit({ kind: 'ssh/input-ack', sizeBytes: 1 });
		clock.advance(20);
		port().emit({ kind: 'ssh/data', bytes: new Uint8Array([120]) });
		port().emit({ kind: 'ssh/silence', isSilent: true });
		port().emit({ kind: 'ssh/failed', error: lost() });
		clock.advance(30_000);
		await settle();
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		expect(session.newShell).toMatchObject({ isInputInDoubt: false });
		session.dispose();
	});

	it('N6 N2 doubts keys of an outage that the node has already forgotten when it ends', async () => {
		const { session, outside, clock, change, shell, port, workerGone } = setup();
		await shell();
		await change(() => (outside.derpLostAtMs = clock.now()));
		clock.advance(1_000);
		session.send(new Uint8Array([120]));
		port().emit({ kind: 'ssh/input-ack', sizeBytes: 1 });
		await change(() => {
			outside.derpLostAtMs = null;
			workerGone(AppError.of('node-removed').toWire());
			outside.phase = { at: 'joining', step: 'key' };
		});
		await change(() => (outside.phase = { at: 'running' }));
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		expect(session.newShell).toMatchObject({ isInputInDoubt: true });
		session.dispose();
	});

	it('takes what the terminal answers for no key: the new shell is still told, nothing is in doubt', async () => {
		const { session, clock, shell, port } = setup();
		const loses = async () => {
			port().emit({ kind: 'ssh/failed', error: lost() });
			clock.advance(30_000);
			await settle();
			port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		};
		await shell();
		await loses();
		clock.advance(1_000);
		const answer = Uint8Array.of(0x1b, 0x5b, 0x3f, 0x36, 0x63);
		session.reply(answer);
		expect(port().sent).toContainEqual({ kind: 'ssh/input', bytes: answer });
		expect(session.newShell).not.toBeNull();
		port().emit({ kind: 'ssh/input-ack', sizeBytes: answer.length });
		await loses();
		expect(session.newShell).toMatchObject({ isInputInDoubt: false });
		session.close();
		session.reply(answer);
		expect(port().sent.filter(({ kind }) => kind === 'ssh/input')).toEqual([]);
		session.dispose();
	});

	it('N2 a shell that went with its node is told to be new when the next node has one', async () => {
		const { session, outside, change, shell, port, workerGone } = setup();
		await shell();
		await change(() => {
			workerGone(AppError.of('node-removed').toWire());
			outside.phase = { at: 'joining', step: 'key' };
			outside.isLive = false;
		});
		expect(session.phase.at).toBe('joining');
		await change(() => {
			outside.phase = { at: 'running' };
			outside.isLive = true;
		});
		port().emit({ kind: 'ssh/open', hostKey: HOST_KEY, verifiedBy: 'netmap' });
		expect(session.newShell).toMatchObject({
			cause: { code: 'node-removed' },
			isInputInDoubt: false
		});
		session.dispose();
	});
});
