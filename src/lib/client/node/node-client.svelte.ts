// The window's own node: its phase, its key and its worker. Window only; the layout builds one.
import type { PublicConfig } from '$lib/contracts/api';
import type { JoinStep, Netmap, NodePhase } from '$lib/contracts/tailnet';
import type { SshOpen } from '$lib/contracts/wasm';
import type { Api } from '../api';
import type { Clock } from '../clock';

/** One step of joining with its time. */
export interface NodeStep {
	readonly step: JoinStep;
	readonly state: 'waiting' | 'running' | 'done' | 'failed';
	readonly startedAtMs: number | null;
	readonly tookMs: number | null;
}

/** Bytes of the module that have arrived. */
export interface WasmProgress {
	readonly loadedBytes: number;
	readonly totalBytes: number | null;
}

/** What NodeClient needs of a worker. */
export interface NodeWorker {
	postMessage(message: unknown, transfer?: Transferable[]): void;
	terminate(): void;
	onmessage: ((event: MessageEvent) => void) | null;
	onerror: ((event: ErrorEvent) => void) | null;
	onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface NodeClientOptions {
	readonly config: PublicConfig;
	readonly api: Api;
	/** Defaults to the real worker. */
	readonly createWorker?: () => NodeWorker;
	readonly clock?: Clock;
}

/** Phase before `start()` is `stopped`. */
export declare class NodeClient {
	constructor(options: NodeClientOptions);
	get phase(): NodePhase;
	get steps(): readonly NodeStep[];
	get wasmProgress(): WasmProgress | null;
	get netmap(): Netmap | null;
	/** Name the node registered with; null before the key has come. */
	get hostname(): string | null;
	get isControlConnected(): boolean;
	get keyIssuedCount(): number;
	/** Text for the diagnosis report after a crash; never for the terminal. */
	get crashDetail(): string | null;
	start(): void;
	restart(): void;
	/** Sign-out, or the window closes: the node tells control and the server. */
	leave(): Promise<void>;
	openSession(open: SshOpen): MessagePort;
	/** Calls back each time a worker is gone (crash, restart, leave): its sessions are dead. @returns unsubscribe */
	onWorkerGone(listener: () => void): () => void;
	dispose(): void;
}
