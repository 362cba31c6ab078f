// One SSH session of one tab: phase, size, error, bytes in flight. Window only; TabStrip has it made,
// TerminalPane shows it. Retries are here and nowhere else (`retry: 'auto'` codes, node-offline).
import { AppError, parseWireError, toAppError, type WireError } from '$lib/contracts/app-error';
import { ERRORS } from '$lib/contracts/errors';
import { sshSessionId, type Login, type NodeName, type SshSessionId } from '$lib/contracts/ids';
import {
	RESIZE_DEBOUNCE_MS,
	SSH_ACK_BYTES,
	SSH_HELD_MAX_BYTES,
	SSH_INPUT_CHUNK_BYTES,
	SSH_INPUT_IN_FLIGHT_MAX_BYTES,
	SSH_OUTPUT_WAIT_MS,
	TERMINAL_COLS_MAX,
	TERMINAL_COLS_MIN,
	TERMINAL_ROWS_MAX,
	TERMINAL_ROWS_MIN
} from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { HostKey, Peer, TerminalSize } from '$lib/contracts/tailnet';
import type { SshEvent, SshExit, SshPrompt, SshStep } from '$lib/contracts/wasm';
import type { ToSession } from '$lib/contracts/worker';
import type { HostKeyPlace, HostKeyStore } from '$lib/storage/host-keys';
import type { StartUp } from '$lib/storage/start-up';
import { untrack } from 'svelte';
import { systemClock, type Clock, type Timer } from '../clock';
import { trailAnswered, trailEnd, trailFrom, trailStep, type Trail } from '../diagnosis/trail';
import type { NodeClient } from '../node/node-client.svelte';
import type { PeerList } from '../peers/peer-list.svelte';
import { Latency } from './latency.svelte';
import { backoffMs } from './reconnect';
import { inFolder, startLine } from './start-up';

/** A session open for this long was a good one: the next loss starts with a short delay again. */
const STABLE_AFTER_MS = 10_000;
const SSH_PORT = 22;
/** By so much more or less credit is held back for each piece of output. */
const HELD_STEP_BYTES = 16 * 1024;
/** Size until the terminal was measured. */
const FIRST_SIZE: TerminalSize = { cols: 80, rows: 24 };

/** A machine and a login. */
export interface SshTarget {
	readonly node: NodeName;
	readonly login: Login;
	/** Where its shell begins; where the machine's start-up says when absent. */
	readonly folder?: string;
}

export type SshPhase =
	/** Before `open()`, and queued until the own node runs. */
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
	/** `isStopped`: by the person of this window, not by the machine. */
	| {
			readonly at: 'closed';
			readonly exit: SshExit;
			readonly isStopped: boolean;
			readonly startedAtMs: number;
	  }
	/** `isWaiting`: it connects by itself when the cause is gone (`node-offline`, the own node). */
	| {
			readonly at: 'failed';
			readonly error: WireError;
			readonly isWaiting: boolean;
			readonly startedAtMs: number;
	  };

/** Questions of the far end; answered by `answer(answers)` in their order, or `answer(null)` to cancel. */
export interface SshQuestion {
	readonly promptId: number;
	readonly method: 'password' | 'keyboard-interactive';
	readonly instruction: string;
	readonly prompts: readonly SshPrompt[];
}

/** Pre-shell text of the server; `checkUrl` when Tailscale SSH asks for a check. */
export interface SshBanner {
	readonly text: string;
	readonly checkUrl: string | null;
}

/** A shell that took the place of one that was lost. */
export interface NewShell {
	readonly atMs: number;
	/** What ended the one before. */
	readonly cause: WireError;
	/** What was typed last may not have reached the shell before. */
	readonly isInputInDoubt: boolean;
}

/** Where output goes: the terminal. */
export interface OutputSink {
	/** Takes the bytes over; calls `drawn` once, when they are on the screen. */
	write(bytes: Uint8Array, drawn: () => void): void;
	/** A new shell begins: modes that the last one left behind end. */
	opened(): void;
}

