// The pure halves of components: long lists, palette, pastes, the touch bar.
import { describe, expect, it } from 'vitest';
import { isFromHardware, nextHeld } from '$lib/components/key-bar';
import { paletteIndex, paletteRows, type PaletteItem } from '$lib/components/palette-items';
import { pasteLines } from '$lib/components/paste-lines';
import { rowWindow } from '$lib/components/row-window';

describe('rowWindow', () => {
	const view = { scrollTop: 0, viewHeight: 720, isNarrow: false };

	it('draws a short list whole', () => {
		expect(rowWindow({ ...view, groups: [2, 9, 3] })).toMatchObject({
			from: 0,
			to: 14,
			paddingTop: 0,
			paddingBottom: 0
		});
	});

	it('N12 draws a screen of 5,000 and keeps the height of all', () => {
		const groups = [2, 3_332, 1_666];
		const all = 5_000 * 36 + 3 * 32;
		for (const scrollTop of [0, 36_000, all - 720]) {
			const { from, to, paddingTop, paddingBottom, offsetOf } = rowWindow({
				...view,
				groups,
				scrollTop
			});
			expect(to - from).toBeLessThanOrEqual(81);
			expect(paddingTop).toBeLessThanOrEqual(Math.max(0, scrollTop));
			expect(offsetOf(to)).toBeGreaterThanOrEqual(Math.min(all, scrollTop + 720));
			expect(paddingTop).toBe(offsetOf(from));
			expect(offsetOf(to) + paddingBottom).toBe(all);
		}
	});
});

describe('rowWindow with many groups', () => {
	it('draws what is in view, however many heads are above it', () => {
		const groups = Array.from({ length: 300 }, (_, at) => (at % 7 === 0 ? 0 : 1 + (at % 5)));
		const total = groups.reduce((sum, size) => sum + size, 0);
		const viewHeight = 720;
		const { offsetOf } = rowWindow({ groups, scrollTop: 0, viewHeight, isNarrow: false });
		for (let scrollTop = 0; scrollTop < offsetOf(total); scrollTop += 517) {
			const { from, to } = rowWindow({ groups, scrollTop, viewHeight, isNarrow: false });
			expect(offsetOf(from)).toBeLessThanOrEqual(scrollTop);
			expect(to === total || offsetOf(to) >= scrollTop + viewHeight).toBe(true);
			expect(to - from).toBeLessThanOrEqual(30);
		}
	});
});

describe('paletteRows', () => {
	const item = (
		id: string,
		group: PaletteItem['group'],
		label: string,
		more: Partial<PaletteItem> = {}
	): PaletteItem => ({
		id,
		group,
		label,
		// Never drawn here.
		icon: () => ({}),
		run: () => undefined,
		...more
	});
	const items = [
		item('a', 'Actions', 'Star web-1'),
		item('b', 'Actions', 'Paste'),
		item('c', 'Machines', 'staging-2', {
			note: 'prod',
			tags: ['tag:prod', '100.64.0.22'],
			usedAtMs: 1,
			as: (login) => (login === '-x' ? null : { run: () => undefined })
		}),
		item('d', 'Machines', 'metrics-1', { note: 'stats', tags: ['tag:stats'], usedAtMs: 2 }),
		item('e', 'Tabs', 'alice@nas', { note: 'zpool status' }),
		item('f', 'Recent', 'root@staging-2'),
		item('g', 'Settings', 'Start-up')
	];
	const rows = (query: string) => paletteRows(paletteIndex(items), query);
	const ids = (query: string) => rows(query).map((row) => row.item.id);

	it('opens with what was used last, what is open and what can be done', () => {
		expect(ids('')).toEqual(['f', 'e', 'a', 'b']);
	});

	it('puts the best match of each group first and marks the letters', () => {
		expect(ids('st')).toEqual(['a', 'b', 'c', 'd', 'g', 'e']);
		expect(rows('st')[0]?.hits).toEqual([[0, 2]]);
		expect(rows('status').map(({ item: { id }, noteHits }) => [id, noteHits])).toEqual([
			['e', [[6, 12]]]
		]);
	});

	it('takes loose letters only where a group has nothing better', () => {
		expect(ids('stg')).toEqual(['c']);
		expect(ids('xyz')).toEqual([]);
	});

	it('narrows by a sign', () => {
		expect(ids('>')).toEqual(['a', 'b']);
		expect(ids('@')).toEqual(['f', 'e']);
		expect(ids('@nas')).toEqual(['e']);
		expect(ids('#prod')).toEqual(['c']);
		// Of equal matches the latest first.
		expect(ids('#')).toEqual(['d', 'c']);
	});

	it('connects as a user that stands before the machine', () => {
		const [first] = rows('Root@sta');
		expect(first?.item).toMatchObject({ id: 'c-as', label: 'Root@staging-2' });
		expect(first?.hits).toEqual([[5, 8]]);
		expect(ids('-x@sta')).toEqual([]);
		expect(ids('alice@')).toContain('e');
	});

	it('stays small with 1,000 machines', () => {
		const many = paletteIndex(
			Array.from({ length: 1_000 }, (_, index) =>
				item(`m${String(index)}`, 'Machines', `machine-${String(index)}`, { tags: ['tag:all'] })
			)
		);
		for (const query of ['m', 'ma', 'mac', '1', 'me9', '#all']) {
			expect(paletteRows(many, query).length).toBeLessThanOrEqual(50);
		}
	});
});

describe('pasteLines', () => {
	it('H12 names what cannot be seen', () => {
		expect(pasteLines('a\u001b]0;x\u0007\nb\u202Ec\td\r\n', 10)).toEqual([
			[
				{ text: 'a', isMark: false },
				{ text: 'ESC', isMark: true },
				{ text: ']0;x', isMark: false },
				{ text: 'BEL', isMark: true }
			],
			[
				{ text: 'b', isMark: false },
				{ text: 'RLO', isMark: true },
				{ text: 'c\td', isMark: false }
			]
		]);
	});

	it('shows the first lines', () => {
		expect(pasteLines('x\n'.repeat(300), 200)).toHaveLength(200);
	});
});

describe('the touch bar', () => {
	it('holds a modifier for the next key, then until it is tapped again', () => {
		expect(nextHeld('off')).toBe('once');
		expect(nextHeld('once')).toBe('held');
		expect(nextHeld('held')).toBe('off');
	});

	it('tells real keys from those on a screen', () => {
		expect(isFromHardware({ key: 'Control', code: 'ControlLeft' })).toBe(true);
		expect(isFromHardware({ key: 'ArrowUp', code: 'ArrowUp' })).toBe(true);
		expect(isFromHardware({ key: 'Unidentified', code: '' })).toBe(false);
		expect(isFromHardware({ key: 'a', code: '' })).toBe(false);
		expect(isFromHardware({ key: 'a', code: 'KeyA' })).toBeNull();
		expect(isFromHardware({ key: 'Enter', code: 'Enter' })).toBeNull();
	});
});
