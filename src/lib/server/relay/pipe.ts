// Two WebSockets joined: bytes both ways, in order, never more waiting than a limit, nothing delayed.
// Server only; made by relay/upgrade.ts for each relayed connection.
// Control and DERP both read a byte stream across messages (wsconn.NetConn on both ends), so messages
// that already wait may be merged and large ones cut; Go's reader takes 32 KiB a message at most.
import type { RawData, WebSocket } from 'ws';
import {
	RELAY_BUFFER_MAX_BYTES,
	RELAY_BUFFER_PAUSE_BYTES,
	RELAY_IDLE_MS,
	RELAY_MERGE_MAX_BYTES,
	RELAY_PING_MS
} from '$lib/contracts/limits';

export interface PipeLimits {
	readonly pauseBytes: number;
	readonly maxBytes: number;
	readonly idleMs: number;
	readonly pingMs: number;
}

export const PIPE_LIMITS: PipeLimits = {
	pauseBytes: RELAY_BUFFER_PAUSE_BYTES,
	maxBytes: RELAY_BUFFER_MAX_BYTES,
	idleMs: RELAY_IDLE_MS,
	pingMs: RELAY_PING_MS
};

/** How a relayed connection went; for the audit trail. */
export interface PipeEnd {
	readonly reason: string;
	readonly closeCode: number;
	/** The code that the client closed with; null where something else ended it. */
	readonly clientCode: number | null;
	readonly upBytes: number;
	readonly downBytes: number;
}

/** Longest wait for the other side's close frame. */
const CLOSE_WAIT_MS = 2_000;

export class Pipe {
	readonly #client: WebSocket;
	readonly #upstream: WebSocket;
	readonly #limits: PipeLimits;
	readonly #onEnd: (end: PipeEnd) => void;
	readonly #up: Direction;
	readonly #down: Direction;
	readonly #timer: NodeJS.Timeout;
	#clientHeardMs = performance.now();
	#upstreamHeardMs = performance.now();
	#isEnded = false;

	/** Both sockets are open. */
	constructor(options: {
		readonly client: WebSocket;
		readonly upstream: WebSocket;
		readonly limits?: PipeLimits;
		readonly onEnd: (end: PipeEnd) => void;
	}) {
		this.#client = options.client;
		this.#upstream = options.upstream;
		this.#limits = options.limits ?? PIPE_LIMITS;
		this.#onEnd = options.onEnd;
		const overflow = () => this.close(1013, 'too much waits for a slow reader');
		this.#up = new Direction(this.#client, this.#upstream, this.#limits, overflow);
		this.#down = new Direction(this.#upstream, this.#client, this.#limits, overflow);
		this.#wire();
		this.#timer = setInterval(() => this.#check(), this.#limits.pingMs);
		this.#timer.unref();
		this.#upstream.resume();
		this.#client.resume();
	}

	/** Bytes so far, from the client and to it. */
	get upBytes(): number {
		return this.#up.sizeBytes;
	}
	get downBytes(): number {
		return this.#down.sizeBytes;
	}

	/** Ends both sides: the client is told `code`, upstream just goes. Idempotent. */
	close(code: number, reason: string, clientCode: number | null = null): void {
		if (this.#isEnded) return;
		this.#isEnded = true;
		clearInterval(this.#timer);
		shut(this.#client, code, reason);
		shut(this.#upstream, 1000, '');
		this.#onEnd({
			reason,
			closeCode: code,
			clientCode,
			upBytes: this.#up.sizeBytes,
			downBytes: this.#down.sizeBytes
		});
	}

	#wire(): void {
		this.#client.on('message', (data, isBinary) => {
			this.#clientHeardMs = performance.now();
			if (isBinary) this.#up.take(data);
			else this.close(1003, 'only binary messages are relayed');
		});
		this.#upstream.on('message', (data, isBinary) => {
			this.#upstreamHeardMs = performance.now();
			if (isBinary) this.#down.take(data);
			else this.close(1011, 'upstream sent text');
		});
		for (const event of ['pong', 'ping'] as const)
			this.#client.on(event, () => (this.#clientHeardMs = performance.now()));
		this.#upstream.on('ping', () => (this.#upstreamHeardMs = performance.now()));
		this.#client.on('close', (code) => this.close(1000, `client closed (${String(code)})`, code));
		this.#upstream.on('close', (code) => {
			this.#down.flush();
			this.close(code === 1000 ? 1000 : 1011, `upstream closed (${String(code)})`);
		});
		// ws closes by itself after an error, with the right code; the reason is worth keeping.
		this.#client.on('error', (cause) => this.#failed(cause, 'client'));
		this.#upstream.on('error', (cause) => this.#failed(cause, 'upstream'));
	}

	#failed(cause: Error, side: string): void {
		const code = 'code' in cause ? String(cause.code) : cause.name;
		this.close(wsCloseCode(code), `${side} failed (${code})`);
	}

	#check(): void {
		const nowMs = performance.now();
		// A paused side cannot be heard: its silence says nothing.
		const isClientSilent =
			!this.#client.isPaused && nowMs - this.#clientHeardMs > this.#limits.idleMs;
		const isUpstreamSilent =
			!this.#upstream.isPaused && nowMs - this.#upstreamHeardMs > this.#limits.idleMs;
		if (isClientSilent || isUpstreamSilent) {
			this.close(1001, isClientSilent ? 'client silent' : 'upstream silent');
			if (isClientSilent) this.#client.terminate();
			else this.#upstream.terminate();
			return;
		}
		if (this.#client.readyState === this.#client.OPEN) this.#client.ping();
	}
}

