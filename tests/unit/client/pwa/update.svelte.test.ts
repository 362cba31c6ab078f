// A waiting version: offered, applied only when asked, and reloads only the window that asked.
import { describe, expect, it, vi } from 'vitest';
import { AppUpdate, type UpdateSource } from '$lib/client/pwa/update.svelte';

function setup(register: () => Promise<unknown>) {
	const listeners = new Map<string, () => void>();
	const messageSkipWaiting = vi.fn();
	const reload = vi.fn();
	const workbox: UpdateSource = {
		addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
		register,
		messageSkipWaiting
	};
	return { update: new AppUpdate({ workbox, reload }), listeners, messageSkipWaiting, reload };
}

describe('AppUpdate', () => {
	it('waits for the person, then takes over and reloads', () => {
		const { update, listeners, messageSkipWaiting, reload } = setup(() =>
			Promise.resolve(undefined)
		);
		expect(update.isWaiting).toBe(false);
		listeners.get('waiting')?.();
		expect(update.isWaiting).toBe(true);
		expect(messageSkipWaiting).not.toHaveBeenCalled();
		update.apply();
		expect(messageSkipWaiting).toHaveBeenCalledOnce();
		listeners.get('controlling')?.();
		expect(reload).toHaveBeenCalledOnce();
	});

	it('does not reload when another window updates', () => {
		const { listeners, reload } = setup(() => Promise.resolve(undefined));
		listeners.get('controlling')?.();
		expect(reload).not.toHaveBeenCalled();
	});

	it('works without a service worker', async () => {
		expect(await new AppUpdate({ workbox: null, reload: vi.fn() }).register()).toBe(false);
		const { update } = setup(() => Promise.reject(new DOMException('no', 'SecurityError')));
		expect(await update.register()).toBe(false);
	});
});
