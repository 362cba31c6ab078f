// The login session: who signed in, sealed in a cookie; nothing is stored on the server except
// which sessions have ended early and how far the living ones have been prolonged.
// Server only; read by hooks.server.ts and the relay's upgrade, written by the auth routes.
import { randomBytes } from 'node:crypto';
import { parseWireError } from '$lib/contracts/app-error';
import type { WireError } from '$lib/contracts/app-error';
import { SESSION_RESEAL_S } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { Config } from '../config/schema';
import { Sealer } from './seal';

/** The Headscale user that a person's nodes belong to. */
export interface HeadscaleUser {
	/** uint64 in a decimal string, as Headscale sends it. */
	readonly id: string;
	readonly name: string;
}

/** Who a person is, as the provider says. */
export interface Identity {
	readonly iss: string;
	readonly sub: string;
	readonly name: string;
	readonly email: string;
	readonly isEmailVerified: boolean;
	/** In a group of HEADTAB_ADMIN_GROUPS when they signed in. */
	readonly isGroupAdmin?: true;
}

export interface LoginSession {
	/** New at each login; never leaves the server except sealed. */
	readonly sid: string;
	/** Sessions of the same person in this browser that this one follows: their windows live on, and
	 *  end with it. */
	readonly formerSids: readonly string[];
	readonly identity: Identity;
	/** null when nobody in Headscale matches; then `linkError` says why. */
	readonly headscaleUser: HeadscaleUser | null;
	readonly linkError: WireError | null;
	/** Epoch seconds. */
	readonly issuedAtS: number;
	/** Ends at this second at the latest, however active. */
	readonly absoluteS: number;
	/** Ends here unless prolonged before. */
	readonly expiresAtS: number;
}

/** Tells listeners that a session is over, so that its relay connections close. */
export type SessionEndListener = (sid: string) => void;

/** Sign-ins over each other in one browser; the cookie has room for some. */
const FORMER_SIDS_MAX = 4;

const cut = (text: string, length: number): string => Array.from(text).slice(0, length).join('');

export class LoginSessions {
	readonly #sealer: Sealer;
	readonly #config: Pick<Config, 'sessionIdleS' | 'sessionAbsoluteS'>;
	readonly #now: () => number;
	/** sid → second until which the entry must be kept. Bounded by the absolute lifetime. */
	readonly #ended = new Map<string, number>();
	/** sid → newest expiry handed out, for relay connections that outlive a cookie's first expiry. */
	readonly #prolonged = new Map<string, number>();
	readonly #listeners = new Set<SessionEndListener>();

