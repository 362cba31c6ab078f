// The login session: who signed in, sealed in a cookie; nothing is stored on the server except
// which sessions have ended early (session/ended.ts) and how far the living ones have been prolonged.
// Server only; read by hooks.server.ts and the relay's upgrade, written by the auth routes.
import { randomBytes } from 'node:crypto';
import { parseWireError } from '$lib/contracts/app-error';
import type { WireError } from '$lib/contracts/app-error';
import { SESSION_RESEAL_S } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { Config } from '../config/schema';
import { endedId, EndedSessions, type EndedEntry } from './ended';
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
	/** Of their groups those that HEADTAB_ALLOWED_GROUPS named when they signed in. */
	readonly groups?: readonly string[];
	/** The provider's name for the sign-in there (`sid`), by which it may end it. */
	readonly providerSid?: string;
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
	/** Epoch seconds, with their fraction: a sign-in right after "sign out everywhere" is a new one. */
	readonly issuedAtS: number;
	/** Ends at this second at the latest, however active. */
	readonly absoluteS: number;
	/** Ends here unless prolonged before. */
	readonly expiresAtS: number;
}

/** Told when sessions have ended before their time, here or by another replica's word, with those of them
 *  that were seen here. */
export type SessionsEndListener = (ended: readonly LoginSession[]) => void;

/** Sign-ins over each other in one browser; the cookie has room for some. */
const FORMER_SIDS_MAX = 4;
/** Living sign-ins whose newest expiry is remembered; the longest unheard of give way. */
const KNOWN_MAX = 20_000;
/** The cookie has room for so much of what the provider says, in bytes as JSON writes it. */
const NAME_MAX_BYTES = 200;
const EMAIL_MAX_BYTES = 254;
const GROUPS_MAX_BYTES = 400;
const PROVIDER_SID_MAX_BYTES = 255;
/** Of each param of the reason why nobody in Headscale matches. */
const PARAM_MAX_BYTES = 200;

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Whole characters from its begin. */
function cut(text: string, maxBytes: number): string {
	let left = maxBytes;
	let kept = '';
	for (const character of text) {
		left -= jsonBytes(character);
		if (left < 0) break;
		kept += character;
	}
	return kept;
}

export class LoginSessions {
	readonly #sealer: Sealer;
	readonly #config: Pick<Config, 'sessionIdleS' | 'sessionAbsoluteS'>;
	readonly #now: () => number;
	readonly #ended: EndedSessions;
	/** sid → the session as it was seen last here: relay connections outlive a cookie's first expiry, and
	 *  who is ended by another replica's word has nodes to remove. */
	readonly #known = new Map<string, LoginSession>();
	readonly #listeners = new Set<SessionsEndListener>();
	/** Several entries are one end. */
	#isEnding = false;

