// Rows and lines of restty's real core: what search, prompts and the text file stand on.
import { describe, expect, it } from 'vitest';
import {
	cellAt,
	lineEnd,
	lineStart,
	readLines,
	RowCount,
	spansOf,
	wholeText
} from '$lib/client/terminal/scrollback';
import { headless, numbered } from './headless';

const whole = (line: string, part: string) => ({
	start: line.indexOf(part),
	end: line.indexOf(part) + part.length,
	isSelected: false
});

describe('the scrollback', () => {
	it('keeps 10,000 lines of 200 columns, coloured as a listing is', async () => {
		const core = await headless(200, 50);
		for (let from = 0; from < 10_100; from += 100) {
			let text = '';
			for (let i = from; i < from + 100; i += 1)
				text += `\u001b[3${String(i % 8)}m${String(i).padEnd(100, '.')}\u001b[0m${'x'.repeat(100)}\r\n`;
			core.write(text);
		}
		const { total, rows, read } = core.grid();
		expect(total - rows).toBeGreaterThanOrEqual(10_000);
		expect(read(total - 10_001, 0, total - 10_001, 4)).toBe('100..');
	});
});

describe('lines', () => {
	it('are those that were written, whatever rows they take', async () => {
		const core = await headless(20, 5);
		core.write('one\r\nlong line that wraps over several rows of it\r\n\r\n  two\r\n');
		core.write(numbered(1, 6));
		const grid = core.grid();
		expect(readLines(grid, 0, grid.total - 1).slice(0, 5)).toEqual([
			{ row: 0, rows: 1, text: 'one' },
			{ row: 1, rows: 3, text: 'long line that wraps over several rows of it' },
			{ row: 4, rows: 1, text: '' },
			{ row: 5, rows: 1, text: '  two' },
			{ row: 6, rows: 1, text: 'line 1' }
		]);
		expect([1, 2, 3].map((row) => lineStart(grid, row))).toEqual([1, 1, 1]);
		expect([1, 2, 3].map((row) => lineEnd(grid, row))).toEqual([3, 3, 3]);
		expect(lineStart(grid, 0)).toBe(0);
	});

	it('are read the same whatever is in view', async () => {
		const core = await headless(20, 5);
		core.write(numbered(1, 40));
		const before = readLines(core.grid(), 0, core.grid().total - 1);
		core.moveView(-17);
		expect(readLines(core.grid(), 0, core.grid().total - 1)).toEqual(before);
	});

	it('are a file of text without the empty screen below them', async () => {
		const core = await headless(20, 5);
		expect(wholeText(core.grid())).toBe('');
		core.write('a long line, longer than the screen\r\n\r\nlast');
		expect(wholeText(core.grid())).toBe('a long line, longer than the screen\n\nlast\n');
	});
});

describe('cells', () => {
	it('of plain text, over the rows of a line', async () => {
		const core = await headless(10, 5);
		const text = '0123456789abcdefghij!';
		core.write(text);
		const [line] = readLines(core.grid(), 0, 2);
		if (line === undefined) throw new Error('no line');
		expect(cellAt(core.grid(), line, 9)).toEqual({ row: 0, col: 9 });
		expect(cellAt(core.grid(), line, 10)).toEqual({ row: 1, col: 0 });
		expect(spansOf(core.grid(), line, whole(text, '89abcdefghij!'))).toEqual([
			{ row: 0, startCol: 8, endCol: 9, selected: false },
			{ row: 1, startCol: 0, endCol: 9, selected: false },
			{ row: 2, startCol: 0, endCol: 0, selected: false }
		]);
	});

	it('of wide, joined and combined characters, as the core has placed them', async () => {
		const core = await headless(40, 5);
		const text = 'a  世界 e\u0301x 👩‍👩‍👧 end';
		core.write(text);
		const grid = core.grid();
		const [line] = readLines(grid, 0, 0);
		if (line === undefined) throw new Error('no line');
		const colsOf = (part: string) => {
			const [span] = spansOf(grid, line, whole(line.text, part));
			return [span?.startCol, span?.endCol];
		};
		expect(colsOf('世')).toEqual([3, 4]);
		expect(colsOf('界')).toEqual([5, 6]);
		expect(colsOf('e\u0301')).toEqual([8, 8]);
		expect(colsOf('x')).toEqual([9, 9]);
		expect(colsOf('end')).toEqual([18, 20]);
	});
});

describe('RowCount', () => {
	/** Writes lines, and asks after each write where a row stands by its number. */
	async function follow(move: (core: Awaited<ReturnType<typeof headless>>) => void) {
		const core = await headless(200, 50, 1_000_000);
		const rows = new RowCount();
		rows.around(core, () => {
			core.write(numbered(0, 399));
		});
		const number = 395 + rows.dropped;
		const at = () => {
			const row = number - rows.dropped;
			return core.grid().read(row, 0, row, 199);
		};
		expect(at()).toBe('line 395');
		move(core);
		const view = () => {
			const { offset, read } = core.grid();
			return read(offset, 0, offset, 199);
		};
		const seen = view();
		for (let from = 400; from < 800; from += 20) {
			rows.around(core, () => {
				core.write(numbered(from, from + 19));
			});
			expect(at()).toBe('line 395');
		}
		return { core, rows, seen, view, at };
	}

	it('knows a row while those above it are dropped, and follows the end', async () => {
		const { core, rows } = await follow(() => undefined);
		expect(rows.dropped).toBeGreaterThan(0);
		expect(rows.epoch).toBe(0);
		const { total, offset, rows: screen } = core.grid();
		expect(offset + screen).toBe(total);
		core.write('more\r\n');
		expect(core.grid().offset + screen).toBe(core.grid().total);
	});

	it('leaves the view of who reads where it is', async () => {
		const { core, rows, seen, view } = await follow((core) => {
			core.moveView(-20);
		});
		expect(rows.dropped).toBeGreaterThan(0);
		expect(view()).toBe(seen);
		core.write('more\r\n');
		expect(view()).toBe(seen);
	});

	it('does not lose count for a view at the very top', async () => {
		const { rows } = await follow((core) => {
			core.moveView(-10_000);
		});
		expect(rows.dropped).toBeGreaterThan(0);
	});

	it('says when all is another text: cleared, or more than all written at once', async () => {
		const { core, rows } = await follow(() => undefined);
		rows.around(core, () => {
			core.write('\u001b[H\u001b[2J\u001b[3J');
		});
		expect(rows.epoch).toBe(1);
		rows.around(core, () => {
			core.write(numbered(0, 200));
		});
		expect(rows.epoch).toBe(1);
		rows.around(core, () => {
			core.write(numbered(0, 5_000));
		});
		expect(rows.epoch).toBe(2);
		expect(rows.dropped).toBe(0);
	});
});