export interface SshSessionOptions {
	readonly peers: Pick<PeerList, 'byName' | 'byId' | 'isLive'>;
	readonly node: Pick<NodeClient, 'phase' | 'openSession' | 'onWorkerGone' | 'derpLostAtMs'>;
	readonly hostKeys: HostKeyStore;
	readonly target: SshTarget;
	readonly clock?: Clock;
	/** In [0, 1), for the backoff. */
	readonly random?: () => number;
	/** A shell is there: the login is worth remembering. */
	readonly onOpen?: (target: SshTarget) => void;
	/** What a machine's shells begin with; asked at each connection. */
	readonly startUpOf?: (node: NodeName) => StartUp | null;
	/** Lets a test aim at another port; 22 otherwise. */
	readonly port?: number;
}

export class SshSession {
	readonly id: SshSessionId = sshSessionId(crypto.randomUUID());
	readonly #peers: SshSessionOptions['peers'];
	readonly #node: SshSessionOptions['node'];
	readonly #hostKeys: HostKeyStore;
	readonly #target: SshTarget;
	readonly #clock: Clock;
	readonly #random: () => number;
	readonly #onOpen: (target: SshTarget) => void;
	readonly #startUpOf: (node: NodeName) => StartUp | null;
	readonly #portNumber: number;

	#phase: SshPhase = $state.raw({ at: 'joining', startedAtMs: 0 });
	#hostKey: HostKey | null = $state.raw(null);
	#verifiedBy: 'netmap' | 'trusted' | null = $state.raw(null);
	#banner: SshBanner | null = $state.raw(null);
	#prompt: SshQuestion | null = $state.raw(null);
	#hostKeyQuestion: HostKey | null = $state.raw(null);
	#receivedBytes = $state(0);
	#sentBytes = $state(0);
	#size: TerminalSize = $state.raw(FIRST_SIZE);
	#openedAtMs: number | null = $state.raw(null);
	#closedAtMs: number | null = $state.raw(null);
	#silentSinceMs: number | null = $state.raw(null);
	#newShell: NewShell | null = $state.raw(null);

	#trail: Trail | null = $state.raw(null);
	/** Round trips to the SSH server, as `ping` measures them. */
	readonly latency = new Latency();

	#isAsked = $state(false);
	#port: MessagePort | null = null;
	/** Told apart from messages and look-ups of an earlier attempt. */
	#attemptId = 0;
	#attempt = 0;
	#retryTimer: Timer | null = null;
	#resizeTimer: Timer | null = null;
	#sentSize: TerminalSize = FIRST_SIZE;
	#place: HostKeyPlace | null = null;
	#wasSeen = false;
	#wasPeerOnline = true;
	#typedAtMs = 0;
	/** When the shell last said anything. */
	#heardAtMs = 0;
	/** What ended the last shell against anybody's will, until the next one is there. */
	#lost: Omit<NewShell, 'atMs'> | null = null;

	#sink: OutputSink | null = null;
	#undrawn: Uint8Array[] = [];
	#unackedBytes = 0;
	/** Credit that is not given back while output waits too long to be drawn. */
	#heldBytes = 0;

	#input: Uint8Array[] = [];
	#inputInFlightBytes = 0;
	#drainWaiters: (() => void)[] = [];

	readonly #stopWatching: () => void;
	readonly #stopListening: () => void;

