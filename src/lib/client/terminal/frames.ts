// When restty draws. By itself (0.3.0) it asks for every frame of every terminal for ever: an idle window
// never sleeps, and Chromium, which holds back messages after a key until the frame that is asked for,
// delivers the echo late (docs/decisions/0005-page-speed.md). Here a frame is asked for when something
// may have changed. Window only; engine.ts has one for each runtime.

/** restty turns the cursor at these times of the clock, whatever else happens. */
const BLINK_MS = 600;
/** It draws at a blink only when its own timer agrees, which may be some frames later. */
const BLINK_FRAMES_MS = 50;

/** More output than this a millisecond is a flood: nobody reads it. */
const FLOOD_BYTES_PER_MS = 500;
/** Where software draws, a flood has a frame as often: each one keeps the echo of keys waiting. */
const FLOOD_FRAME_MS = 66;

export interface FramesOptions {
	/** Nothing is drawn where nobody sees it; what changed is drawn when `request` says it is seen. */
	readonly isSeen: () => boolean;
	/** Pictures move: every frame counts. */
	readonly isMoving: () => boolean;
	/** No GPU draws. */
	readonly isSlow: () => boolean;
	/** A frame that is seen has been drawn. */
	readonly onDrawn?: () => void;
}

export class Frames {
	readonly #options: FramesOptions;
	/** What restty wants to run in the next frame. */
	#next: FrameRequestCallback | null = null;
	#frame: number | null = null;
	#blink: ReturnType<typeof setTimeout> | null = null;
	#untilMs = 0;
	#drawnMs = 0;
	/** Output since the last frame. */
	#came = 0;
	#isFlooded = false;
	#rest: ReturnType<typeof setTimeout> | null = null;
	#isDisposed = false;

	constructor(options: FramesOptions) {
		this.#options = options;
	}

	/** Takes over restty's loop, whose first frame is the next one that is asked for, before this task goes on. */
	adopt(): void {
		const own = globalThis.requestAnimationFrame;
		const listening = (callback: FrameRequestCallback) => {
			// At once: another terminal may begin its loop in the same task.
			globalThis.requestAnimationFrame = own;
			this.#next = callback;
			this.request();
			return 0;
		};
		globalThis.requestAnimationFrame = listening;
		queueMicrotask(() => {
			if (globalThis.requestAnimationFrame === listening) globalThis.requestAnimationFrame = own;
		});
	}

	/** Something may have changed. @param forMs every frame until then, for what moves by itself */
	request(forMs = 0): void {
		if (this.#isDisposed || this.#next === null) return;
		this.#untilMs = Math.max(this.#untilMs, performance.now() + forMs);
		if (this.#frame !== null) return;
		this.#frame = requestAnimationFrame((time) => {
			this.#frame = null;
			this.#draw(time);
		});
	}

	/** Output has come, so many characters. */
	output(length: number): void {
		this.#came += length;
		const isResting = this.#isFlooded && this.#options.isSlow();
		const restMs = isResting ? this.#drawnMs + FLOOD_FRAME_MS - performance.now() : 0;
		if (restMs <= 0) {
			this.request();
			return;
		}
		if (this.#rest !== null || this.#isDisposed) return;
		this.#rest = setTimeout(() => {
			this.#rest = null;
			this.request();
		}, restMs);
	}

	/** Draws once where nobody sees it. */
	async drawUnseen(): Promise<void> {
		await new Promise((resolve) => requestAnimationFrame(resolve));
		this.#run(performance.now());
	}

	dispose(): void {
		this.#isDisposed = true;
		if (this.#frame !== null) cancelAnimationFrame(this.#frame);
		if (this.#blink !== null) clearTimeout(this.#blink);
		if (this.#rest !== null) clearTimeout(this.#rest);
		this.#next = null;
	}

	#draw(time: number): void {
		if (!this.#options.isSeen()) return;
		this.#run(time);
		const now = performance.now();
		this.#isFlooded = this.#came > FLOOD_BYTES_PER_MS * (now - this.#drawnMs);
		this.#came = 0;
		this.#drawnMs = now;
		this.#options.onDrawn?.();
		if (performance.now() < this.#untilMs || this.#options.isMoving()) this.request();
		else this.#waitForBlink();
	}

	#run(time: number): void {
		const next = this.#next;
		if (next === null) return;
		this.#next = null;
		const giveBack = this.#listen();
		try {
			next(time);
		} finally {
			giveBack();
		}
	}

	#waitForBlink(): void {
		if (this.#blink !== null || this.#isDisposed) return;
		this.#blink = setTimeout(
			() => {
				this.#blink = null;
				this.request(BLINK_FRAMES_MS);
			},
			BLINK_MS - (performance.now() % BLINK_MS)
		);
	}

	/** Keeps the last frame that is asked for from now on, restty's loop; others go on as they are.
	 *  @returns end */
	#listen(): () => void {
		const own = globalThis.requestAnimationFrame;
		globalThis.requestAnimationFrame = (callback) => {
			if (this.#next !== null) own.call(globalThis, this.#next);
			this.#next = callback;
			return 0;
		};
		return () => {
			globalThis.requestAnimationFrame = own;
		};
	}
}
