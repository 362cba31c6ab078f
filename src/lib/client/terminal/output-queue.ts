// Output on its way to the screen: at most a slice of a frame per frame, so that keys and Ctrl-C stay
// live while a program floods. Window only; terminal.ts has one. Bytes are acknowledged when drawn.

/** Work of one turn: half a frame at 60 Hz leaves the other half to drawing and keys. */
const TURN_BUDGET_MS = 8;
/** A turn comes at the latest after this: a slow GPU delays frames, not the reading of output. */
const TURN_INTERVAL_MS = 16;
/** Between two turns of a flood: a frame that is asked for all the time would hold the echo of keys back. */
const FLOOD_REST_MS = 8;
/** One piece of work; the clock is looked at between two. */
const PIECE_BYTES = 8 * 1024;

interface Queued {
	readonly bytes: Uint8Array;
	readonly drawn: () => void;
	at: number;
}

export interface OutputQueueOptions {
	/** Feeds the terminal's core. */
	readonly feed: (bytes: Uint8Array) => void;
	readonly now?: () => number;
	/** Runs before the next frame is drawn. @param isFlood more waits than one turn could feed @returns cancel */
	readonly schedule?: (run: () => void, isFlood: boolean) => () => void;
}

export class OutputQueue {
	readonly #feed: (bytes: Uint8Array) => void;
	readonly #now: () => number;
	readonly #schedule: (run: () => void, isFlood: boolean) => () => void;
	#queue: Queued[] = [];
	#cancel: (() => void) | null = null;
	/** Fed in the last turn; on the screen when the next one begins. */
	#fed: (() => void)[] = [];
	#isPaused = false;
	#isFlood = false;

	constructor(options: OutputQueueOptions) {
		this.#feed = options.feed;
		this.#now = options.now ?? (() => performance.now());
		this.#schedule = options.schedule ?? nextFrame;
	}

	/** Nothing waits behind what is being fed. */
	get isEmpty(): boolean {
		return this.#queue.length === 0;
	}

	push(bytes: Uint8Array, drawn: () => void): void {
		this.#queue.push({ bytes, drawn, at: 0 });
		this.#wake();
	}

	/** While the core is being made anew nothing is fed. */
	setPaused(isPaused: boolean): void {
		this.#isPaused = isPaused;
		this.#wake();
	}

	dispose(): void {
		this.#cancel?.();
		this.#cancel = null;
		this.#queue = [];
		this.#fed = [];
	}

	#wake(): void {
		if (this.#isPaused || this.#cancel !== null) return;
		if (this.#queue.length === 0 && this.#fed.length === 0) return;
		this.#cancel = this.#schedule(() => {
			this.#cancel = null;
			this.#turn();
		}, this.#isFlood);
	}

	#turn(): void {
		const drawn = this.#fed;
		this.#fed = [];
		for (const tell of drawn) tell();
		if (this.#isPaused) return;
		const until = this.#now() + TURN_BUDGET_MS;
		do {
			const next = this.#queue[0];
			if (next === undefined) break;
			const end = Math.min(next.bytes.length, next.at + PIECE_BYTES);
			const piece = next.bytes.subarray(next.at, end);
			next.at = end;
			// Before it is fed: whoever asks meanwhile learns whether more follows.
			if (end === next.bytes.length) {
				this.#queue.shift();
				this.#fed.push(next.drawn);
			}
			this.#feed(piece);
		} while (this.#now() < until);
		this.#isFlood = this.#queue.length > 0;
		this.#wake();
	}
}

/** The next frame, or a timer where frames are slow and in a flood; in a hidden window, where timers are slow, too,
 *  the next task. */
function nextFrame(run: () => void, isFlood: boolean): () => void {
	let isDone = false;
	const once = () => {
		if (isDone) return;
		cancel();
		run();
	};
	const frame = isFlood ? null : requestAnimationFrame(once);
	const timer = setTimeout(once, isFlood ? FLOOD_REST_MS : TURN_INTERVAL_MS);
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = once;
	const onHidden = () => {
		if (document.visibilityState === 'hidden') port2.postMessage(null);
	};
	const cancel = () => {
		isDone = true;
		if (frame !== null) cancelAnimationFrame(frame);
		clearTimeout(timer);
		port1.close();
		document.removeEventListener('visibilitychange', onHidden);
	};
	document.addEventListener('visibilitychange', onHidden);
	onHidden();
	return cancel;
}
