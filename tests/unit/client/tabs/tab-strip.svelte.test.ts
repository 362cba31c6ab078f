// The tabs of a window: order, active tab, splits, closing and reopening.
import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import type { SshPhase, SshSession, SshTarget } from '$lib/client/sessions/ssh-session.svelte';
import { leavesOf } from '$lib/client/tabs/layout';
import type { Pane, PaneEnd } from '$lib/client/tabs/pane.svelte';
import { TabStrip } from '$lib/client/tabs/tab-strip.svelte';
import type { Tab } from '$lib/client/tabs/tab.svelte';
import { AppError } from '$lib/contracts/app-error';
import { nodeName } from '$lib/contracts/ids';
import { PANES_MAX } from '$lib/storage/windows';
import { login } from '../fakes';

class FakeSession {
	isLive = $state(false);
	goesOn = $state(true);
	receivedBytes = $state(0);
	phase: SshPhase = $state.raw({ at: 'joining', startedAtMs: 0 });
	open = vi.fn();
	close = vi.fn();
	dispose = vi.fn();
}

const seed = (node: string): SshTarget => ({ node: nodeName(node), login: login('root') });

function setup() {
	const sessions: FakeSession[] = [];
	const ends: string[] = [];
	const watched = new Set<unknown>();
	const strip = new TabStrip({
		createSession: () => {
			const session = new FakeSession();
			sessions.push(session);
			return session as unknown as SshSession;
		},
		watch: (session) => {
			watched.add(session);
			return () => watched.delete(session);
		},
		onEnded: ({ node }, end: PaneEnd) => {
			ends.push(`${node} ${end.code ?? '-'} ${String(end.exitStatus)}`);
		}
	});
	const names = () => strip.tabs.map(({ seed: { node } }) => node);
	return { strip, sessions, names, ends, watched };
}

const nodes = (tab: Tab | null) => tab?.ordered.map((pane: Pane) => pane.seed.node);

function last<T>(items: readonly T[]): T {
	const item = items.at(-1);
	if (item === undefined) throw new Error('nothing there');
	return item;
}