	constructor(options: SshSessionOptions) {
		this.#peers = options.peers;
		this.#node = options.node;
		this.#hostKeys = options.hostKeys;
		this.#target = options.target;
		this.#clock = options.clock ?? systemClock;
		this.#random = options.random ?? Math.random;
		this.#onOpen = options.onOpen ?? (() => undefined);
		this.#startUpOf = options.startUpOf ?? (() => null);
		this.#portNumber = options.port ?? SSH_PORT;
		this.#phase = { at: 'joining', startedAtMs: this.#clock.now() };
		this.#stopListening = this.#node.onWorkerGone((error) => {
			this.#workerGone(error);
		});
		// The netmap and the own node are the outside here: each change may move this machine on.
		this.#stopWatching = $effect.root(() => {
			$effect(() => {
				const nodePhase = this.#node.phase;
				const isLive = this.#peers.isLive;
				const peer = this.peer;
				if (!this.#isAsked) return;
				untrack(() => {
					if (isLive && peer !== null) this.#wasSeen = true;
					if (nodePhase.at === 'failed') this.#nodeFailed(nodePhase.error);
					else this.#advance(nodePhase.at === 'running' && isLive, peer);
				});
			});
		});
	}

	get phase(): SshPhase {
		return this.#phase;
	}

	/** Why it failed, or why it reconnects. */
	get error(): WireError | null {
		return this.#phase.at === 'failed' || this.#phase.at === 'reconnecting'
			? this.#phase.error
			: null;
	}

	get exit(): SshExit | null {
		return this.#phase.at === 'closed' ? this.#phase.exit : null;
	}

	get login(): Login {
		return this.#target.login;
	}

	get nodeName(): NodeName {
		return this.#target.node;
	}

	/** The peer as the netmap (or the remembered list) shows it now. */
	get peer(): Peer | null {
		const named = this.#peers.byName(this.#target.node);
		// A machine that was renamed since is still the one that this session is on.
		return named ?? (this.#place === null ? null : this.#peers.byId(this.#place.nodeId));
	}

	get hostKey(): HostKey | null {
		return this.#hostKey;
	}

	get verifiedBy(): 'netmap' | 'trusted' | null {
		return this.#verifiedBy;
	}

	get banner(): SshBanner | null {
		return this.#banner;
	}

	get prompt(): SshQuestion | null {
		return this.#prompt;
	}

	/** A key nobody announces and this device has not met; answered by `trust`. */
	get hostKeyQuestion(): HostKey | null {
		return this.#hostKeyQuestion;
	}

	/** The attempt waits for its person: a question, a key that nobody announces, a check. */
	get isAsking(): boolean {
		if (this.#prompt !== null || this.#hostKeyQuestion !== null) return true;
		// The banner outlives its attempt, the check its step.
		return (
			this.#isTrying() &&
			(this.#banner?.checkUrl ?? null) !== null &&
			this.#trail?.steps.at(-1)?.step === 'authenticating'
		);
	}

	/** Output that SSH has delivered to the page, over all shells of this session. */
	get receivedBytes(): number {
		return this.#receivedBytes;
	}

	/** Input that SSH has taken. */
	get sentBytes(): number {
		return this.#sentBytes;
	}

	get size(): TerminalSize {
		return this.#size;
	}

	get openedAtMs(): number | null {
		return this.#openedAtMs;
	}

	get closedAtMs(): number | null {
		return this.#closedAtMs;
	}

	/** Since when the open shell cannot be reached, while all that is under way is kept; null otherwise. */
	get heldSinceMs(): number | null {
		if (this.#phase.at !== 'open') return null;
		const derpLostAtMs = this.#node.derpLostAtMs;
		if (derpLostAtMs === null || this.#silentSinceMs === null)
			return derpLostAtMs ?? this.#silentSinceMs;
		return Math.min(derpLostAtMs, this.#silentSinceMs);
	}

	/** Set when the shell took the place of one that was lost, until something is typed. */
	get newShell(): NewShell | null {
		return this.#newShell;
	}

	/** What the last attempt met, with times; null before the first. */
	get trail(): Trail | null {
		return this.#trail;
	}

	/** A shell is there: closing would end what runs in it, so it asks. */
	get isLive(): boolean {
		return this.#phase.at === 'open';
	}

	/** It is open, or becomes it by itself. */
	get goesOn(): boolean {
		const phase = this.#phase;
		return phase.at === 'failed' ? phase.isWaiting : phase.at !== 'closed';
	}

	/** Connects, or queues until the own node runs. */
	open(): void {
		this.#isAsked = true;
		this.#wasSeen = false;
		this.#setPhase({ at: 'joining', startedAtMs: this.#clock.now() });
		const nodePhase = this.#node.phase;
		if (nodePhase.at === 'failed') this.#nodeFailed(nodePhase.error);
		else this.#advance(nodePhase.at === 'running' && this.#peers.isLive, this.peer);
	}

	/** Keyboard and paste, in order, with a bound on what is in flight.
	 *  @returns false when there is no shell to take it: nothing was sent */
	send(bytes: Uint8Array): boolean {
		if (this.#phase.at !== 'open') return false;
		this.#typedAtMs = this.#clock.now();
		if (this.#newShell !== null) this.#newShell = null;
		this.#take(bytes);
		return true;
	}

	/** What the terminal itself answers to a program, among the keys; it says nothing of a person. */
	reply(bytes: Uint8Array): void {
		if (this.#phase.at === 'open') this.#take(bytes);
	}

	/** Resolves when SSH has taken all input so far, or the shell is gone. */
	drained(): Promise<void> {
		if (this.#input.length === 0 && this.#inputInFlightBytes === 0) return Promise.resolve();
		return new Promise((resolve) => this.#drainWaiters.push(resolve));
	}

	/** Debounced (H11): a storm sends its last size once. */
	resize(size: TerminalSize): void {
		const next = {
			cols: clamp(size.cols, TERMINAL_COLS_MIN, TERMINAL_COLS_MAX),
			rows: clamp(size.rows, TERMINAL_ROWS_MIN, TERMINAL_ROWS_MAX)
		};
		if (next.cols === this.#size.cols && next.rows === this.#size.rows) return;
		this.#size = next;
		// Before there is a PTY nobody redraws: it shall begin with this size.
		if (this.#phase.at !== 'open') {
			this.#sendSize();
			return;
		}
		if (this.#resizeTimer !== null) this.#clock.clearTimeout(this.#resizeTimer);
		this.#resizeTimer = this.#clock.setTimeout(() => {
			this.#resizeTimer = null;
			this.#sendSize();
		}, RESIZE_DEBOUNCE_MS);
	}

	/** Measures the way to the SSH server and back; `latency` is told. */
	ping(): void {
		if (this.#phase.at === 'open') this.#post({ kind: 'ssh/ping' });
	}

	answer(answers: readonly string[] | null): void {
		if (this.#prompt === null) return;
		this.#post({ kind: 'ssh/answer', promptId: this.#prompt.promptId, answers });
		this.#prompt = null;
		this.#answered();
	}

	/** Decision on `hostKeyQuestion`; a trusted key is remembered on this device. */
	trust(isTrusted: boolean): void {
		const key = this.#hostKeyQuestion;
		if (key === null) return;
		this.#hostKeyQuestion = null;
		if (isTrusted && this.#place !== null)
			void this.#hostKeys.trust(this.#place, key, this.#clock.now());
		this.#post({ kind: 'ssh/trust', isTrusted });
		this.#answered();
	}

	/** Tries now, whatever the netmap says of the peer being online; nothing while a shell is there. */
	reconnect(): void {
		const { at } = this.#phase;
		if (at === 'open' || at === 'dialing' || at === 'authenticating') return;
		if (at === 'reconnecting' && this.#phase.nextAtMs === null) return;
		this.#isAsked = true;
		this.#cancelRetry();
		this.#attempt = 0;
		const nodePhase = this.#node.phase;
		if (nodePhase.at !== 'running' || !this.#peers.isLive) {
			this.#setPhase({ at: 'joining', startedAtMs: this.#clock.now() });
			return;
		}
		this.#dial({ isForced: true });
	}

	/** A person stops the automatic retry, also one that is under way; the last error stays. */
	stopRetrying(): void {
		const phase = this.#phase;
		if (phase.at === 'reconnecting') {
			this.#cancelRetry();
			this.#post({ kind: 'ssh/close' });
			this.#release();
			this.#setFailed(phase.error, false);
		} else if (phase.at === 'failed' && phase.isWaiting) {
			this.#setFailed(phase.error, false);
		}
	}

	/** Ends the shell, or what is under way. */
	close(): void {
		this.#cancelRetry();
		this.#isAsked = false;
		this.#post({ kind: 'ssh/close' });
		this.#release();
		const { at } = this.#phase;
		// What has ended by itself stays as it ended.
		if (at !== 'closed' && at !== 'failed') this.#setClosed({ status: null, signal: null }, true);
	}

	/** Output goes to `sink` from now on, first what nobody has drawn yet.
	 *  @returns detach */
	attach(sink: OutputSink): () => void {
		this.#sink = sink;
		const undrawn = this.#undrawn;
		this.#undrawn = [];
		for (const bytes of undrawn) this.#draw(bytes);
		return () => {
			if (this.#sink === sink) this.#sink = null;
		};
	}

	dispose(): void {
		this.#stopWatching();
		this.#stopListening();
		this.#isAsked = false;
		this.#cancelRetry();
		if (this.#resizeTimer !== null) this.#clock.clearTimeout(this.#resizeTimer);
		this.#resizeTimer = null;
		this.#post({ kind: 'ssh/close' });
		this.#release();
		this.#sink = null;
		this.#undrawn = [];
	}

	/** The netmap or the own node changed. */
	#advance(isReady: boolean, peer: Peer | null): void {
		const phase = this.#phase;
		switch (phase.at) {
			case 'joining':
				if (isReady) this.#dial();
				return;
			case 'failed':
				if (!phase.isWaiting) return;
				if (phase.error.code !== 'node-offline') {
					this.#setPhase({ at: 'joining', startedAtMs: this.#clock.now() });
					if (isReady) this.#dial();
				} else if (isReady && peer?.isOnline === true) this.#dial();
				else if (isReady && peer === null) this.#fail(this.#missing());
				return;
			case 'dialing':
			case 'authenticating':
			case 'open':
			case 'reconnecting':
				// N13: gone from the netmap is not the same as offline.
				if (isReady && peer === null) {
					this.#post({ kind: 'ssh/close' });
					this.#fail(this.#missing());
					return;
				}
				// Back after it was away: its end of the connection may have died with it.
				if (peer?.isOnline === true && !this.#wasPeerOnline) this.#post({ kind: 'ssh/check' });
				this.#wasPeerOnline = peer?.isOnline ?? false;
				return;
			case 'closed':
				return;
		}
	}

	/** The own node's failure is every waiting session's, until it joins again. */
	#nodeFailed(error: WireError): void {
		const { at } = this.#phase;
		if (at === 'closed' || (at === 'failed' && !this.#phase.isWaiting)) return;
		this.#cancelRetry();
		this.#noteLoss(error);
		this.#release();
		this.#setFailed(error, true);
	}

	#workerGone(error: WireError | null): void {
		if (this.#port === null) return;
		if (error !== null) this.#noteLoss(error);
		this.#release();
		if (this.#openedAtMs !== null) this.#closedAtMs ??= this.#clock.now();
		// The effect above follows with the node's own failure, or dials when it runs again.
		this.#setPhase({ at: 'joining', startedAtMs: this.#clock.now() });
	}

	#isTrying(): boolean {
		const { at } = this.#phase;
		if (at === 'reconnecting') return this.#phase.nextAtMs === null;
		return at === 'dialing' || at === 'authenticating';
	}

	/** How long a person thinks says nothing of how long the machine takes. */
	#answered(): void {
		const now = this.#clock.now();
		if (this.#trail !== null) this.#trail = trailAnswered(this.#trail, now);
		if (this.#isTrying()) this.#setPhase({ ...this.#phase, startedAtMs: now });
	}

	#missing(): WireError {
		const params = { node: this.#target.node };
		return (
			this.#wasSeen ? AppError.of('node-gone', params) : AppError.of('node-not-found', params)
		).toWire();
	}

	#offline(peer: Peer): WireError {
		return AppError.of('node-offline', {
			node: this.#target.node,
			lastSeen: lastSeenText(peer.lastSeenMs)
		}).toWire();
	}

	#dial(options: { readonly isForced: boolean } = { isForced: false }): void {
		const peer = this.peer;
		const address = peer?.addresses[0];
		this.#trail = null;
		if (peer === null || address === undefined) {
			this.#fail(this.#missing());
			return;
		}
		this.#wasSeen = true;
		if (!peer.isOnline && !options.isForced) {
			this.#fail(this.#offline(peer));
			return;
		}
		this.#release();
		const attemptId = this.#attemptId;
		this.#banner = null;
		const now = this.#clock.now();
		this.#trail = trailFrom(now);
		if (this.#phase.at === 'reconnecting')
			this.#setPhase({ ...this.#phase, nextAtMs: null, startedAtMs: now });
		else this.#setPhase({ at: 'dialing', startedAtMs: now });
		const place = { nodeId: peer.id, node: peer.name, port: this.#portNumber };
		this.#place = place;
		const dial = (trusted: HostKey | null): void => {
			if (attemptId !== this.#attemptId) return;
			this.#sentSize = this.#size;
			const { folder } = this.#target;
			const startUp = this.#startUpOf(peer.name);
			const command = startLine(folder === undefined ? startUp : inFolder(startUp, folder));
			this.#listen(
				this.#node.openSession({
					sshSessionId: this.id,
					address,
					login: this.#target.login,
					size: this.#size,
					trustedFingerprint: trusted?.fingerprint ?? null,
					...(trusted === null ? {} : { trustedType: trusted.type }),
					...(command === undefined ? {} : { command }),
					...(this.#portNumber === SSH_PORT ? {} : { port: this.#portNumber })
				})
			);
		};
		const failed = (cause: unknown): void => {
			if (attemptId === this.#attemptId) this.#fail(toAppError(cause).toWire());
		};
		// Where the tailnet announces keys no other counts: asking the disk would only let the handshake
		// wait until the page has drawn the new tab.
		if (peer.hostKeys.length === 0) {
			this.#hostKeys.find(place).then(dial).catch(failed);
			return;
		}
		try {
			dial(null);
		} catch (cause) {
			failed(cause);
		}
	}

	#listen(port: MessagePort): void {
		this.#port = port;
		port.onmessage = ({ data }: MessageEvent<unknown>) => {
			if (this.#port !== port) return;
			const event = parseEvent(data);
			if (event !== null) this.#receive(event);
		};
	}

	#receive(event: SshEvent): void {
		const now = this.#clock.now();
		switch (event.kind) {
			case 'ssh/step':
				// A check that was approved.
				if (this.isAsking) this.#answered();
				if (this.#trail !== null) this.#trail = trailStep(this.#trail, event.step, now);
				if (this.#phase.at === 'reconnecting') return;
				if (event.step === 'dialing') this.#setPhase({ at: 'dialing', startedAtMs: now });
				else this.#setPhase({ at: 'authenticating', step: event.step, startedAtMs: now });
				return;
			case 'ssh/open':
				this.#hostKey = event.hostKey;
				this.#verifiedBy = event.verifiedBy;
				this.#prompt = null;
				this.#hostKeyQuestion = null;
				this.#openedAtMs = now;
				this.#heardAtMs = now;
				this.#closedAtMs = null;
				this.#wasPeerOnline = this.peer?.isOnline ?? false;
				this.#newShell = this.#lost === null ? null : { ...this.#lost, atMs: now };
				this.#lost = null;
				if (this.#trail !== null) this.#trail = trailEnd(this.#trail, now, null);
				this.latency.begin();
				this.#setPhase({ at: 'open', startedAtMs: now });
				this.#sink?.opened();
				this.#sendSize();
				this.#onOpen(this.#target);
				return;
			case 'ssh/data':
				this.#heardAtMs = now;
				this.#receivedBytes += event.bytes.length;
				this.#draw(event.bytes);
				return;
			case 'ssh/input-ack':
				this.#inputInFlightBytes = Math.max(0, this.#inputInFlightBytes - event.sizeBytes);
				// Counted now, not in a key's own task: what a key changes on the page delays its echo.
				this.#sentBytes += event.sizeBytes;
				this.#pump();
				return;
			case 'ssh/latency':
				this.latency.add(event.tookMs);
				return;
			case 'ssh/banner':
				this.#banner = { text: event.text, checkUrl: event.checkUrl };
				return;
			case 'ssh/prompt': {
				const { promptId, method, instruction, prompts } = event;
				this.#prompt = { promptId, method, instruction, prompts };
				return;
			}
			case 'ssh/host-key':
				this.#hostKeyQuestion = event.hostKey;
				return;
			case 'ssh/silence':
				this.#silentSinceMs = event.isSilent ? now : null;
				return;
			case 'ssh/exit': {
				// Without a shell only a question that a person gave up ends so; all else fails.
				const hadShell = this.#phase.at === 'open';
				this.#release();
				this.#setClosed(event.exit, !hadShell);
				return;
			}
			case 'ssh/failed':
				this.#fail(event.error);
				return;
		}
	}

	#fail(error: WireError): void {
		if (this.#trail !== null) this.#trail = trailEnd(this.#trail, this.#clock.now(), error);
		const lived =
			this.#openedAtMs !== null && this.#phase.at === 'open'
				? this.#clock.now() - this.#openedAtMs
				: 0;
		this.#noteLoss(error);
		this.#release();
		const peer = this.peer;
		const isOffline =
			error.code === 'node-offline' ||
			// What a forced try at a peer that is off ends with.
			(error.code === 'tcp-timeout' && peer !== null && !peer.isOnline);
		if (isOffline) {
			this.#setFailed(peer === null ? error : this.#offline(peer), true);
			return;
		}
		if (ERRORS[error.code].retry !== 'auto' || !this.#isAsked) {
			// A stopped engine comes back with its window's node, and the tab with it (N11).
			this.#setFailed(error, error.code === 'wasm-crashed');
			return;
		}
		if (lived >= STABLE_AFTER_MS) this.#attempt = 0;
		this.#attempt += 1;
		const delayMs = backoffMs(this.#attempt, this.#random());
		const now = this.#clock.now();
		this.#closedAtMs ??= now;
		this.#setPhase({
			at: 'reconnecting',
			error,
			attempt: this.#attempt,
			nextAtMs: now + delayMs,
			startedAtMs: now
		});
		this.#retryTimer = this.#clock.setTimeout(() => {
			this.#retryTimer = null;
			// Without a running node the effect waits for it.
			if (this.#node.phase.at === 'running' && this.#peers.isLive) this.#dial();
			else this.#setPhase({ at: 'joining', startedAtMs: this.#clock.now() });
		}, delayMs);
	}

	#setFailed(error: WireError, isWaiting: boolean): void {
		const now = this.#clock.now();
		if (this.#openedAtMs !== null) this.#closedAtMs ??= now;
		this.#setPhase({ at: 'failed', error, isWaiting, startedAtMs: now });
	}

	#setClosed(exit: SshExit, isStopped: boolean): void {
		const now = this.#clock.now();
		// When the shell ended, not when a person gave up to get another.
		this.#closedAtMs ??= now;
		this.#setPhase({ at: 'closed', exit, isStopped, startedAtMs: now });
	}

	#setPhase(phase: SshPhase): void {
		this.#phase = phase;
	}

	#draw(bytes: Uint8Array): void {
		if (this.#sink === null) {
			// Bounded by credit: without acks Go stops reading.
			this.#undrawn.push(bytes);
			return;
		}
		const attemptId = this.#attemptId;
		const sizeBytes = bytes.length;
		const cameMs = this.#clock.now();
		this.#sink.write(bytes, () => {
			if (attemptId !== this.#attemptId) return;
			this.#unackedBytes += sizeBytes;
			const waitedMs = this.#clock.now() - cameMs;
			if (waitedMs > SSH_OUTPUT_WAIT_MS)
				this.#heldBytes = Math.min(SSH_HELD_MAX_BYTES, this.#heldBytes + HELD_STEP_BYTES);
			else if (waitedMs < SSH_OUTPUT_WAIT_MS / 2)
				this.#heldBytes = Math.max(0, this.#heldBytes - HELD_STEP_BYTES);
			const freeBytes = this.#unackedBytes - this.#heldBytes;
			if (freeBytes < SSH_ACK_BYTES) return;
			this.#post({ kind: 'ssh/ack', sizeBytes: freeBytes });
			this.#unackedBytes = this.#heldBytes;
		});
	}

	#take(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.length; at += SSH_INPUT_CHUNK_BYTES) {
			this.#input.push(bytes.slice(at, at + SSH_INPUT_CHUNK_BYTES));
		}
		this.#pump();
	}

	#pump(): void {
		while (this.#inputInFlightBytes < SSH_INPUT_IN_FLIGHT_MAX_BYTES) {
			const bytes = this.#input.shift();
			if (bytes === undefined) break;
			this.#inputInFlightBytes += bytes.length;
			this.#port?.postMessage({ kind: 'ssh/input', bytes } satisfies ToSession, [bytes.buffer]);
		}
		if (this.#input.length === 0 && this.#inputInFlightBytes === 0) this.#releaseDrained();
	}

	#releaseDrained(): void {
		const waiters = this.#drainWaiters;
		this.#drainWaiters = [];
		for (const resolve of waiters) resolve();
	}

	#sendSize(): void {
		const { cols, rows } = this.#size;
		if (this.#port === null) return;
		if (cols === this.#sentSize.cols && rows === this.#sentSize.rows) return;
		this.#sentSize = this.#size;
		this.#post({ kind: 'ssh/resize', size: { cols, rows } });
	}

	#post(message: ToSession): void {
		this.#port?.postMessage(message);
	}

	/** An open shell is lost: the next one is to say so. */
	#noteLoss(cause: WireError): void {
		if (this.#phase.at !== 'open') return;
		const isUntaken = this.#input.length > 0 || this.#inputInFlightBytes > 0;
		// That SSH took it says only that it is under way: what the shell said since says that it arrived.
		this.#lost = { cause, isInputInDoubt: isUntaken || this.#typedAtMs > this.#heardAtMs };
	}

	/** Ends the present attempt: its port, its bytes in flight, its questions. */
	#release(): void {
		this.#attemptId += 1;
		const port = this.#port;
		this.#port = null;
		if (port !== null) {
			port.onmessage = null;
			port.close();
		}
		this.#silentSinceMs = null;
		this.#prompt = null;
		this.#hostKeyQuestion = null;
		this.#input = [];
		this.#inputInFlightBytes = 0;
		this.#unackedBytes = 0;
		this.#heldBytes = 0;
		this.#releaseDrained();
	}

	#cancelRetry(): void {
		if (this.#retryTimer !== null) this.#clock.clearTimeout(this.#retryTimer);
		this.#retryTimer = null;
	}
}

const clamp = (value: number, min: number, max: number): number =>
	Math.min(max, Math.max(min, Number.isFinite(value) ? Math.floor(value) : min));

/** As a person reads it in "last seen …". */
function lastSeenText(lastSeenMs: number | null): string {
	if (lastSeenMs === null) return 'at an unknown time';
	return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
		lastSeenMs
	);
}

const EVENT_KINDS: readonly SshEvent['kind'][] = [
	'ssh/step',
	'ssh/open',
	'ssh/data',
	'ssh/input-ack',
	'ssh/latency',
	'ssh/banner',
	'ssh/prompt',
	'ssh/host-key',
	'ssh/silence',
	'ssh/exit',
	'ssh/failed'
];

/** A message of our own worker: both ends are one build, so its kind decides and its error is parsed. */
function parseEvent(data: unknown): SshEvent | null {
	if (!isRecord(data)) return null;
	const kind = EVENT_KINDS.find((known) => known === data['kind']);
	if (kind === undefined) return null;
	if (kind === 'ssh/failed') return { kind, error: parseWireError(data['error']) };
	return data as unknown as SshEvent;
}
