// The janitor: removes our nodes that their windows left behind, what joined with a window's key under another
// name, and our spent keys, and nothing else.
// Server only; AppContext makes the one. A node proves by its name that it is ours (keys/hostname.ts), a key
// by its expiry (keys/mark.ts) or the list of issued ones. In doubt it leaves things as they are: the
// next round comes soon, and Headscale itself removes most nodes of closed windows.
import { toAppError, type AppError } from '$lib/contracts/app-error';
import type { ErrorCode } from '$lib/contracts/errors';
import { JANITOR_REMOVALS_MAX, JANITOR_SETTLE_S } from '$lib/contracts/limits';
import type { Audit } from '../audit/log';
import type { JanitorConfig } from '../config/schema';
import type { HeadscaleClient } from '../headscale/client';
import type { NodeWire, PreAuthKeyWire } from '../headscale/wire';
import { hasFalseName } from '../keys/false-name';
import type { Hostnames } from '../keys/hostname';
import type { KeyLedger } from '../keys/ledger';
import type { KeyMarks } from '../keys/mark';
import { removeNode } from '../keys/remove';
import type { Logger } from '../log';
import type { Lease } from './lease';

/** A node whose `lastSeen` is that near its creation has only registered, never polled. */
const FIRST_POLL_MS = 5_000;
/** Headscale judges an expiry by its own clock, and so near to it we do not. */
const KEY_EXPIRED_FOR_MS = 60_000;
const FIRST_ROUND_MS = 1_000;
/** Not more than this share of what a round sees. */
const SHARE_MAX = 1 / 5;
/** After one of these no other removal would go better: each would wait for Headscale in vain. */
const ROUND_ENDS_WITH: readonly ErrorCode[] = ['headscale-unreachable', 'headscale-key-refused'];

export interface RoundReport {
	readonly result: 'done' | 'not-holder' | 'empty' | 'failed' | 'stopped';
	readonly error: ErrorCode | null;
	readonly removedNodes: number;
	readonly removedKeys: number;
	/** Due, but left for a later round by the limit. */
	readonly leftOver: number;
}

export interface JanitorOptions {
	readonly config: JanitorConfig;
	readonly headscale: HeadscaleClient;
	readonly hostnames: Hostnames;
	readonly marks: KeyMarks;
	readonly ledger: KeyLedger;
	readonly lease: Lease;
	/** A node that is certainly in use: its window spoke here, or this process's agent. */
	readonly isInUse: (hostname: string) => boolean;
	/** Whether its window was heard by another replica. */
	readonly isInUseElsewhere?: (hostname: string) => Promise<boolean>;
	readonly audit: Audit;
	readonly log: Logger;
	readonly now: () => number;
	/** Runs something later; gives a function that calls it off. */
	readonly later: (delayMs: number, run: () => void) => () => void;
	readonly onRound?: (report: RoundReport) => void;
}

const nothing = { error: null, removedNodes: 0, removedKeys: 0, leftOver: 0 } as const;

export class Janitor {
	readonly #options: JanitorOptions;
	/** Node id, key id → when it first looked gone, in every round since. */
	#goneNodes = new Map<string, number>();
	#goneKeys = new Map<string, number>();
	/** Ids of what is due and could not be removed: it waits behind the others, and is logged once. */
	readonly #failedNodes = new Set<string>();
	readonly #failedKeys = new Set<string>();
	#round: Promise<RoundReport> | null = null;
	#cancel: () => void = () => undefined;
	#isStopping = false;
	#wasFailing = false;

	constructor(options: JanitorOptions) {
		this.#options = options;
	}

