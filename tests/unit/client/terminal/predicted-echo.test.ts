// Keys shown before the far end answers, against a model of one that is slow and unsteady: what is shown comes true or
// goes, and no password is among it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	PredictedEcho,
	PREDICTION_MAX_MS,
	type EchoScreen
} from '$lib/client/terminal/predicted-echo';

const COLS = 40;

/** A line on a screen, as much of a terminal as echo needs. */
class Screen {
	row = 0;
	col = 0;
	#cells: string[] = Array.from({ length: COLS }, () => ' ');

	write(text: string): void {
		for (const char of text) {
			if (char === '\n') {
				this.row += 1;
				this.#cells = Array.from({ length: COLS }, () => ' ');
			} else if (char === '\r') this.col = 0;
			else if (char === '\b') this.col -= 1;
			else {
				this.#cells[this.col] = char;
				this.col = Math.min(COLS - 1, this.col + 1);
			}
		}
	}

	look(): EchoScreen {
		return {
			row: this.row,
			col: this.col,
			cols: COLS,
			cellsFrom: (col) => this.#cells.slice(col)
		};
	}

	get line(): string {
		return this.#cells.join('').trimEnd();
	}
}

const LEFT = '\x1b[D';

/** How the far end treats keys. `silent` and `stars` are passwords. */
type Mode = 'shell' | 'silent' | 'stars' | 'capitals';

/** Person, screen and far end, with a way between them that keeps the order and nothing else. */
class Model {
	readonly echo = new PredictedEcho();
	readonly screen = new Screen();
	nowMs = 0;
	/** Keys that were on the screen before the far end had shown them. */
	shownAhead = 0;
	readonly everShown = new Set<string>();
	readonly #latencies: readonly number[];
	#at = 0;
	#due: { readonly atMs: number; readonly run: () => void }[] = [];
	#lastUpMs = 0;
	#lastDownMs = 0;
	#mode: Mode = 'shell';
	#line = '';
	/** Of the cursor in the line. */
	#place = 0;

	constructor(latencies: readonly number[]) {
		this.#latencies = latencies;
		this.screen.write('$ ');
	}

	setMode(mode: Mode): void {
		this.#mode = mode;
		this.#send(`\r\n${mode}: `);
	}

	press(key: string): void {
		this.echo.key(key, this.screen.look(), this.nowMs);
		this.#watch();
		if (this.echo.shown !== null) this.shownAhead += 1;
		this.#lastUpMs = Math.max(this.#lastUpMs, this.nowMs + this.#latency());
		this.#due.push({ atMs: this.#lastUpMs, run: () => this.#take(key) });
	}

	/** Something that the far end writes by itself. */
	notice(text: string): void {
		this.#send(text);
	}

	pass(ms: number): void {
		const until = this.nowMs + ms;
		for (;;) {
			const next = this.#due.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
			if (next === undefined) break;
			this.#due.splice(this.#due.indexOf(next), 1);
			this.nowMs = Math.max(this.nowMs, next.atMs);
			next.run();
		}
		this.nowMs = until;
		this.echo.expire(this.nowMs);
		this.#watch();
	}

	#latency(): number {
		this.#at += 1;
		return this.#latencies[this.#at % this.#latencies.length] ?? 100;
	}

	#take(key: string): void {
		const tail = this.#line.slice(this.#place);
		if (key === '\r') {
			this.#line = '';
			this.#place = 0;
			this.#send(this.#mode === 'shell' ? '\r\nout\r\n$ ' : '\r\n$ ');
			this.#mode = 'shell';
		} else if (key === LEFT) {
			if (this.#place === 0 || this.#mode !== 'shell') return;
			this.#place -= 1;
			this.#send('\b');
		} else if (key === '\x7f') {
			if (this.#place === 0) return;
			if (this.#mode !== 'silent') this.#send(`\b${tail} ${'\b'.repeat(tail.length + 1)}`);
			this.#place -= 1;
			this.#line = this.#line.slice(0, this.#place) + tail;
		} else {
			this.#line = this.#line.slice(0, this.#place) + key + tail;
			this.#place += 1;
			if (this.#mode === 'shell') this.#send(key + tail + '\b'.repeat(tail.length));
			else if (this.#mode === 'stars') this.#send('*');
			else if (this.#mode === 'capitals') this.#send(key.toUpperCase());
		}
	}

	#send(text: string): void {
		this.#lastDownMs = Math.max(this.#lastDownMs, this.nowMs + this.#latency());
		this.#due.push({
			atMs: this.#lastDownMs,
			run: () => {
				this.screen.write(text);
				this.echo.output(this.screen.look(), this.nowMs);
				this.#watch();
			}
		});
	}

	#watch(): void {
		for (const char of this.echo.shown?.text ?? '') this.everShown.add(char);
	}
}

