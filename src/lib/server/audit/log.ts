// The audit trail: one JSON line an event, on the same stream as the log, marked `audit: 1`.
// Server only. No key material; texts are cut, so that a hostile name cannot flood the log.
import { createHash } from 'node:crypto';
import type { Logger } from '../log';

export type AuditEvent =
	| 'config.start'
	| 'config.stop'
	| 'agent.joined'
	| 'agent.user'
	| 'diagnosis'
	| 'janitor.delete'
	| 'janitor.skip'
	| 'janitor.limited'
	| 'key.deleted'
	| 'window.ended'
	| 'login.ok'
	| 'login.refused'
	| 'logout'
	| 'logout.provider'
	| 'logout.everywhere'
	| 'session.denied'
	| 'identity.linked'
	| 'identity.refused'
	| 'key.issued'
	| 'key.refused'
	| 'key.expired'
	| 'node.missing'
	| 'node.removed'
	| 'request.refused'
	| 'relay.open'
	| 'relay.refused'
	| 'relay.close';

export type AuditFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

const FIELD_MAX_CHARS = 256;

/** Told each event as it is written; the metrics count by it. */
export type AuditListener = (event: AuditEvent, isOk: boolean, fields: AuditFields) => void;

export class Audit {
	readonly #log: Logger;
	readonly #listeners = new Set<AuditListener>();

	constructor(log: Logger) {
		this.#log = log.child({ audit: 1 });
	}

	/** Writes one event; `isOk` false for whatever was refused. */
	write(event: AuditEvent, isOk: boolean, fields: AuditFields = {}): void {
		const cut: Record<string, string | number | boolean | null> = {};
		for (const [name, value] of Object.entries(fields)) {
			if (value === undefined) continue;
			cut[name] = typeof value === 'string' ? value.slice(0, FIELD_MAX_CHARS) : value;
		}
		this.#log.info({ ev: event, ok: isOk, ...cut }, event);
		for (const listener of this.#listeners) listener(event, isOk, cut);
	}

	/** @returns a function that ends the listening */
	onEvent(listener: AuditListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}
}

/** Names a person in the log without saying who it is: the first 8 hex digits of a hash. */
export const auditSub = (iss: string, sub: string): string =>
	createHash('sha256').update(`${iss}\n${sub}`).digest('hex').slice(0, 8);
