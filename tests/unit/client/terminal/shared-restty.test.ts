// restty's own code is a download like any other: it may fail, and is asked for again. A GPU that goes again and again
// is asked for no more.
import { afterEach, expect, test, vi } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { sharedRestty } from '$lib/client/terminal/core';

afterEach(() => {
	vi.doUnmock('restty/internal/runtime');
	vi.useRealTimers();
});

test('[server-unreachable] a download that fails is told as such, and the next terminal tries again', async () => {
	const page = { location: { origin: 'https://tab.example' } } as unknown as Document;
	vi.doMock('restty/internal/runtime', () => {
		throw new TypeError('Failed to fetch dynamically imported module');
	});
	const first = sharedRestty(page);
	await expect(first.session()).rejects.toBeInstanceOf(AppError);
	await expect(first.restty).rejects.toMatchObject({
		code: 'server-unreachable',
		params: { origin: 'https://tab.example' }
	});
	const session = {};
	vi.doMock('restty/internal/runtime', () => ({ createResttyRuntimeSession: () => session }));
	await expect(sharedRestty(page).session()).resolves.toBe(session);
});

test('a WebGPU device that is lost twice within a minute gives way to WebGL2, one loss is one for all', async () => {
	vi.useFakeTimers({ toFake: ['performance'] });
	vi.doMock('restty/internal/runtime', () => ({
		createResttyRuntimeSession: () => ({ getWebGPUCore: () => Promise.resolve('a device') })
	}));
	const shared = sharedRestty({
		location: { origin: 'https://tab.example' }
	} as unknown as Document);
	const device = async () => (await shared.session()).getWebGPUCore({} as HTMLCanvasElement);
	const lose = async () => {
		const lost = await shared.session();
		// Two terminals had it; the first is drawn anew before the second tells.
		shared.dropSession(lost);
		const next = await shared.session();
		expect(next).not.toBe(lost);
		shared.dropSession(lost);
		expect(await shared.session()).toBe(next);
	};
	await lose();
	expect(await device()).toBe('a device');
	vi.advanceTimersByTime(61_000);
	await lose();
	expect(await device()).toBe('a device');
	vi.advanceTimersByTime(20_000);
	await lose();
	expect(await device()).toBeNull();
	await lose();
	expect(await device()).toBeNull();
});
