// Round trips of one SSH session and what they mean at a glance. Measured by Go: a keepalive request
// through DERP and WireGuard to the SSH server and back, so it is the way that a key and its echo take,
// without the page. Window only; SshSession has one, StatusBar shows it and has it measured.
import { SSH_PING_MS } from '$lib/contracts/limits';
import { systemClock, type Clock, type Timer } from '../clock';

/** Round trips that are kept: four minutes' worth. */
export const LATENCIES_MAX = 24;
/** Up to this an echo feels immediate; the reference marks a number above 150 ms. */
const GOOD_MS = 60;
const FAIR_MS = 150;
const POOR_MS = 400;
/** Round trips that the glance is about: one slow answer is no slow way. */
const GLANCE = 3;

export type Quality = 'good' | 'fair' | 'slow' | 'poor';

export const QUALITY_WORDS: Readonly<Record<Quality, string>> = {
	good: 'Good: an echo feels immediate.',
	fair: 'Fair: an echo is noticed now and then.',
	slow: 'Slow: typing lags behind.',
	poor: 'Poor: typing is hard work.'
};

export function qualityOf(ms: number): Quality {
	return ms <= GOOD_MS ? 'good' : ms <= FAIR_MS ? 'fair' : ms <= POOR_MS ? 'slow' : 'poor';
}

export const median = (values: readonly number[]): number | null => {
	const sorted = [...values].sort((one, two) => one - two);
	const upper = sorted[sorted.length >> 1];
	const lower = sorted[(sorted.length - 1) >> 1];
	return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
};

export class Latency {
	#samples: readonly number[] = $state.raw([]);

	/** Milliseconds, oldest first. */
	get samples(): readonly number[] {
		return this.#samples;
	}

	/** The last one; null before the first. */
	get lastMs(): number | null {
		return this.#samples.at(-1) ?? null;
	}

	/** Of the last few; null before the first. */
	get quality(): Quality | null {
		const ms = median(this.#samples.slice(-GLANCE));
		return ms === null ? null : qualityOf(ms);
	}

	/** An echo is noticed to be late. */
	get isSlow(): boolean {
		const { quality } = this;
		return quality !== null && quality !== 'good';
	}

	/** A new connection: what was measured belongs to the former. */
	begin(): void {
		this.#samples = [];
	}

	add(ms: number): void {
		this.#samples = [...this.#samples, ms].slice(-LATENCIES_MAX);
	}
}

/** Has a session measured at once and every SSH_PING_MS, but not while nobody can see it.
 *  @returns stop */
export function watchLatency(
	session: { ping(): void },
	page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'> = document,
	clock: Clock = systemClock
): () => void {
	let timer: Timer | null = null;
	const pause = () => {
		if (timer !== null) clock.clearTimeout(timer);
		timer = null;
	};
	const measure = () => {
		pause();
		if (page.visibilityState !== 'visible') return;
		session.ping();
		timer = clock.setTimeout(measure, SSH_PING_MS);
	};
	page.addEventListener('visibilitychange', measure);
	measure();
	return () => {
		pause();
		page.removeEventListener('visibilitychange', measure);
	};
}
