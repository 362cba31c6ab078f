// Text, rectangles and all of the text over restty's real core, and how they are drawn.
import { describe, expect, it, vi } from 'vitest';
import { contrast, hexOf } from '$lib/client/terminal/colors';
import type { RenderState } from '$lib/client/terminal/core';
import { OwnSelection } from '$lib/client/terminal/own-selection';
import { RowCount } from '$lib/client/terminal/scrollback';
import { paintSelection } from '$lib/client/terminal/selection-paint';
import { headless, numbered } from './headless';

async function setup(cols = 20, rows = 5, maxBytes?: number) {
	const core = await headless(cols, rows, maxBytes);
	const counted = new RowCount();
	const onChange = vi.fn();
	const selection = new OwnSelection({ core: () => core, rows: counted, onChange });
	const cell = (row: number, col: number) => {
		const found = selection.cellAt({ row, col });
		if (found === null) throw new Error('no core');
		return found;
	};
	return {
		core,
		selection,
		onChange,
		write: (text: string) => {
			counted.around(core, () => {
				core.write(text);
			});
			selection.written();
		},
		/** From one cell in view to another. */
		block: (row: number, col: number, toRow: number, toCol: number) => {
			selection.block(cell(row, col), cell(toRow, toCol));
		},
		flow: (row: number, col: number, toRow: number, toCol: number) => {
			selection.flow(cell(row, col), cell(toRow, toCol));
		}
	};
}

describe('a rectangle', () => {
	it.each([
		[0, 4, 2, 6],
		[2, 6, 0, 4],
		[0, 6, 2, 4]
	])('is the same from any of its corners: %i, %i to %i, %i', async (...corners) => {
		const { selection, write, block } = await setup();
		write('one aaa x\r\ntwo bbb y\r\nthr ccc z');
		block(...corners);
		expect(selection.text()).toBe('aaa\nbbb\nccc');
		expect(selection.inView()).toEqual(
			[0, 1, 2].map((row) => ({ row, startCol: 4, endCol: 6, selected: true }))
		);
	});

	it('keeps space before text and rows without any, and leaves space at the ends out', async () => {
		const { selection, write, block } = await setup();
		write('ab\r\n\r\n   d  e\r\nxxxxxxx');
		block(0, 1, 2, 5);
		expect(selection.text()).toBe('b\n\n  d');
		expect(selection.hasText).toBe(true);
		block(0, 10, 3, 12);
		expect(selection.text()).toBe('');
		expect(selection.hasText).toBe(false);
		expect(selection.isActive).toBe(true);
	});

	it('takes the rows of a long line one by one, and wide characters whole', async () => {
		const { selection, write, block } = await setup(10);
		write('0123456789abcdefghij\r\na世界b');
		block(0, 2, 1, 4);
		expect(selection.text()).toBe('234\ncde');
		block(2, 2, 2, 3);
		expect(selection.text()).toBe('世界');
	});

	it('ends when a program writes over it, not when it writes elsewhere', async () => {
		const { selection, onChange, write, block } = await setup();
		write('one\r\ntwo\r\nthree');
		block(0, 0, 1, 2);
		write('!');
		expect(selection.text()).toBe('one\ntwo');
		onChange.mockClear();
		write('\u001b[1;2HX');
		expect(selection.isActive).toBe(false);
		expect(selection.text()).toBe('');
		expect(onChange).toHaveBeenCalledOnce();
	});

	it('ends when its rows have left the scrollback', async () => {
		const { selection, write, block } = await setup(200, 50, 1_000_000);
		write(numbered(1, 20));
		block(0, 0, 3, 5);
		for (let from = 0; from < 2_000; from += 20) write(numbered(from, from + 19));
		expect(selection.isActive).toBe(false);
	});
});