	/** Begins its rounds. */
	start(): void {
		if (this.#options.config.isOn) this.#next(FIRST_ROUND_MS);
	}

	/** No more rounds; the removal that is under way is finished. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		this.#cancel();
		await this.#round;
		await this.#options.lease.release();
	}

	/** One round; a second call while it goes on waits for the same. */
	round(): Promise<RoundReport> {
		this.#round ??= this.#sweep().finally(() => (this.#round = null));
		return this.#round;
	}

	#next(delayMs: number): void {
		if (this.#isStopping) return;
		this.#cancel = this.#options.later(delayMs, () => {
			void this.round().then((report) => {
				this.#options.onRound?.(report);
				this.#next(this.#options.config.periodS * 1000);
			});
		});
	}

	async #sweep(): Promise<RoundReport> {
		const { lease, headscale, log } = this.#options;
		try {
			if (!(await lease.take())) {
				this.#forgetWhatWasSeen();
				return { ...nothing, result: 'not-holder' };
			}
			// Keys first: one that is unused and expired in this list cannot be used by a node of the next.
			const keys = await headscale.keys();
			const nodes = await headscale.nodes();
			const headscaleNow = await headscale.now();
			if (this.#wasFailing) log.info('Headscale answers the janitor again');
			this.#wasFailing = false;
			if (nodes.length === 0) {
				// Without a single node the list is more likely wrong than true.
				this.#forgetWhatWasSeen();
				return { ...nothing, result: 'empty' };
			}
			return await this.#remove({ keys, nodes, headscaleNow });
		} catch (cause) {
			const error = toAppError(cause);
			// After an outage every node is offline until its window is back.
			this.#forgetWhatWasSeen();
			if (!this.#wasFailing)
				log.warn({ code: error.code, id: error.id, err: error.cause }, 'the janitor waits');
			this.#wasFailing = true;
			return { ...nothing, result: 'failed', error: error.code };
		}
	}

	#forgetWhatWasSeen(): void {
		this.#goneNodes.clear();
		this.#goneKeys.clear();
	}

	async #remove(seen: {
		readonly keys: readonly PreAuthKeyWire[];
		readonly nodes: readonly NodeWire[];
		readonly headscaleNow: number;
	}): Promise<RoundReport> {
		const { keys, nodes, headscaleNow } = seen;
		const ours = nodes.filter((node) => this.#isOurs(node));
		// Its key's record is ours to remove once the node is gone, also when Headscale removes it.
		for (const { preAuthKey, hostname } of ours) {
			if (preAuthKey === null) continue;
			const { id, publicPart } = preAuthKey;
			const isAgent = this.#options.hostnames.isAgent(hostname);
			this.#options.ledger.add(id, isAgent ? null : { publicPart, hostname });
		}

		const goneNodes = this.#settled(
			this.#goneNodes,
			ours.filter((node) => !node.isOnline && !this.#options.isInUse(node.hostname)),
			(node) => this.#isLeftBehind(node, headscaleNow)
		);
		this.#goneNodes = goneNodes.since;
		const isFalse = (node: NodeWire) => hasFalseName(this.#options.ledger, node);
		const dueNodes = this.#limited(
			failedLast([...nodes.filter(isFalse), ...goneNodes.due], this.#failedNodes),
			nodes.length,
			'nodes'
		);

		const keysInUse = new Set(nodes.map(({ preAuthKey }) => preAuthKey?.id));
		const goneKeys = this.#settled(
			this.#goneKeys,
			keys.filter(
				(key) =>
					(this.#options.ledger.has(key.id) || this.#options.marks.isOurs(key)) &&
					!key.isReusable &&
					!keysInUse.has(key.id) &&
					key.expiresAtMs + KEY_EXPIRED_FOR_MS < headscaleNow
			),
			() => true,
			// Nobody has joined with it, and nobody can any more.
			(key) => !key.isUsed
		);
		this.#goneKeys = goneKeys.since;
		const dueKeys = this.#limited(failedLast(goneKeys.due, this.#failedKeys), keys.length, 'keys');

		let removedNodes = 0;
		const nodeError = await this.#each(dueNodes.now, this.#failedNodes, (node) =>
			this.#removeNode(node, () => (removedNodes += 1))
		);
		let removedKeys = 0;
		const keyError = endsRound(nodeError)
			? null
			: await this.#each(dueKeys.now, this.#failedKeys, async (key) => {
					await this.#removeKey(key.id);
					removedKeys += 1;
				});
		const error = nodeError ?? keyError;
		return {
			result: this.#isStopping ? 'stopped' : error === null ? 'done' : 'failed',
			error: error?.code ?? null,
			removedNodes,
			removedKeys,
			leftOver: dueNodes.leftOver + dueKeys.leftOver
		};
	}

	/** Removes one after the other; one that fails keeps no other.
	 *  @param failed keeps those that did
	 *  @returns the first failure, or the one that ended it */
	async #each<T extends { readonly id: string }>(
		due: readonly T[],
		failed: Set<string>,
		remove: (item: T) => Promise<void>
	): Promise<AppError | null> {
		let first: AppError | null = null;
		for (const item of due) {
			if (this.#isStopping) break;
			try {
				await remove(item);
				failed.delete(item.id);
			} catch (cause) {
				const error = toAppError(cause);
				if (endsRound(error)) return error;
				if (!failed.has(item.id))
					this.#options.log.warn(
						{
							item: item.id,
							code: error.code,
							id: error.id,
							params: error.params,
							err: error.cause
						},
						'the janitor could not remove something'
					);
				// At the end: who failed last is tried last.
				failed.delete(item.id);
				failed.add(item.id);
				first ??= error;
			}
		}
		return first;
	}

	/** Ephemeral, and its name was made here for the very user that it belongs to. */
	#isOurs(node: NodeWire): boolean {
		if (node.preAuthKey?.isEphemeral !== true) return false;
		const { hostnames } = this.#options;
		if (hostnames.isAgent(node.hostname)) return true;
		return node.tags.length === 0 && hostnames.isOf(node.hostname, node.userId);
	}

	#isLeftBehind(node: NodeWire, headscaleNow: number): boolean {
		const { graceS, offlineS } = this.#options.config;
		// Comparisons with NaN are false: what is not known is not old.
		if (!(headscaleNow - node.createdAtMs >= graceS * 1000)) return false;
		const hasPolled = node.lastSeenMs - node.createdAtMs > FIRST_POLL_MS;
		if (!hasPolled) return true;
		return headscaleNow - node.lastSeenMs >= offlineS * 1000;
	}

	/** What has looked gone long enough, round after round. */
	#settled<T extends { readonly id: string }>(
		before: ReadonlyMap<string, number>,
		gone: readonly T[],
		isDue: (item: T) => boolean,
		isCertain: (item: T) => boolean = () => false
	): { readonly since: Map<string, number>; readonly due: readonly T[] } {
		const nowMs = this.#options.now();
		const settleMs = Math.min(JANITOR_SETTLE_S, this.#options.config.graceS) * 1000;
		const since = new Map(gone.map(({ id }) => [id, before.get(id) ?? nowMs]));
		const due = gone.filter(
			(item) =>
				isDue(item) && (isCertain(item) || nowMs - (since.get(item.id) ?? nowMs) >= settleMs)
		);
		return { since, due };
	}

	/** At most a fifth of what was seen, and one where a fifth is less than one. */
	#limited<T>(
		due: readonly T[],
		seen: number,
		what: string
	): { readonly now: readonly T[]; readonly leftOver: number } {
		const limit = Math.min(JANITOR_REMOVALS_MAX, Math.max(1, Math.floor(seen * SHARE_MAX)));
		const leftOver = Math.max(0, due.length - limit);
		if (leftOver > 0) {
			this.#options.audit.write('janitor.limited', false, { what, due: due.length, seen, limit });
			this.#options.log.warn(
				{ what, due: due.length, seen, limit },
				'more is left behind than one round removes; look whether Headscale’s list is right'
			);
		}
		return { now: due.slice(0, limit), leftOver };
	}

	/** Unless it is gone, or its window came back between the list and now.
	 *  @param onRemoved the node is gone; its key may not be yet */
	async #removeNode(listed: NodeWire, onRemoved: () => void): Promise<void> {
		const { headscale, audit } = this.#options;
		const fields = { node: listed.id, hostname: listed.hostname, user: listed.userId };
		const node = await headscale.node(listed.id);
		if (node === null) return;
		const isFalse = hasFalseName(this.#options.ledger, node);
		const isSame =
			node.hostname === listed.hostname &&
			node.preAuthKey?.id === listed.preAuthKey?.id &&
			Object.is(node.lastSeenMs, listed.lastSeenMs);
		const isInUse =
			this.#options.isInUse(node.hostname) ||
			(await this.#options.isInUseElsewhere?.(node.hostname)) === true;
		if (!isFalse && (!isSame || node.isOnline || !this.#isOurs(node) || isInUse)) {
			this.#goneNodes.delete(listed.id);
			audit.write('janitor.skip', true, { ...fields, why: 'it came back' });
			return;
		}
		const keyId = await removeNode(this.#options, node, () => {
			onRemoved();
			this.#goneNodes.delete(node.id);
			audit.write('janitor.delete', true, isFalse ? { ...fields, why: 'false name' } : fields);
		});
		if (keyId !== null) audit.write('key.deleted', true, { keyId, why: 'its node is gone' });
	}

	async #removeKey(keyId: string): Promise<void> {
		const { headscale, audit, ledger } = this.#options;
		await headscale.deleteKey(keyId);
		ledger.remove(keyId);
		this.#goneKeys.delete(keyId);
		audit.write('key.deleted', true, { keyId, why: 'spent' });
	}
}

const endsRound = (error: AppError | null): boolean =>
	error !== null && ROUND_ENDS_WITH.includes(error.code);

/** In a small tailnet a round removes one: the same one would be tried for ever. Forgets what is no longer due. */
function failedLast<T extends { readonly id: string }>(
	due: readonly T[],
	failed: Set<string>
): readonly T[] {
	const byId = new Map(due.map((item) => [item.id, item]));
	for (const id of failed) if (!byId.has(id)) failed.delete(id);
	const last = [...failed].flatMap((id) => byId.get(id) ?? []);
	return [...due.filter(({ id }) => !failed.has(id)), ...last];
}
