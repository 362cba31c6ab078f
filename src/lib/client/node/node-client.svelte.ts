// The window's own node: its phase, its key and its worker; the only file that makes the worker.
// Window only; the layout builds one, sessions open over it. A key goes once from the server's
// answer into `node/start` and is never kept. Nothing of a node outlives its window (N9).
import type { KeyAnswer, PublicConfig, WasmModule } from '$lib/contracts/api';
import { AppError, parseWireError, toAppError, type WireError } from '$lib/contracts/app-error';
import type { ErrorCode } from '$lib/contracts/errors';
import {
	ALIVE_CHECK_MS,
	ALIVE_TIMEOUT_MS,
	AWAY_MS,
	LOGOUT_TIMEOUT_MS,
	WORKER_POLICY_PARAM
} from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { JOIN_STEPS, type JoinStep, type Netmap, type NodePhase } from '$lib/contracts/tailnet';
import type { ProbeLeg, SshOpen } from '$lib/contracts/wasm';
import type { FromWorker, Reach, ReplyValue, ToWorker } from '$lib/contracts/worker';
import type { Api } from '../api';
import { systemClock, type Clock, type Timer } from '../clock';
import { backoffMs } from '../sessions/reconnect';
// eslint-disable-next-line boundaries/dependencies -- its address alone: nothing of it runs here
import workerUrl from './worker/node.worker.ts?worker&url';

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
	/** Which module to load, when the window's own build is kept on this device; the server's otherwise. */
	readonly chooseModule?: (fromServer: WasmModule) => Promise<WasmModule>;
	/** Defaults to the real worker. */
	readonly createWorker?: () => NodeWorker;
	readonly clock?: Clock;
}

/** Every copy of a script on the way (the browser's, the service worker's) keeps the policy it came with,
 *  which the worker obeys: another policy is another address. */
const createNodeWorker = (policy: string): NodeWorker =>
	new Worker(policy === '' ? workerUrl : `${workerUrl}?${WORKER_POLICY_PARAM}=${policy}`, {
		type: 'module'
	});

/** Go dials a lost DERP connection anew within milliseconds. */
const DERP_LOST_SHOWN_MS = 1_000;
/** Longest time without a byte of the module while it is fetched. */
export const DOWNLOAD_STALL_MS = 30_000;

/** What the server says to a person who is not signed in any more, or may no longer be here. */
const REFUSED_CODES: readonly ErrorCode[] = [
	'session-missing',
	'oidc-claim-refused',
	'identity-no-headscale-user',
	'identity-ambiguous'
];
/** Failures that one new key, asked for by itself, may heal. */
const NEW_KEY_CODES: readonly ErrorCode[] = ['key-expired', 'key-used', 'key-refused'];
/** Failures of a way that may come back by itself. */
const RETRY_CODES: readonly ErrorCode[] = [
	'server-unreachable',
	'headscale-unreachable',
	'control-unreachable',
	'derp-unreachable',
	'node-join-timeout',
	'relay-limit',
	'rate-limited'
];
/** Failures of which the browser hides the reason: the app server is asked for it (E7). */
const CHECK_CODES: readonly ErrorCode[] = [
	'control-unreachable',
	'derp-unreachable',
	'node-join-timeout'
];

/** What the host tells of a WebSocket that never opened; the browser hides why. */
const NO_WEBSOCKET = 'code 1006';

const STEPS_WAITING: readonly NodeStep[] = JOIN_STEPS.map((step) => ({
	step,
	state: 'waiting',
	startedAtMs: null,
	tookMs: null
}));

interface PendingReply {
	resolve(value: ReplyValue): void;
	reject(error: unknown): void;
}

/** One node for the whole window. Phase before `start()` is `stopped`. */
export class NodeClient {
	readonly #config: PublicConfig;
	readonly #api: Api;
	readonly #chooseModule: NonNullable<NodeClientOptions['chooseModule']> | null;
	readonly #createWorker: () => NodeWorker;
	readonly #clock: Clock;

