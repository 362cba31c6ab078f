// Regular expressions in a worker of their own: found as plain text is, ended when they take too long, and the
// search usable afterwards. The worker answers when the test says so; the real one is in reading.spec.ts.
import { describe, expect, it } from 'vitest';
import type { PatternQuestion } from '$lib/contracts/pattern';
import {
	findIn,
	PATTERN_MAX_MS,
	PatternRunner,
	type PatternWorker
} from '$lib/client/terminal/pattern';
import { RowCount } from '$lib/client/terminal/scrollback';
import { TextSearch, type SearchQuery } from '$lib/client/terminal/search';
import { headless, numbered } from './headless';

const regex = (text: string): SearchQuery => ({ text, isRegex: true, isCaseSensitive: true });

/** A worker whose answers come when the test says so. */
class StubWorker implements PatternWorker {
	onmessage: ((event: MessageEvent<unknown>) => void) | null = null;
	isEnded = false;
	readonly questions: PatternQuestion[] = [];

	postMessage(question: PatternQuestion): void {
		this.questions.push(question);
	}
	terminate(): void {
		this.isEnded = true;
	}
	begin(): void {
		this.#say(null);
	}
	/** Answers the oldest question. */
	answer(): void {
		const question = this.questions.shift();
		if (question === undefined) throw new Error('nothing was asked');
		const pattern = new RegExp(question.source, question.flags);
		this.#say({
			id: question.id,
			found: question.texts.map((text) => findIn(text, pattern))
		});
	}
	#say(data: unknown): void {
		if (!this.isEnded) this.onmessage?.({ data } as MessageEvent<unknown>);
	}
}

async function setup() {
	const core = await headless(40, 10);
	const count = new RowCount();
	const workers: StubWorker[] = [];
	let timers: { run: () => void; delayMs: number }[] = [];
	const later = (run: () => void, delayMs: number) => {
		const timer = { run, delayMs };
		timers.push(timer);
		return () => {
			timers = timers.filter((known) => known !== timer);
		};
	};
	let changes = 0;
	const search = new TextSearch({
		core: () => core,
		rows: count,
		scrollBy: (by) => {
			core.moveView(by);
		},
		onChange: () => {
			changes += 1;
		},
		later,
		runner: new PatternRunner({
			create: () => {
				const worker = new StubWorker();
				workers.push(worker);
				return worker;
			},
			later
		})
	});
	const write = (text: string) => {
		count.around(core, () => {
			core.write(text);
		});
		search.changed();
	};
	/** All turns and answers, but for the limit's. */
	const settle = () => {
		for (;;) {
			const due = timers.filter(({ delayMs }) => delayMs < PATTERN_MAX_MS);
			const worker = workers.find(({ isEnded, questions }) => !isEnded && questions.length > 0);
			if (due.length === 0 && worker === undefined) return;
			timers = timers.filter((timer) => !due.includes(timer));
			for (const { run } of due) run();
			worker?.begin();
			worker?.answer();
		}
	};
	const limit = () => timers.find(({ delayMs }) => delayMs === PATTERN_MAX_MS);
	return { core, search, workers, write, settle, limit, changes: () => changes };
}

describe('a regular expression', () => {
	it('is found in the whole scrollback and in view, as plain text is', async () => {
		const { search, write, settle } = await setup();
		write(numbered(1, 5_000));
		search.find(regex('line 4\\d*$'));
		settle();
		expect(search.state).toMatchObject({ total: 1111, index: 1111, isTooSlow: false });
		expect(search.inView().some(({ selected }) => selected)).toBe(true);
		search.step(1);
		expect(search.state.index).toBe(1);
		// The view is elsewhere now; its lines are known.
		expect(search.inView().some(({ selected }) => selected)).toBe(true);
	});

	it('that is stepped through before all is known goes there when it is', async () => {
		const { search, write, settle } = await setup();
		write(numbered(1, 5_000));
		search.find(regex('line 4\\d*$'));
		search.step(-1);
		expect(search.state.total).toBe(0);
		settle();
		expect(search.state).toMatchObject({ total: 1111, index: 1110 });
	});

	it('finds what is written later', async () => {
		const { search, write, settle, changes } = await setup();
		search.find(regex('E\\d+'));
		settle();
		write('E12 and E13\r\n');
		settle();
		expect(search.state.total).toBe(2);
		const before = changes();
		write('E14\r\n');
		expect(search.inView().length).toBe(2);
		settle();
		expect(changes()).toBeGreaterThan(before);
		expect(search.inView().length).toBe(3);
	});

	it('that takes too long ends with its worker, says so, and the next search works', async () => {
		const { search, write, settle, workers, limit } = await setup();
		write(`${'a'.repeat(39)}\r\n`);
		search.find(regex('(a+)+$b'));
		// Its start is not counted: a busy machine takes its time.
		expect(limit()).toBeUndefined();
		workers[0]?.begin();
		limit()?.run();
		expect(workers[0]?.isEnded).toBe(true);
		expect(search.state).toMatchObject({ isTooSlow: true, total: 0 });
		expect(search.inView()).toEqual([]);
		write('more\r\n');
		settle();
		expect(workers).toHaveLength(1);
		search.find(regex('a{39}'));
		expect(search.state.isTooSlow).toBe(false);
		settle();
		expect(search.state.total).toBe(1);
		expect(workers).toHaveLength(2);
	});

	it('gives way to the next one while it runs, and its worker goes with the search', async () => {
		const { search, write, settle, workers } = await setup();
		write('abc\r\n');
		search.find(regex('(a+)+$'));
		search.find(regex('b'));
		expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
		settle();
		expect(search.state.total).toBe(1);
		search.stop();
		expect(workers.every(({ isEnded }) => isEnded)).toBe(true);
	});
});
