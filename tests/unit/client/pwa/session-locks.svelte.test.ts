// Locks that tell all windows where sessions live.
import { flushSync } from 'svelte';
import { expect, it, vi } from 'vitest';
import { SessionLocks } from '$lib/client/pwa/session-locks';
import { watchSession } from '$lib/client/pwa/session-watch.svelte';
import { AppError } from '$lib/contracts/app-error';
import { sshSessionId } from '$lib/contracts/ids';
import type { SshPhase } from '$lib/client/sessions/ssh-session.svelte';

/** The browser's, shared by windows: a name is held until its callback's promise ends. */
class FakeLocks {
	readonly names: string[] = [];
	request = async (name: string, run: () => Promise<void>) => {
		this.names.push(name);
		await run();
		this.names.splice(this.names.indexOf(name), 1);
	};
	query = () => Promise.resolve({ held: this.names.map((name) => ({ name })), pending: [] });
}

const locksOf = (fake: FakeLocks, channel: BroadcastChannel | null = null) =>
	new SessionLocks({ locks: fake as unknown as LockManager, channel });

it('counts the sessions of all windows, until they are released', async () => {
	const fake = new FakeLocks();
	const mine = locksOf(fake);
	const other = locksOf(fake);
	const release = mine.hold('a');
	other.hold('b');
	other.holdBusy('w');
	expect(await mine.query()).toEqual({ sessions: 2, busy: 1 });
	expect(mine.ownCount).toBe(1);
	release();
	release();
	await expect.poll(() => mine.query()).toEqual({ sessions: 1, busy: 1 });
	expect(mine.ownCount).toBe(0);
});

it('tells the other windows of each change', async () => {
	const name = `test-${crypto.randomUUID()}`;
	const fake = new FakeLocks();
	const mine = locksOf(fake, new BroadcastChannel(name));
	const other = locksOf(fake, new BroadcastChannel(name));
	const heard = vi.fn();
	const stop = other.onChange(heard);
	const release = mine.hold('a');
	await expect.poll(() => heard.mock.calls.length).toBe(1);
	release();
	await expect.poll(() => heard.mock.calls.length).toBe(2);
	stop();
	mine.dispose();
	other.dispose();
});

it('tells of a release when the lock is free: whoever asks then does not count it', async () => {
	const fake = new FakeLocks();
	const mine = locksOf(fake);
	const release = mine.hold('a');
	const counted: number[] = [];
	mine.onChange(() => counted.push(fake.names.length));
	release();
	await expect.poll(() => counted).toEqual([0]);
});

it('counts its own sessions where there are no locks', async () => {
	const locks = new SessionLocks({ locks: null, channel: null });
	locks.hold('a');
	expect(await locks.query()).toEqual({ sessions: 1, busy: 0 });
});

const CLOSED: SshPhase = {
	at: 'closed',
	exit: { status: 0, signal: null },
	isStopped: false,
	startedAtMs: 0
};
const JOINING: SshPhase = { at: 'joining', startedAtMs: 0 };
const DIALING: SshPhase = { at: 'dialing', startedAtMs: 0 };
const OPEN: SshPhase = { at: 'open', startedAtMs: 0 };
const failed = (isWaiting: boolean): SshPhase => ({
	at: 'failed',
	error: AppError.of('node-removed').toWire(),
	isWaiting,
	startedAtMs: 0
});

it.each<[string, readonly (readonly [SshPhase, number])[]]>([
	[
		'a session has a shell or is on its way to one',
		[
			[JOINING, 0],
			[DIALING, 1],
			[OPEN, 1],
			[CLOSED, 0],
			[OPEN, 1]
		]
	],
	[
		'one that lost its shell comes back by itself',
		[
			[OPEN, 1],
			[failed(true), 1],
			[JOINING, 1],
			[DIALING, 1],
			[failed(true), 1],
			[failed(false), 0],
			[JOINING, 0]
		]
	],
	['not where there was no shell', [[failed(true), 0]]]
])('holds while %s', (_, steps) => {
	const locks = new SessionLocks({ locks: null, channel: null });
	let phase: SshPhase = $state.raw(JOINING);
	const session = {
		id: sshSessionId('s'),
		get phase() {
			return phase;
		}
	};
	const stop = watchSession(session, locks);
	const held = steps.map(([next]) => {
		phase = next;
		flushSync();
		return locks.ownCount;
	});
	expect(held).toEqual(steps.map(([, count]) => count));
	stop();
	expect(locks.ownCount).toBe(0);
});