	#phase: NodePhase = $state.raw({ at: 'stopped' });
	#steps: readonly NodeStep[] = $state.raw(STEPS_WAITING);
	#wasmProgress: WasmProgress | null = $state.raw(null);
	#netmap: Netmap | null = $state.raw(null);
	#hostname: string | null = $state.raw(null);
	#isControlConnected = $state(false);
	#isRefused = $state(false);
	#derpLostAtMs: number | null = $state.raw(null);
	#keyIssuedCount = $state(0);
	#crashDetail: string | null = $state.raw(null);
	#nextTryAtMs: number | null = $state.raw(null);
	#retryOf: WireError | null = $state.raw(null);

	#worker: NodeWorker | null = null;
	/** Aborts what belongs to the present worker: requests, timers. */
	#run: AbortController | null = null;
	#nextId = 1;
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nobody shows what is being asked
	readonly #replies = new Map<number, PendingReply>();
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- listeners are called, not shown
	readonly #goneListeners = new Set<(error: WireError | null) => void>();
	#hasAskedNewKey = false;
	#attempt = 0;
	/** The name that the server was last told to delete. */
	#leftHostname: string | null = null;
	#wasmBytes = 0;
	/** The module's last byte is here. */
	#onArrived: () => void = () => undefined;
	#derpTimer: Timer | null = null;
	#stallTimer: Timer | null = null;
	/** When the node was last known to belong to the tailnet. */
	#lastAliveMs = 0;
	/** Asks the app server now whether the node that runs is still there. */
	#askAlive: (() => void) | null = null;

	constructor(options: NodeClientOptions) {
		this.#config = options.config;
		this.#api = options.api;
		this.#chooseModule = options.chooseModule ?? null;
		this.#createWorker = options.createWorker ?? (() => createNodeWorker(options.config.policy));
		this.#clock = options.clock ?? systemClock;
	}

	get phase(): NodePhase {
		return this.#phase;
	}

	/** The steps of joining, in order, with their times. */
	get steps(): readonly NodeStep[] {
		return this.#steps;
	}

	/** null until the first bytes of the module have come. */
	get wasmProgress(): WasmProgress | null {
		return this.#wasmProgress;
	}

	get netmap(): Netmap | null {
		return this.#netmap;
	}

	/** Name the node registers with; null before the key has come. */
	get hostname(): string | null {
		return this.#hostname;
	}

	/** The server does not know the window's person any more: a node without the relay hears of it so alone. */
	get isRefused(): boolean {
		return this.#isRefused;
	}
	get isControlConnected(): boolean {
		return this.#isControlConnected;
	}

	/** Since when there is no way to any peer; null while there is one. Go dials DERP anew by itself. */
	get derpLostAtMs(): number | null {
		return this.#derpLostAtMs;
	}

	get keyIssuedCount(): number {
		return this.#keyIssuedCount;
	}

	/** Text for the diagnosis report after a crash; never for a terminal. */
	get crashDetail(): string | null {
		return this.#crashDetail;
	}

	/** When a failed join is tried again by itself; null when it is not. */
	get nextTryAtMs(): number | null {
		return this.#nextTryAtMs;
	}

	/** What the join under way tries again after by itself; null for one that a person or the window asked for. */
	get retryOf(): WireError | null {
		return this.#retryOf;
	}

