// The WebSockets that Go's DERP connections use (wasm/internal/jsx/socket_js.go calls them as
// `globalThis.headtabSocket`). Runs where the host runs: a browser's worker or a Node thread.
// Received messages wait in a queue and Go is woken once for all of them; what Go writes is staged
// and leaves as one message when Go yields. One message a packet starves TCP (docs: DESIGN 5).
import { RELAY_MERGE_MAX_BYTES } from '$lib/contracts/limits';

/** The part of a WebSocket that the host needs; the browser's and `ws` both have it. */
export interface SocketLike {
	binaryType: string;
	onopen: ((event: never) => void) | null;
	onmessage: ((event: never) => void) | null;
	onerror: ((event: never) => void) | null;
	onclose: ((event: never) => void) | null;
	send(data: Uint8Array<ArrayBuffer>): void;
	close(): void;
}

/** What Go holds. */
export interface GoSocket {
	/** All bytes that have arrived since the last call, or null. */
	take(): Uint8Array | null;
	/** Takes ownership of the bytes. */
	write(bytes: Uint8Array<ArrayBuffer>): void;
	close(): void;
}

/** Go's callback: `open`, `data` when something waits, `close` with a reason as the last. */
export type GoSocketEvent = (kind: 'open' | 'data' | 'close', reason?: string) => void;

/** Joins chunks into one array over its own buffer. */
export function join(chunks: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
	const [first] = chunks;
	if (chunks.length === 1 && first !== undefined) return first;
	const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0));
	let at = 0;
	for (const chunk of chunks) {
		joined.set(chunk, at);
		at += chunk.byteLength;
	}
	return joined;
}

export interface GoSocketOptions {
	readonly socket: SocketLike;
	readonly onEvent: GoSocketEvent;
	/** Runs a function in a later task, soon: a MessageChannel in browsers, setImmediate in Node. */
	readonly later: (run: () => void) => void;
	readonly onReceived: (sizeBytes: number) => void;
	readonly onSent: (sizeBytes: number) => void;
}

/** Wires a socket to Go. */
export function goSocket(options: GoSocketOptions): GoSocket {
	const { socket, onEvent, later } = options;
	let received: Uint8Array<ArrayBuffer>[] = [];
	let staged: Uint8Array<ArrayBuffer>[] = [];
	let isWaking = false;
	let isOver = false;
	let isOpen = false;

	const end = (reason: string): void => {
		if (isOver) return;
		isOver = true;
		onEvent('close', reason);
	};
	const flush = (): void => {
		if (isOver || !isOpen || staged.length === 0) return;
		const all = join(staged);
		staged = [];
		options.onSent(all.byteLength);
		// DERP's reader takes so much a message and hangs up at more.
		for (let at = 0; at < all.byteLength; at += RELAY_MERGE_MAX_BYTES)
			socket.send(all.subarray(at, at + RELAY_MERGE_MAX_BYTES));
	};

	socket.binaryType = 'arraybuffer';
	socket.onopen = () => {
		isOpen = true;
		onEvent('open');
		flush();
	};
	socket.onmessage = (event: { readonly data: unknown }) => {
		if (!(event.data instanceof ArrayBuffer)) return;
		received.push(new Uint8Array(event.data));
		options.onReceived(event.data.byteLength);
		if (isWaking) return;
		isWaking = true;
		later(() => {
			isWaking = false;
			if (!isOver) onEvent('data');
		});
	};
	// Its reason is always hidden; the close that follows carries what there is.
	socket.onerror = () => undefined;
	socket.onclose = (event: { readonly code?: number; readonly reason?: string }) => {
		end(`code ${event.code ?? 1006}${event.reason ? ` ${event.reason}` : ''}`);
	};

	return {
		take() {
			if (received.length === 0) return null;
			const all = join(received);
			received = [];
			return all;
		},
		write(bytes) {
			staged.push(bytes);
			if (staged.length === 1) queueMicrotask(flush);
		},
		close() {
			if (isOver) return;
			flush();
			socket.close();
			// Not inside Go's own call.
			queueMicrotask(() => end('closed here'));
		}
	};
}
