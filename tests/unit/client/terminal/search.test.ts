// Search over restty's real core: what is found, which match is chosen, what of it is in view.
import { describe, expect, it } from 'vitest';
import { RowCount } from '$lib/client/terminal/scrollback';
import { patternOf, TextSearch, type SearchQuery } from '$lib/client/terminal/search';
import { headless, numbered } from './headless';

const plain = (text: string): SearchQuery => ({ text, isRegex: false, isCaseSensitive: false });

async function setup(cols = 40, rows = 10) {
	const core = await headless(cols, rows);
	const count = new RowCount();
	let due: (() => void)[] = [];
	const search = new TextSearch({
		core: () => core,
		rows: count,
		scrollBy: (by) => {
			core.moveView(by);
		},
		onChange: () => undefined,
		later: (run) => {
			due.push(run);
			return () => {
				due = due.filter((known) => known !== run);
			};
		}
	});
	/** All turns that are due, and those that they ask for. */
	const settle = () => {
		while (due.length > 0) for (const run of due.splice(0)) run();
	};
	const write = (text: string) => {
		count.around(core, () => {
			core.write(text);
		});
		search.changed();
	};
	const found = () => `${String(search.state.index)} of ${String(search.state.total)}`;
	/** The rows in view that have a match, and the chosen one's text. */
	const chosen = () => {
		const { offset, read } = core.grid();
		const span = search.inView().find(({ selected }) => selected);
		return span && read(offset + span.row, 0, offset + span.row, cols - 1);
	};
	return { core, count, search, settle, write, found, chosen, turns: () => due.length };
}

describe('patterns', () => {
	it('take text as it is, and case only when told', () => {
		expect('a.b'.match(patternOf(plain('.')) as RegExp)).toEqual(['.']);
		expect('TIMEOUT'.match(patternOf(plain('timeout')) as RegExp)).toEqual(['TIMEOUT']);
		const sensitive = patternOf({ ...plain('timeout'), isCaseSensitive: true }) as RegExp;
		expect('TIMEOUT timeout'.match(sensitive)).toEqual(['timeout']);
		expect('ÄPFEL'.match(patternOf(plain('äpfel')) as RegExp)).toEqual(['ÄPFEL']);
		expect(
			'(a+b)|/c[d]{2}^$\\'.match(patternOf(plain('(a+b)|/c[d]{2}^$\\')) as RegExp)
		).toHaveLength(1);
	});

	it('are regular expressions on demand, and say when they are none', () => {
		expect(
			'took 812 ms'.match(patternOf({ ...plain('\\d+ ms'), isRegex: true }) as RegExp)
		).toEqual(['812 ms']);
		expect(patternOf({ ...plain('('), isRegex: true })).toBe('faulty');
		expect(patternOf(plain(''))).toBeNull();
	});
});

