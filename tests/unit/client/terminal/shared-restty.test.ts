// restty's own code is a download like any other: it may fail, and is asked for again.
import { afterEach, expect, test, vi } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { sharedRestty } from '$lib/client/terminal/core';

afterEach(() => vi.doUnmock('restty/internal/runtime'));

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
