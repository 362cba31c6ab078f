// One SSH session of one tab: phase, size and error. Window only; TabStrip makes it.
import type { WireError } from '$lib/contracts/app-error';
import type { Login, NodeName, SshSessionId } from '$lib/contracts/ids';
import type { HostKey, Peer, TerminalSize } from '$lib/contracts/tailnet';
import type { SshExit, SshPrompt, SshStep } from '$lib/contracts/wasm';
import type { HostKeyStore } from '$lib/storage/host-keys';
import type { Clock } from '../clock';
import type { NodeClient } from '../node/node-client.svelte';
import type { PeerList } from '../peers/peer-list.svelte';

export interface SshTarget {
	readonly node: NodeName;
	readonly login: Login;
}

export type SshPhase =
	/** Queued until the own node runs. */
	| { readonly at: 'joining'; readonly startedAtMs: number }
	| { readonly at: 'dialing'; readonly startedAtMs: number }
	/** `step` tells key exchange, authentication (prompt, check) and PTY apart. */
	| { readonly at: 'authenticating'; readonly step: SshStep; readonly startedAtMs: number }
	| { readonly at: 'open'; readonly startedAtMs: number }
	/** Lost; `nextAtMs` is when it is tried again, null while it is being tried. */
	| {
			readonly at: 'reconnecting';
			readonly error: WireError;
			readonly attempt: number;
			readonly nextAtMs: number | null;
			readonly startedAtMs: number;
	  }
	| { readonly at: 'closed'; readonly exit: SshExit; readonly startedAtMs: number }
	/** `isWaiting`: it connects by itself when the cause is gone (`node-offline`). */
	| {
			readonly at: 'failed';
			readonly error: WireError;
			readonly isWaiting: boolean;
			readonly startedAtMs: number;
	  };

/** Questions of the far end; answer by `answer(answers)` in their order, or `answer(null)` to cancel. */
export interface SshQuestion {
	readonly promptId: number;
	readonly method: 'password' | 'keyboard-interactive';
	readonly instruction: string;
	readonly prompts: readonly SshPrompt[];
}

/** Where output goes: the terminal. */
export interface OutputSink {
	/** Takes the bytes over; calls `drawn` once, when they are on the screen. */
	write(bytes: Uint8Array, drawn: () => void): void;
}

export interface SshSessionOptions {
	readonly peers: PeerList;
	readonly node: NodeClient;
	readonly hostKeys: HostKeyStore;
	readonly target: SshTarget;
	readonly clock?: Clock;
}

export declare class SshSession {
	constructor(options: SshSessionOptions);
	readonly id: SshSessionId;
	get phase(): SshPhase;
	get error(): WireError | null;
	get exit(): SshExit | null;
	get login(): Login;
	get nodeName(): NodeName;
	get peer(): Peer | null;
	get hostKey(): HostKey | null;
	get verifiedBy(): 'netmap' | 'trusted' | null;
	get banner(): { readonly text: string; readonly checkUrl: string | null } | null;
	get prompt(): SshQuestion | null;
	get hostKeyQuestion(): HostKey | null;
	get receivedBytes(): number;
	get sentBytes(): number;
	get size(): TerminalSize;
	get openedAtMs(): number | null;
	get closedAtMs(): number | null;
	/** A shell is there, or the way to one is under way: closing asks. */
	get isLive(): boolean;
	open(): void;
	/** @returns false when there is no shell to take it */
	send(bytes: Uint8Array): boolean;
	/** Resolves when all sent input so far was taken by SSH, or the shell is gone. */
	drained(signal?: AbortSignal): Promise<void>;
	resize(size: TerminalSize): void;
	answer(answers: readonly string[] | null): void;
	trust(isTrusted: boolean): void;
	/** Tries now, from any phase that is not live. */
	reconnect(): void;
	/** Stops an automatic retry; the phase becomes `failed`. */
	stopRetrying(): void;
	close(): void;
	attach(sink: OutputSink): () => void;
	dispose(): void;
}