	constructor(options: {
		readonly config: Pick<Config, 'sessionKeys' | 'sessionIdleS' | 'sessionAbsoluteS'>;
		readonly now: () => number;
	}) {
		this.#config = options.config;
		this.#now = options.now;
		this.#sealer = new Sealer({
			keys: options.config.sessionKeys,
			purpose: 'session',
			now: options.now
		});
	}

	/** A session for a person who has just signed in: always a new `sid`.
	 *  @param former the living session of the same person that it replaces */
	start(
		identity: Identity,
		link: Pick<LoginSession, 'headscaleUser' | 'linkError'>,
		former: LoginSession | null = null
	): LoginSession {
		const nowS = this.#nowS();
		const absoluteS = nowS + this.#config.sessionAbsoluteS;
		return {
			sid: randomBytes(16).toString('base64url'),
			formerSids:
				former === null ? [] : [former.sid, ...former.formerSids].slice(0, FORMER_SIDS_MAX),
			identity: { ...identity, name: cut(identity.name, 200), email: cut(identity.email, 254) },
			headscaleUser: link.headscaleUser,
			linkError: link.linkError,
			issuedAtS: nowS,
			absoluteS,
			expiresAtS: Math.min(absoluteS, nowS + this.#config.sessionIdleS)
		};
	}

	/** The cookie's value. */
	async seal(session: LoginSession): Promise<string> {
		this.#prolonged.set(session.sid, session.expiresAtS);
		const {
			sid,
			formerSids,
			identity,
			headscaleUser,
			linkError,
			issuedAtS,
			absoluteS,
			expiresAtS
		} = session;
		return this.#sealer.seal(
			{
				typ: 'session',
				sid,
				was: formerSids,
				iss: identity.iss,
				sub: identity.sub,
				name: identity.name,
				email: identity.email,
				ev: identity.isEmailVerified,
				...(identity.isGroupAdmin === true ? { adm: true } : {}),
				user: headscaleUser === null ? null : [headscaleUser.id, headscaleUser.name],
				fault: linkError,
				at: issuedAtS,
				abs: absoluteS
			},
			expiresAtS
		);
	}

	/** Reads a cookie's value; null for anything but a living session of ours.
	 *  `resealed` is a new value for the cookie when the old one has aged or its key is going. */
	async open(
		value: string | undefined
	): Promise<{ readonly session: LoginSession; readonly resealed: LoginSession | null } | null> {
		const opened = await this.#sealer.open(value);
		if (opened === null) return null;
		const session = parseSession(opened.payload);
		if (session === null || session.absoluteS <= this.#nowS() || this.isEnded(session.sid))
			return null;
		const expiresAtS = Math.min(session.absoluteS, this.#nowS() + this.#config.sessionIdleS);
		const isAged =
			expiresAtS - session.expiresAtS >= Math.min(SESSION_RESEAL_S, this.#config.sessionIdleS / 4);
		const resealed = isAged || !opened.isFirstKey ? { ...session, expiresAtS } : null;
		return { session, resealed };
	}

	/** Ends a session before its time: its cookie no longer counts and its connections close. */
	end(session: LoginSession): void {
		this.#sweep();
		for (const sid of [session.sid, ...session.formerSids]) {
			this.#ended.set(sid, session.absoluteS);
			for (const listener of this.#listeners) listener(sid);
		}
	}

	isEnded(sid: string): boolean {
		return this.#ended.has(sid);
	}

	/** The newest expiry that this process knows of a session; connections re-check against it. */
	expiryOf(session: LoginSession): number {
		return Math.min(
			session.absoluteS,
			Math.max(session.expiresAtS, this.#prolonged.get(session.sid) ?? 0)
		);
	}

	/** @returns a function that ends the listening */
	onEnd(listener: SessionEndListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	#sweep(): void {
		const nowS = this.#nowS();
		for (const [sid, untilS] of this.#ended) if (untilS <= nowS) this.#ended.delete(sid);
		for (const [sid, untilS] of this.#prolonged) if (untilS <= nowS) this.#prolonged.delete(sid);
	}

	#nowS(): number {
		return Math.floor(this.#now() / 1000);
	}
}

function parseSession(payload: Readonly<Record<string, unknown>>): LoginSession | null {
	const { typ, sid, was, iss, sub, name, email, ev, adm, user, fault, at, abs, exp } = payload;
	if (
		typ !== 'session' ||
		typeof sid !== 'string' ||
		typeof iss !== 'string' ||
		typeof sub !== 'string' ||
		typeof name !== 'string' ||
		typeof email !== 'string' ||
		typeof at !== 'number' ||
		typeof abs !== 'number' ||
		typeof exp !== 'number'
	)
		return null;
	const pair: readonly unknown[] = Array.isArray(user) ? user : [];
	const [id, userName] = pair;
	return {
		sid,
		formerSids: Array.isArray(was) ? was.filter((one) => typeof one === 'string') : [],
		identity: {
			iss,
			sub,
			name,
			email,
			isEmailVerified: ev === true,
			...(adm === true ? { isGroupAdmin: true as const } : {})
		},
		headscaleUser:
			typeof id === 'string' && typeof userName === 'string' ? { id, name: userName } : null,
		linkError: isRecord(fault) ? parseWireError(fault) : null,
		issuedAtS: at,
		absoluteS: abs,
		expiresAtS: exp
	};
}
