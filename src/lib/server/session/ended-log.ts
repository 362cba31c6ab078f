// Tells the other replicas which sign-ins are over, and hears it from them: an append-only log in the shared
// store that each replica reads every second. Server only; made by AppContext where a store is configured.
import { parseJson } from '../http/fetch';
import type { SharedStore } from '../shared/store';
import { parseEndedEntry, type EndedEntry, type EndedSessions } from './ended';

/** A sign-out is obeyed everywhere within 5 s (issue 9): this, and a busy second or two. */
const READ_MS = 1_000;
const BATCH = 500;
const FIELD = 'e';

export class EndedLog {
	readonly #store: SharedStore;
	readonly #ended: EndedSessions;
	readonly #now: () => number;
	readonly #keepMs: number;
	readonly #key: string;
	readonly #stopListening: () => void;
	#lastId = '-';
	/** The log may lack what is known here: after each new connection, and after a write that failed. */
	#isBehind = true;
	#reading: Promise<void> | null = null;
	#isTaking = false;
	#timer: NodeJS.Timeout | null = null;

	/** @param options.keepMs longest life of a sign-in: what is older means nobody */
	constructor(options: {
		readonly store: SharedStore;
		readonly ended: EndedSessions;
		readonly now: () => number;
		readonly keepMs: number;
	}) {
		this.#store = options.store;
		this.#ended = options.ended;
		this.#now = options.now;
		this.#keepMs = options.keepMs;
		this.#key = this.#store.key('ended');
		this.#stopListening = this.#ended.onAdd((entry) => {
			if (!this.#isTaking) void this.#write([entry]);
		});
		this.#store.onReady(() => {
			this.#isBehind = true;
			void this.read();
		});
	}

	/** Begins to read. Resolves when the log has been read once, or cannot be. */
	async start(): Promise<void> {
		await this.read();
		this.#timer = setInterval(() => void this.read(), READ_MS);
		this.#timer.unref();
	}

	stop(): void {
		if (this.#timer !== null) clearInterval(this.#timer);
		this.#stopListening();
	}

	/** Takes what is new in the log, and puts into it what only this replica knows. A second call while that
	 *  goes on waits for the same. */
	read(): Promise<void> {
		if (!this.#store.isReady) return Promise.resolve();
		this.#reading ??= this.#readOn().finally(() => (this.#reading = null));
		return this.#reading;
	}

	async #readOn(): Promise<void> {
		const isWhole = this.#isBehind;
		if (isWhole) this.#lastId = '-';
		const seen = new Set<string>();
		for (;;) {
			const batch = await this.#store.ask((redis) =>
				redis.xrange(this.#key, this.#lastId, '+', 'COUNT', BATCH)
			);
			if (batch === null) return;
			for (const [id, fields] of batch) {
				this.#lastId = `(${id}`;
				const entry = parseEndedEntry(parseJson(fields[fields.indexOf(FIELD) + 1] ?? ''));
				if (entry === null) continue;
				seen.add(textOf(entry));
				this.#take(entry);
			}
			if (batch.length < BATCH) break;
		}
		if (!isWhole) return;
		this.#isBehind = false;
		const missing = this.#ended.living().filter((entry) => !seen.has(textOf(entry)));
		for (let at = 0; at < missing.length; at += BATCH)
			await this.#write(missing.slice(at, at + BATCH));
	}

	#take(entry: EndedEntry): void {
		this.#isTaking = true;
		try {
			this.#ended.add(entry);
		} finally {
			this.#isTaking = false;
		}
	}

	async #write(entries: readonly EndedEntry[]): Promise<void> {
		const oldest = String(Math.max(0, this.#now() - this.#keepMs));
		const answers = await this.#store.ask((redis) => {
			const commands = redis.pipeline();
			for (const entry of entries)
				commands.xadd(this.#key, 'MINID', '~', oldest, '*', FIELD, textOf(entry));
			return commands.pexpire(this.#key, this.#keepMs).exec();
		});
		if (answers === null || answers.some(([error]) => error !== null)) this.#isBehind = true;
	}
}

const textOf = ({ kind, id, beforeMs, untilMs }: EndedEntry): string =>
	JSON.stringify({ kind, id, beforeMs, untilMs });