	/** Loads the module, asks for a key, joins. Does nothing while a node is under way. */
	start(): void {
		if (this.#worker !== null) return;
		this.#hasAskedNewKey = false;
		this.#attempt = 0;
		this.#begin();
	}

	/** A new worker and a new key, e.g. after a crash or when a person asks. */
	restart(): void {
		this.#end();
		this.#hasAskedNewKey = false;
		this.#attempt = 0;
		this.#begin();
	}

	/** Sign-out, or the window closes: the node tells control, and the server by beacon. */
	async leave(): Promise<void> {
		this.#tellLeft();
		const worker = this.#worker;
		if (worker !== null) {
			let release = (): void => undefined;
			const late = new Promise<void>((resolve) => {
				release = resolve;
			});
			const timer = this.#clock.setTimeout(() => {
				release();
			}, LOGOUT_TIMEOUT_MS);
			// A worker that cannot answer any more has nothing left to log out.
			const told = this.#request((id) => ({ kind: 'node/logout', id })).then(
				() => undefined,
				() => undefined
			);
			await Promise.race([told, late]);
			this.#clock.clearTimeout(timer);
		}
		if (this.#worker === worker) {
			this.#end();
			this.#phase = { at: 'stopped' };
		}
	}

	/** The browser puts the page away and may show it again: the worker would not live until then. Its sessions hear of
	 *  it now, and dial anew after `restart`. */
	putAway(): void {
		this.#end(AppError.of('window-put-away').toWire());
		this.#phase = { at: 'stopped' };
	}

	/** Opens a session; events and bytes come on the port. Call only while `running`. */
	openSession(open: SshOpen): MessagePort {
		const { port1, port2 } = new MessageChannel();
		this.#post({ kind: 'session/open', open, port: port2 }, [port2]);
		return port1;
	}

	/** Looks at a peer leg by leg, signing in nowhere. Call only while `running`.
	 *  @throws AppError `wasm-crashed` when the engine stops meanwhile */
	async probe(address: string): Promise<readonly ProbeLeg[]> {
		const value = await this.#request((id) => ({ kind: 'node/probe', id, address }));
		return Array.isArray(value) ? value : [];
	}

	/** Calls back each time a worker is gone (crash, restart, leave), with what ended it where nobody asked
	 *  for that: its sessions are dead.
	 *  @returns unsubscribe */
	onWorkerGone(listener: (error: WireError | null) => void): () => void {
		this.#goneListeners.add(listener);
		return () => this.#goneListeners.delete(listener);
	}

	dispose(): void {
		this.#end();
		this.#goneListeners.clear();
	}

	#begin(retryOf: WireError | null = null): void {
		const run = new AbortController();
		this.#run = run;
		this.#nextTryAtMs = null;
		this.#retryOf = retryOf;
		this.#steps = STEPS_WAITING;
		this.#crashDetail = null;
		this.#enter('wasm');
		const { wasm } = this.#config;
		if (wasm === null) {
			this.#fail(AppError.of('wasm-missing').toWire());
			return;
		}
		const worker = this.#createWorker();
		this.#worker = worker;
		worker.onmessage = ({ data }) => {
			if (this.#worker === worker) this.#receive(data);
		};
		worker.onerror = (event) => {
			event.preventDefault();
			if (this.#worker === worker) this.#crash(event.message);
		};
		worker.onmessageerror = () => {
			if (this.#worker === worker) this.#crash('a message could not be read');
		};
		this.#join(wasm, run.signal).catch((cause: unknown) => {
			if (run.signal.aborted) return;
			this.#fail(toAppError(cause).toWire());
		});
	}

	async #join(fromServer: WasmModule, signal: AbortSignal): Promise<void> {
		const wasm = this.#chooseModule === null ? fromServer : await this.#chooseModule(fromServer);
		signal.throwIfAborted();
		this.#wasmBytes = wasm.sizeBytes;
		const arrived = new Promise<void>((resolve) => {
			this.#onArrived = resolve;
		});
		signal.addEventListener('abort', () => {
			this.#stopWaiting();
		});
		this.#waitForBytes();
		const loaded = this.#request((id) => ({
			kind: 'wasm/load',
			id,
			// Whole, as the worker looks for its neighbours beside it.
			// eslint-disable-next-line svelte/prefer-svelte-reactivity -- sent as text
			wasmUrl: new URL(wasm.url, this.#config.origin).href,
			wasmSha256: wasm.sha256
		}));
		// A key lives for minutes, as a slow download may. Once that is over the key is asked for, while the
		// module is compiled and started.
		const issued = Promise.race([arrived, loaded]).then(() => {
			signal.throwIfAborted();
			return this.#api.issueKey(signal);
		});
		// Told below, when its step has come.
		issued.catch(() => undefined);
		await loaded;
		signal.throwIfAborted();
		this.#stopWaiting();
		performance.mark('headtab:wasm-ready');
		this.#enter('key');
		const key = await issued;
		signal.throwIfAborted();
		this.#keyIssuedCount += 1;
		this.#hostname = key.hostname;
		this.#leftHostname = null;
		this.#enter('control');
		const controlUrl = key.mode === 'relay' ? this.#config.origin : key.headscaleUrl;
		await this.#request((id) => ({
			kind: 'node/start',
			id,
			start: { controlUrl, preAuthKey: key.preAuthKey, hostname: key.hostname },
			reach: reachOf(key, this.#config.origin)
		}));
	}

	/** Breaks a download off that stands still: a network that went silent tells nothing. */
	#waitForBytes(): void {
		this.#stopWaiting();
		this.#stallTimer = this.#clock.setTimeout(() => {
			this.#fail(AppError.of('server-unreachable', { origin: this.#config.origin }).toWire());
		}, DOWNLOAD_STALL_MS);
	}

	#stopWaiting(): void {
		if (this.#stallTimer !== null) this.#clock.clearTimeout(this.#stallTimer);
		this.#stallTimer = null;
	}

	#receive(data: unknown): void {
		const message = parseFromWorker(data);
		if (message === null) return;
		switch (message.kind) {
			case 'reply': {
				const pending = this.#replies.get(message.id);
				this.#replies.delete(message.id);
				if (pending === undefined) return;
				if (message.ok) pending.resolve(message.value);
				else pending.reject(AppError.fromWire(message.error));
				return;
			}
			case 'wasm/progress':
				// Compressed, its length on the way is not the number of bytes that come out.
				this.#wasmProgress = {
					loadedBytes: message.loadedBytes,
					totalBytes: message.totalBytes ?? (this.#wasmBytes > 0 ? this.#wasmBytes : null)
				};
				if (this.#wasmBytes === 0 || message.loadedBytes < this.#wasmBytes) {
					this.#waitForBytes();
					return;
				}
				// What is compiled takes as long as it takes.
				this.#stopWaiting();
				this.#onArrived();
				return;
			case 'wasm/crashed':
				this.#crash(message.detail);
				return;
			case 'node/phase':
				this.#follow(message.phase);
				return;
			case 'node/netmap':
				this.#netmap = message.netmap;
				return;
			case 'node/control':
				this.#isControlConnected = message.isConnected;
				if (!message.isConnected) this.#askAlive?.();
				return;
			case 'node/derp':
				this.#derpChanged(message.isConnected);
				return;
		}
	}

	#follow(phase: NodePhase): void {
		switch (phase.at) {
			case 'joining':
				// Go repeats a step when it reconnects before the first map; a step never goes back.
				if (JOIN_STEPS.indexOf(phase.step) > this.#stepIndex()) this.#enter(phase.step);
				return;
			case 'running':
				this.#closeSteps('done');
				this.#phase = phase;
				this.#retryOf = null;
				this.#isControlConnected = true;
				this.#lastAliveMs = this.#clock.now();
				this.#attempt = 0;
				this.#hasAskedNewKey = false;
				performance.mark('headtab:node-running');
				this.#tellJoined();
				this.#watchAlive();
				return;
			case 'stopped':
				this.#end();
				this.#phase = phase;
				return;
			case 'failed':
				this.#fail(phase.error);
				return;
		}
	}

	/** A change of connections that is over in a moment is nobody's concern. */
	#derpChanged(isConnected: boolean): void {
		if (this.#derpTimer !== null) this.#clock.clearTimeout(this.#derpTimer);
		this.#derpTimer = null;
		if (isConnected) {
			this.#derpLostAtMs = null;
			return;
		}
		const lostAtMs = this.#clock.now();
		this.#derpTimer = this.#clock.setTimeout(() => {
			this.#derpTimer = null;
			this.#derpLostAtMs ??= lostAtMs;
		}, DERP_LOST_SHOWN_MS);
	}

	/** The server may expire the key now; when it cannot be told, the key dies by its own age. */
	#tellJoined(): void {
		const hostname = this.#hostname;
		if (hostname === null) return;
		this.#api.joined(hostname).catch((cause: unknown) => {
			this.#crashDetail ??= `joined: ${toAppError(cause).code}`;
		});
	}

	/** N3: an admin deletes the node. Headscale up to 0.29.3 tells it nothing (headscale#3410), so the
	 *  app server is asked: now and then, when control is lost (the relay hangs up on a window that an admin
	 *  ends), and when the window comes back to the screen or the network. */
	#watchAlive(): void {
		const hostname = this.#hostname;
		const signal = this.#run?.signal;
		if (hostname === null || signal === undefined) return;
		let timer: Timer | null = null;
		let isAsking = false;
		const next = (): void => {
			isAsking = false;
			if (!signal.aborted) timer = this.#clock.setTimeout(check, ALIVE_CHECK_MS);
		};
		const check = (): void => {
			if (isAsking || signal.aborted) return;
			isAsking = true;
			if (timer !== null) this.#clock.clearTimeout(timer);
			// A network that went without a word would keep the question, and all that follow it.
			const limit = AbortSignal.any([signal, AbortSignal.timeout(ALIVE_TIMEOUT_MS)]);
			this.#api.alive(hostname, limit).then(
				() => {
					this.#lastAliveMs = this.#clock.now();
					this.#isRefused = false;
					next();
				},
				(cause: unknown) => {
					if (!signal.aborted && cause instanceof AppError)
						this.#isRefused = REFUSED_CODES.includes(cause.code);
					// Only this answer says that the node is gone; after any other the next one may tell.
					if (signal.aborted || !(cause instanceof AppError) || cause.code !== 'node-removed')
						next();
					else this.#fail(cause.toWire());
				}
			);
		};
		timer = this.#clock.setTimeout(check, ALIVE_CHECK_MS);
		this.#askAlive = check;
		signal.addEventListener('abort', () => {
			if (timer !== null) this.#clock.clearTimeout(timer);
			if (this.#askAlive === check) this.#askAlive = null;
		});
		addEventListener(
			'online',
			() => {
				// What was open before is dead, and may not know it yet.
				this.#post({ kind: 'node/wake' }, []);
				check();
			},
			{ signal }
		);
		document.addEventListener(
			'visibilitychange',
			() => {
				if (document.visibilityState === 'visible') check();
			},
			{ signal }
		);
	}

	/** E13: one new key by itself; E7: again after a while; else the person decides. */
	#fail(error: WireError): void {
		this.#closeSteps('failed');
		const isKeyRefused = NEW_KEY_CODES.includes(error.code);
		// N2: Headscale removes an ephemeral node whose window was away; only a node that was there a moment
		// ago was taken away by somebody (N3), and then the person decides.
		const wasAway =
			error.code === 'node-removed' && this.#clock.now() - this.#lastAliveMs > AWAY_MS;
		const mayAskNewKey = (isKeyRefused || wasAway) && !this.#hasAskedNewKey;
		// No node came of that key: there is none to delete.
		if (isKeyRefused) this.#hostname = null;
		this.#end(error);
		if (mayAskNewKey) {
			this.#hasAskedNewKey = true;
			this.#begin();
			return;
		}
		this.#phase = { at: 'failed', error };
		if (!RETRY_CODES.includes(error.code)) return;
		this.#attempt += 1;
		const delayMs = backoffMs(this.#attempt, Math.random());
		this.#nextTryAtMs = this.#clock.now() + delayMs;
		const run = new AbortController();
		this.#run = run;
		if (CHECK_CODES.includes(error.code)) void this.#ask(error, run.signal);
		const again = () => {
			if (run.signal.aborted) return;
			run.abort();
			this.#begin(this.#phase.at === 'failed' ? this.#phase.error : error);
		};
		// Without any network only its return helps, and a try would compile the module for nothing.
		const timer = this.#clock.setTimeout(() => {
			if (navigator.onLine) again();
		}, delayMs);
		addEventListener('online', again, { signal: run.signal });
		run.signal.addEventListener('abort', () => {
			this.#clock.clearTimeout(timer);
		});
	}

	/** E7: replaces an error of this window by what the server says of the same way, e.g. a Headscale that
	 *  takes no browsers; what no waiting heals is not tried again by itself. */
	async #ask(error: WireError, signal: AbortSignal): Promise<void> {
		const region = error.params['region'] ?? '';
		const target = error.code === 'derp-unreachable' ? `derp-${region}` : 'control';
		const found = await this.#api.relayCheck(target, signal).catch((cause: unknown) => {
			// Without an answer the first error is the best there is.
			if (signal.aborted || cause instanceof AppError) return error;
			throw cause;
		});
		if (signal.aborted) return;
		const isRelayed = this.#config.mode === 'relay';
		if (isRelayed && found === null && error.params['reason'] === NO_WEBSOCKET) {
			// The server reaches Headscale: what is missing is the way from here to the server.
			const { origin } = this.#config;
			this.#phase = { at: 'failed', error: AppError.of('relay-no-websocket', { origin }).toWire() };
			return;
		}
		if (found === null || found === error) return;
		this.#phase = { at: 'failed', error: found };
		if (RETRY_CODES.includes(found.code)) return;
		this.#run?.abort();
		this.#run = null;
		this.#nextTryAtMs = null;
	}

	/** N11: the engine stopped. Tabs keep their output; one button starts anew. */
	#crash(detail: string): void {
		this.#closeSteps('failed');
		const error = AppError.of('wasm-crashed').toWire();
		this.#end(error);
		this.#crashDetail = detail;
		this.#phase = { at: 'failed', error };
	}

	/** Drops the present worker and all that belongs to it. The phase is the caller's to set. */
	#end(error: WireError | null = null): void {
		this.#run?.abort();
		this.#run = null;
		this.#nextTryAtMs = null;
		this.#retryOf = null;
		const worker = this.#worker;
		this.#worker = null;
		this.#isControlConnected = false;
		this.#isRefused = false;
		this.#derpChanged(true);
		const replies = [...this.#replies.values()];
		this.#replies.clear();
		for (const pending of replies) pending.reject(new DOMException('worker gone', 'AbortError'));
		if (worker === null) return;
		// Whatever ended it (a crash, a failure, a restart): its node runs nowhere any more, and the next
		// one has a name of its own.
		this.#tellLeft();
		worker.onmessage = null;
		worker.onerror = null;
		worker.onmessageerror = null;
		worker.terminate();
		for (const listener of [...this.#goneListeners]) listener(error);
	}

	/** Once for each node: the server deletes it. */
	#tellLeft(): void {
		if (this.#leftHostname === this.#hostname || this.#hostname === null) return;
		this.#leftHostname = this.#hostname;
		this.#api.leave(this.#hostname);
	}

	#request(message: (id: number) => ToWorker): Promise<ReplyValue> {
		const id = this.#nextId++;
		return new Promise((resolve, reject) => {
			this.#replies.set(id, { resolve, reject });
			this.#post(message(id), []);
		});
	}

	#post(message: ToWorker, transfer: Transferable[]): void {
		if (this.#worker === null) throw AppError.of('wasm-crashed');
		this.#worker.postMessage(message, transfer);
	}

	#stepIndex(): number {
		return this.#phase.at === 'joining' ? JOIN_STEPS.indexOf(this.#phase.step) : JOIN_STEPS.length;
	}

	/** Ends the running step and those skipped, and begins `step`. */
	#enter(step: JoinStep): void {
		const now = this.#clock.now();
		const index = JOIN_STEPS.indexOf(step);
		this.#steps = this.#steps.map((known, at) => {
			if (at < index && known.state !== 'done') return ended(known, 'done', now);
			if (at === index) return { ...known, state: 'running', startedAtMs: now, tookMs: null };
			return known;
		});
		this.#phase = { at: 'joining', step };
	}

	#closeSteps(state: 'done' | 'failed'): void {
		const now = this.#clock.now();
		this.#steps = this.#steps.map((known) => {
			if (known.state === 'running') return ended(known, state, now);
			return state === 'done' && known.state === 'waiting' ? ended(known, 'done', now) : known;
		});
	}
}