describe('TabStrip', () => {
	it('opens at the end, activates and connects', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('web-1'));
		expect(strip.active).toBe(tab);
		expect(tab.name).toBe('root@web-1');
		expect(sessions[0]?.open).toHaveBeenCalledOnce();
	});

	it('follows a session as long as its pane lives, in whatever phase it is closed', () => {
		const { strip, sessions, watched } = setup();
		const a = strip.open(seed('a'));
		strip.open(seed('b'));
		expect(watched).toEqual(new Set(sessions));
		const [first, second] = sessions;
		if (first === undefined) throw new Error('no session');
		first.phase = {
			at: 'reconnecting',
			error: AppError.of('node-offline', { node: 'a', lastSeen: 'now' }).toWire(),
			attempt: 1,
			nextAtMs: null,
			startedAtMs: 0
		};
		strip.close(a.id, { isConfirmed: true });
		expect(watched).toEqual(new Set([second]));
		strip.dispose();
		expect(watched.size).toBe(0);
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
		expect(strip.lastActive?.seed.node).toBe('c');
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
		a.pane.ring();
		b.pane.ring();
		expect([a.hasUnread, a.hasBell, b.hasUnread, b.hasBell]).toEqual([true, true, false, false]);
		strip.activate(a.id);
		expect([a.hasUnread, a.hasBell]).toEqual([false, false]);
		strip.activate(b.id);
		expect(a.hasUnread).toBe(false);
	});

	it('counts sessions that are held through an outage, each split by itself', () => {
		const { strip, sessions } = setup();
		strip.split(strip.open(seed('a')), 'row');
		strip.open(seed('b'));
		expect(strip.heldCount).toBe(3);
		last(sessions).goesOn = false;
		expect(strip.heldCount).toBe(2);
	});

	it('counts live sessions and ends all of them when the window goes', () => {
		const { strip, sessions } = setup();
		const a = strip.open(seed('a'));
		strip.open(seed('b'));
		strip.split(a, 'row');
		for (const session of sessions) session.isLive = true;
		expect(strip.liveCount).toBe(3);
		strip.dispose();
		expect(strip.tabs).toEqual([]);
		expect(strip.panes).toEqual([]);
		for (const session of sessions) expect(session.close).toHaveBeenCalledOnce();
	});

	it('duplicates a tab with its splits, right of it', () => {
		const { strip, names } = setup();
		const a = strip.open(seed('a'));
		strip.split(a, 'column', seed('a2'));
		a.rename('pair');
		strip.open(seed('b'));
		const copy = strip.duplicate(a);
		expect(names()).toEqual(['a2', 'a2', 'b']);
		expect(nodes(copy)).toEqual(['a', 'a2']);
		expect(copy.givenName).toBe('pair');
		expect(copy.layout).toMatchObject({ kind: 'split', axis: 'column' });
	});

	it('duplicates one split in its folder', () => {
		const { strip } = setup();
		const a = strip.open(seed('a'));
		strip.split(a, 'column', seed('a2'));
		a.pane.setCwd('/srv/app');
		const copy = strip.duplicateHere(a);
		expect(nodes(copy)).toEqual(['a2']);
		expect(copy.seed).toEqual({ ...seed('a2'), folder: '/srv/app' });
		expect(copy.saved.layout).toMatchObject({ pane: { folder: '/srv/app' } });
		a.pane.setCwd(null);
		expect(strip.duplicateHere(a).seed).toEqual(seed('a2'));
	});

	it('hands a tab over without asking, and does not offer to reopen it', () => {
		const { strip, sessions } = setup();
		const a = strip.open(seed('a'));
		last(sessions).isLive = true;
		strip.handOver(a);
		expect(strip.tabs).toEqual([]);
		expect(strip.canReopen).toBe(false);
		expect(last(sessions).close).toHaveBeenCalledOnce();
	});

	it('says once how each session ended', () => {
		const { strip, sessions, ends } = setup();
		const a = strip.open(seed('a'));
		const [session] = sessions;
		if (session === undefined) throw new Error('no session');
		session.phase = {
			at: 'closed',
			exit: { status: 3, signal: null },
			isStopped: false,
			startedAtMs: 0
		};
		flushSync();
		const error = AppError.of('node-not-found', { node: 'a' }).toWire();
		session.phase = { at: 'failed', error, isWaiting: false, startedAtMs: 0 };
		flushSync();
		// The own node's failure says nothing about the machine.
		const own = AppError.of('wasm-crashed', {}).toWire();
		session.phase = { at: 'failed', error: own, isWaiting: true, startedAtMs: 0 };
		flushSync();
		session.isLive = true;
		strip.close(a.id, { isConfirmed: true });
		expect(ends).toEqual(['a - 3', 'a node-not-found null', 'a - null']);
	});
});

