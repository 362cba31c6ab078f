// What must hold for whatever a machine sends: the filter's output is the same however it is cut, grows with its
// input, holds nothing forbidden, and restty's core answers nothing of it with words that the machine has chosen.
// Used by `npm run fuzz` and, shorter, by the unit test.
import { ByteFilter, type FilterEvent } from '$lib/client/terminal/byte-filter';
import { isFixedReply, splitReplies } from '$lib/client/terminal/replies';
import { createResttyRuntimeSession } from 'restty/internal/runtime';
import { cut, Dice, hostileInput } from './hostile';

/** What came out, in its order; runs of output are one. */
export type Trace = readonly (string | FilterEvent)[];

/** An input that breaks a rule. */
export class FuzzFault extends Error {
	constructor(rule: string, bytes: Uint8Array) {
		super(`${rule}: ${Buffer.from(bytes.subarray(0, 4_096)).toString('base64')}`);
	}
}

export interface FuzzFigures {
	inputs: number;
	bytes: number;
	largestBytes: number;
	events: number;
	/** Answers of the core that may go to the machine, and that may not. */
	answers: number;
	refusedAnswers: number;
	/** Times that the core stopped and was made anew. */
	traps: number;
	tookMs: number;
}

class Recorder {
	readonly #trace: (string | FilterEvent)[] = [];
	#run: Uint8Array[] = [];
	readonly filter = new ByteFilter(
		{
			output: (bytes) => this.#run.push(bytes.slice()),
			mode: (sequence) => {
				this.#end();
				this.#trace.push(`mode ${sequence}`);
			},
			event: (event) => {
				this.#end();
				this.#trace.push(event);
			}
		},
		{ ownOrigin: 'https://tab.example' }
	);

	#end(): void {
		if (this.#run.length > 0)
			this.#trace.push(`out ${Buffer.concat(this.#run).toString('latin1')}`);
		this.#run = [];
	}

	take(): Trace {
		this.#end();
		return this.#trace;
	}
}

export function traceOf(...chunks: readonly Uint8Array[]): Trace {
	const recorder = new Recorder();
	try {
		for (const chunk of chunks) recorder.filter.push(chunk);
	} catch (cause) {
		throw new FuzzFault(String(cause), Buffer.concat(chunks));
	}
	return recorder.take();
}

