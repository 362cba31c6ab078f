// When to try again: full-jitter backoff. Pure; used by SshSession and NodeClient in the window.

/** First ceiling; doubled with each attempt. */
const RECONNECT_BASE_MS = 1_000;
/** Highest ceiling: somebody who looks waits half a minute at most. */
export const RECONNECT_MAX_MS = 30_000;
/** No attempt follows sooner: a wave of windows must not hit a server that just came back. */
export const RECONNECT_MIN_MS = 250;

/** Delay before an attempt: evenly spread below a ceiling that doubles.
 *  @param attempt 1 for the first
 *  @param random in [0, 1) */
export function backoffMs(attempt: number, random: number): number {
	const ceiling = Math.min(RECONNECT_MAX_MS, RECONNECT_BASE_MS * 2 ** Math.max(0, attempt - 1));
	return Math.round(RECONNECT_MIN_MS + random * (ceiling - RECONNECT_MIN_MS));
}
