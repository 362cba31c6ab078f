// Messages between the window and the worker that runs its node (and between a Node program and
// its worker thread: the same driver). One control channel per worker, one MessagePort per session.
import type { WireError } from './app-error';
import type { SshOpen, NodeEvent, NodeStart, NodeStats, ProbeLeg, SshEvent } from './wasm';
import type { DerpRegion, TerminalSize } from './tailnet';

/** How the worker reaches control and DERP. */
export type Reach =
	/** Through the app's own origin: DERP hosts are mapped to `/relay/derp/{region}`, others refused. */
	| { readonly by: 'relay'; readonly origin: string; readonly derp: readonly DerpRegion[] }
	/** Straight to Headscale and DERP. */
	| { readonly by: 'direct' };

/** Sent by the window. `id` pairs a request with its reply. */
export type ToWorker =
	/** First message: load and compile the WASM. Replied when Go waits for `node/start`. */
	| {
			readonly kind: 'wasm/load';
			readonly id: number;
			readonly wasmUrl: string;
			/** Hex SHA-256 of the raw module, from the build manifest. */
			readonly wasmSha256: string;
	  }
	/** Join. Replied at once; progress comes as events. */
	| {
			readonly kind: 'node/start';
			readonly id: number;
			readonly start: NodeStart;
			readonly reach: Reach;
	  }
	/** The network has changed or the window slept: connections that may be dead are dialled anew. Not
	 *  replied. */
	| { readonly kind: 'node/wake' }
	/** Replied when control was told. */
	| { readonly kind: 'node/logout'; readonly id: number }
	/** Opens a session whose bytes and events use `port`. Not replied: the port tells. */
	| { readonly kind: 'session/open'; readonly open: SshOpen; readonly port: MessagePort }
	| { readonly kind: 'node/stats'; readonly id: number }
	/** Replied with the legs to a peer (port 22), at most 20 s later. */
	| { readonly kind: 'node/probe'; readonly id: number; readonly address: string };

/** Sent by the worker on the control channel. */
export type FromWorker =
	| { readonly kind: 'reply'; readonly id: number; readonly ok: true; readonly value: ReplyValue }
	| { readonly kind: 'reply'; readonly id: number; readonly ok: false; readonly error: WireError }
	/** Bytes of the WASM that have arrived, for the progress of the first visit. */
	| {
			readonly kind: 'wasm/progress';
			readonly loadedBytes: number;
			readonly totalBytes: number | null;
	  }
	/** Go ended or panicked; nothing follows, `terminate()` is due. `detail` is for the report only. */
	| { readonly kind: 'wasm/crashed'; readonly error: WireError; readonly detail: string }
	| NodeEvent;

export type ReplyValue = null | NodeStats | readonly ProbeLeg[];

/** Sent by the window on a session's port. Byte buffers are transferred. */
export type ToSession =
	| { readonly kind: 'ssh/input'; readonly bytes: Uint8Array }
	/** Bytes drawn since the last ack; every SSH_ACK_BYTES. */
	| { readonly kind: 'ssh/ack'; readonly sizeBytes: number }
	| { readonly kind: 'ssh/resize'; readonly size: TerminalSize }
	/** Asks for one `ssh/latency`; nothing comes while output waits to be drawn. */
	| { readonly kind: 'ssh/ping' }
	| {
			readonly kind: 'ssh/answer';
			readonly promptId: number;
			readonly answers: readonly string[] | null;
	  }
	| { readonly kind: 'ssh/trust'; readonly isTrusted: boolean }
	/** The far end may have gone, e.g. it was away and is back: ask it at once. */
	| { readonly kind: 'ssh/check' }
	| { readonly kind: 'ssh/close' };

/** Sent by the worker on a session's port. */
export type FromSession = SshEvent;
