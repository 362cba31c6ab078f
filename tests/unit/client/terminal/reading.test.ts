// Prompts and outputs over restty's real core: jumping, copying, a new width, a full scrollback.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '$lib/client/terminal/engine';
import { NOTHING_READ, Reading, type ReadingState } from '$lib/client/terminal/reading';
import { headless, numbered, type Headless } from './headless';

async function setup(cols = 40, rows = 10, maxBytes?: number) {
	const core: Headless = await headless(cols, rows, maxBytes);
	let resize: (run: () => void) => void = (run) => {
		run();
	};
	let state: ReadingState = NOTHING_READ;
	const onScrolled = vi.fn();
	const reading = new Reading((next) => (state = next), onScrolled);
	const engine = {
		core: {
			...core,
			onResize: (around: typeof resize) => (resize = around)
		},
		rowPx: 18,
		scrollBy: (by: number) => {
			core.moveView(by);
		},
		mark: vi.fn(),
		select: vi.fn(),
		changed: () => undefined
	};
	reading.use(engine as unknown as Engine);
	let nowMs = 0;
	const write = (text: string) => {
		reading.around(() => {
			core.write(text);
		});
	};
	/** A prompt, a command, what it writes, its end and the next prompt. */
	const run = (command: string, output: string, status = 0) => {
		reading.mark('A', null, nowMs);
		write('$ ');
		reading.mark('B', null, nowMs);
		write(`${command}\r\n`);
		reading.mark('C', null, nowMs);
		write(output);
		nowMs += 2_000;
		return reading.mark('D', status, nowMs);
	};
	const prompt = () => {
		reading.mark('A', null, nowMs);
		write('$ ');
		reading.mark('B', null, nowMs);
	};
	/** A program takes a screen of its own, or gives it back. */
	const setAlternate = (isOn: boolean) => {
		const sequence = `\u001b[?1049${isOn ? 'h' : 'l'}`;
		// Modes go to the core beside the output.
		reading.mode(sequence, () => {
			core.write(sequence);
		});
	};
	const top = () => {
		const { offset, read } = core.grid();
		return read(offset, 0, offset, cols - 1);
	};
	return {
		core,
		engine,
		reading,
		onScrolled,
		write,
		run,
		prompt,
		setAlternate,
		top,
		resize: (toCols: number, toRows = rows) => {
			resize(() => {
				core.resize(toCols, toRows);
			});
		},
		state: () => {
			reading.drawn();
			return state;
		}
	};
}

