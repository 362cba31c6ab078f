// Secret: a value that prints as [secret] wherever it leaks to; and comparing without telling how near.
// Server only; made by config/load.ts, revealed where it is sent (Headscale, the provider, sealing).
import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A text that must never be printed. `reveal()` is the only way to it, so a grep finds every use. */
export class Secret {
	readonly #value: string;

	constructor(value: string) {
		this.#value = value;
	}

	reveal(): string {
		return this.#value;
	}

	toString(): string {
		return '[secret]';
	}

	toJSON(): string {
		return '[secret]';
	}

	[inspect.custom](): string {
		return '[secret]';
	}
}

/** Whether what was given is the expected text, in a time that tells nothing of either. */
export function isEqual(found: unknown, expected: string): boolean {
	if (typeof found !== 'string') return false;
	const a = createHash('sha256').update(found).digest();
	const b = createHash('sha256').update(expected).digest();
	return timingSafeEqual(a, b);
}
