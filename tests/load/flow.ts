// One way of a connection as a stream of bytes that both ends can compute: whatever is lost, doubled,
// changed or out of order is seen at the byte. The relay may merge and cut messages, so nothing is framed.
import { randomBytes } from 'node:crypto';

/** A prime: the streams of two connections, and of the two ways of one, do not fall together. */
const PATTERN_BYTES = 65_521;
const SHIFT_BYTES = 977;
const pattern = randomBytes(PATTERN_BYTES);
const twice = Buffer.concat([pattern, pattern]);

/** A frame that is under way. */
export interface Mark {
	/** Position of its end in the stream. */
	readonly endBytes: number;
	/** When it was sent; of an answer, when its question was; NaN where nobody asks. */
	readonly sentMs: number;
	readonly answers: readonly number[];
}

export class Flow {
	readonly #startBytes: number;
	readonly #marks: Mark[] = [];
	#firstMark = 0;
	sentBytes = 0;
	arrivedBytes = 0;
	frames = 0;
	/** Chunks whose bytes were not the ones due. */
	damaged = 0;

	/** @param number of the stream; no two are alike */
	constructor(number: number) {
		this.#startBytes = (number * SHIFT_BYTES) % PATTERN_BYTES;
	}

	/** The next bytes to send; `mark` is given back when the last of them has arrived. */
	next(sizeBytes: number, mark: Pick<Mark, 'sentMs' | 'answers'>): Buffer {
		const bytes = this.#at(this.sentBytes, sizeBytes);
		this.sentBytes += sizeBytes;
		this.frames += 1;
		this.#marks.push({ endBytes: this.sentBytes, ...mark });
		return bytes;
	}

	/** Takes what has arrived. @returns the frames that are whole by it */
	take(bytes: Buffer): readonly Mark[] {
		if (!bytes.equals(this.#at(this.arrivedBytes, bytes.length))) this.damaged += 1;
		this.arrivedBytes += bytes.length;
		const whole: Mark[] = [];
		for (
			let mark = this.#marks[this.#firstMark];
			mark !== undefined && mark.endBytes <= this.arrivedBytes;
			mark = this.#marks[this.#firstMark]
		) {
			whole.push(mark);
			this.#firstMark += 1;
		}
		if (this.#firstMark > 512) {
			this.#marks.splice(0, this.#firstMark);
			this.#firstMark = 0;
		}
		return whole;
	}

	#at(positionBytes: number, sizeBytes: number): Buffer {
		const from = (this.#startBytes + positionBytes) % PATTERN_BYTES;
		if (sizeBytes <= PATTERN_BYTES) return twice.subarray(from, from + sizeBytes);
		const rounds = Math.ceil(sizeBytes / PATTERN_BYTES) + 1;
		return Buffer.concat(Array.from({ length: rounds }, () => pattern)).subarray(
			from,
			from + sizeBytes
		);
	}
}
