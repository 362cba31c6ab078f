// Closing the other tabs of a window: one question about all that are live, or none. A machine opened in a
// window of its own, also where nothing can be handed over in storage.
import { describe, expect, it, vi } from 'vitest';
import { launchOf } from '$lib/client/launcher/launch-params';
import type { SshSession } from '$lib/client/sessions/ssh-session.svelte';
import { TabStrip } from '$lib/client/tabs/tab-strip.svelte';
import type { Tab } from '$lib/client/tabs/tab.svelte';
import { WindowView, type WindowViewOptions } from '$lib/client/windows/window-view.svelte';
import { nodeName } from '$lib/contracts/ids';
import { DEFAULT_SETTINGS } from '$lib/storage/settings';
import { login } from '../fakes';

const TOKEN = '0123456789abcdef0123456789abcdef';

class FakeSession {
	receivedBytes = 0;
	phase = { at: 'joining', startedAtMs: 0 };
	open = vi.fn();
	close = vi.fn();
	dispose = vi.fn();

	constructor(readonly isLive: boolean) {}
}

/** @param names one tab each; a `*` at the end has a shell */
function setup(names: readonly string[], isCloseConfirmed = true) {
	const tabs = new TabStrip({
		createSession: ({ node }) =>
			new FakeSession(names.includes(`${node}*`)) as unknown as SshSession
	});
	const client = {
		tabs,
		settings: { values: { ...DEFAULT_SETTINGS, isCloseConfirmed } }
	} as unknown as WindowViewOptions['client'];
	const nothing = () => undefined;
	const view = new WindowView({
		client,
		frame: {} as WindowViewOptions['frame'],
		onMachines: nothing,
		onNextPart: nothing,
		onSignOut: nothing,
		openWindow: nothing
	});
	for (const name of names)
		tabs.open({ node: nodeName(name.replace('*', '')), login: login('root') });
	const tab = (name: string): Tab => {
		const found = tabs.tabs.find(({ seed }) => seed.node === name);
		if (found === undefined) throw new Error(`no tab ${name}`);
		return found;
	};
	return {
		view,
		tabs,
		tab,
		nodes: () => tabs.tabs.map(({ seed }) => seed.node),
		inView: () => tabs.active?.seed.node ?? null,
		asked: () =>
			view.floating?.at === 'close-others'
				? view.floating.others.map(({ seed }) => seed.node)
				: view.floating
	};
}

describe('closing the other tabs', () => {
	it('asks once about all that are live, after the rest has gone, and shows what was in view', () => {
		const { view, tabs, tab, nodes, inView, asked } = setup(['a*', 'b', 'c*', 'd', 'e*']);
		tabs.activate(tab('c').id);
		view.closeOthers(tab('a'));
		expect(nodes()).toEqual(['a', 'c', 'e']);
		expect(asked()).toEqual(['c', 'e']);
		expect(inView()).toBe('c');

		view.answerCloseOthers(false);
		expect(nodes()).toEqual(['a', 'c', 'e']);
		expect(inView()).toBe('c');
		expect(asked()).toBeNull();

		view.closeOthers(tab('a'));
		view.answerCloseOthers(true);
		expect(nodes()).toEqual(['a']);
		expect(inView()).toBe('a');
		expect(asked()).toBeNull();
		view.answerCloseOthers(true);
		expect(nodes()).toEqual(['a']);
	});

	it('brings the one that stays into view when the one in view goes, and no neighbour meanwhile', () => {
		const { view, tabs, tab, nodes, inView, asked } = setup(['a', 'b', 'c*']);
		tabs.activate(tab('b').id);
		const seen = vi.spyOn(tab('c'), 'seen');
		view.closeOthers(tab('a'));
		expect(nodes()).toEqual(['a', 'c']);
		expect(asked()).toEqual(['c']);
		expect(inView()).toBe('a');
		expect(seen).not.toHaveBeenCalled();
	});

	it('stays on a page until it is confirmed', () => {
		const { view, tabs, tab, inView } = setup(['a', 'b*']);
		tabs.activate(null);
		view.closeOthers(tab('a'));
		expect(inView()).toBeNull();
		view.answerCloseOthers(true);
		expect(inView()).toBe('a');
	});

	it('asks nothing when nothing would end, or the person wants no questions', () => {
		for (const { view, tab, nodes, inView, asked } of [
			setup(['a', 'b', 'c']),
			setup(['a*', 'b*', 'c*'], false)
		]) {
			view.closeOthers(tab('b'));
			expect(nodes()).toEqual(['b']);
			expect(inView()).toBe('b');
			expect(asked()).toBeNull();
		}
	});

	it('closes a tab that has ended meanwhile, and none that has come', () => {
		const { view, tabs, tab, nodes } = setup(['a', 'b*', 'c*']);
		view.closeOthers(tab('a'));
		tabs.close(tab('b').id, { isConfirmed: true });
		tabs.open({ node: nodeName('late'), login: login('root') });
		view.answerCloseOthers(true);
		expect(nodes()).toEqual(['a', 'late']);
	});
});

describe('a machine in a window of its own', () => {
	function connectInWindow(isStoragePersistent: boolean) {
		const send = vi.fn(() => Promise.resolve());
		const openWindow = vi.fn<(path: string) => void>();
		const client = {
			tabs: new TabStrip({ createSession: () => new FakeSession(false) as unknown as SshSession }),
			windows: { send },
			menuToken: TOKEN,
			isStoragePersistent
		} as unknown as WindowViewOptions['client'];
		const nothing = () => undefined;
		new WindowView({
			client,
			frame: {} as WindowViewOptions['frame'],
			onMachines: nothing,
			onNextPart: nothing,
			onSignOut: nothing,
			openWindow
		}).connect({ node: nodeName('web-1'), login: login('o.brien-1') }, 'window');
		return { send, openWindow, tabs: client.tabs };
	}

	it('is handed over in storage', () => {
		const { send, openWindow } = connectInWindow(true);
		expect(send).toHaveBeenCalledOnce();
		expect(openWindow).not.toHaveBeenCalled();
	});

	it('P4 is named by the address where storage reaches no other window', () => {
		const { send, openWindow, tabs } = connectInWindow(false);
		expect(send).not.toHaveBeenCalled();
		expect(tabs.tabs).toEqual([]);
		expect(openWindow).toHaveBeenCalledOnce();
		const path = openWindow.mock.calls[0]?.[0] ?? '';
		const origin = 'https://headtab.example';
		const arrival = { origin, token: TOKEN, isForeign: true };
		expect(launchOf(origin + path, arrival)).toMatchObject({
			kind: 'connect',
			node: 'web-1',
			login: 'o.brien-1',
			isForeign: false
		});
	});
});