	/** @param options.ended shared with the other replicas where there are any */
	constructor(options: {
		readonly config: Pick<Config, 'sessionKeys' | 'sessionIdleS' | 'sessionAbsoluteS'>;
		readonly now: () => number;
		readonly ended?: EndedSessions;
	}) {
		this.#config = options.config;
		this.#now = options.now;
		this.#ended = options.ended ?? new EndedSessions({ now: options.now });
		this.#ended.onAdd(() => {
			if (!this.#isEnding) this.#tellEnds();
		});
		this.#sealer = new Sealer({
			keys: options.config.sessionKeys,
			purpose: 'session',
			now: options.now
		});
	}

	/** A session for a person who has just signed in: always a new `sid`.
	 *  @param former the living session of the same person that it replaces
	 *  @param atMs since when it counts as begun: what ends sign-ins of before ends those that came later not */
	start(
		identity: Identity,
		link: Pick<LoginSession, 'headscaleUser' | 'linkError'>,
		former: LoginSession | null = null,
		atMs = this.#now()
	): LoginSession {
		const nowS = this.#nowS();
		const absoluteS = nowS + this.#config.sessionAbsoluteS;
		return {
			sid: randomBytes(16).toString('base64url'),
			formerSids:
				former === null ? [] : [former.sid, ...former.formerSids].slice(0, FORMER_SIDS_MAX),
			identity: fitted(identity),
			headscaleUser: link.headscaleUser,
			linkError: fittedError(link.linkError),
			issuedAtS: atMs / 1000,
			absoluteS,
			expiresAtS: Math.min(absoluteS, nowS + this.#config.sessionIdleS)
		};
	}

	/** The cookie's value. */
	async seal(session: LoginSession): Promise<string> {
		this.#know(session);
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
				...(identity.groups === undefined ? {} : { gr: identity.groups }),
				...(identity.providerSid === undefined ? {} : { psid: identity.providerSid }),
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
		if (session === null || session.absoluteS <= this.#nowS() || this.isEnded(session)) return null;
		this.#know(session);
		const expiresAtS = Math.min(session.absoluteS, this.#nowS() + this.#config.sessionIdleS);
		const isAged =
			expiresAtS - session.expiresAtS >= Math.min(SESSION_RESEAL_S, this.#config.sessionIdleS / 4);
		const resealed = isAged || !opened.isFirstKey ? { ...session, expiresAtS } : null;
		return { session, resealed };
	}

	/** Whether a value that does not open was a session of ours once: over, not junk. */
	async isOver(value: string): Promise<boolean> {
		return this.#sealer.isOurs(value);
	}

	/** Ends a session before its time: its cookie no longer counts and its connections close. */
	end(session: LoginSession): void {
		this.#endAll(
			[session.sid, ...session.formerSids].map((sid) => ({
				kind: 'sid',
				id: endedId(sid),
				beforeMs: Number.MAX_SAFE_INTEGER,
				untilMs: session.absoluteS * 1000
			}))
		);
	}

	/** Ends every sign-in that a person has had until now, in whichever browser. */
	endPerson({ iss, sub }: Pick<Identity, 'iss' | 'sub'>): void {
		this.#endAll([this.#untilNow('person', endedId(iss, sub))]);
	}

	/** Ends what came from one sign-in at the provider. A session that does not say from which it came is
	 *  one of them, if it is the person's. */
	endAtProvider(of: {
		readonly iss: string;
		readonly providerSid: string;
		readonly sub: string | null;
	}): void {
		this.#endAll([
			this.#untilNow('provider', endedId(of.iss, of.providerSid)),
			...(of.sub === null ? [] : [this.#untilNow('unnamed', endedId(of.iss, of.sub))])
		]);
	}

	isEnded(session: LoginSession): boolean {
		return this.#ended.has(session);
	}

	/** The newest expiry that this process knows of a session; connections re-check against it. */
	expiryOf(session: LoginSession): number {
		return Math.min(
			session.absoluteS,
			Math.max(session.expiresAtS, this.#known.get(session.sid)?.expiresAtS ?? 0)
		);
	}

	/** @returns a function that ends the listening */
	onEnd(listener: SessionsEndListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	#endAll(entries: readonly EndedEntry[]): void {
		this.#isEnding = true;
		try {
			for (const entry of entries) this.#ended.add(entry);
		} finally {
			this.#isEnding = false;
		}
		this.#tellEnds();
	}

	#tellEnds(): void {
		const ended = [...this.#known.values()].filter((session) => this.isEnded(session));
		for (const { sid } of ended) this.#known.delete(sid);
		for (const listener of this.#listeners) listener(ended);
	}

	#untilNow(kind: EndedEntry['kind'], id: string): EndedEntry {
		const nowMs = this.#now();
		return {
			kind,
			id,
			beforeMs: nowMs,
			untilMs: nowMs + this.#config.sessionAbsoluteS * 1000
		};
	}

	/** The newest come last. */
	#know(session: LoginSession): void {
		const before = this.#known.get(session.sid);
		this.#known.delete(session.sid);
		if (this.#known.size >= KNOWN_MAX) this.#forgetSome();
		this.#known.set(session.sid, {
			...session,
			expiresAtS: Math.max(session.expiresAtS, before?.expiresAtS ?? 0)
		});
	}

	#forgetSome(): void {
		const nowS = this.#nowS();
		for (const [sid, { expiresAtS }] of this.#known)
			if (expiresAtS <= nowS) this.#known.delete(sid);
		const [oldest] = this.#known.keys();
		if (oldest !== undefined && this.#known.size >= KNOWN_MAX) this.#known.delete(oldest);
	}

	#nowS(): number {
		return Math.floor(this.#now() / 1000);
	}
}

/** As much of a person as a cookie has room for. */
function fitted(identity: Identity): Identity {
	const { groups, providerSid, ...rest } = identity;
	let left = GROUPS_MAX_BYTES;
	const kept = groups?.filter((group) => (left -= jsonBytes(group) + 3) >= 0);
	return {
		...rest,
		name: cut(identity.name, NAME_MAX_BYTES),
		email: cut(identity.email, EMAIL_MAX_BYTES),
		...(kept === undefined ? {} : { groups: kept }),
		...(providerSid === undefined || jsonBytes(providerSid) > PROVIDER_SID_MAX_BYTES
			? {}
			: { providerSid })
	};
}

const fittedError = (error: WireError | null): WireError | null =>
	error && {
		...error,
		params: Object.fromEntries(
			Object.entries(error.params).map(([name, param]) => [name, cut(param, PARAM_MAX_BYTES)])
		)
	};

function parseSession(payload: Readonly<Record<string, unknown>>): LoginSession | null {
	const { typ, sid, was, iss, sub, name, email, ev, adm, gr, psid, user, fault, at, abs, exp } =
		payload;
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
			...(adm === true ? { isGroupAdmin: true as const } : {}),
			...(Array.isArray(gr) ? { groups: gr.filter((one) => typeof one === 'string') } : {}),
			...(typeof psid === 'string' ? { providerSid: psid } : {})
		},
		headscaleUser:
			typeof id === 'string' && typeof userName === 'string' ? { id, name: userName } : null,
		linkError: isRecord(fault) ? parseWireError(fault) : null,
		issuedAtS: at,
		absoluteS: abs,
		expiresAtS: exp
	};
}
