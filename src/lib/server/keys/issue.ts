// Pre-auth keys and the nodes they make: one single-use, ephemeral, minutes-long key for one window,
// expired when its node has joined, and the node deleted when its window goes.
// Server only; called by the routes under /api and /auth/logout.
import { AppError, toAppError } from '$lib/contracts/app-error';
import { ALIVE_LISTING_MAX_AGE_MS } from '$lib/contracts/limits';
import type { Audit } from '../audit/log';
import { auditSub } from '../audit/log';
import type { HeadscaleClient } from '../headscale/client';
import { publicPart, type NodeWire, type PreAuthKeyWire } from '../headscale/wire';
import { addressBucket } from '../http/address';
import type { Rate } from '../http/rates';
import type { Logger } from '../log';
import type { HeadscaleUser, LoginSession } from '../session/login-session';
import { hasFalseName } from './false-name';
import { keyFault } from './fault';
import type { Hostnames } from './hostname';
import type { KeyLedger } from './ledger';
import type { KeyMarks } from './mark';
import { KeyQueue } from './queue';
import { removeNode } from './remove';
import type { SharedNodes } from './shared-nodes';

/** A window may close while its node is registering. Headscale has taken the key by then and shows the node
 *  when it has written it: 0.5 s later, on a busy machine seconds. So it is looked again after these times,
 *  each from the one before: often at first, so that a late node is gone within a second of being seen. */
const LATE_JOIN_CHECKS_MS = [
	500, 500, 1_000, 1_000, 1_000, 1_000, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000
];
/** Many windows that join or close at once share a listing. */
const SHARED_LISTING_MAX_AGE_MS = 400;
/** Keys whose node has not been seen yet, to expire them when their window goes first. */
const PENDING_MAX = 5_000;

export interface IssuedKey {
	readonly preAuthKey: string;
	/** By our clock. */
	readonly expiresAtMs: number;
	readonly hostname: string;
}

interface Pending {
	readonly keyId: string;
	readonly untilMs: number;
}

export interface KeyIssuerOptions {
	readonly headscale: HeadscaleClient;
	readonly hostnames: Hostnames;
	readonly marks: KeyMarks;
	readonly ledger: KeyLedger;
	/** The sign-in has ended, or the person may no longer be here. */
	readonly isOver: (session: LoginSession) => boolean;
	readonly ttlS: number;
	readonly perPerson: Rate;
	readonly perAddress: Rate;
	/** Per person, for windows that say that they have joined. */
	readonly joins: Rate;
	/** Per person, for fresh listings of `alive`. */
	readonly missingChecks: Rate;
	/** What other replicas know of nodes; null where there is one. */
	readonly shared?: SharedNodes | null;
	readonly audit: Audit;
	readonly log: Logger;
	readonly now: () => number;
	/** Runs something later; gives a function that calls it off. */
	readonly later: (delayMs: number, run: () => void) => () => void;
}

export class KeyIssuer {
	readonly #options: KeyIssuerOptions;
	readonly #queue: KeyQueue;
	/** Only a help for the case above: after a restart such keys simply run out. */
	readonly #pending = new Map<string, Pending>();
	/** Hostname → what calls its next late look off: one chain a node, however often it is asked for. */
	readonly #scheduled = new Map<string, () => void>();
	/** Hostname → when its window last spoke of it; the newest come last. */
	readonly #heard = new Map<string, number>();
	/** Hostname → its leave that is under way: a window's beacon and the end of its connections tell the same. */
	readonly #leaving = new Map<string, Promise<void>>();
	/** Those whose leave is done. No promises: each would keep the request that it was made in. */
	readonly #left = new Set<string>();
	/** Shared by the windows that ask whether their nodes are there. */
	#listing: { readonly nodes: Promise<readonly NodeWire[]>; readonly atMs: number } | null = null;

	constructor(options: KeyIssuerOptions) {
		this.#options = options;
		this.#queue = new KeyQueue(options.now);
	}

