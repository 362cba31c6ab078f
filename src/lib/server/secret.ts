// Secret: a value that prints as [secret] wherever it leaks to.
// Server only; made by config/load.ts, revealed where it is sent (Headscale, the provider, sealing).
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
