// One way of one connection through the proxy, and the faults that it may have. Node; used by proxy.ts.
import type { Socket } from 'node:net';

/** What waits in one direction before its source is told to wait, too. */
const HELD_MAX_BYTES = 1024 * 1024;
/** Linux' shortest wait of TCP before it sends a segment again, doubled each time. */
const RESEND_MS = 200;
const RESENDS_MAX = 4;
export const UPGRADE = /\r\nupgrade: *websocket/i;

/** What the proxy does to what it carries. All of it holds for open connections, too, but for the HTTP
 *  faults, which are a matter of a connection's first request. */
export interface ProxyFaults {
	/** Added each way. */
	readonly latencyMs?: number;
	/** Up to so much more for each piece, by chance; the order stays. */
	readonly jitterMs?: number;
	/** Share of pieces that are lost once, by chance; one that is sent again may be lost again. A stream shows a
	 *  lost segment as a wait: it and all behind it come when TCP has sent it again (see RESEND_MS). */
	readonly lossShare?: number;
	/** Slow: at most so much a second, each way, for each connection. */
	readonly bytesPerS?: number;
	/** Cuts what it carries into pieces of at most so much, each written in a turn of its own. */
	readonly sliceBytes?: number;
	/** What comes back to a WebSocket is held until so much has gathered, as a buffering reverse proxy does;
	 *  other answers end, and are passed then. */
	readonly bufferBytes?: number;
	/** Ends a connection that has carried so much, both ways taken together, with the rest unsent. */
	readonly limitBytes?: number;
	/** Ends a connection whose server has said nothing for so long (nginx: `proxy_read_timeout`). */
	readonly idleCutMs?: number;
	/** Forwards a request to upgrade as a plain one (nginx without the two lines for it). */
	readonly dropsUpgrade?: boolean;
	/** Forwards it without `Sec-WebSocket-Protocol`. */
	readonly stripsProtocol?: boolean;
}

export interface LaneOptions {
	readonly from: Socket;
	readonly to: Socket;
	/** From the server to the client. */
	readonly isAnswer: boolean;
	readonly isWebSocket: () => boolean;
	readonly faults: () => ProxyFaults;
	/** Chance for jitter and loss. */
	readonly random: () => number;
	/** Bytes that the connection has carried, both ways; the lane adds its own. */
	readonly carried: { sizeBytes: number };
	readonly onChunk: (chunk: Buffer) => void;
}

/** One way of one connection: in order, and at the pace that the faults allow. */
export class Lane {
	readonly from: Socket;
	readonly #to: Socket;
	readonly #options: LaneOptions;
	readonly #queue: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
	#queuedBytes = 0;
	#timer: NodeJS.Timeout | null = null;
	#idleTimer: NodeJS.Timeout | null = null;
	#nextPiece: NodeJS.Immediate | null = null;
	#freeMs = 0;
	#isHeld = false;
	#hasEnded = false;
	#isFirst = true;
	isAbandoned = false;

