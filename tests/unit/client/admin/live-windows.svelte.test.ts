// The admins' list: its order, its pace, what stays when the server does not answer.
import { describe, expect, it } from 'vitest';
import type { WindowView } from '$lib/contracts/api';
import { AppError } from '$lib/contracts/app-error';
import {
	LiveWindows,
	sortWindows,
	WINDOWS_REFRESH_MS
} from '$lib/client/admin/live-windows.svelte';
import { FakeClock, settle } from '../fakes';

const view = (change: Partial<WindowView>): WindowView => ({
	id: 'a',
	hostname: 'headtab-aaa',
	person: 'alice',
	email: 'alice@tailnet.example',
	headscaleUser: 'alice',
	sinceMs: 1,
	connections: 2,
	upBytes: 1,
	downBytes: 1,
	...change
});
const ids = (windows: readonly WindowView[] | null) => windows?.map(({ id }) => id);

class Page extends EventTarget {
	visibilityState: DocumentVisibilityState = 'visible';
}

function setUp(answers: readonly (readonly WindowView[] | AppError)[]) {
	const clock = new FakeClock();
	const page = new Page();
	const ended: string[] = [];
	let asked = 0;
	let endError: AppError | null = null;
	const live = new LiveWindows({
		clock,
		page,
		api: {
			windows: () => {
				const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
				asked += 1;
				return answer instanceof AppError ? Promise.reject(answer) : Promise.resolve(answer);
			},
			endWindow: (id) => {
				ended.push(id);
				return endError === null ? Promise.resolve() : Promise.reject(endError);
			}
		}
	});
	return {
		live,
		clock,
		page,
		ended,
		asked: () => asked,
		failEnding: (error: AppError | null) => (endError = error)
	};
}

describe('sortWindows', () => {
	const windows = [
		view({ id: 'b', person: 'bob', sinceMs: 5, upBytes: 9, connections: 1 }),
		view({ id: 'c', person: 'alice', sinceMs: 9, downBytes: 90 }),
		view({ id: 'a', person: 'alice', sinceMs: 7 })
	];
	it.each([
		['person', false, ['a', 'c', 'b']],
		['person', true, ['b', 'a', 'c']],
		['since', true, ['c', 'a', 'b']],
		['bytes', true, ['c', 'b', 'a']],
		['connections', false, ['b', 'a', 'c']],
		['node', false, ['a', 'b', 'c']]
	] as const)('by %s, descending %s', (by, isDescending, expected) => {
		expect(ids(sortWindows(windows, { by, isDescending }))).toEqual(expected);
	});
});

describe('LiveWindows', () => {
	it('asks at once and again, not while hidden, and stops', async () => {
		const { live, clock, page, asked } = setUp([[view({})]]);
		expect(live.rows).toBeNull();
		const stop = live.watch();
		await settle();
		expect(ids(live.rows)).toEqual(['a']);
		clock.advance(WINDOWS_REFRESH_MS);
		await settle();
		expect(asked()).toBe(2);
		page.visibilityState = 'hidden';
		clock.advance(10 * WINDOWS_REFRESH_MS);
		await settle();
		expect(asked()).toBe(2);
		page.visibilityState = 'visible';
		page.dispatchEvent(new Event('visibilitychange'));
		await settle();
		expect(asked()).toBe(3);
		stop();
		expect(clock.pending).toBe(0);
	});

	it('[server-unreachable] keeps the list while the server is away, and heals by itself', async () => {
		const away = AppError.of('server-unreachable', { origin: 'https://tab.example' });
		const { live, clock } = setUp([[view({})], away, [view({ id: 'b' })]]);
		live.watch();
		await settle();
		clock.advance(WINDOWS_REFRESH_MS);
		await settle();
		expect(live.error?.code).toBe('server-unreachable');
		expect(ids(live.rows)).toEqual(['a']);
		clock.advance(WINDOWS_REFRESH_MS);
		await settle();
		expect(live.error).toBeNull();
		expect(ids(live.rows)).toEqual(['b']);
	});

	it('[admin-only] does not ask again', async () => {
		const { live, clock, asked } = setUp([AppError.of('admin-only')]);
		live.watch();
		await settle();
		expect(live.error?.code).toBe('admin-only');
		expect(clock.pending).toBe(0);
		expect(asked()).toBe(1);
	});

	it('turns the order around', () => {
		const { live } = setUp([[]]);
		live.sortBy('person');
		expect(live.order).toEqual({ by: 'person', isDescending: false });
		live.sortBy('person');
		expect(live.order).toEqual({ by: 'person', isDescending: true });
		live.sortBy('bytes');
		expect(live.order).toEqual({ by: 'bytes', isDescending: true });
	});

	it('[not-found] ends one, and takes one that has gone meanwhile for ended', async () => {
		const { live, ended, asked, failEnding } = setUp([[view({})], []]);
		live.watch();
		await settle();
		expect(await live.end(view({}))).toBe(true);
		expect(ended).toEqual(['a']);
		expect(asked()).toBe(2);
		expect(live.rows).toEqual([]);
		failEnding(AppError.of('not-found'));
		expect(await live.end(view({}))).toBe(true);
		expect(live.ending).toBeNull();
	});

	it('[headscale-unreachable] says why an ending failed until the next one, whatever the list says', async () => {
		const { live, clock, failEnding } = setUp([[view({})]]);
		live.watch();
		await settle();
		failEnding(AppError.of('headscale-unreachable'));
		expect(await live.end(view({}))).toBe(false);
		clock.advance(WINDOWS_REFRESH_MS);
		await settle();
		expect(live.endError?.code).toBe('headscale-unreachable');
		expect(live.error).toBeNull();
		expect(live.ended).toBeNull();
		failEnding(null);
		expect(await live.end(view({}))).toBe(true);
		expect(live.endError).toBeNull();
	});

	it('tells two ended windows of one person apart: between them there is none', async () => {
		const { live } = setUp([[view({ id: 'a' }), view({ id: 'b' })]]);
		live.watch();
		await settle();
		await live.end(view({ id: 'a' }));
		expect(live.ended?.id).toBe('a');
		const second = live.end(view({ id: 'b' }));
		expect(live.ended).toBeNull();
		await second;
		expect(live.ended?.id).toBe('b');
	});

	it('asks nothing more when nobody looks any more while a window is ended', async () => {
		const { live, clock, asked } = setUp([[view({})]]);
		const stop = live.watch();
		await settle();
		const end = live.end(view({}));
		stop();
		await end;
		expect(asked()).toBe(1);
		expect(clock.pending).toBe(0);
	});
});