// Strings that may pass: colours, links under our scheme, marks, DECRQSS, each with its end; other escape and
// control sequences but no string's begin.
/* eslint-disable no-control-regex -- sequences are what is looked for */
const ALLOWED =
	/\x1b(?:\](?:(?:4|1[0-279]|104|11[0-279])(?:;[ -~]*)?|8;(?:id=[\w.-]+)?;(?:headtab-link:[^\x00-\x20\x7f]+)?|133;[A-D][ -~]*)\x1b\\|P\$q[ -~]{1,4}\x1b\\|\[[ -?]*[@-~]|[ -/]+[0-~]|[0-OQ-WYZ`-~])/g;
const LEFT_OVER = /[\x00-\x07\x10-\x1f\x7f]/;
const C1 = /[\x80-\x9f]/;
const FORBIDDEN = /\x1b\[[ -?]*[ti]|\x1b\](?:52|0|2|7|9|50|51|777|1337)[;\x07\x1b]|\x1b[_^X%]/;
const MODE = /^mode \x1b\[(\?\d+[hl]|1[468]t)$/;
/** Lexically: one answer, no control byte in it that a shell would act on. */
const ANSWER = /^\x1b[[\]P][ -~]{1,120}(?:\x07|\x1b\\)?$/;
/* eslint-enable no-control-regex */
/** Words that answers are made of; whatever else is letters was chosen by somebody. */
const ANSWER_WORDS = /^(?:rgb|libghostty|ghostty|[0-9a-f]{1,4}|[A-Za-z])$/;

/** Checks one input. @returns what came out of the filter
 *  @throws FuzzFault */
export function checkInput(bytes: Uint8Array, chunks: readonly Uint8Array[]): Trace {
	const whole = traceOf(bytes);
	if (JSON.stringify(whole) !== JSON.stringify(traceOf(...chunks)))
		throw new FuzzFault('another output when it is cut', bytes);
	let outputBytes = 0;
	let shown = '';
	const decoder = new TextDecoder();
	for (const entry of whole) {
		if (typeof entry !== 'string') {
			checkEvent(entry, bytes);
		} else if (entry.startsWith('mode ')) {
			if (!MODE.test(entry)) throw new FuzzFault('a mode that restty must not hear', bytes);
		} else {
			const output = entry.slice('out '.length);
			outputBytes += output.length;
			shown += decoder.decode(Buffer.from(output, 'latin1'), { stream: true });
			if (FORBIDDEN.test(output)) throw new FuzzFault('a forbidden sequence', bytes);
			if (LEFT_OVER.test(output.replaceAll(ALLOWED, '')))
				throw new FuzzFault('a control byte or a broken sequence', bytes);
		}
	}
	// As the terminal decodes it: halves of one that come from two places are one.
	if (C1.test(shown)) throw new FuzzFault('an 8-bit control', bytes);
	// A full reset, two bytes, tells of each mode that it ends.
	if (whole.length > bytes.length * 16 + 32) throw new FuzzFault('more events than bytes', bytes);
	// A soft reset is written out, a link’s target as it will be opened.
	if (outputBytes > bytes.length * 20 + 64) throw new FuzzFault('output that grows', bytes);
	const cancelled = traceOf(bytes, Buffer.from('\x18ok')).at(-1);
	if (typeof cancelled !== 'string' || !cancelled.endsWith('ok'))
		throw new FuzzFault('text that does not come back', bytes);
	return whole;
}

function checkEvent(event: FilterEvent, bytes: Uint8Array): void {
	const texts =
		event.kind === 'title'
			? [event.title]
			: event.kind === 'note'
				? [event.title, event.body]
				: event.kind === 'cwd'
					? [event.path]
					: [];
	for (const text of texts) {
		if (text.length > 2_048 || /[\p{Cc}\p{Cf}]/u.test(text))
			throw new FuzzFault('words that are long or hide something', bytes);
	}
	if (event.kind === 'clipboard' && event.text.length > 100 * 1024)
		throw new FuzzFault('a copy without a limit', bytes);
}

type Wasm = Awaited<ReturnType<ReturnType<typeof createResttyRuntimeSession>['getWasm']>>;

/** restty's core behind the filter: what it would answer. */
class Core {
	readonly #wasm: Wasm;
	readonly #handle: number;
	readonly #decoder = new TextDecoder();

	private constructor(wasm: Wasm) {
		this.#wasm = wasm;
		this.#handle = wasm.create(80, 24, 100_000);
	}

	static async make(): Promise<Core> {
		return new Core(await createResttyRuntimeSession().getWasm());
	}

	/** @returns its answers, one by one */
	feed(trace: Trace): readonly string[] {
		for (const entry of trace) {
			if (typeof entry !== 'string' || !entry.startsWith('out ')) continue;
			const bytes = Buffer.from(entry.slice('out '.length), 'latin1');
			this.#wasm.write(this.#handle, this.#decoder.decode(bytes, { stream: true }));
		}
		const answers = this.#wasm.drainOutput(this.#handle);
		return answers === '' ? [] : splitReplies(answers);
	}
}

/** Makes inputs from a seed and checks each of them.
 *  @param lastsMs ends it before there were so many inputs
 *  @throws FuzzFault with the first that breaks a rule */
export async function fuzzFilter(
	inputs: number,
	seed: number,
	lastsMs = Infinity
): Promise<FuzzFigures> {
	const figures: FuzzFigures = {
		inputs: 0,
		bytes: 0,
		largestBytes: 0,
		events: 0,
		answers: 0,
		refusedAnswers: 0,
		traps: 0,
		tookMs: 0
	};
	const dice = new Dice(seed);
	let core = await Core.make();
	const start = performance.now();
	for (; figures.inputs < inputs && performance.now() - start < lastsMs; figures.inputs += 1) {
		const bytes = hostileInput(dice);
		const trace = checkInput(bytes, cut(bytes, dice));
		figures.bytes += bytes.length;
		figures.largestBytes = Math.max(figures.largestBytes, bytes.length);
		figures.events += trace.filter((entry) => typeof entry !== 'string').length;
		let answers: readonly string[] = [];
		try {
			answers = core.feed(trace);
		} catch (cause) {
			if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
			figures.traps += 1;
			core = await Core.make();
		}
		for (const answer of answers) {
			if (!isFixedReply(answer)) {
				figures.refusedAnswers += 1;
				continue;
			}
			figures.answers += 1;
			const words = answer
				.slice(2)
				.split(/[^A-Za-z0-9]+/)
				.flatMap((word) => word.match(/[0-9a-f]{4}|\d+|[A-Za-z]+/g) ?? []);
			if (
				!ANSWER.test(answer) ||
				!words.every((word) => /^\d+$/.test(word) || ANSWER_WORDS.test(word))
			)
				throw new FuzzFault(
					`an answer that the machine has chosen, ${JSON.stringify(answer)}`,
					bytes
				);
		}
		// What a core keeps does not decide what the next inputs meet.
		if (figures.inputs % 50_000 === 0) core = await Core.make();
	}
	figures.tookMs = performance.now() - start;
	return figures;
}