	/** Issues one key, when its turn has come.
	 *  @param address of the window, for the rate limit and the audit trail
	 *  @throws AppError `identity-no-headscale-user` | `rate-limited` | `key-unsafe` | `session-missing` |
	 *  `headscale-*` */
	async issue(session: LoginSession, address: string): Promise<IssuedKey> {
		const { audit } = this.#options;
		const who = {
			sid: session.sid.slice(0, 6),
			sub: auditSub(session.identity.iss, session.identity.sub),
			user: session.headscaleUser?.id ?? null,
			ip: addressBucket(address)
		};
		try {
			const user = linkedUser(session);
			// Before it is counted: who is sent away has had nothing, and asks again.
			const leaveQueue = this.#queue.enter();
			const { hostname, key, expiresAtMs } = await this.#counted(session, user, address).finally(
				leaveQueue
			);
			this.#remember(hostname, { keyId: key.id, untilMs: expiresAtMs });
			await this.#options.shared?.notePending(hostname, key.id, this.#options.ttlS);
			audit.write('key.issued', true, { ...who, keyId: key.id, hostname, expiresAtMs });
			if (this.#options.isOver(session)) {
				// Ended while Headscale made the key: nobody else would see to it.
				await this.leave(session, hostname);
				throw AppError.of('session-missing');
			}
			return { preAuthKey: key.key, expiresAtMs, hostname };
		} catch (cause) {
			const code = cause instanceof AppError ? cause.code : 'internal';
			audit.write('key.refused', false, { ...who, code });
			throw cause;
		}
	}

	/** A key for somebody with a place in the queue, within what a person and an address may have. */
	async #counted(
		session: LoginSession,
		user: HeadscaleUser,
		address: string
	): Promise<{
		readonly hostname: string;
		readonly key: PreAuthKeyWire;
		readonly expiresAtMs: number;
	}> {
		await this.#options.perPerson.take(user.id);
		await this.#options.perAddress.take(addressBucket(address));
		const hostname = this.#options.hostnames.make({ sid: session.sid, userId: user.id });
		const made = await this.#queue.run(() => {
			// Ended while it waited: no key is made that nobody may have.
			if (this.#options.isOver(session)) throw AppError.of('session-missing');
			return this.#create(user, hostname);
		});
		return { hostname, ...made };
	}

	/** The node of a window runs: expires its key, so that not even its thief can use it.
	 *  @throws AppError `bad-request` for a name that was not made for this person | `rate-limited` |
	 *  `headscale-*` */
	async joined(session: LoginSession, hostname: string): Promise<void> {
		const user = this.#owner(session, hostname);
		this.#hear(hostname);
		await this.#options.joins.take(user.id);
		// Issued by another replica, or before a restart: then the store or the node names it.
		const keyId = (await this.#pendingKey(hostname)) ?? (await this.#keyOf(user, hostname));
		if (keyId === undefined) return;
		await this.#expire(keyId, 'joined');
		await this.#forget(hostname);
	}

	/** The window of a node asks whether Headscale still has it: up to 0.29.3 the long poll of a deleted
	 *  node goes on as if nothing had happened (headscale#3410). Many windows share one listing.
	 *  @throws AppError `node-removed` | `rate-limited` | `bad-request` for a name that this login
	 *  session did not make | `headscale-*` */
	async alive(session: LoginSession, hostname: string): Promise<void> {
		const user = this.#owner(session, hostname);
		this.#hear(hostname);
		const isThere = (nodes: readonly NodeWire[]): boolean =>
			nodes.some(
				(node) =>
					node.userId === user.id &&
					node.hostname === hostname &&
					// Not `>`: a node that never expires has NaN.
					!(node.expiresAtMs <= this.#options.now())
			);
		if (isThere(await this.#recentNodes(ALIVE_LISTING_MAX_AGE_MS))) return;
		// The shared listing may be older than the node.
		await this.#options.missingChecks.take(user.id);
		if (isThere(await this.#options.headscale.nodes())) return;
		this.#options.audit.write('node.missing', true, { user: user.id, hostname });
		throw AppError.of('node-removed');
	}

	/** When the window of a node last said that it lives, by our clock; null when it did not here. */
	heardMs(hostname: string): number | null {
		return this.#heard.get(hostname) ?? null;
	}

	/** The window of a node is closing: deletes the node, or makes its key worthless when it has not joined.
	 *  Told again, it does nothing more, but after a failure.
	 *  @throws AppError `bad-request` for a name that was not made for this person | `headscale-*` */
	async leave(session: LoginSession, hostname: string): Promise<void> {
		const user = this.#owner(session, hostname);
		this.#heard.delete(hostname);
		if (this.#left.has(hostname)) return;
		const before = this.#leaving.get(hostname);
		if (before !== undefined) return before;
		const leave = this.#leave(user, hostname)
			.then(() => this.#noteLeft(hostname))
			.finally(() => this.#leaving.delete(hostname));
		this.#leaving.set(hostname, leave);
		return leave;
	}

	async #leave(user: HeadscaleUser, hostname: string): Promise<void> {
		let isGone = false;
		try {
			// A listing of before its registration shows nothing: the later looks do.
			isGone = await this.#depart(user, hostname);
		} finally {
			// After a failure, too: the window is gone, and nobody asks a second time.
			if (!isGone) this.#checkLater(user, hostname);
		}
	}

	/** An admin ends a window: deletes its node. @returns whether it was there. @throws AppError `headscale-*` */
	async remove(user: HeadscaleUser, hostname: string): Promise<boolean> {
		if (!this.#options.hostnames.isOf(hostname, user.id)) return false;
		this.#heard.delete(hostname);
		return this.#removeOwn(user, 'admin', hostname);
	}

	/** A person signs out: deletes every node of this login session, and what joined with a key of this person under
	 *  another name. One that fails keeps no other, and is looked for again later.
	 *  @throws AppError `headscale-*` the first failure, after all has been tried */
	async leaveAll(session: LoginSession): Promise<void> {
		const user = session.headscaleUser;
		if (user === null) return;
		const sids = [session.sid, ...session.formerSids];
		const isMeant = (hostname: string) =>
			sids.some((sid) => this.#options.hostnames.isOwn(hostname, { sid, userId: user.id }));
		const failures: unknown[] = [];
		const pending = [...this.#pending.keys()].filter(isMeant);
		for (const hostname of pending) {
			await this.#expirePending(hostname).catch((cause: unknown) => failures.push(cause));
			this.#checkLater(user, hostname);
		}
		try {
			for (const node of await this.#ownNodes(user)) {
				if (!isMeant(node.hostname) && !hasFalseName(this.#options.ledger, node)) continue;
				await this.#removeNode(user, 'window', node).catch((cause: unknown) => {
					failures.push(cause);
					// By its name alone; another one than ours is the janitor's.
					if (isMeant(node.hostname)) this.#checkLater(user, node.hostname);
				});
			}
		} catch (cause) {
			// No list: those that we have heard of are known all the same.
			failures.push(cause);
			for (const hostname of this.#heard.keys())
				if (isMeant(hostname)) this.#checkLater(user, hostname);
		}
		if (failures.length > 0) throw toAppError(failures[0]);
	}

	/** Calls off what was to run later. Resolves when the leaves that are under way are done. */
	async stop(): Promise<void> {
		for (const cancel of this.#scheduled.values()) cancel();
		this.#scheduled.clear();
		await Promise.allSettled(this.#leaving.values());
	}

	async #create(
		user: HeadscaleUser,
		hostname: string
	): Promise<{ key: PreAuthKeyWire; expiresAtMs: number }> {
		const { headscale, ttlS, now } = this.#options;
		const headscaleNow = await headscale.now();
		const wanted = headscaleNow + ttlS * 1000;
		const request = {
			owner: { userId: user.id },
			isEphemeral: true,
			expiration: this.#options.marks.expiration(user.id, wanted)
		};
		const key = await headscale.createKey(request).catch(async (cause: unknown) => {
			// A user who was deleted since the sign-in: say so, instead of what Headscale answers then.
			if (cause instanceof AppError && cause.code === 'headscale-refused') {
				const users = await headscale.users({ isFresh: true });
				if (!users.some((candidate) => candidate.id === user.id))
					throw AppError.of('identity-no-headscale-user', {
						person: user.name,
						claim: 'its id, as the user was deleted'
					});
			}
			throw cause;
		});
		const fault = keyFault(key, { owner: request.owner, isEphemeral: true, headscaleNow, wanted });
		this.#options.ledger.add(key.id, { publicPart: publicPart(key.key), hostname });
		if (fault === null) return { key, expiresAtMs: now() + (key.expiresAtMs - headscaleNow) };
		const error = AppError.of('key-unsafe', { reason: fault });
		this.#options.log.error({ code: error.code, id: error.id, keyId: key.id, fault }, 'unsafe key');
		await this.#expire(key.id, 'unsafe');
		throw error;
	}

	#owner(session: LoginSession, hostname: string): HeadscaleUser {
		const user = session.headscaleUser;
		if (
			user === null ||
			// Not only this sign-in's: a window may outlive the one it began with.
			!this.#options.hostnames.isOf(hostname, user.id)
		)
			throw AppError.of('bad-request', { reason: 'you have no such node' });
		return user;
	}

	#hear(hostname: string): void {
		void this.#options.shared?.noteHeard(hostname);
		this.#heard.delete(hostname);
		this.#heard.set(hostname, this.#options.now());
		const [oldest] = this.#heard.keys();
		if (oldest !== undefined && this.#heard.size > PENDING_MAX) this.#heard.delete(oldest);
	}

	/** @param maxAgeMs of a listing that somebody else asked for; 0: a new one */
	#recentNodes(maxAgeMs: number): Promise<readonly NodeWire[]> {
		const nowMs = this.#options.now();
		if (this.#listing !== null && nowMs - this.#listing.atMs < maxAgeMs) return this.#listing.nodes;
		const listing = { nodes: this.#options.headscale.nodes(), atMs: nowMs };
		this.#listing = listing;
		// A failure is told to those who wait for it, and not kept for the next ones.
		listing.nodes.catch(() => {
			if (this.#listing === listing) this.#listing = null;
		});
		return listing.nodes;
	}

	/** Ephemeral nodes of one user. Everything else is never touched. */
	async #ownNodes(user: HeadscaleUser, maxAgeMs = 0): Promise<readonly NodeWire[]> {
		const nodes = await this.#recentNodes(maxAgeMs);
		return nodes.filter((node) => node.userId === user.id && node.preAuthKey?.isEphemeral === true);
	}

	/** The key that a node joined with, from a listing that is not older than the question if it must be. */
	async #keyOf(user: HeadscaleUser, hostname: string): Promise<string | undefined> {
		for (const maxAgeMs of [SHARED_LISTING_MAX_AGE_MS, 0]) {
			const nodes = await this.#ownNodes(user, maxAgeMs);
			const node = nodes.find((candidate) => candidate.hostname === hostname);
			if (node !== undefined) return node.preAuthKey?.id;
		}
		return undefined;
	}

	/** @param by who ends it, for the audit trail and the metrics
	 *  @returns whether there was any */
	async #removeOwn(
		user: HeadscaleUser,
		by: 'window' | 'admin',
		hostname: string,
		maxAgeMs = 0
	): Promise<boolean> {
		const nodes = (await this.#ownNodes(user, maxAgeMs)).filter(
			(node) => node.hostname === hostname
		);
		for (const node of nodes) await this.#removeNode(user, by, node);
		return nodes.length > 0;
	}

	async #removeNode(user: HeadscaleUser, by: 'window' | 'admin', node: NodeWire): Promise<void> {
		const { id, hostname } = node;
		await removeNode(this.#options, node, () => {
			this.#options.audit.write('node.removed', true, { by, user: user.id, node: id, hostname });
		});
		this.#pending.delete(hostname);
		this.#noteLeft(hostname);
		// The listing that it was found in would tell its window that it is still there.
		this.#listing = null;
	}

	/** Makes the key of a node worthless and removes the node: at once, as a busy Headscale takes a second for
	 *  either.
	 *  @returns whether the node was there */
	async #depart(user: HeadscaleUser, hostname: string): Promise<boolean> {
		const [isFound] = await Promise.all([
			this.#removeOwn(user, 'window', hostname, SHARED_LISTING_MAX_AGE_MS),
			this.#expirePending(hostname)
		]);
		return isFound;
	}

	async #expirePending(hostname: string): Promise<void> {
		const keyId = await this.#pendingKey(hostname);
		if (keyId === undefined) return;
		await this.#expire(keyId, 'left');
		await this.#forget(hostname);
	}

	async #expire(keyId: string, why: string): Promise<void> {
		await this.#options.headscale.expireKey(keyId);
		this.#options.audit.write('key.expired', true, { keyId, why });
	}

	/** Looks for a node that may come yet, unless that is under way. */
	#checkLater(user: HeadscaleUser, hostname: string): void {
		if (!this.#scheduled.has(hostname)) this.#scheduleCheck(user, hostname, 0);
	}

	#scheduleCheck(user: HeadscaleUser, hostname: string, attempt: number): void {
		const delayMs = LATE_JOIN_CHECKS_MS[attempt];
		if (delayMs === undefined) {
			this.#scheduled.delete(hostname);
			return;
		}
		const cancel = this.#options.later(delayMs, () => {
			const goOn = (): void => {
				// Not when it was called off meanwhile.
				if (this.#scheduled.get(hostname) === cancel)
					this.#scheduleCheck(user, hostname, attempt + 1);
			};
			this.#depart(user, hostname).then(
				(isFound) => {
					if (isFound) this.#scheduled.delete(hostname);
					else goOn();
				},
				(cause: unknown) => {
					this.#options.log.warn({ err: cause, hostname }, 'node could not be removed yet');
					goOn();
				}
			);
		});
		this.#scheduled.set(hostname, cancel);
	}

	#noteLeft(hostname: string): void {
		this.#left.add(hostname);
		const [oldest] = this.#left;
		if (oldest !== undefined && this.#left.size > PENDING_MAX) this.#left.delete(oldest);
	}

	/** The key of a node that has not joined, whichever replica issued it. */
	async #pendingKey(hostname: string): Promise<string | undefined> {
		const own = this.#pending.get(hostname)?.keyId;
		return own ?? (await this.#options.shared?.pending(hostname)) ?? undefined;
	}

	async #forget(hostname: string): Promise<void> {
		this.#pending.delete(hostname);
		await this.#options.shared?.dropPending(hostname);
	}

	#remember(hostname: string, pending: Pending): void {
		const nowMs = this.#options.now();
		for (const [name, { untilMs }] of this.#pending)
			if (untilMs <= nowMs) this.#pending.delete(name);
		const [oldest] = this.#pending.keys();
		if (oldest !== undefined && this.#pending.size >= PENDING_MAX) this.#pending.delete(oldest);
		this.#pending.set(hostname, pending);
	}
}

/** @throws the reason why no Headscale user was matched */
export function linkedUser(session: LoginSession): HeadscaleUser {
	if (session.headscaleUser !== null) return session.headscaleUser;
	if (session.linkError !== null) throw AppError.fromWire(session.linkError);
	throw AppError.of('identity-no-headscale-user', {
		person: session.identity.name,
		claim: 'issuer and sub'
	});
}