describe('text', () => {
	async function selected(...[row, col, toRow, toCol]: readonly [number, number, number, number]) {
		const parts = await setup();
		parts.write('one aaa x\r\ntwo bbb y\r\nthr ccc z');
		parts.flow(row, col, toRow, toCol);
		return parts;
	}

	it.each([
		[0, 4, 2, 2],
		[2, 2, 0, 4]
	] as const)(
		'runs over the ends of its rows: %i, %i to %i, %i',
		async (row, col, toRow, toCol) => {
			const { selection } = await selected(row, col, toRow, toCol);
			expect(selection.text()).toBe('aaa x\ntwo bbb y\nthr');
			expect(selection.inView()).toEqual([
				{ row: 0, startCol: 4, endCol: 19, selected: true },
				{ row: 1, startCol: 0, endCol: 19, selected: true },
				{ row: 2, startCol: 0, endCol: 2, selected: true }
			]);
		}
	);

	it('stays on its text while output scrolls it away, as far as the scrollback goes', async () => {
		const { core, selection, write, onChange } = await selected(0, 4, 1, 6);
		onChange.mockClear();
		write(`\r\n${numbered(1, 2)}`);
		expect(selection.inView()).toEqual([{ row: 0, startCol: 0, endCol: 6, selected: true }]);
		write(numbered(3, 50));
		expect(selection.inView()).toEqual([]);
		expect(selection.text()).toBe('aaa x\ntwo bbb');
		core.moveView(-100);
		expect(selection.inView()).toHaveLength(2);
		expect(onChange).not.toHaveBeenCalled();
	});

	it('ends when a program writes over it, not when it writes beside it', async () => {
		const { selection, write } = await selected(0, 4, 0, 6);
		write('\u001b[1;2HX\u001b[1;9HY');
		expect(selection.text()).toBe('aaa');
		write('\u001b[1;5HX');
		expect(selection.isActive).toBe(false);
	});

	it('takes lines that are longer than the screen as one, and wide characters whole', async () => {
		const { selection, write, flow } = await setup(10);
		write('0123456789abcdef\r\na世界b');
		flow(0, 8, 1, 1);
		expect(selection.text()).toBe('89ab');
		flow(2, 1, 2, 3);
		expect(selection.text()).toBe('世界');
		flow(2, 4, 2, 2);
		expect(selection.text()).toBe('世界');
	});

	it('of restty is a word as it is, and a row as the line that it is of', async () => {
		const { selection, write } = await setup(10);
		write('0123456789abcdef\r\nab cd');
		selection.adopt({ row: 2, col: 3 }, { row: 2, col: 4 });
		expect(selection.text()).toBe('cd');
		selection.adopt({ row: 1, col: 0 }, { row: 1, col: 9 });
		expect(selection.text()).toBe('0123456789abcdef');
		selection.adopt({ row: 2, col: 0 }, { row: 2, col: 9 });
		expect(selection.text()).toBe('ab cd');
	});
});

describe('all', () => {
	it('is scrollback and screen as lines, whatever is in view, down to the last text', async () => {
		const { core, selection, write } = await setup();
		expect(selection.all()).toBe(0);
		expect(selection.isActive).toBe(false);
		write(`a long line, longer than the screen\r\n${numbered(1, 10)}$ `);
		core.moveView(-4);
		expect(selection.all()).toBe(12);
		expect(selection.text()).toBe(`a long line, longer than the screen
${numbered(1, 10).replaceAll('\r', '')}$`);
		core.moveView(-100);
		expect(selection.inView()).toHaveLength(5);
		core.moveView(100);
		// Nothing is below the prompt.
		write('\u001b[2J\u001b[Hone');
		selection.all();
		expect(selection.inView()).toHaveLength(1);
	});

	it('stays while lines follow, without those that the scrollback has dropped', async () => {
		const { core, selection, write } = await setup(200, 50, 1_000_000);
		for (let from = 0; from < 400; from += 20) write(numbered(from, from + 19));
		selection.all();
		for (let from = 400; from < 600; from += 20) write(numbered(from, from + 19));
		expect(core.grid().total).toBeLessThan(600);
		expect(selection.isActive).toBe(true);
		const lines = selection.text().split('\n');
		expect(lines.at(-1)).toBe('line 399');
		expect(Number(lines[0]?.split(' ').at(-1))).toBeGreaterThan(0);
		expect(lines).toHaveLength(400 - Number(lines[0]?.split(' ').at(-1)));
	});
});

