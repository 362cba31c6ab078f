// How a step of a person's way ended: it worked, or with which code a person was told. What is neither throws.
import { isAppError } from '$lib/contracts/app-error';
import { isErrorCode } from '$lib/contracts/errors';
import { isRecord } from '$lib/contracts/parse';

/** `ok`, an error's code, or who told it when it was not the app: the browser's own page for a server that
 *  does not answer, or a page of the provider. */
export type Outcome = string;
export const OK = 'ok';
export const BROWSER_PAGE = 'browser’s own page';
export const PROVIDER_PAGE = 'provider’s own page';

/** A step that did not work, and was told by a code. */
export class Told extends Error {
	readonly outcome: Outcome;

	constructor(step: string, outcome: Outcome) {
		super(`${step}: ${outcome}`);
		this.outcome = outcome;
	}
}

/** The code in what a step threw. @throws it again when it has none */
export function outcomeOf(cause: unknown): Outcome {
	if (cause instanceof Told) return cause.outcome;
	if (isAppError(cause)) return cause.code;
	// What GoThread throws for a refusal.
	if (cause instanceof Error && 'wire' in cause && isRecord(cause.wire)) {
		const { code } = cause.wire;
		if (isErrorCode(code)) return code;
	}
	throw cause;
}

/** Counts of what did not work at once, by step and outcome. */
export class Tally {
	readonly #counts = new Map<string, number>();

	add(step: string, outcome: Outcome): void {
		const name = `${step}: ${outcome}`;
		this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
	}

	get total(): number {
		return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
	}

	toString(): string {
		const rows = [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
		return rows.map(([name, count]) => `${name} ${String(count)}`).join('; ');
	}
}
