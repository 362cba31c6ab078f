// A TCP proxy before a server that keeps what it carries, both ways, and misbehaves on demand as
// networks and reverse proxies do. Node; tests put it before the app, Headscale, or an SSH server.
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Oldest bytes are dropped beyond this. */
const KEPT_BYTES = 64 * 1024 * 1024;
const UPGRADE = /\r\nupgrade: *websocket/i;
/** What waits in one direction before its source is told to wait, too. */
const HELD_MAX_BYTES = 1024 * 1024;

/** What the proxy does to what it carries. All of it holds for open connections, too, but for the HTTP
 *  faults, which are a matter of a connection's first request. */
export interface ProxyFaults {
	/** Added each way. */
	readonly latencyMs?: number;
	/** Slow: at most so much a second, each way, for each connection. */
	readonly bytesPerS?: number;
	/** Cuts what it carries into pieces of at most so much. */
	readonly sliceBytes?: number;
	/** What comes back to a WebSocket is held until so much has gathered, as a buffering reverse proxy does;
	 *  other answers end, and are passed then. */
	readonly bufferBytes?: number;
	/** Ends a connection whose server has said nothing for so long (nginx: `proxy_read_timeout`). */
	readonly idleCutMs?: number;
	/** Forwards a request to upgrade as a plain one (nginx without the two lines for it). */
	readonly dropsUpgrade?: boolean;
	/** Forwards it without `Sec-WebSocket-Protocol`. */
	readonly stripsProtocol?: boolean;
}

export interface RecordingProxy {
	/** Where it listens, e.g. `http://localhost:1234`. */
	readonly origin: string;
	readonly port: number;
	/** Connections that are open now. */
	readonly openCount: number;
	/** Everything carried since the last `forget`, in the order of arrival, both directions. */
	recorded(): Buffer;
	forget(): void;
	/** Replaces the faults; `{}` heals. */
	setFaults(faults: ProxyFaults): void;
	/** Ends every connection, as a network change does; new ones are carried. */
	cut(): void;
	/** The same with RST on both sides. */
	reset(): void;
	/** Cuts once, when so many more bytes have been carried: in the middle of a download. */
	cutAfter(sizeBytes: number): void;
	/** Half-open: what is open now is never carried again, and neither side is told. New ones are. */
	abandon(): void;
	/** Carries nothing, ends nothing and accepts what comes, until `resume`: then all of it arrives. */
	stall(): void;
	/** Refuses new connections and ends the present ones until `resume`. */
	pause(): void;
	resume(): void;
	stop(): Promise<void>;
}

/** Listens on `port` of localhost and carries to `targetPort`. */
export async function startProxy(options: {
	readonly port: number;
	readonly targetPort: number;
}): Promise<RecordingProxy> {
	const { port, targetPort } = options;
	const lanes = new Set<Lane>();
	/** Upstream sides of connections that have asked to be WebSockets. */
	const webSockets = new WeakSet<Socket>();
	let faults: ProxyFaults = {};
	let chunks: Buffer[] = [];
	let sizeBytes = 0;
	let isPaused = false;
	let isStalled = false;
	let untilCutBytes = Infinity;

	const keep = (chunk: Buffer) => {
		chunks.push(chunk);
		sizeBytes += chunk.length;
		while (sizeBytes > KEPT_BYTES) sizeBytes -= chunks.shift()?.length ?? 0;
		untilCutBytes -= chunk.length;
		if (untilCutBytes > 0) return;
		untilCutBytes = Infinity;
		cut();
	};
	const carry = (from: Socket, to: Socket, isAnswer: boolean) => {
		const lane = new Lane({
			from,
			to,
			isAnswer,
			isWebSocket: () => webSockets.has(from),
			faults: () => faults,
			onChunk: keep
		});
		lanes.add(lane);
		if (isStalled) lane.hold();
		from.once('close', () => lanes.delete(lane));
	};
	const onConnection = (client: Socket) => {
		if (isPaused) {
			client.destroy();
			return;
		}
		const upstream = connect(targetPort, '127.0.0.1');
		client.once('data', (chunk: Buffer) => {
			if (UPGRADE.test(chunk.toString('latin1'))) webSockets.add(upstream);
		});
		carry(client, upstream, false);
		carry(upstream, client, true);
	};
	const cut = () => {
		for (const { from } of lanes) from.destroy();
	};

	const servers = [await listen('127.0.0.1', port, onConnection)];
	// Browsers try ::1 first for localhost; a machine without IPv6 has none to try.
	const second = await listen('::1', port, onConnection).catch(() => null);
	if (second !== null) servers.push(second);

	return {
		origin: `http://localhost:${String(port)}`,
		port,
		get openCount() {
			return lanes.size / 2;
		},
		recorded: () => Buffer.concat(chunks),
		forget: () => {
			chunks = [];
			sizeBytes = 0;
		},
		setFaults: (next) => {
			faults = next;
			for (const lane of lanes) lane.faultsChanged();
		},
		cut,
		reset: () => {
			for (const { from } of lanes) from.resetAndDestroy();
		},
		cutAfter: (bytes) => {
			untilCutBytes = bytes;
		},
		abandon: () => {
			for (const lane of lanes) lane.hold();
			// Held for good: `resume` lets go only of what `stall` holds.
			for (const lane of lanes) lane.isAbandoned = true;
		},
		stall: () => {
			isStalled = true;
			for (const lane of lanes) lane.hold();
		},
		pause: () => {
			isPaused = true;
			cut();
		},
		resume: () => {
			isPaused = false;
			isStalled = false;
			for (const lane of lanes) lane.release();
		},
		stop: async () => {
			cut();
			await Promise.all(
				servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
			);
		}
	};
}

interface LaneOptions {
	readonly from: Socket;
	readonly to: Socket;
	/** From the server to the client. */
	readonly isAnswer: boolean;
	readonly isWebSocket: () => boolean;
	readonly faults: () => ProxyFaults;
	readonly onChunk: (chunk: Buffer) => void;
}

/** One way of one connection: in order, and at the pace that the faults allow. */
class Lane {
	readonly from: Socket;
	readonly #to: Socket;
	readonly #options: LaneOptions;
	readonly #queue: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
	#queuedBytes = 0;
	#timer: NodeJS.Timeout | null = null;
	#idleTimer: NodeJS.Timeout | null = null;
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
		const { latencyMs = 0 } = this.#options.faults();
		this.#watchIdle();
		this.#options.onChunk(chunk);
		let bytes = chunk;
		if (this.#isFirst && !this.#options.isAnswer)
			bytes = asForwarded(chunk, this.#options.faults());
		this.#isFirst = false;
		this.#queue.push({ bytes, dueMs: performance.now() + latencyMs });
		this.#queuedBytes += bytes.length;
		if (this.#queuedBytes > HELD_MAX_BYTES) this.from.pause();
		this.#move();
	}

	/** Writes what is due; sets a timer for what is not. */
	#move(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (this.#isHeld) return;
		const { bytesPerS, sliceBytes = Infinity, bufferBytes = 0 } = this.#options.faults();
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
		this.#timer = null;
		this.#idleTimer = null;
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

async function listen(
	host: string,
	port: number,
	onConnection: (socket: Socket) => void
): Promise<Server> {
	return new Promise((resolve, reject) => {
		// What an end was seen of must stay open the other way for as long as a test wants it.
		const server = createServer({ allowHalfOpen: true }, onConnection);
		server.on('error', reject);
		server.listen(port, host, () => resolve(server));
	});
}