describe('a search', () => {
	it('finds all in the scrollback, begins at the newest and goes around the ends', async () => {
		const { search, settle, write, found, chosen } = await setup();
		write(numbered(1, 5_000));
		search.find(plain('line 4'));
		settle();
		expect(found()).toBe('1111 of 1111');
		expect(chosen()).toBe('line 4999');
		search.step(-1);
		expect(found()).toBe('1110 of 1111');
		expect(chosen()).toBe('line 4998');
		search.step(1);
		search.step(1);
		expect(found()).toBe('1 of 1111');
		expect(chosen()).toBe('line 4');
		search.step(-1);
		expect(chosen()).toBe('line 4999');
	});

	it('reads a long scrollback in several turns', async () => {
		const { search, write, turns } = await setup();
		write(numbered(1, 5_000));
		search.find(plain('line'));
		expect(search.state.total).toBeLessThan(5_000);
		expect(turns()).toBe(1);
	});

	it('reads on at once for who goes to the next match before all is read', async () => {
		const { search, write, found, chosen } = await setup();
		write(numbered(1, 5_000));
		search.find(plain('line 4'));
		search.step(1);
		expect(found()).toBe('1 of 1111');
		expect(chosen()).toBe('line 4');
	});

	it('moves the view only to a match that is not in it', async () => {
		const { core, search, settle, write } = await setup();
		write(numbered(1, 100));
		core.moveView(-40);
		const { offset } = core.grid();
		search.find(plain('line 60'));
		settle();
		expect(core.grid().offset).toBe(offset);
		search.find(plain('line 7'));
		settle();
		expect(search.inView().some(({ selected }) => selected)).toBe(true);
		const moved = core.grid().offset;
		expect(moved).not.toBe(offset);
		search.stop();
		expect(core.grid().offset).toBe(moved);
		expect(search.inView()).toEqual([]);
	});

	it('finds what wraps, and marks its rows', async () => {
		const { search, settle, write } = await setup(10, 5);
		write('0123456789timeout and more\r\n');
		search.find(plain('89timeout'));
		settle();
		expect(search.inView()).toEqual([
			{ row: 0, startCol: 8, endCol: 9, selected: true },
			{ row: 1, startCol: 0, endCol: 6, selected: true }
		]);
	});

	it('finds what comes while it is open, and keeps what is chosen', async () => {
		const { search, settle, write, found, chosen } = await setup();
		write(numbered(1, 30));
		search.find(plain('line 2'));
		settle();
		expect(found()).toBe('11 of 11');
		expect(chosen()).toBe('line 29');
		write(numbered(200, 204));
		settle();
		expect(found()).toBe('11 of 16');
		search.step(1);
		expect(chosen()).toBe('line 200');
		// What a program writes over is found as it is now.
		write('\u001b[4;1Hline 2!');
		settle();
		expect(search.state.total).toBe(17);
	});

	it('loses what the scrollback drops, and no other', async () => {
		const core = await headless(200, 50, 1_000_000);
		const count = new RowCount();
		let due: (() => void)[] = [];
		const search = new TextSearch({
			core: () => core,
			rows: count,
			scrollBy: () => undefined,
			onChange: () => undefined,
			later: (run) => {
				due.push(run);
				return () => undefined;
			}
		});
		search.find(plain('line'));
		for (let from = 0; from < 1_500; from += 50) {
			count.around(core, () => {
				core.write(numbered(from, from + 49));
			});
			search.changed();
			for (const run of due.splice(0)) run();
			const { total, read } = core.grid();
			const kept = read(0, 0, total - 1, 199)
				.split('\n')
				.filter((text) => text !== '').length;
			expect(search.state.total).toBe(kept);
		}
		due = [];
		expect(count.dropped).toBeGreaterThan(0);
	});

	it('begins anew when the text is another one, and after a new width', async () => {
		const { core, count, search, settle, write, found } = await setup();
		write(numbered(1, 50));
		search.find(plain('line 4'));
		settle();
		expect(search.state.total).toBe(11);
		core.resize(4, 10);
		count.forget();
		search.changed();
		settle();
		expect(search.state.total).toBe(11);
		write('\u001b[H\u001b[2J\u001b[3J');
		settle();
		expect(found()).toBe('0 of 0');
		expect(search.state.ticks).toEqual([]);
	});

	it('tells where matches are, at most as many as can be seen', async () => {
		const { search, settle, write } = await setup();
		write(numbered(1, 2_000));
		search.find(plain('line'));
		settle();
		const { ticks, tick } = search.state;
		expect(ticks.length).toBeGreaterThan(150);
		expect(ticks.length).toBeLessThanOrEqual(201);
		expect(Math.min(...ticks)).toBe(0);
		expect(tick).toBeCloseTo(1, 2);
	});

	it('takes a faulty pattern and one that matches nothing for no match', async () => {
		const { search, settle, write, found } = await setup();
		write(numbered(1, 5));
		search.find({ ...plain('['), isRegex: true });
		settle();
		expect(search.state.isFaulty).toBe(true);
		expect(search.inView()).toEqual([]);
		search.find({ ...plain('x*'), isRegex: true });
		settle();
		expect(found()).toBe('0 of 0');
		expect(search.state.isFaulty).toBe(false);
		search.step(1);
		expect(found()).toBe('0 of 0');
	});
});