describe('splits', () => {
	it('divides the pane with the keyboard; the new one gets it, and connects', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('a'));
		const pane = strip.split(tab, 'row');
		expect(tab.pane).toBe(pane);
		expect(nodes(tab)).toEqual(['a', 'a']);
		expect(last(sessions).open).toHaveBeenCalledOnce();
		strip.split(tab, 'column', seed('b'));
		expect(nodes(tab)).toEqual(['a', 'a', 'b']);
		expect(tab.focusNeighbour('left')).toBe(true);
		expect(tab.pane).toBe(tab.panes[0]);
		expect(tab.focusNeighbour('left')).toBe(false);
	});

	it('keeps to a number of splits', () => {
		const { strip } = setup();
		const tab = strip.open(seed('a'));
		for (let n = 1; n < PANES_MAX; n += 1) expect(strip.split(tab, 'row')).not.toBeNull();
		expect(strip.canSplit(tab)).toBe(false);
		expect(strip.split(tab, 'row')).toBeNull();
		expect(tab.panes).toHaveLength(PANES_MAX);
	});

	it('closes one split, asks when it is live, and the last takes the tab along', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('a'));
		strip.split(tab, 'row', seed('b'));
		const session = last(sessions);
		session.isLive = true;
		expect(strip.closePane(tab, tab.pane)).toBe('asks');
		expect(tab.panes).toHaveLength(2);
		expect(strip.closePane(tab, tab.pane, { isConfirmed: true })).toBe('closed');
		expect(session.dispose).toHaveBeenCalledOnce();
		expect(nodes(tab)).toEqual(['a']);
		expect(strip.closePane(tab, tab.pane)).toBe('closed');
		expect(strip.tabs).toEqual([]);
	});

	it('reopens a closed split at its place, or beside what is there now', () => {
		const { strip } = setup();
		const tab = strip.open(seed('a'));
		strip.split(tab, 'column', seed('b'));
		strip.split(tab, 'row', seed('c'));
		const shape = JSON.stringify(tab.saved.layout);
		const b = tab.ordered[1];
		if (b === undefined) throw new Error('no pane');
		strip.closePane(tab, b);
		expect(nodes(tab)).toEqual(['a', 'c']);
		strip.reopenClosed();
		expect(JSON.stringify(tab.saved.layout)).toBe(shape);
		expect(tab.pane.seed.node).toBe('b');
		strip.closePane(tab, tab.pane);
		tab.resize([], 0.3);
		strip.reopenClosed();
		expect(nodes(tab)).toEqual(['a', 'b', 'c']);
		strip.closePane(tab, tab.pane);
		strip.close(tab.id);
		strip.reopenClosed();
		expect(nodes(strip.active)).toEqual(['a', 'c']);
		strip.reopenClosed();
		expect(nodes(strip.active)).toEqual(['b']);
	});

	it('shows one pane while zoomed or on a small screen; the hidden ones collect news', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('a'));
		strip.split(tab, 'row', seed('b'));
		const [first, second] = tab.panes;
		if (!first || !second || !sessions[0]) throw new Error('no panes');
		expect([tab.shows(first.id), tab.shows(second.id)]).toEqual([true, true]);
		tab.setZoomed(true);
		expect([tab.shows(first.id), tab.shows(second.id)]).toEqual([false, true]);
		sessions[0].receivedBytes = 9;
		first.ring();
		expect([tab.hasUnread, tab.hasBell]).toEqual([true, true]);
		tab.setZoomed(false);
		expect([tab.hasUnread, tab.hasBell]).toEqual([false, false]);
		strip.setOneAtATime(true);
		expect(tab.shows(first.id)).toBe(false);
		tab.focusNext(1);
		expect(tab.pane).toBe(first);
		tab.focusNext(-1);
		expect(tab.pane).toBe(second);
	});

	it('has the given name and the machine in its full name, and takes an empty one back', () => {
		const { strip } = setup();
		const tab = strip.open(seed('a'));
		tab.rename(`  deploy\n${String.fromCodePoint(0x202e)}of  the day `);
		expect(tab.givenName).toBe('deploy of  the day');
		expect(tab.fullName).toBe('deploy of  the day, root@a');
		tab.rename(' ');
		expect(tab.givenName).toBeNull();
		expect(tab.fullName).toBe('root@a');
	});

	it('opens a saved tab with shape, names and the pane that had the keyboard', () => {
		const { strip, sessions } = setup();
		const tab = strip.open(seed('a'));
		strip.split(tab, 'row', seed('b'));
		tab.focusNeighbour('left');
		tab.resize([], 0.25);
		tab.rename('pair');
		const opened = strip.openSaved(tab.saved);
		expect(opened.saved).toEqual(tab.saved);
		expect(opened.pane.seed.node).toBe('a');
		expect(leavesOf(opened.layout)).toEqual(opened.ordered.map(({ id }) => id));
		expect(sessions).toHaveLength(4);
		for (const session of sessions) expect(session.open).toHaveBeenCalledOnce();
	});
});
