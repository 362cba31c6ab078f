// The doctor of a running server: one examination at a time, shared by all admins who ask meanwhile.
// Server only; AppContext makes the one.
import type { DoctorAnswer } from '$lib/contracts/doctor';
import { examineServer } from './examine';
import type { SourcesOptions } from './sources';

/** A page that is reloaded at once gets the same answer. */
const ANSWER_TTL_MS = 2_000;

export class Doctor {
	readonly #options: Omit<SourcesOptions, 'clientDirectory'>;
	#clientDirectory: string | null = null;
	#last: { readonly answer: Promise<DoctorAnswer>; endedMs: number | null } | null = null;

	constructor(options: Omit<SourcesOptions, 'clientDirectory'>) {
		this.#options = options;
	}

	/** Where the build's static files lie. */
	setBuild(clientDirectory: string): void {
		this.#clientDirectory = clientDirectory;
	}

	/** What is wrong, and what to do. */
	examine(): Promise<DoctorAnswer> {
		const { now } = this.#options;
		const last = this.#last;
		if (last !== null && (last.endedMs === null || now() - last.endedMs < ANSWER_TTL_MS))
			return last.answer;
		const answer = examineServer({ ...this.#options, clientDirectory: this.#clientDirectory });
		const next: { answer: Promise<DoctorAnswer>; endedMs: number | null } = {
			answer,
			endedMs: null
		};
		this.#last = next;
		void answer.then(
			() => (next.endedMs = now()),
			() => (this.#last = null)
		);
		return answer;
	}
}
