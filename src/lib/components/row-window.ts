// Which rows of a long list are drawn, and the space that the others take: 5,000 machines stay usable.
// Pure; Launcher.svelte calls it. Heights follow NodeRow and the group heads (36 and 56 px; 32 px).

/** Lists up to here are drawn whole, so that find-in-page and screen readers have all of it. */
const WHOLE_MAX = 50;
/** Rows beyond each edge. Each row drawn is paid for at each letter that is typed: measured with 1,000
 *  machines, 30 rows more at each edge cost 10 ms a letter. */
const OVERSCAN = 3;
const HEAD_REM = 2;
const ROW_REM = 2.25;
const ROW_NARROW_REM = 3.5;

export interface RowWindowInput {
	/** Rows in each group, in order; a group that is not empty has a head. */
	readonly groups: readonly number[];
	/** Of the view, counted from the list's upper edge. */
	readonly scrollTop: number;
	readonly viewHeight: number;
	readonly isNarrow: boolean;
	/** Pixels of a rem: 16 unless the text is larger. */
	readonly remPx?: number;
}

export interface RowWindow {
	readonly from: number;
	/** Behind the last. */
	readonly to: number;
	readonly paddingTop: number;
	readonly paddingBottom: number;
	/** Upper edge of a row (its group's head included), in pixels from the list's. */
	readonly offsetOf: (index: number) => number;
}

/** The rows in and around the view. */
export function rowWindow(input: RowWindowInput): RowWindow {
	const remPx = input.remPx ?? 16;
	const rowPx = (input.isNarrow ? ROW_NARROW_REM : ROW_REM) * remPx;
	const headPx = HEAD_REM * remPx;
	const total = input.groups.reduce((sum, size) => sum + size, 0);
	/** Heads above the row; its own when it is the first of its group is not above it. */
	const headsBefore = (index: number): number => {
		let heads = 0;
		let start = 0;
		for (const size of input.groups) {
			if (size > 0 && start < index) heads += 1;
			start += size;
		}
		return heads;
	};
	const offsetOf = (index: number): number => index * rowPx + headsBefore(index) * headPx;
	if (total <= WHOLE_MAX) return { from: 0, to: total, paddingTop: 0, paddingBottom: 0, offsetOf };
	/** The row at a height, its group's head taken for its own. */
	const indexAt = (y: number): number => {
		let top = 0;
		let start = 0;
		for (const size of input.groups) {
			const height = size > 0 ? headPx + size * rowPx : 0;
			if (y < top + height) return start + Math.max(0, Math.floor((y - top - headPx) / rowPx));
			top += height;
			start += size;
		}
		return total - 1;
	};
	const top = Math.max(0, input.scrollTop);
	const from = Math.max(0, indexAt(top) - OVERSCAN);
	const to = Math.min(total, indexAt(top + input.viewHeight) + 1 + OVERSCAN);
	return {
		from,
		to,
		paddingTop: offsetOf(from),
		paddingBottom: offsetOf(total) - offsetOf(to),
		offsetOf
	};
}
