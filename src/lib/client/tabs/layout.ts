// The panes of a tab as a tree of splits: dividing, closing, resizing, places, neighbours. Pure; Tab owns
// one of pane ids, storage/windows keeps one of targets, SplitView draws the places.
import type { Axis, Layout } from '$lib/storage/windows';

export type { Axis, Layout };
export type Direction = 'left' | 'right' | 'up' | 'down';

/** The way from the root to a split. */
export type LayoutPath = readonly ('first' | 'second')[];

/** Shares of the tab's area, from its upper left corner; all in [0, 1]. */
export interface Place {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface Divider {
	readonly path: LayoutPath;
	readonly axis: Axis;
	readonly ratio: number;
	/** The area that it divides. */
	readonly area: Place;
}

/** No pane gets a smaller share of its split. */
export const RATIO_MIN = 0.1;
/** What one press of a key moves. */
export const RATIO_STEP = 0.05;
/** Shares that differ by less are the same edge. */
const EPSILON = 1e-6;

export const paneLayout = <Leaf>(pane: Leaf): Layout<Leaf> => ({ kind: 'pane', pane });

/** Left to right and top to bottom. */
export function leavesOf<Leaf>(layout: Layout<Leaf>): readonly Leaf[] {
	return layout.kind === 'pane'
		? [layout.pane]
		: [...leavesOf(layout.first), ...leavesOf(layout.second)];
}

/** The same shape with other leaves, asked for in the order of `leavesOf`. */
export function mapLeaves<From, To>(layout: Layout<From>, make: (leaf: From) => To): Layout<To> {
	if (layout.kind === 'pane') return paneLayout(make(layout.pane));
	const first = mapLeaves(layout.first, make);
	return { ...layout, first, second: mapLeaves(layout.second, make) };
}

/** Gives half of a pane's area to a new one, right of it (`row`) or below (`column`). */
export function splitLeaf<Leaf>(
	layout: Layout<Leaf>,
	at: Leaf,
	added: { readonly pane: Leaf; readonly axis: Axis }
): Layout<Leaf> {
	if (layout.kind === 'split') {
		const first = splitLeaf(layout.first, at, added);
		const second = splitLeaf(layout.second, at, added);
		return first === layout.first && second === layout.second
			? layout
			: { ...layout, first, second };
	}
	if (layout.pane !== at) return layout;
	return {
		kind: 'split',
		axis: added.axis,
		ratio: 0.5,
		first: layout,
		second: paneLayout(added.pane)
	};
}

/** Its neighbour in the tree takes the area over. @returns null when it was the last one */
export function removeLeaf<Leaf>(layout: Layout<Leaf>, leaf: Leaf): Layout<Leaf> | null {
	if (layout.kind === 'pane') return layout.pane === leaf ? null : layout;
	const first = removeLeaf(layout.first, leaf);
	const second = removeLeaf(layout.second, leaf);
	if (first === null) return second;
	if (second === null) return first;
	return first === layout.first && second === layout.second ? layout : { ...layout, first, second };
}

/** Moves a divider; what is no split stays as it is. */
export function setRatio<Leaf>(
	layout: Layout<Leaf>,
	path: LayoutPath,
	ratio: number
): Layout<Leaf> {
	if (layout.kind === 'pane') return layout;
	const [step, ...rest] = path;
	if (step === undefined) return { ...layout, ratio: clampRatio(ratio) };
	return { ...layout, [step]: setRatio(layout[step], rest, ratio) };
}

/** Moves the nearest divider in a pane's favour; a negative step shrinks it. */
export function growLeaf<Leaf>(layout: Layout<Leaf>, leaf: Leaf, step: number): Layout<Leaf> {
	if (layout.kind === 'pane') return layout;
	const side = leavesOf(layout.first).includes(leaf) ? 'first' : 'second';
	const half = layout[side];
	if (half.kind === 'split') return { ...layout, [side]: growLeaf(half, leaf, step) };
	if (half.pane !== leaf) return layout;
	return { ...layout, ratio: clampRatio(layout.ratio + (side === 'first' ? step : -step)) };
}

const clampRatio = (ratio: number): number =>
	Number.isFinite(ratio) ? Math.min(1 - RATIO_MIN, Math.max(RATIO_MIN, ratio)) : 0.5;

const WHOLE: Place = { x: 0, y: 0, width: 1, height: 1 };

/** Where each pane lies. */
export function placesOf<Leaf>(layout: Layout<Leaf>, area: Place = WHOLE): Map<Leaf, Place> {
	if (layout.kind === 'pane') return new Map([[layout.pane, area]]);
	const [first, second] = halves(layout.axis, layout.ratio, area);
	return new Map([...placesOf(layout.first, first), ...placesOf(layout.second, second)]);
}

export function dividersOf<Leaf>(
	layout: Layout<Leaf>,
	area: Place = WHOLE,
	path: LayoutPath = []
): readonly Divider[] {
	if (layout.kind === 'pane') return [];
	const { axis, ratio } = layout;
	const [first, second] = halves(axis, ratio, area);
	return [
		{ path, axis, ratio, area },
		...dividersOf(layout.first, first, [...path, 'first']),
		...dividersOf(layout.second, second, [...path, 'second'])
	];
}

function halves(axis: Axis, ratio: number, area: Place): readonly [Place, Place] {
	const { x, y, width, height } = area;
	return axis === 'row'
		? [
				{ x, y, width: width * ratio, height },
				{ x: x + width * ratio, y, width: width * (1 - ratio), height }
			]
		: [
				{ x, y, width, height: height * ratio },
				{ x, y: y + height * ratio, width, height: height * (1 - ratio) }
			];
}

/** The pane that shares an edge with this one: the one that begins nearest to its own beginning, so that
 *  going there and back ends where it began in a plain grid. @returns null at the tab's edge */
export function neighbourOf<Leaf>(
	layout: Layout<Leaf>,
	leaf: Leaf,
	direction: Direction
): Leaf | null {
	const places = placesOf(layout);
	const own = places.get(leaf);
	if (own === undefined) return null;
	const isAcross = direction === 'left' || direction === 'right';
	const isForward = direction === 'right' || direction === 'down';
	const span = (place: Place): readonly [number, number] =>
		isAcross ? [place.y, place.y + place.height] : [place.x, place.x + place.width];
	const edges = (place: Place): readonly [number, number] =>
		isAcross ? [place.x, place.x + place.width] : [place.y, place.y + place.height];
	const [from, to] = span(own);
	let best: { readonly leaf: Leaf; readonly distance: number } | null = null;
	for (const [other, place] of places) {
		const [start, end] = edges(place);
		const gap = isForward ? start - edges(own)[1] : edges(own)[0] - end;
		const [otherFrom, otherTo] = span(place);
		const overlap = Math.min(to, otherTo) - Math.max(from, otherFrom);
		if (other === leaf || Math.abs(gap) > EPSILON || overlap < EPSILON) continue;
		const distance = Math.abs(otherFrom - from);
		if (best === null || distance < best.distance - EPSILON) best = { leaf: other, distance };
	}
	return best?.leaf ?? null;
}