	constructor(options: LaneOptions) {
		this.#options = options;
		this.from = options.from;
		this.#to = options.to;
		this.from.setNoDelay(true);
		this.from.on('data', (chunk: Buffer) => this.#take(chunk));
		this.from.on('end', () => {
			this.#hasEnded = true;
			this.#move();
		});
		// One side's end, clean or not, is the other's; that of an abandoned connection is nobody's.
		this.from.on('error', () => this.#close());
		this.from.on('close', () => this.#close());
		this.#to.on('drain', () => this.#move());
		this.#watchIdle();
	}

	hold(): void {
		this.#isHeld = true;
	}

	release(): void {
		if (this.isAbandoned) return;
		this.#isHeld = false;
		this.#move();
	}

	faultsChanged(): void {
		this.#watchIdle();
		this.#move();
	}

	#take(chunk: Buffer): void {
		this.#watchIdle();
		this.#options.onChunk(chunk);
		let bytes = chunk;
		if (this.#isFirst && !this.#options.isAnswer)
			bytes = asForwarded(chunk, this.#options.faults());
		this.#isFirst = false;
		this.#queue.push({ bytes, dueMs: performance.now() + this.#delayMs() });
		this.#queuedBytes += bytes.length;
		if (this.#queuedBytes > HELD_MAX_BYTES) this.from.pause();
		this.#move();
	}

	/** What chance and the faults add for one piece; the queue keeps the order. */
	#delayMs(): number {
		const { latencyMs = 0, jitterMs = 0, lossShare = 0 } = this.#options.faults();
		const { random } = this.#options;
		let delayMs = latencyMs + (jitterMs === 0 ? 0 : random() * jitterMs);
		for (let resend = 0; resend < RESENDS_MAX && lossShare > 0 && random() < lossShare; resend += 1)
			delayMs += RESEND_MS * 2 ** resend;
		return delayMs;
	}

	/** Writes what is due; sets a timer for what is not. */
	#move(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (this.#isHeld || this.#nextPiece !== null) return;
		const {
			bytesPerS,
			sliceBytes = Infinity,
			bufferBytes = 0,
			limitBytes
		} = this.#options.faults();
		if (this.#options.isWebSocket() && this.#queuedBytes < bufferBytes && !this.#hasEnded) return;
		for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
			if (this.#to.writableNeedDrain) return;
			const waitMs = Math.max(next.dueMs, this.#freeMs) - performance.now();
			if (waitMs > 0) {
				this.#timer = setTimeout(() => this.#move(), waitMs);
				return;
			}
			// A tenth of a second's worth at once, so that a slow way is slow and not bursty.
			const most = Math.max(
				1,
				Math.floor(Math.min(sliceBytes, bytesPerS === undefined ? Infinity : bytesPerS / 10))
			);
			const piece = next.bytes.subarray(0, most);
			if (piece.length === next.bytes.length) this.#queue.shift();
			else this.#queue[0] = { bytes: next.bytes.subarray(most), dueMs: next.dueMs };
			this.#queuedBytes -= piece.length;
			if (bytesPerS !== undefined)
				this.#freeMs = performance.now() + (piece.length * 1_000) / bytesPerS;
			this.#to.write(piece);
			this.#options.carried.sizeBytes += piece.length;
			if (limitBytes !== undefined && this.#options.carried.sizeBytes >= limitBytes) {
				this.from.destroy();
				return;
			}
			if (sliceBytes < Infinity && this.#queuedBytes > 0) {
				// Written in one turn, the pieces would arrive as one.
				this.#nextPiece = setImmediate(() => {
					this.#nextPiece = null;
					this.#move();
				});
				return;
			}
		}
		if (this.from.isPaused() && this.#queuedBytes < HELD_MAX_BYTES / 2) this.from.resume();
		if (this.#hasEnded) this.#to.end();
	}

	#watchIdle(): void {
		if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
		this.#idleTimer = null;
		const { idleCutMs } = this.#options.faults();
		if (idleCutMs === undefined || !this.#options.isAnswer || this.from.destroyed) return;
		this.#idleTimer = setTimeout(() => this.from.destroy(), idleCutMs);
	}

	#close(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
		if (this.#nextPiece !== null) clearImmediate(this.#nextPiece);
		this.#timer = null;
		this.#idleTimer = null;
		this.#nextPiece = null;
		if (!this.isAbandoned) this.#to.destroy();
	}
}

/** A first request as a reverse proxy that knows nothing of WebSockets forwards it; other bytes as they are. */
function asForwarded(chunk: Buffer, { dropsUpgrade, stripsProtocol }: ProxyFaults): Buffer {
	if (dropsUpgrade !== true && stripsProtocol !== true) return chunk;
	// One byte a character: what follows the head stays what it was.
	const text = chunk.toString('latin1');
	const end = text.indexOf('\r\n\r\n');
	if (end < 0 || !UPGRADE.test(text.slice(0, end))) return chunk;
	const drops =
		dropsUpgrade === true
			? /^(upgrade|connection|sec-websocket-.*?):/i
			: /^sec-websocket-protocol:/i;
	const lines = text.slice(0, end).split('\r\n');
	const head = lines.filter((line) => !drops.test(line));
	if (dropsUpgrade === true) head.push('Connection: close');
	return Buffer.from(head.join('\r\n') + text.slice(end), 'latin1');
}
