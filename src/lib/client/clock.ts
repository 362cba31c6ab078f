// Time as the window's classes see it, so that tests bring their own. Window only.

/** Handle of a timer that a Clock has set. */
export type Timer = ReturnType<typeof setTimeout>;

export interface Clock {
	/** Epoch milliseconds. */
	now(): number;
	setTimeout(run: () => void, delayMs: number): Timer;
	clearTimeout(timer: Timer): void;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	setTimeout: (run, delayMs) => setTimeout(run, delayMs),
	clearTimeout: (timer) => {
		clearTimeout(timer);
	}
};