/** One way through the pipe. */
class Direction {
	readonly #from: WebSocket;
	readonly #to: WebSocket;
	readonly #limits: PipeLimits;
	readonly #onOverflow: () => void;
	#waiting: Buffer[] = [];
	#waitingBytes = 0;
	#isFlushDue = false;
	sizeBytes = 0;

	constructor(from: WebSocket, to: WebSocket, limits: PipeLimits, onOverflow: () => void) {
		this.#from = from;
		this.#to = to;
		this.#limits = limits;
		this.#onOverflow = onOverflow;
	}

	/** One message: sent when this turn of the event loop is over, with whatever else came in it. */
	take(data: RawData): void {
		const bytes = Array.isArray(data)
			? Buffer.concat(data)
			: Buffer.isBuffer(data)
				? data
				: Buffer.from(data);
		this.sizeBytes += bytes.byteLength;
		this.#waiting.push(bytes);
		this.#waitingBytes += bytes.byteLength;
		const behind = this.#waitingBytes + this.#to.bufferedAmount;
		if (behind > this.#limits.maxBytes) {
			this.#onOverflow();
			return;
		}
		if (behind > this.#limits.pauseBytes) this.#from.pause();
		if (!this.#isFlushDue) {
			this.#isFlushDue = true;
			queueMicrotask(() => this.flush());
		}
	}

	/** Sends what waits, merged and cut to what every reader takes. */
	flush(): void {
		this.#isFlushDue = false;
		const waiting = this.#waiting;
		this.#waiting = [];
		this.#waitingBytes = 0;
		if (waiting.length === 0 || this.#to.readyState !== this.#to.OPEN) return;
		let merged: Buffer[] = [];
		let mergedBytes = 0;
		const send = () => {
			const [first] = merged;
			if (first === undefined) return;
			this.#to.send(
				merged.length === 1 ? first : Buffer.concat(merged, mergedBytes),
				{ binary: true },
				this.#sent
			);
			merged = [];
			mergedBytes = 0;
		};
		for (const message of waiting) {
			for (let at = 0; at < message.byteLength; at += RELAY_MERGE_MAX_BYTES) {
				const piece = message.subarray(at, at + RELAY_MERGE_MAX_BYTES);
				if (mergedBytes + piece.byteLength > RELAY_MERGE_MAX_BYTES) send();
				merged.push(piece);
				mergedBytes += piece.byteLength;
			}
		}
		send();
	}

	/** A message has left for the kernel: below half the mark the source goes on. An error also closes
	 *  the socket, whose `close` ends the pipe. */
	readonly #sent = (): void => {
		if (
			this.#from.isPaused &&
			this.#to.bufferedAmount + this.#waitingBytes <= this.#limits.pauseBytes / 2
		)
			this.#from.resume();
	};
}

/** The close code that ws gives for its own errors. */
function wsCloseCode(code: string): number {
	if (/UNSUPPORTED_MESSAGE_LENGTH|TOO_MANY|_1009/.test(code)) return 1009;
	if (code === 'WS_ERR_INVALID_UTF8') return 1007;
	return code.startsWith('WS_ERR_') ? 1002 : 1011;
}

/** Closes one socket properly, and surely. */
function shut(socket: WebSocket, code: number, reason: string): void {
	if (socket.readyState === socket.CLOSED) return;
	// A paused socket would never read the other side's close frame.
	socket.resume();
	socket.close(code, reason.slice(0, 120));
	const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
	timer.unref();
	socket.once('close', () => clearTimeout(timer));
}
