// One life of the agent's thread: requests with their replies, its events, and the reason of its end.
// Server only; made by agent/manager.ts.
import type { AgentModule, FromAgent, ToAgent } from '$lib/contracts/agent';
import { AppError, parseWireError } from '$lib/contracts/app-error';
import { AGENT_REQUEST_TIMEOUT_MS } from '$lib/contracts/limits';
import type { ReplyValue } from '$lib/contracts/worker';

/** The part of a worker thread that is used; tests have one without a thread. */
export interface ThreadPort {
	postMessage(message: ToAgent): void;
	on(event: 'message', listener: (message: FromAgent) => void): unknown;
	on(event: 'error', listener: (error: Error) => void): unknown;
	on(event: 'exit', listener: (code: number) => void): unknown;
	terminate(): Promise<unknown>;
}

/** Distributes over the union, as Omit does not. */
type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never;
export type AgentRequest = WithoutId<ToAgent>;
export type AgentNews = Exclude<FromAgent, { readonly kind: 'reply' }>;

interface Waiting {
	readonly resolve: (value: ReplyValue) => void;
	readonly reject: (error: AppError) => void;
	readonly timer: NodeJS.Timeout;
}

export class AgentThread {
	readonly #port: ThreadPort;
	readonly #waiting = new Map<number, Waiting>();
	readonly #onNews: (news: AgentNews) => void;
	#lastId = 0;
	#setEnded: (error: AppError) => void = () => undefined;
	/** Why it ended; it does so once, whatever happens after. */
	readonly ended: Promise<AppError>;

	constructor(port: ThreadPort, onNews: (news: AgentNews) => void) {
		this.#port = port;
		this.#onNews = onNews;
		this.ended = new Promise((resolve) => (this.#setEnded = resolve));
		port.on('message', (message) => this.#take(message));
		port.on('error', (cause) =>
			this.end(AppError.of('agent-not-connected', { reason: 'its thread failed' }, { cause }))
		);
		port.on('exit', () =>
			this.end(AppError.of('agent-not-connected', { reason: 'its thread ended' }))
		);
	}

	/** Asks the thread. @throws AppError of the reply, `agent-not-connected` when none comes */
	async request(
		message: AgentRequest,
		timeoutMs: number = AGENT_REQUEST_TIMEOUT_MS
	): Promise<ReplyValue> {
		const id = ++this.#lastId;
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiting.delete(id);
				reject(AppError.of('agent-not-connected', { reason: `no reply to ${message.kind}` }));
			}, timeoutMs);
			timer.unref();
			this.#waiting.set(id, { resolve, reject, timer });
			this.#port.postMessage({ ...message, id });
		});
	}

	/** Tells the thread what has no reply. */
	send(message: AgentModule): void {
		this.#port.postMessage(message);
	}

	/** Ends it with a reason, the first of which counts. Requests fail with it. */
	end(error: AppError): void {
		this.#setEnded(error);
		for (const { reject, timer } of this.#waiting.values()) {
			clearTimeout(timer);
			reject(error);
		}
		this.#waiting.clear();
	}

	async terminate(): Promise<void> {
		this.end(AppError.of('agent-not-connected', { reason: 'it was stopped' }));
		await this.#port.terminate();
	}

	#take(message: FromAgent): void {
		if (message.kind === 'reply') {
			const waiting = this.#waiting.get(message.id);
			if (waiting === undefined) return;
			this.#waiting.delete(message.id);
			clearTimeout(waiting.timer);
			if (message.ok) waiting.resolve(message.value);
			else waiting.reject(AppError.fromWire(parseWireError(message.error)));
			return;
		}
		if (message.kind === 'wasm/crashed')
			this.end(AppError.of('wasm-crashed', {}, { cause: new Error(message.detail) }));
		this.#onNews(message);
		if (message.kind === 'node/phase' && message.phase.at === 'failed')
			this.end(AppError.fromWire(parseWireError(message.phase.error)));
	}
}
