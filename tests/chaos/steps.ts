// Doing a step of a window again until it works, as the window and its person do while a part is away.
import { waitFor } from '../../stack/process';
import { outcomeOf, type Tally } from './outcome';

/** A step is tried again for so long. */
const STEP_MS = 300_000;
const TRY_EVERY_MS = 500;

/** Does a step until it works. @throws what is no told failure, or Error when time is up */
export async function untilDone<T>(name: string, again: Tally, step: () => Promise<T>): Promise<T> {
	const results: T[] = [];
	await waitFor(
		async () => {
			try {
				results.push(await step());
				return true;
			} catch (cause) {
				again.add(name, outcomeOf(cause));
				return false;
			}
		},
		{ what: name, timeoutMs: STEP_MS, everyMs: TRY_EVERY_MS, detail: () => again.toString() }
	);
	return results[0] as T;
}

/** Waits for a time that chance has chosen. */
export async function afterMs(delayMs: number): Promise<void> {
	const untilMs = performance.now() + delayMs;
	await waitFor(() => performance.now() >= untilMs, { what: 'a moment', everyMs: 5 });
}
