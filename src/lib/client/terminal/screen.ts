// What a terminal shows, as text: for the screen reader's log, links and middle-click paste.
// Window only, pure; reads restty's render state.
import type { RenderState } from './core';

/** Second half of a wide character, and the gap before one that did not fit. */
const isSpacer = (wide: number): boolean => wide === 2 || wide === 3;

/** One row as text, and the column of each UTF-16 unit of it. */
export interface ScreenLine {
	readonly text: string;
	readonly columns: readonly number[];
}

export function lineAt(state: RenderState, row: number): ScreenLine {
	let text = '';
	const columns: number[] = [];
	for (let col = 0; col < state.cols; col += 1) {
		const index = row * state.cols + col;
		if (isSpacer(state.wide?.[index] ?? 0)) continue;
		const cluster = clusterAt(state, index);
		columns.push(...Array<number>(cluster.length).fill(col));
		text += cluster;
	}
	return { text, columns };
}

/** The visible rows, without the space at their ends and the empty ones at the end. */
export function screenText(state: RenderState): string {
	const lines: string[] = [];
	for (let row = 0; row < state.rows; row += 1) lines.push(lineAt(state, row).text.trimEnd());
	while (lines.at(-1) === '') lines.pop();
	return lines.join('\n');
}

/** The OSC 8 address of a cell as the byte filter rewrote it; null without one. */
export function hyperlinkAt(state: RenderState, row: number, col: number): string | null {
	const id = state.linkIds?.[row * state.cols + col] ?? 0;
	if (id === 0 || state.linkBuffer === null) return null;
	const offset = state.linkOffsets?.[id - 1] ?? 0;
	const length = state.linkLengths?.[id - 1] ?? 0;
	if (length === 0) return null;
	return new TextDecoder().decode(state.linkBuffer.slice(offset, offset + length));
}

function clusterAt(state: RenderState, index: number): string {
	const first = state.codepoints?.[index] ?? 0;
	if (first === 0) return ' ';
	let text = fromCodePoint(first);
	const length = state.graphemeLen?.[index] ?? 0;
	const offset = state.graphemeOffset?.[index] ?? 0;
	for (let at = 0; at < length; at += 1) {
		text += fromCodePoint(state.graphemeBuffer?.[offset + at] ?? 0);
	}
	return text;
}

const fromCodePoint = (code: number): string =>
	code === 0 || code > 0x10ffff ? '' : String.fromCodePoint(code);