describe('drawing', () => {
	const background = { r: 1, g: 2, b: 3 };
	const foreground = { r: 9, g: 8, b: 7 };
	const state = (parts: Partial<RenderState>) =>
		({
			rows: 2,
			cols: 3,
			fgBytes: new Uint8Array(24).fill(150),
			bgBytes: new Uint8Array(24),
			wide: new Uint8Array(6),
			styleFlags: new Uint16Array(6),
			...parts
		}) as RenderState;
	const cells = (bytes: Uint8Array | null) =>
		Array.from({ length: 6 }, (_, cell) => bytes?.[cell * 4] ?? -1);
	const span = (row: number, startCol: number, endCol: number) => [
		{ row, startCol, endCol, selected: true }
	];

	it('gives selected cells the theme’s colours, and leaves the core’s memory as it is', () => {
		const before = state({});
		const painted = paintSelection(before, span(1, 0, 1), { background, foreground });
		expect(cells(painted.bgBytes)).toEqual([0, 0, 0, 1, 1, 0]);
		expect(painted.bgBytes?.slice(12, 16)).toEqual(Uint8Array.of(1, 2, 3, 255));
		expect(cells(painted.fgBytes)).toEqual([150, 150, 150, 9, 9, 150]);
		expect(cells(before.bgBytes)).toEqual([0, 0, 0, 0, 0, 0]);
		expect(cells(before.fgBytes)).toEqual([150, 150, 150, 150, 150, 150]);
		const plain = paintSelection(before, span(1, 0, 1), { background, foreground: undefined });
		expect(cells(plain.fgBytes)).toEqual(cells(before.fgBytes));
		expect(paintSelection(before, span(7, 0, 1), { background, foreground })).toEqual(before);
		expect(paintSelection(before, [], { background, foreground })).toBe(before);
	});

	it('changes the other colour of an inverse cell', () => {
		const inverse = state({ styleFlags: Uint16Array.of(16, 0, 0, 0, 0, 0) });
		const painted = paintSelection(inverse, span(0, 0, 1), { background, foreground });
		expect(cells(painted.fgBytes)).toEqual([1, 9, 150, 150, 150, 150]);
		expect(cells(painted.bgBytes)).toEqual([9, 1, 0, 0, 0, 0]);
	});

	it('raises text that was chosen for another background until it is read, and leaves other text', () => {
		// Dark on a light background of its own, and the same as inverse text.
		const dark = state({ fgBytes: new Uint8Array(24).fill(20), styleFlags: new Uint16Array(6) });
		const light = state({
			bgBytes: new Uint8Array(24).fill(20),
			styleFlags: new Uint16Array(6).fill(16)
		});
		const colors = { background: { r: 36, g: 71, b: 92 }, foreground: undefined };
		for (const [before, part] of [
			[dark, 'fgBytes'],
			[light, 'bgBytes']
		] as const) {
			const painted = paintSelection(before, span(0, 0, 0), colors)[part];
			const [r = 0, g = 0, b = 0] = painted ?? [];
			expect(contrast(hexOf([r, g, b]), '#24475c')).toBeGreaterThanOrEqual(4.5);
			expect(cells(painted).slice(1)).toEqual([20, 20, 20, 20, 20]);
		}
	});

	it('covers wide characters whole', () => {
		const wide = state({ wide: Uint8Array.of(1, 2, 0, 0, 1, 2) });
		const colors = { background, foreground: undefined };
		expect(cells(paintSelection(wide, span(0, 1, 1), colors).bgBytes)).toEqual([1, 1, 0, 0, 0, 0]);
		expect(cells(paintSelection(wide, span(1, 0, 1), colors).bgBytes)).toEqual([0, 0, 0, 1, 1, 1]);
	});
});
