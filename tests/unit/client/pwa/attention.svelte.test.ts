// Terminals that call: the number on the icon over all windows, notifications by choice, and their end.
import { describe, expect, it, vi } from 'vitest';
import { Attention, type Call } from '$lib/client/pwa/attention.svelte';

/** A BroadcastChannel whose members hear each other at once. */
class Channel {
	onmessage: ((event: { data: unknown }) => void) | null = null;
	readonly #members: Set<Channel>;
	constructor(members: Set<Channel>) {
		this.#members = members;
		members.add(this);
	}
	postMessage(data: unknown): void {
		for (const member of this.#members) if (member !== this) member.onmessage?.({ data });
	}
	close(): void {
		this.#members.delete(this);
	}
}

function browser() {
	const members = new Set<Channel>();
	let icon = -1;
	const badge = {
		setAppBadge: (count: number) => Promise.resolve(void (icon = count)),
		clearAppBadge: () => Promise.resolve(void (icon = 0))
	};
	const window = (windowId: string, isNotifying = false) => {
		const takeBack = vi.fn();
		const notify = vi.fn((_: Call): (() => void) | null => takeBack);
		const attention = new Attention({
			settings: { values: { isNotifying } },
			badge,
			notify,
			channel: new Channel(members) as unknown as BroadcastChannel,
			isFocused: true,
			windowId
		});
		return { attention, notify, takeBack };
	};
	return { window, icon: () => icon };
}

const call = (id: string): Call => ({
	id,
	title: `root@${id}`,
	text: 'The bell rang.',
	show: () => undefined
});

describe('Attention', () => {
	it('counts terminals, not bells, over all windows', () => {
		const { window, icon } = browser();
		const first = window('a');
		expect(icon()).toBe(0);
		first.attention.call(call('web-1'));
		first.attention.call(call('web-1'));
		first.attention.call(call('db-1'));
		expect(icon()).toBe(2);
		const second = window('b');
		expect(icon()).toBe(2);
		second.attention.call(call('web-1'));
		expect(icon()).toBe(3);
		first.attention.seen('db-1');
		first.attention.seen('never-called');
		expect(icon()).toBe(2);
		second.attention.dispose();
		expect(icon()).toBe(1);
		first.attention.seen('web-1');
		expect(icon()).toBe(0);
	});

	it('notifies only who asked for it, once, and takes it back', () => {
		const { window } = browser();
		const quiet = window('a');
		quiet.attention.call(call('web-1'));
		expect(quiet.notify).not.toHaveBeenCalled();
		const loud = window('b', true);
		loud.attention.call(call('web-1'));
		loud.attention.call(call('web-1'));
		expect(loud.notify).toHaveBeenCalledOnce();
		expect(loud.takeBack).not.toHaveBeenCalled();
		loud.attention.seen('web-1');
		expect(loud.takeBack).toHaveBeenCalledOnce();
		loud.attention.call(call('web-1'));
		expect(loud.notify).toHaveBeenCalledTimes(2);
	});

	it('lives without an icon, a channel and notifications', () => {
		const attention = new Attention({
			settings: { values: { isNotifying: true } },
			badge: null,
			notify: () => null,
			channel: null,
			isFocused: false,
			windowId: 'a'
		});
		attention.call(call('web-1'));
		expect(attention.isFocused).toBe(false);
		attention.focused(true);
		expect(attention.isFocused).toBe(true);
		attention.seen('web-1');
		attention.dispose();
	});

	it('takes a refusal of the icon for what it is', async () => {
		const setAppBadge = vi.fn(() => Promise.reject(new DOMException('no', 'NotAllowedError')));
		const attention = new Attention({
			settings: { values: { isNotifying: false } },
			badge: { setAppBadge, clearAppBadge: () => Promise.resolve() },
			notify: () => null,
			channel: null,
			isFocused: true,
			windowId: 'a'
		});
		attention.call(call('web-1'));
		await expect(setAppBadge.mock.results[0]?.value).rejects.toThrow('no');
	});
});