const ended = (step: NodeStep, state: 'done' | 'failed', now: number): NodeStep => ({
	...step,
	state,
	startedAtMs: step.startedAtMs ?? now,
	tookMs: now - (step.startedAtMs ?? now)
});

const reachOf = (key: KeyAnswer, origin: string): Reach =>
	key.mode === 'relay' ? { by: 'relay', origin, derp: key.derp } : { by: 'direct' };

const FROM_WORKER_KINDS: readonly FromWorker['kind'][] = [
	'reply',
	'wasm/progress',
	'wasm/crashed',
	'node/phase',
	'node/netmap',
	'node/control',
	'node/derp'
];

/** A message of our own worker: both ends are one build, so its kind decides and its errors are parsed. */
function parseFromWorker(data: unknown): FromWorker | null {
	if (!isRecord(data)) return null;
	const kind = FROM_WORKER_KINDS.find((known) => known === data['kind']);
	if (kind === undefined) return null;
	if (kind === 'reply' && data['ok'] === false && typeof data['id'] === 'number')
		return { kind, id: data['id'], ok: false, error: parseWireError(data['error']) };
	if (kind === 'node/phase' && isRecord(data['phase']) && data['phase']['at'] === 'failed')
		return { kind, phase: { at: 'failed', error: parseWireError(data['phase']['error']) } };
	return data as unknown as FromWorker;
}
