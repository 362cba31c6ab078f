// The WebSockets that Go's DERP connections use (wasm/internal/jsx/socket_js.go calls them as
// `globalThis.headtabSocket`). Runs where the host runs: a browser's worker or a Node thread.
// Received messages wait in a queue and Go is woken once for all of them; what Go writes is staged
// and leaves as one message when Go yields. One message a packet starves TCP (docs: DESIGN 5).
import { RELAY_MERGE_MAX_BYTES } from '$lib/contracts/limits';
import { Stage } from './stage';

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

/** What Go reaches by a number. */
export interface GoSocket {
	/** Moves what has arrived into `into`, as far as it goes; tells how many bytes. */
	take(into: Uint8Array): number;
	/** Copies the bytes. */
	write(bytes: Uint8Array): void;
	close(): void;
	/** When bytes came last, or it was made; by `performance.now()`. */
	readonly heardMs: number;
}

/** Go's callback: `open`, `data` when something waits, `idle` when Go has done all it could with
 *  that, `close` with a reason as the last. */
export type GoSocketEvent = (kind: 'open' | 'data' | 'idle' | 'close', reason?: string) => void;

export interface GoSocketOptions {
	readonly socket: SocketLike;
	readonly onEvent: GoSocketEvent;
	/** Runs a function in a later task, soon: a MessageChannel in browsers, setImmediate in Node. */
	readonly later: (run: () => void) => void;
}

/** Wires a socket to Go. */
export function goSocket(options: GoSocketOptions): GoSocket {
	const { socket, onEvent, later } = options;
	const received: Uint8Array[] = [];
	let taken = 0;
	let isWaking = false;
	let isOver = false;
	let isOpen = false;
	let heardMs = performance.now();
	const waiting: Uint8Array<ArrayBuffer>[] = [];

	const end = (reason: string): void => {
		if (isOver) return;
		isOver = true;
		onEvent('close', reason);
	};
	const send = (bytes: Uint8Array<ArrayBuffer>): void => {
		if (isOver) return;
		if (!isOpen) {
			waiting.push(bytes);
			return;
		}
		socket.send(bytes);
	};
	// DERP's reader takes so much a message and hangs up at more.
	const staged = new Stage(RELAY_MERGE_MAX_BYTES, send);

	socket.binaryType = 'arraybuffer';
	socket.onopen = () => {
		isOpen = true;
		onEvent('open');
		for (const bytes of waiting.splice(0)) send(bytes);
	};
	socket.onmessage = (event: { readonly data: unknown }) => {
		if (!(event.data instanceof ArrayBuffer)) return;
		received.push(new Uint8Array(event.data));
		heardMs = performance.now();
		if (isWaking) return;
		isWaking = true;
		later(() => {
			isWaking = false;
			if (isOver) return;
			onEvent('data');
			// The call before returned when no goroutine could go on. The two belong together: Go holds
			// locks from one to the other.
			onEvent('idle');
		});
	};
	// Its reason is always hidden; the close that follows carries what there is.
	socket.onerror = () => undefined;
	socket.onclose = (event: { readonly code?: number; readonly reason?: string }) => {
		end(`code ${event.code ?? 1006}${event.reason ? ` ${event.reason}` : ''}`);
	};

	return {
		take(into) {
			let filled = 0;
			for (let [first] = received; first !== undefined; [first] = received) {
				const size = Math.min(first.byteLength - taken, into.byteLength - filled);
				if (size === 0) break;
				into.set(first.subarray(taken, taken + size), filled);
				filled += size;
				taken += size;
				if (taken < first.byteLength) break;
				received.shift();
				taken = 0;
			}
			return filled;
		},
		write: (bytes) => staged.add(bytes),
		close() {
			if (isOver) return;
			staged.flush();
			socket.close();
			// Not inside Go's own call.
			queueMicrotask(() => end('closed here'));
		},
		get heardMs() {
			return heardMs;
		}
	};
}
