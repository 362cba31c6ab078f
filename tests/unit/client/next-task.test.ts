// When what was put off goes on: after the frame and what is due, or where no frame comes, all the same.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { afterFrame } from '$lib/client/next-task';

let frames: FrameRequestCallback[];
let order: string[];

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	frames = [];
	order = [];
	vi.stubGlobal('requestAnimationFrame', (run: FrameRequestCallback) => frames.push(run));
	vi.stubGlobal('cancelAnimationFrame', () => undefined);
	void afterFrame().then(() => order.push('later'));
});

afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

test('goes on after the frame, and after what was due by then', async () => {
	frames[0]?.(0);
	setTimeout(() => order.push('due'), 0);
	order.push('frame');
	await vi.advanceTimersByTimeAsync(1);
	expect(order).toEqual(['frame', 'due', 'later']);
	expect(vi.getTimerCount()).toBe(0);
});

test('goes on without a frame in a window that nobody sees', async () => {
	await vi.advanceTimersByTimeAsync(99);
	expect(order).toEqual([]);
	await vi.advanceTimersByTimeAsync(1);
	expect(order).toEqual(['later']);
});
