// The tree of a tab's splits: whatever is done to it, panes tile the area and none gets lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	dividersOf,
	growLeaf,
	leavesOf,
	mapLeaves,
	neighbourOf,
	paneLayout,
	placesOf,
	RATIO_MIN,
	removeLeaf,
	setRatio,
	splitLeaf,
	type Direction,
	type Layout
} from '$lib/client/tabs/layout';

type Act =
	| { readonly at: 'split'; readonly which: number; readonly axis: 'row' | 'column' }
	| { readonly at: 'remove'; readonly which: number }
	| { readonly at: 'resize'; readonly which: number; readonly ratio: number }
	| { readonly at: 'grow'; readonly which: number; readonly step: number };

const which = fc.nat(30);
const act: fc.Arbitrary<Act> = fc.oneof(
	fc.record({
		at: fc.constant('split' as const),
		which,
		axis: fc.constantFrom('row' as const, 'column' as const)
	}),
	fc.record({ at: fc.constant('remove' as const), which }),
	fc.record({ at: fc.constant('resize' as const), which, ratio: fc.double() }),
	fc.record({
		at: fc.constant('grow' as const),
		which,
		step: fc.double({ min: -1, max: 1, noNaN: true })
	})
);

const pick = <T>(items: readonly T[], index: number): T | undefined => items[index % items.length];

/** Carries acts out as a tab would, and says which panes there must be. */
function play(acts: readonly Act[]): { layout: Layout<number>; panes: readonly number[] } {
	let layout: Layout<number> = paneLayout(0);
	let panes = [0];
	let next = 1;
	for (const each of acts) {
		const leaf = pick(leavesOf(layout), each.which) ?? 0;
		if (each.at === 'split') {
			layout = splitLeaf(layout, leaf, { pane: next, axis: each.axis });
			panes = [...panes, next];
			next += 1;
		} else if (each.at === 'remove') {
			const rest = removeLeaf(layout, leaf);
			if (rest === null) continue;
			layout = rest;
			panes = panes.filter((pane) => pane !== leaf);
		} else if (each.at === 'resize') {
			const divider = pick(dividersOf(layout), each.which);
			if (divider) layout = setRatio(layout, divider.path, each.ratio);
		} else layout = growLeaf(layout, leaf, each.step);
	}
	return { layout, panes };
}

const acts = fc.array(act, { maxLength: 24 });
const OPPOSITE: Readonly<Record<Direction, Direction>> = {
	left: 'right',
	right: 'left',
	up: 'down',
	down: 'up'
};
const DIRECTIONS: readonly Direction[] = ['left', 'right', 'up', 'down'];

describe('layout', () => {
	it('holds each pane once, whatever is split, closed and resized', () => {
		fc.assert(
			fc.property(acts, (list) => {
				const { layout, panes } = play(list);
				expect([...leavesOf(layout)].sort()).toEqual([...panes].sort());
				expect(dividersOf(layout)).toHaveLength(panes.length - 1);
			})
		);
	});

	it('tiles the area: shares add up to the whole and no two overlap', () => {
		fc.assert(
			fc.property(acts, (list) => {
				const places = [...placesOf(play(list).layout).values()];
				const sum = places.reduce((total, { width, height }) => total + width * height, 0);
				expect(sum).toBeCloseTo(1, 6);
				for (const [index, a] of places.entries()) {
					expect(a.width).toBeGreaterThan(0);
					expect(a.height).toBeGreaterThan(0);
					for (const b of places.slice(index + 1)) {
						const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
						const along = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
						expect(Math.min(across, along)).toBeLessThan(1e-9);
					}
				}
			})
		);
	});

	it('keeps dividers off the edges', () => {
		fc.assert(
			fc.property(acts, (list) => {
				for (const { ratio } of dividersOf(play(list).layout)) {
					expect(ratio).toBeGreaterThanOrEqual(RATIO_MIN - 1e-9);
					expect(ratio).toBeLessThanOrEqual(1 - RATIO_MIN + 1e-9);
				}
			})
		);
	});

	it('has a way back to where the keyboard came from', () => {
		fc.assert(
			fc.property(acts, fc.constantFrom(...DIRECTIONS), (list, direction) => {
				const { layout } = play(list);
				const places = placesOf(layout);
				for (const leaf of leavesOf(layout)) {
					const to = neighbourOf(layout, leaf, direction);
					const place = places.get(leaf);
					if (place === undefined) throw new Error('no place');
					const isAtEdge = {
						left: place.x < 1e-6,
						up: place.y < 1e-6,
						right: place.x + place.width > 1 - 1e-6,
						down: place.y + place.height > 1 - 1e-6
					}[direction];
					expect(to === null).toBe(isAtEdge);
					if (to !== null) expect(neighbourOf(layout, to, OPPOSITE[direction])).not.toBeNull();
				}
			})
		);
	});

	it('survives being stored: the same shape with other leaves', () => {
		fc.assert(
			fc.property(acts, (list) => {
				const { layout } = play(list);
				const named = mapLeaves(layout, (leaf) => `pane-${String(leaf)}`);
				expect(mapLeaves(named, (name) => Number(name.slice(5)))).toEqual(layout);
			})
		);
	});

	it('takes back a split by closing it', () => {
		fc.assert(
			fc.property(acts, fc.nat(), (list, at) => {
				const { layout } = play(list);
				const leaf = pick(leavesOf(layout), at) ?? 0;
				const split = splitLeaf(layout, leaf, { pane: 1_000, axis: 'row' });
				expect(removeLeaf(split, 1_000)).toEqual(layout);
			})
		);
	});

	it('goes to the neighbour that begins where this one does', () => {
		const wide = splitLeaf(paneLayout('a'), 'a', { pane: 'b', axis: 'row' });
		const three = splitLeaf(wide, 'b', { pane: 'c', axis: 'column' });
		expect(neighbourOf(three, 'a', 'right')).toBe('b');
		expect(neighbourOf(three, 'c', 'left')).toBe('a');
		expect(neighbourOf(three, 'b', 'down')).toBe('c');
		expect(neighbourOf(three, 'a', 'up')).toBeNull();
	});

	it('grows a pane against the divider nearest to it', () => {
		const wide = splitLeaf(paneLayout('a'), 'a', { pane: 'b', axis: 'row' });
		expect(growLeaf(wide, 'a', 0.1)).toMatchObject({ ratio: 0.6 });
		expect(growLeaf(wide, 'b', 0.1)).toMatchObject({ ratio: 0.4 });
		const three = splitLeaf(wide, 'b', { pane: 'c', axis: 'column' });
		expect(growLeaf(three, 'c', 0.1)).toMatchObject({ ratio: 0.5, second: { ratio: 0.4 } });
	});
});
