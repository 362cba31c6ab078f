// Locks that tell all windows where sessions live.
import { flushSync } from 'svelte';
import { expect, it, vi } from 'vitest';
import { SessionLocks } from '$lib/client/pwa/session-locks';
import { watchSession } from '$lib/client/pwa/session-watch.svelte';
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

it('counts its own sessions where there are no locks', async () => {
	const locks = new SessionLocks({ locks: null, channel: null });
	locks.hold('a');
	expect(await locks.query()).toEqual({ sessions: 1, busy: 0 });
});

it('holds while a session has a shell or is on its way to one', () => {
	const locks = new SessionLocks({ locks: null, channel: null });
	let at: SshPhase['at'] = $state('joining');
	const session = {
		id: sshSessionId('s'),
		get phase(): SshPhase {
			return at === 'open' || at === 'dialing' || at === 'joining'
				? { at, startedAtMs: 0 }
				: { at: 'closed', exit: { status: 0, signal: null }, isStopped: false, startedAtMs: 0 };
		}
	};
	const stop = watchSession(session, locks);
	flushSync();
	const held: number[] = [locks.ownCount];
	for (const next of ['dialing', 'open', 'closed', 'open'] as const) {
		at = next;
		flushSync();
		held.push(locks.ownCount);
	}
	expect(held).toEqual([0, 1, 1, 0, 1]);
	stop();
	expect(locks.ownCount).toBe(0);
});