const slow = () => new Model([150]);

describe('keys on a slow way', () => {
	it('are shown once the line has echoed, and are gone from there when the screen has them', () => {
		const model = slow();
		model.press('l');
		expect(model.echo.shown).toBeNull();
		model.pass(400);
		model.press('s');
		expect(model.echo.shown).toEqual({ row: 0, col: 3, text: 's', tail: '', covers: 1 });
		model.press(' ');
		model.press('-');
		expect(model.echo.shown?.text).toBe('s -');
		model.pass(400);
		expect(model.echo.shown).toBeNull();
		expect(model.screen.line).toBe('$ ls -');
	});

	it('can be taken back before they are there', () => {
		const model = slow();
		model.press('a');
		model.pass(400);
		for (const key of ['b', 'x', '\x7f', 'c']) model.press(key);
		expect(model.echo.shown?.text).toBe('bc');
		model.pass(305);
		model.pass(400);
		expect(model.echo.shown).toBeNull();
		expect(model.screen.line).toBe('$ abc');
	});

	it('cover what the screen still has', () => {
		const model = slow();
		model.press('a');
		model.pass(400);
		for (const key of ['b', 'c']) model.press(key);
		model.pass(200);
		for (const key of ['\x7f', '\x7f']) model.press(key);
		model.pass(110);
		expect(model.screen.line).toBe('$ abc');
		expect(model.echo.shown).toMatchObject({ text: '', covers: 2 });
	});

	it.each(['silent', 'stars'] as const)('are never shown at a prompt that is %s', (mode) => {
		const model = slow();
		model.press('a');
		model.pass(400);
		model.press('\r');
		model.pass(400);
		model.setMode(mode);
		model.pass(400);
		for (const key of 'XYZ') {
			model.press(key);
			model.pass(50);
		}
		model.pass(5_000);
		expect([...model.everShown].filter((char) => 'XYZ'.includes(char))).toEqual([]);
	});

	it('are taken away when the far end shows something else, or nothing', () => {
		const model = slow();
		model.setMode('capitals');
		model.pass(400);
		for (const key of 'abc') {
			model.press(key);
			model.pass(400);
			expect(model.echo.shown).toBeNull();
		}
		const silent = new PredictedEcho();
		const screen = new Screen();
		silent.key('a', screen.look(), 0);
		screen.write('a');
		silent.output(screen.look(), 100);
		silent.key('b', screen.look(), 200);
		expect(silent.shown?.text).toBe('b');
		silent.expire(200 + PREDICTION_MAX_MS);
		expect(silent.shown).toBeNull();
	});

	it.each(['\t', '\x1b[A', '\x03', '漢', 'e\u0301', 'pasted'])(
		'wait after %j, whose effect nobody knows',
		(key) => {
			const model = slow();
			model.press('a');
			model.pass(400);
			model.press(key);
			model.press('b');
			expect(model.echo.shown).toBeNull();
		}
	);

	it('push along what stands behind them, once the far end has done so', () => {
		const model = slow();
		for (const key of ['a', 'd', LEFT, 'b']) {
			model.press(key);
			model.pass(400);
		}
		expect(model.screen.line).toBe('$ abd');
		model.press('c');
		model.press('x');
		model.press('\x7f');
		expect(model.echo.shown).toEqual({ row: 0, col: 4, text: 'c', tail: 'd', covers: 2 });
		model.pass(2_000);
		expect(model.echo.shown).toBeNull();
		expect(model.screen.line).toBe('$ abcd');
	});

	it('are taken away where the far end writes over what stands behind them', () => {
		const echo = new PredictedEcho();
		const screen = new Screen();
		screen.write('abc\b\b');
		for (const key of ['x', 'y']) {
			echo.key(key, screen.look(), 0);
			expect(echo.shown).toBeNull();
			screen.write(key);
			echo.output(screen.look(), 100);
			expect(echo.shown).toBeNull();
		}
	});

	it('are not guessed before what takes two columns, nor where a line is nearly full', () => {
		const wide = new PredictedEcho();
		const cells = ['漢', '', ...Array.from({ length: COLS - 4 }, () => ' ')];
		const screen = { row: 0, col: 2, cols: COLS, cellsFrom: () => cells };
		wide.key('a', screen, 0);
		// Nothing was guessed: an echo proves nothing.
		wide.output({ ...screen, col: 3, cellsFrom: () => ['a', ...cells].slice(0, -1) }, 100);
		expect(wide.isIdle).toBe(true);

		const full = new PredictedEcho();
		const line = new Screen();
		line.write(`${'x'.repeat(COLS - 2)}\b\b\b`);
		full.key('a', line.look(), 0);
		full.output(line.look(), 100);
		expect(full.isIdle).toBe(true);
	});

	it('are not guessed at the last columns', () => {
		const model = slow();
		model.press('a');
		model.pass(400);
		for (let at = 0; at < COLS; at += 1) model.press('b');
		expect((model.echo.shown?.text.length ?? 0) + 4).toBeLessThan(COLS);
	});

	it('are not shown where nobody may guess: a full-screen program, a hidden cursor', () => {
		const model = slow();
		model.press('a');
		model.pass(400);
		model.echo.key('b', null, model.nowMs);
		expect(model.echo.shown).toBeNull();
	});
});

