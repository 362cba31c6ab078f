// The tabs of a window: order, active tab, closing and reopening.
import { describe, expect, it, vi } from 'vitest';
import type { SshSession, SshTarget } from '$lib/client/sessions/ssh-session.svelte';
import { TabStrip } from '$lib/client/tabs/tab-strip.svelte';
import { nodeName } from '$lib/contracts/ids';
import { login } from '../fakes';

class FakeSession {
	isLive = $state(false);
	receivedBytes = $state(0);
	open = vi.fn();
	close = vi.fn();
	dispose = vi.fn();
}

const seed = (node: string): SshTarget => ({ node: nodeName(node), login: login('root') });

function setup() {
	const sessions: FakeSession[] = [];
	const strip = new TabStrip({
		createSession: () => {
			const session = new FakeSession();
			sessions.push(session);
			return session as unknown as SshSession;
		}
	});
	const names = () => strip.tabs.map(({ seed: { node } }) => node);
	return { strip, sessions, names };
}

describe('TabStrip', () => {
	it('opens at the end, activates and connects', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('web-1'));
		expect(strip.active).toBe(tab);
		expect(tab.name).toBe('root@web-1');
		expect(sessions[0]?.open).toHaveBeenCalledOnce();
	});

	it('asks before a live session is closed, then activates the neighbour', () => {
		const { strip, sessions, names } = setup();
		strip.open(seed('a'));
		const b = strip.open(seed('b'));
		strip.open(seed('c'));
		strip.activate(b.id);
		const [, session] = sessions;
		if (session === undefined) throw new Error('no session');
		session.isLive = true;
		expect(strip.close(b.id)).toBe('asks');
		expect(session.close).not.toHaveBeenCalled();
		expect(strip.close(b.id, { isConfirmed: true })).toBe('closed');
		expect(session.dispose).toHaveBeenCalledOnce();
		expect(names()).toEqual(['a', 'c']);
		expect(strip.active?.seed.node).toBe('c');
	});

	it('reopens what was closed last, at its place', () => {
		const { strip, names } = setup();
		const a = strip.open(seed('a'));
		strip.open(seed('b'));
		strip.close(a.id);
		expect(strip.canReopen).toBe(true);
		strip.reopenClosed();
		expect(names()).toEqual(['a', 'b']);
		expect(strip.active?.seed.node).toBe('a');
		expect(strip.reopenClosed()).toBeNull();
	});

	it('goes round, by number, and moves', () => {
		const { strip, names } = setup();
		const a = strip.open(seed('a'));
		strip.open(seed('b'));
		strip.open(seed('c'));
		strip.next();
		expect(strip.active?.seed.node).toBe('a');
		strip.previous();
		expect(strip.active?.seed.node).toBe('c');
		strip.activateAt(8);
		expect(strip.active?.seed.node).toBe('c');
		strip.move(a.id, 2);
		expect(names()).toEqual(['b', 'c', 'a']);
		strip.activate(null);
		expect(strip.active).toBeNull();
		strip.activateLast();
		expect(strip.active?.seed.node).toBe('c');
	});

	it('marks output and bells of a tab that is not active', () => {
		const { strip, sessions } = setup();
		const a = strip.open(seed('a'));
		const b = strip.open(seed('b'));
		const [first] = sessions;
		if (first === undefined) throw new Error('no session');
		first.receivedBytes = 5;
		a.ring();
		b.ring();
		expect([a.hasUnread, a.hasBell, b.hasUnread, b.hasBell]).toEqual([true, true, false, false]);
		strip.activate(a.id);
		expect([a.hasUnread, a.hasBell]).toEqual([false, false]);
		strip.activate(b.id);
		expect(a.hasUnread).toBe(false);
	});

	it('counts live sessions and ends all of them when the window goes', () => {
		const { strip, sessions } = setup();
		strip.open(seed('a'));
		strip.open(seed('b'));
		for (const session of sessions) session.isLive = true;
		expect(strip.liveCount).toBe(2);
		strip.dispose();
		expect(strip.tabs).toEqual([]);
		for (const session of sessions) expect(session.close).toHaveBeenCalledOnce();
	});
});
