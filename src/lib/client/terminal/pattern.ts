// Where a pattern is in lines of text: at once for plain text, in a worker for a regular expression, which
// may backtrack for ever and is ended then. Window only; search.ts asks.
import { parsePatternAnswer, type PatternPart, type PatternQuestion } from '$lib/contracts/pattern';

/** A regular expression gets so long for a slice of lines, which takes a usual one some milliseconds. */
export const PATTERN_MAX_MS = 2_000;
/** Lines whose matches are remembered: some slices, and what is in view. */
const KNOWN_MAX = 8_000;

/** All matches of a pattern in a text, but for empty ones: a pattern may match nothing at all, everywhere. */
export function findIn(text: string, pattern: RegExp): PatternPart[] {
	const found = [];
	for (const match of text.matchAll(pattern))
		if (match[0] !== '') found.push({ start: match.index, end: match.index + match[0].length });
	return found;
}

export interface LineFinder {
	/** The matches in a line; null while they are not known: `ask` for them. */
	find(text: string): readonly PatternPart[] | null;
	ask(texts: readonly string[]): void;
	dispose(): void;
}

/** For what cannot backtrack: plain text. */
export class PlainFinder implements LineFinder {
	readonly #pattern: RegExp;

	constructor(pattern: RegExp) {
		this.#pattern = pattern;
	}

	find(text: string): readonly PatternPart[] {
		return findIn(text, this.#pattern);
	}

	ask(): void {
		// Nothing is ever unknown.
	}

	dispose(): void {
		// Holds nothing.
	}
}

/** What of a Worker is used. */
export interface PatternWorker {
	onmessage: ((event: MessageEvent<unknown>) => void) | null;
	postMessage(question: PatternQuestion): void;
	terminate(): void;
}

export const createPatternWorker = (): PatternWorker =>
	new Worker(new URL('./pattern.worker.ts', import.meta.url), { type: 'module' });

/** The worker of one terminal's search: made when first needed, ended when it takes too long. One question at
 *  a time. */
export class PatternRunner {
	readonly #create: () => PatternWorker;
	readonly #later: (run: () => void, delayMs: number) => () => void;
	#worker: PatternWorker | null = null;
	/** It has begun: before that its time does not count. */
	#isThere = false;
	#lastId = 0;
	#onAnswer: ((found: readonly (readonly PatternPart[])[] | 'too-long') => void) | null = null;
	#cancelTimer: (() => void) | null = null;

	constructor(options: {
		readonly create: () => PatternWorker;
		readonly later: (run: () => void, delayMs: number) => () => void;
	}) {
		this.#create = options.create;
		this.#later = options.later;
	}

	/** Asks; whatever was asked before is given up. */
	run(
		pattern: RegExp,
		texts: readonly string[],
		onAnswer: (found: readonly (readonly PatternPart[])[] | 'too-long') => void
	): void {
		this.cancel();
		this.#onAnswer = onAnswer;
		const worker = (this.#worker ??= this.#start());
		const { source, flags } = pattern;
		worker.postMessage({ id: ++this.#lastId, source, flags, texts });
		if (this.#isThere) this.#limit();
	}

	/** Gives up what runs, with its worker: it may never end by itself. */
	cancel(): void {
		if (this.#onAnswer !== null) this.dispose();
	}

	dispose(): void {
		this.#cancelTimer?.();
		this.#cancelTimer = null;
		this.#onAnswer = null;
		this.#worker?.terminate();
		this.#worker = null;
		this.#isThere = false;
	}

	#start(): PatternWorker {
		const worker = this.#create();
		worker.onmessage = ({ data }) => {
			const answer = parsePatternAnswer(data);
			if (!this.#isThere) {
				this.#isThere = true;
				if (this.#onAnswer !== null) this.#limit();
			}
			if (answer?.id !== this.#lastId) return;
			const onAnswer = this.#onAnswer;
			this.#onAnswer = null;
			this.#cancelTimer?.();
			this.#cancelTimer = null;
			onAnswer?.(answer.found);
		};
		return worker;
	}

	#limit(): void {
		this.#cancelTimer = this.#later(() => {
			const onAnswer = this.#onAnswer;
			this.dispose();
			onAnswer?.('too-long');
		}, PATTERN_MAX_MS);
	}
}

/** For a regular expression: asks the runner, and remembers what it has said of which line. */
export class RegexFinder implements LineFinder {
	readonly #pattern: RegExp;
	readonly #runner: PatternRunner;
	readonly #onFound: () => void;
	readonly #onTooLong: () => void;
	readonly #known = new Map<string, readonly PatternPart[]>();
	readonly #wanted = new Set<string>();
	#running: ReadonlySet<string> = new Set();

	constructor(options: {
		readonly pattern: RegExp;
		readonly runner: PatternRunner;
		/** All that was asked for is known. */
		readonly onFound: () => void;
		readonly onTooLong: () => void;
	}) {
		this.#pattern = options.pattern;
		this.#runner = options.runner;
		this.#onFound = options.onFound;
		this.#onTooLong = options.onTooLong;
	}

	find(text: string): readonly PatternPart[] | null {
		return text === '' ? [] : (this.#known.get(text) ?? null);
	}

	ask(texts: readonly string[]): void {
		for (const text of texts)
			if (this.find(text) === null && !this.#running.has(text)) this.#wanted.add(text);
		if (this.#running.size === 0) this.#next();
	}

	dispose(): void {
		this.#wanted.clear();
		this.#runner.cancel();
	}

	#next(): void {
		if (this.#wanted.size === 0) return;
		const texts = [...this.#wanted];
		this.#running = new Set(texts);
		this.#wanted.clear();
		this.#runner.run(this.#pattern, texts, (found) => {
			this.#running = new Set();
			if (found === 'too-long') {
				this.#onTooLong();
				return;
			}
			this.#remember(texts, found);
			if (this.#wanted.size > 0) this.#next();
			else this.#onFound();
		});
	}

	/** The newest come last, and the oldest go. */
	#remember(texts: readonly string[], found: readonly (readonly PatternPart[])[]): void {
		for (const [index, text] of texts.entries()) this.#known.set(text, found[index] ?? []);
		for (const text of this.#known.keys()) {
			if (this.#known.size <= KNOWN_MAX) break;
			this.#known.delete(text);
		}
	}
}
