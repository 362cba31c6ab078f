// A waiting version: offered, taken over when the person says so or nothing lives, and no window with a
// live session reloads without the person's word.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppUpdate, QUIET_MS, type UpdateSource } from '$lib/client/pwa/update.svelte';

class FakeSessions {
	ownCount = 0;
	others = 0;
	busy = 0;
	listener: () => void = () => undefined;
	query = () => Promise.resolve({ sessions: this.ownCount + this.others, busy: this.busy });
	onChange = (listener: () => void) => {
		this.listener = listener;
		return () => undefined;
	};
	holdBusy = () => {
		this.busy += 1;
		return () => {
			this.busy -= 1;
			this.listener();
		};
	};
}

function setup(
	options: {
		register?: () => Promise<unknown>;
		isControlled?: boolean;
		channel?: BroadcastChannel;
	} = {}
) {
	const listeners = new Map<string, () => void>();
	const messageSkipWaiting = vi.fn();
	const lookForUpdate = vi.fn(() => Promise.resolve());
	const reload = vi.fn();
	let controller: object | null = (options.isControlled ?? true) ? {} : null;
	const sessions = new FakeSessions();
	const workbox: UpdateSource = {
		addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
		register: options.register ?? (() => Promise.resolve({})),
		update: lookForUpdate,
		messageSkipWaiting
	};
	const update = new AppUpdate({
		workbox,
		controller: () => controller,
		sessions,
		channel: options.channel ?? null,
		reload,
		news: () => Promise.resolve([{ version: '9.0.0', news: ['Faster.'] }])
	});
	const tell = (type: 'waiting' | 'controlling') => {
		if (type === 'controlling') controller = {};
		listeners.get(type)?.();
	};
	/** As before anybody listens. */
	const takeControl = () => (controller = {});
	return { update, tell, takeControl, messageSkipWaiting, lookForUpdate, reload, sessions };
}

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});
const flush = () => vi.advanceTimersByTimeAsync(0);

describe('AppUpdate', () => {
	it('waits for the last session of any window, then takes over and reloads', async () => {
		const { update, tell, messageSkipWaiting, reload, sessions } = setup();
		sessions.others = 2;
		tell('waiting');
		await flush();
		expect(update.isWaiting).toBe(true);
		expect(update.liveCount).toBe(2);
		expect(update.news.map(({ version }) => version)).toEqual(['9.0.0']);
		await vi.advanceTimersByTimeAsync(QUIET_MS);
		expect(messageSkipWaiting).not.toHaveBeenCalled();
		sessions.others = 0;
		sessions.listener();
		await flush();
		expect(messageSkipWaiting).toHaveBeenCalled();
		tell('controlling');
		expect(reload).toHaveBeenCalledOnce();
		expect(update.isRestarting).toBe(true);
		update.dispose();
	});

	it('lets whoever types finish', async () => {
		const { update, tell, messageSkipWaiting } = setup();
		tell('waiting');
		await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
		dispatchEvent(new KeyboardEvent('keydown', { key: 'x' }));
		await vi.advanceTimersByTimeAsync(QUIET_MS - 1);
		expect(messageSkipWaiting).not.toHaveBeenCalled();
		await vi.advanceTimersByTimeAsync(1);
		expect(messageSkipWaiting).toHaveBeenCalled();
		update.dispose();
	});

	it('restarts on the word of the person although sessions live, in all windows', async () => {
		const name = `test-${crypto.randomUUID()}`;
		const mine = setup({ channel: new BroadcastChannel(name) });
		const other = setup({ channel: new BroadcastChannel(name) });
		mine.sessions.others = 1;
		other.sessions.ownCount = 1;
		mine.tell('waiting');
		mine.update.apply();
		expect(mine.messageSkipWaiting).toHaveBeenCalledOnce();
		mine.tell('controlling');
		expect(mine.reload).toHaveBeenCalledOnce();
		// The other window hears of the agreement before it is taken over.
		vi.useRealTimers();
		await expect
			.poll(() => {
				other.tell('controlling');
				return other.reload.mock.calls.length;
			})
			.toBeGreaterThan(0);
		mine.update.dispose();
		other.update.dispose();
	});

	it('restarts also when it hears of the word only after it was taken over', async () => {
		vi.useRealTimers();
		const name = `test-${crypto.randomUUID()}`;
		const mine = setup({ channel: new BroadcastChannel(name) });
		const other = setup({ channel: new BroadcastChannel(name) });
		other.sessions.ownCount = 1;
		other.tell('controlling');
		expect(other.reload).not.toHaveBeenCalled();
		mine.update.apply();
		await expect.poll(() => other.reload.mock.calls.length).toBe(1);
		mine.update.dispose();
		other.update.dispose();
	});

	it('keeps a window with a live session that was taken over without a word, and offers', async () => {
		const { update, tell, messageSkipWaiting, reload, sessions } = setup();
		sessions.ownCount = 1;
		tell('controlling');
		await flush();
		expect(reload).not.toHaveBeenCalled();
		expect(update.isWaiting).toBe(true);
		update.apply();
		expect(messageSkipWaiting).not.toHaveBeenCalled();
		expect(reload).toHaveBeenCalledOnce();
		update.dispose();
	});

	it('does not reload a first visit whose worker has just begun', () => {
		const { update, tell, reload } = setup({ isControlled: false });
		tell('controlling');
		expect(reload).not.toHaveBeenCalled();
		tell('controlling');
		expect(reload).toHaveBeenCalledOnce();
		update.dispose();
	});

	it('P1 knows a first worker that came before anybody listened: the next one is an update', async () => {
		const { update, tell, takeControl, reload } = setup({ isControlled: false });
		takeControl();
		await update.register();
		expect(reload).not.toHaveBeenCalled();
		tell('controlling');
		expect(reload).toHaveBeenCalledOnce();
		update.dispose();
	});

	it('puts the offer away, and takes over later all the same', async () => {
		const { update, tell, messageSkipWaiting, sessions } = setup();
		sessions.others = 1;
		tell('waiting');
		await flush();
		update.dismiss();
		expect(update.isWaiting).toBe(false);
		await vi.advanceTimersByTimeAsync(QUIET_MS);
		sessions.others = 0;
		// A window that crashed says nothing.
		await vi.advanceTimersByTimeAsync(15_000);
		expect(messageSkipWaiting).toHaveBeenCalled();
		update.dispose();
	});

	it('looks for new versions now and then, whatever the clock says', async () => {
		const { update, lookForUpdate } = setup();
		await update.register();
		vi.setSystemTime(Date.now() - 86_400_000);
		await vi.advanceTimersByTimeAsync(3_600_000);
		expect(lookForUpdate).toHaveBeenCalledOnce();
		dispatchEvent(new Event('online'));
		expect(lookForUpdate).toHaveBeenCalledOnce();
		await vi.advanceTimersByTimeAsync(60_000);
		dispatchEvent(new Event('online'));
		expect(lookForUpdate).toHaveBeenCalledTimes(2);
		update.dispose();
	});

	it('works without a service worker', async () => {
		const sessions = new FakeSessions();
		const none = {
			workbox: null,
			controller: () => null,
			sessions,
			channel: null,
			reload: vi.fn(),
			news: () => Promise.resolve([])
		};
		expect(await new AppUpdate(none).register()).toBe(false);
		const register = () => Promise.reject(new DOMException('no', 'SecurityError'));
		expect(await setup({ register }).update.register()).toBe(false);
	});
});
