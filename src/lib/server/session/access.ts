// Ends what is open of a sign-in that is over, and of a person who may no longer be here: relay connections
// and nodes, on this replica. Server only; AppContext makes it, hooks and the auth routes call it.
import { toAppError, type AppError } from '$lib/contracts/app-error';
import { ACCESS_CHECK_MS } from '$lib/contracts/limits';
import { auditSub, type Audit } from '../audit/log';
import type { Patience, Stand, Standing } from '../identity/standing';
import type { KeyIssuer } from '../keys/issue';
import type { Logger } from '../log';
import type { LogoutToken } from '../oidc/logout-token';
import type { Relay } from '../relay/upgrade';
import type { LoginSession, LoginSessions } from './login-session';

/** Sign-ins whose end by a refusal has been seen to; their windows may ask on. */
const REFUSED_MAX = 5_000;

export interface AccessOptions {
	readonly sessions: LoginSessions;
	readonly standing: Pick<Standing, 'of'>;
	readonly relay: Pick<Relay, 'sessions' | 'endSession'>;
	readonly keys: Pick<KeyIssuer, 'leaveAll'>;
	readonly audit: Audit;
	readonly log: Logger;
}

export class Access {
	readonly #options: AccessOptions;
	readonly #refused = new Set<string>();
	readonly #stopListening: () => void;
	#leaving: Promise<unknown> = Promise.resolve();
	#timer: NodeJS.Timeout | null = null;

	constructor(options: AccessOptions) {
		this.#options = options;
		this.#stopListening = options.sessions.onEnd((ended) => {
			// A later sign-in of the same browser takes its former ones along.
			const former = new Set(ended.flatMap(({ formerSids }) => formerSids));
			this.#leaving = Promise.all(
				ended.filter(({ sid }) => !former.has(sid)).map((session) => this.#leave(session))
			);
		});
	}

	/** Looks at the sign-ins with open connections again and again. */
	start(): void {
		this.#timer = setInterval(() => {
			this.checkOpen().catch((err: unknown) => this.#options.log.error({ err }, 'access check'));
		}, ACCESS_CHECK_MS);
		this.#timer.unref();
	}

	stop(): void {
		if (this.#timer !== null) clearInterval(this.#timer);
		this.#stopListening();
	}

	/** Whether a sign-in may still be here; who may not loses what is open. */
	async of(session: LoginSession, patience?: Patience): Promise<Stand> {
		const stand = await this.#options.standing.of(session, patience);
		if (stand.fault === null) this.#refused.delete(session.sid);
		else this.#refuse(session, stand.fault);
		return stand;
	}

	/** Each sign-in that has connections, once. */
	async checkOpen(): Promise<void> {
		for (const session of this.#options.relay.sessions) {
			const stand = await this.of(session, 'fresh');
			// Another user now: what is open is in the name of the former one.
			if (stand.fault === null && stand.session.headscaleUser?.id !== session.headscaleUser?.id)
				this.#options.relay.endSession(session.sid, 'user-changed');
		}
	}

	/** Ends one sign-in. Resolves when its nodes are gone, or could not be removed now. */
	async end(session: LoginSession): Promise<void> {
		this.#options.sessions.end(session);
		await this.#leaving;
	}

	/** Ends every sign-in of a person, in whichever browser and on whichever replica. */
	async endEverywhere({ identity }: LoginSession): Promise<void> {
		this.#options.sessions.endPerson(identity);
		await this.#leaving;
	}

	/** Ends what the provider's verified word names. */
	async endByProvider(iss: string, { sub, providerSid }: LogoutToken): Promise<void> {
		if (providerSid !== null) this.#options.sessions.endAtProvider({ iss, providerSid, sub });
		else if (sub !== null) this.#options.sessions.endPerson({ iss, sub });
		await this.#leaving;
	}

	/** The person was refused when they were looked at last. */
	isRefused({ sid }: LoginSession): boolean {
		return this.#refused.has(sid);
	}

	#refuse(session: LoginSession, fault: AppError): void {
		const { relay, audit } = this.#options;
		relay.endSession(session.sid, fault.code);
		if (this.#refused.has(session.sid)) return;
		const [oldest] = this.#refused;
		if (oldest !== undefined && this.#refused.size >= REFUSED_MAX) this.#refused.delete(oldest);
		this.#refused.add(session.sid);
		audit.write('session.denied', false, {
			sid: session.sid.slice(0, 6),
			sub: auditSub(session.identity.iss, session.identity.sub),
			user: session.headscaleUser?.id ?? null,
			code: fault.code
		});
		void this.#leave(session);
	}

	/** Ending works while Headscale is away: an ephemeral node then goes by itself. */
	async #leave(session: LoginSession): Promise<void> {
		try {
			await this.#options.keys.leaveAll(session);
		} catch (cause) {
			const { code, id } = toAppError(cause);
			this.#options.log.warn(
				{ code, id, err: cause, sid: session.sid.slice(0, 6) },
				'nodes not removed'
			);
		}
	}
}
