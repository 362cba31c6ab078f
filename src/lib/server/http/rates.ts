// Rate limits by address and by person.
// Server only; memory of this process.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '$lib/contracts/app-error';
import type { LoginSession } from '../session/login-session';

/** One limit: so many in so many seconds for each key. */
export class Rate {
	readonly #limiter: RateLimiterMemory;

	constructor(options: {
		readonly name: string;
		readonly points: number;
		readonly durationS: number;
	}) {
		this.#limiter = new RateLimiterMemory({
			keyPrefix: options.name,
			points: options.points,
			duration: options.durationS
		});
	}

	/** Counts one. @throws AppError `rate-limited` with the seconds to wait */
	async take(key: string): Promise<void> {
		try {
			await this.#limiter.consume(key);
		} catch (cause) {
			if (!(cause instanceof RateLimiterRes)) throw cause;
			throw AppError.of('rate-limited', { seconds: String(Math.ceil(cause.msBeforeNext / 1000)) });
		}
	}
}

/** What limits by person count by, where the person may have no Headscale user. */
export const personBucket = ({ identity }: Pick<LoginSession, 'identity'>): string =>
	JSON.stringify([identity.iss, identity.sub]);
