// How long a launch waits for a server that does not answer.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTime } from '../../../src/service-worker/in-time';

describe('an answer', () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it('is waited for as long as the limit says, and no longer', async () => {
		const settled = vi.fn();
		void inTime(new Promise<string>(() => undefined), 4_000).then(settled);
		await vi.advanceTimersByTimeAsync(3_999);
		expect(settled).not.toHaveBeenCalled();
		await vi.advanceTimersByTimeAsync(1);
		expect(settled).toHaveBeenCalledExactlyOnceWith(null);
	});

	it('that comes in time is the answer, and leaves no timer', async () => {
		await expect(inTime(Promise.resolve('page'), 4_000)).resolves.toBe('page');
		await expect(inTime(Promise.reject(new TypeError('away')), 4_000)).rejects.toThrow('away');
		expect(vi.getTimerCount()).toBe(0);
	});

	it('that fails after the limit is nobody’s failure', async () => {
		let fail = (_cause: unknown): void => undefined;
		const work = new Promise<string>((_, reject) => {
			fail = reject;
		});
		const answer = inTime(work, 4_000);
		await vi.advanceTimersByTimeAsync(4_000);
		fail(new TypeError('away'));
		await expect(answer).resolves.toBeNull();
	});
});
