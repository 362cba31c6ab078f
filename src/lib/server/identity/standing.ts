// Whether a person who signed in may still be here: the lists of the configuration, and Headscale's users.
// Server only; asked for each request and each relay connection, and by a timer for the open ones (C7).
import { AppError } from '$lib/contracts/app-error';
import type { IdentityConfig } from '../config/schema';
import type { UserWire } from '../headscale/wire';
import { checkAllowed } from '../oidc/claims';
import type { LoginSession } from '../session/login-session';
import { matchIdentity } from './match';

/** A listing of users that is younger answers at once. */
export const STANDING_FRESH_MS = 30_000;
/** One that is older is waited for; between the two it answers, and the next is fetched meanwhile. */
const STANDING_STALE_MS = 180_000;

/** Nobody is refused by a listing that is older than this: their user may be younger. */
const STANDING_NOW_MS = 2_000;

/** Longest wait for a listing that is not stale: what follows has a limit of its own (K3). */
const WAIT_MAX_MS = 1_000;
/** After a failure nobody waits for another one: a Headscale that hangs would hold every connection up. */
const RETRY_AFTER_MS = 10_000;

export type Patience = 'never' | 'stale' | 'fresh' | 'now';

/** A sign-in as it is now. */
export interface Stand {
	/** With the Headscale user of now. */
	readonly session: LoginSession;
	/** Why the person may no longer be here. */
	readonly fault: AppError | null;
}

export class Standing {
	readonly #users: () => Promise<readonly UserWire[]>;
	readonly #rules: IdentityConfig;
	readonly #now: () => number;
	#listing: { readonly users: readonly UserWire[]; readonly atMs: number } | null = null;
	#pending: Promise<void> | null = null;
	#failedMs = -Infinity;

	/** @param options.users Headscale's, past its cache */
	constructor(options: {
		readonly users: () => Promise<readonly UserWire[]>;
		readonly rules: IdentityConfig;
		readonly now: () => number;
	}) {
		this.#users = options.users;
		this.#rules = options.rules;
		this.#now = options.now;
	}

	/** Looks at one sign-in. While Headscale does not answer, what the sign-in says counts: an outage must not
	 *  end everybody's shells.
	 *  @param patience which listing of users is waited for: none, one that is not stale, one that is fresh,
	 *  one of now */
	async of(session: LoginSession, patience: Patience = 'stale'): Promise<Stand> {
		try {
			checkAllowed(session.identity, session.identity.groups, this.#rules);
		} catch (cause) {
			if (!(cause instanceof AppError)) throw cause;
			return { session, fault: cause };
		}
		// Nobody whom Headscale does not know has anything open; asking anew is theirs to do.
		if (session.headscaleUser === null) return { session, fault: null };
		const users = await this.#recent(patience);
		// Not one user at all is more likely wrong than true.
		if (users === null || users.length === 0) return { session, fault: null };
		try {
			const headscaleUser = matchIdentity(session.identity, users, this.#rules);
			const isSame =
				headscaleUser.id === session.headscaleUser.id &&
				headscaleUser.name === session.headscaleUser.name;
			return { session: isSame ? session : { ...session, headscaleUser }, fault: null };
		} catch (cause) {
			if (!(cause instanceof AppError)) throw cause;
			if (this.#ageMs > STANDING_NOW_MS) {
				if (patience !== 'never' && patience !== 'now') return this.of(session, 'now');
				// Nobody waits, or Headscale does not answer.
				void this.#ask();
				return { session, fault: null };
			}
			return {
				session: { ...session, headscaleUser: null, linkError: cause.toWire() },
				fault: cause
			};
		}
	}

	/** @returns null when there is none and none can be had */
	async #recent(patience: Patience): Promise<readonly UserWire[] | null> {
		const ageMs = this.#ageMs;
		if (ageMs > STANDING_FRESH_MS || patience === 'now') {
			const asked = this.#ask();
			if (patience === 'fresh' || patience === 'now') await asked;
			else if (patience === 'stale' && ageMs > STANDING_STALE_MS)
				await Promise.race([asked, after(WAIT_MAX_MS)]);
		}
		return this.#listing?.users ?? null;
	}

	get #ageMs(): number {
		return this.#now() - (this.#listing?.atMs ?? -Infinity);
	}

	/** One question at a time, and none shortly after a failure. */
	#ask(): Promise<void> {
		if (this.#now() - this.#failedMs < RETRY_AFTER_MS) return Promise.resolve();
		this.#pending ??= this.#load().finally(() => (this.#pending = null));
		// A fault of our own is told to those who wait, where somebody does.
		this.#pending.catch(() => undefined);
		return this.#pending;
	}

	async #load(): Promise<void> {
		try {
			this.#listing = { users: await this.#users(), atMs: this.#now() };
		} catch (cause) {
			this.#failedMs = this.#now();
			// The client has logged it; a listing of before the outage is worth nothing after a while.
			if (!(cause instanceof AppError)) throw cause;
			if (this.#listing !== null && this.#now() - this.#listing.atMs > STANDING_STALE_MS)
				this.#listing = null;
		}
	}
}

const after = (delayMs: number): Promise<void> =>
	new Promise((resolve) => {
		setTimeout(resolve, delayMs).unref();
	});