describe('whatever the way is like', () => {
	const step = fc.oneof(
		{ weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', ' ') },
		{ weight: 2, arbitrary: fc.constant('\x7f') },
		{ weight: 1, arbitrary: fc.constantFrom('\r', '\t') },
		{ weight: 2, arbitrary: fc.constant(LEFT) },
		{ weight: 1, arbitrary: fc.constantFrom('mode silent', 'mode stars', 'mode capitals') },
		{ weight: 1, arbitrary: fc.constant('notice') },
		{ weight: 4, arbitrary: fc.constantFrom('wait 30', 'wait 200', 'wait 900') }
	);
	const latencies = fc.array(fc.constantFrom(5, 40, 150, 400, 1_500), {
		minLength: 1,
		maxLength: 6
	});

	it('what is shown comes true or goes, and no password is ever among it', () => {
		fc.assert(
			fc.property(latencies, fc.array(step, { maxLength: 60 }), (ms, steps) => {
				const model = new Model(ms);
				let isSecret = false;
				for (const one of steps) {
					if (one.startsWith('mode ')) {
						// The person types what is asked for once they see the question.
						model.pass(5_000);
						model.setMode(one.slice(5) as Mode);
						model.pass(5_000);
						isSecret = one !== 'mode capitals';
					} else if (one === 'notice') model.notice('\r\nsomething happened\r\n$ ');
					else if (one.startsWith('wait ')) model.pass(Number(one.slice(5)));
					else {
						if (one === '\r') isSecret = false;
						model.press(isSecret && ![LEFT, '\x7f', '\t', '\r'].includes(one) ? 'X' : one);
						if (one === '\r') model.pass(5_000);
					}
				}
				expect(model.everShown.has('X')).toBe(false);
				model.pass(20_000);
				expect(model.echo.shown).toBeNull();
			}),
			{ numRuns: 2_000 }
		);
	});

	it('most keys of a slow line are there before their echo', () => {
		const model = new Model([150, 220, 90]);
		const text = 'find . -name wat -mtime -3';
		for (const key of text) {
			model.press(key);
			model.pass(90);
		}
		expect(model.shownAhead).toBeGreaterThan(text.length * 0.7);
		model.pass(2_000);
		expect(model.screen.line).toBe(`$ ${text}`);
	});
});