describe('Reading', () => {
	it('tells how long a command ran and how it ended', async () => {
		const { run } = await setup();
		expect(run('make', 'failed\r\n', 2)).toEqual({ tookMs: 2_000, status: 2 });
		expect(run('make', 'done\r\n')).toEqual({ tookMs: 2_000, status: 0 });
	});

	it('jumps from prompt to prompt, and begins at the end after a key', async () => {
		const { reading, run, prompt, top, state } = await setup();
		run('one', numbered(1, 30));
		run('two', numbered(1, 30));
		prompt();
		expect(reading.toPrompt(-1)).toBe(true);
		expect(top()).toBe('$ two');
		expect(state().marks).toMatchObject([{ row: 0, isChosen: true, status: 0 }]);
		reading.toPrompt(-1);
		expect(top()).toBe('$ one');
		expect(reading.toPrompt(-1)).toBe(false);
		reading.toPrompt(1);
		expect(top()).toBe('$ two');
		reading.typed();
		reading.toPrompt(-1);
		expect(top()).toBe('$ one');
	});

	it('tells of a scroll that the mirror has not seen, also where the frame before was where it is now', async () => {
		const { core, reading, write, onScrolled } = await setup();
		write(numbered(1, 60));
		core.moveView(-20);
		reading.drawn();
		core.moveView(20);
		// The mirror's turn comes between two frames: it has the end.
		reading.mirrored();
		core.moveView(-20);
		onScrolled.mockClear();
		reading.drawn();
		expect(onScrolled).toHaveBeenCalledOnce();
		reading.drawn();
		expect(onScrolled).toHaveBeenCalledOnce();
	});

	it('copies what the last command wrote, or any other', async () => {
		const { reading, run, prompt, write } = await setup();
		expect(reading.output()).toBeNull();
		run('one', numbered(1, 3));
		run('two', 'a long line, which goes on in the next row of the screen\r\nno end of line');
		prompt();
		expect(reading.output()).toBe(
			'a long line, which goes on in the next row of the screen\nno end of line\n'
		);
		expect(reading.output(0)).toBe('line 1\nline 2\nline 3\n');
		run('true', '');
		prompt();
		expect(reading.output()).toBeNull();
		// One that still runs: as far as it has come.
		write('tail\r\n');
		reading.mark('C', null, 0);
		write('half');
		expect(reading.output()).toBe('half\n');
	});

	it('keeps a prompt in its line through new widths', async () => {
		const { core, reading, run, prompt, top, resize } = await setup();
		write80(run);
		prompt();
		for (const cols of [15, 97, 40]) resize(cols);
		core.moveView(10_000);
		reading.toPrompt(-1);
		expect(top()).toBe('$ two');
		expect(reading.output()).toBe(`${'x'.repeat(80)}\n`.repeat(8));
		reading.toPrompt(-1);
		expect(top()).toBe('$ one');
	});

	it.each([
		['{"a":1}', [15, 97, 40]],
		[`one\r\n${'y'.repeat(95)}`, [15, 97, 33]],
		['z'.repeat(39), [20, 80]]
	])(
		'copies an output without an end of line whole after new widths: %j',
		async (output, widths) => {
			const { reading, run, prompt, resize } = await setup();
			run('curl', output);
			prompt();
			const before = reading.output();
			expect(before).toBe(`${output.replace('\r', '')}\n`);
			for (const cols of widths) {
				resize(cols);
				expect(reading.output()).toBe(before);
			}
		}
	);

	it('follows prompts while the scrollback drops its oldest rows, and forgets those that are gone', async () => {
		const { core, reading, run, prompt, top } = await setup(200, 50, 1_000_000);
		for (let i = 0; i < 120; i += 1) run(`command ${String(i)}`, numbered(1, 10));
		prompt();
		expect(core.grid().total).toBeLessThan(1_000);
		const seen: string[] = [];
		while (reading.toPrompt(-1)) {
			const { total, rows, offset } = core.grid();
			if (offset + rows < total) seen.push(top());
		}
		const oldest = Number(seen.at(-1)?.split(' ').at(-1));
		expect(oldest).toBeGreaterThan(20);
		expect(seen.length).toBeGreaterThan(30);
		expect(seen).toEqual(
			seen.map((_, index) => `$ command ${String(oldest + seen.length - 1 - index)}`)
		);
	});

	it('knows no prompt in a program’s own screen, and those before it afterwards', async () => {
		const { reading, run, prompt, write, setAlternate, top, state } = await setup();
		run('one', `${numbered(1, 30)}no end of line`);
		prompt();
		setAlternate(true);
		write('vim');
		expect(state().marks).toEqual([]);
		expect(reading.toPrompt(-1)).toBe(false);
		setAlternate(false);
		expect(reading.output()).toMatch(/line 30\nno end of line\n$/);
		reading.toPrompt(-1);
		expect(top()).toBe('$ one');
	});

	it.each([
		['narrower', [[15, 10]]],
		['wider and higher', [[97, 14]]],
		[
			'there and back',
			[
				[60, 6],
				[22, 30],
				[40, 10]
			]
		]
	] as const)('keeps prompts through new sizes in a program’s own screen: %s', async (_, sizes) => {
		const { core, reading, run, prompt, write, setAlternate, top, resize, state } = await setup();
		write80(run);
		// The program itself is a command whose end is told after its screen is gone.
		prompt();
		write('vim\r\n');
		reading.mark('C', null, 0);
		setAlternate(true);
		write('~\r\n~');
		for (const [cols, rows] of sizes) resize(cols, rows);
		expect(state().marks).toEqual([]);
		setAlternate(false);
		reading.mark('D', 0, 1_000);
		prompt();
		core.moveView(10_000);
		for (const command of ['vim', 'two', 'one']) {
			expect(reading.toPrompt(-1)).toBe(true);
			const { total, rows, offset } = core.grid();
			if (offset + rows < total) expect(top()).toBe(`$ ${command}`);
		}
		expect(reading.output(0)).toBe(`${'y'.repeat(80)}\n`.repeat(8));
		expect(reading.toPrompt(-1)).toBe(false);
	});

	it('keeps prompts through a new size in a program’s own screen when the scrollback has dropped rows', async () => {
		const { core, reading, run, prompt, setAlternate, resize, top } = await setup(
			200,
			50,
			1_000_000
		);
		for (let i = 0; i < 120; i += 1) run(`command ${String(i)}`, numbered(1, 10));
		prompt();
		setAlternate(true);
		resize(220, 40);
		setAlternate(false);
		core.moveView(10_000);
		for (let i = 119; i > 100; i -= 1) {
			reading.toPrompt(-1);
			const { total, rows, offset } = core.grid();
			if (offset + rows < total) expect(top()).toBe(`$ command ${String(i)}`);
		}
	});

	it('forgets all when the screen is cleared', async () => {
		const { reading, run, write } = await setup();
		run('one', numbered(1, 30));
		write('\u001b[H\u001b[2J\u001b[3J');
		expect(reading.toPrompt(-1)).toBe(false);
		expect(reading.output()).toBeNull();
	});

	describe('what was copied', () => {
		beforeEach(() => {
			vi.useFakeTimers();
		});
		afterEach(() => {
			vi.useRealTimers();
		});

		async function copied() {
			const world = await setup();
			world.run('one', 'first\r\nsecond\r\n');
			world.prompt();
			world.reading.output();
			return {
				...world,
				shown: () => (world.engine.mark.mock.lastCall?.[0] as (() => unknown) | null)?.() ?? null
			};
		}

		it('stands out for a moment in any case', async () => {
			const { reading, shown } = await copied();
			reading.typed();
			vi.advanceTimersByTime(1_000);
			expect(shown()).toMatchObject([{ row: 1 }, { row: 2 }]);
			vi.runAllTimers();
			expect(shown()).toBeNull();
		});

		it.each(['a key', 'a click', 'output that scrolls'])('stands out until %s', async (what) => {
			const { reading, write, shown } = await copied();
			vi.advanceTimersByTime(60_000);
			write('an echo');
			expect(shown()).toMatchObject([{ row: 1 }, { row: 2 }]);
			if (what === 'a key') reading.typed();
			else if (what === 'a click') reading.pressed();
			else write(numbered(1, 20));
			expect(shown()).toBeNull();
		});
	});

	describe('what is selected by us', () => {
		const select = (reading: Reading) => {
			reading.selection.all();
			expect(reading.selection.isActive).toBe(true);
		};

		it('ends with a key, a new size, another screen and another core', async () => {
			const { engine, reading, run, write, resize, setAlternate } = await setup();
			run('one', numbered(1, 30));
			const ends = [
				() => {
					reading.typed();
				},
				() => {
					resize(50);
				},
				() => {
					setAlternate(true);
				},
				() => {
					reading.use(engine as unknown as Engine);
				}
			];
			for (const end of ends) {
				select(reading);
				end();
				expect(reading.selection.isActive).toBe(false);
				expect(engine.select.mock.lastCall?.[0]).toBeNull();
				write('something to select');
			}
		});

		it('is on its text while output scrolls it, also where nothing else counts rows', async () => {
			const { core, reading, write } = await setup();
			write(numbered(1, 3));
			const cell = (row: number, col: number) =>
				reading.selection.cellAt({ row, col }) ?? { row: 0, col: 0 };
			reading.selection.block(cell(0, 0), cell(1, 5));
			write(numbered(4, 30));
			expect(reading.selection.text()).toBe('line 1\nline 2');
			expect(reading.selection.inView()).toEqual([]);
			core.moveView(-10_000);
			expect(reading.selection.inView()).toMatchObject([{ row: 0 }, { row: 1 }]);
		});
	});
});

function write80(run: (command: string, output: string) => unknown): void {
	run('one', `${'y'.repeat(80)}\r\n`.repeat(8));
	run('two', `${'x'.repeat(80)}\r\n`.repeat(8));
}
