// Rate limits by address and by person.
// Server only; counted in the shared store where replicas have one, else, and while it is away, in the
// memory of this process.
import {
	RateLimiterMemory,
	RateLimiterRedis,
	RateLimiterRes,
	type RateLimiterAbstract
} from 'rate-limiter-flexible';
import { AppError } from '$lib/contracts/app-error';
import type { LoginSession } from '../session/login-session';
import type { SharedStore } from '../shared/store';

/** One limit: so many in so many seconds for each key. */
export class Rate {
	readonly #limiter: RateLimiterAbstract;

	constructor(options: {
		readonly name: string;
		readonly points: number;
		readonly durationS: number;
		readonly store?: SharedStore | null;
	}) {
		const limit = { points: options.points, duration: options.durationS };
		const memory = new RateLimiterMemory({ ...limit, keyPrefix: options.name });
		const { store } = options;
		this.#limiter =
			store === undefined || store === null
				? memory
				: new RateLimiterRedis({
						...limit,
						keyPrefix: store.key(`rate:${options.name}`),
						storeClient: store.redis,
						rejectIfRedisNotReady: true,
						insuranceLimiter: memory
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
