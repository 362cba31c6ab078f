// The agent: the server's own tailnet node, in a thread. Gets its key, starts it, starts it again when it
// ends, and answers how it is. What it tells goes to the relay's targets; probes go to it.
// Server only; AppContext makes the one. A failure here costs checks and the live DERP map, never the main job.
import type { AgentHealth, AgentModule } from '$lib/contracts/agent';
import { parseProbeLegs } from '$lib/contracts/agent';
import { AppError, toAppError } from '$lib/contracts/app-error';
import {
	AGENT_BACKOFF_MAX_MS,
	AGENT_BACKOFF_MIN_MS,
	AGENT_HEALTH_MS,
	AGENT_NODE_CHECK_MS,
	AGENT_START_TIMEOUT_MS,
	AGENT_STEADY_MS,
	LOGOUT_TIMEOUT_MS
} from '$lib/contracts/limits';
import type { NodeStats, ProbeLeg } from '$lib/contracts/wasm';
import type { Audit } from '../audit/log';
import type { AgentConfig } from '../config/schema';
import type { Hostnames } from '../keys/hostname';
import type { Logger } from '../log';
import type { AgentKeys, AgentKey } from './keys';
import { checkDerpMap, type CheckedDerpMap } from './derp-map';
import type { AgentState, AgentStateFile } from './state';
import { AgentThread, type AgentNews, type ThreadPort } from './thread';

/** Four reports missed: the thread hangs. */
const SILENCE_MAX_MS = 4 * AGENT_HEALTH_MS;

export type AgentPhase =
	| { readonly at: 'off'; readonly reason: string }
	| { readonly at: 'starting' }
	| { readonly at: 'running' }
	/** Between two lives. */
	| { readonly at: 'waiting'; readonly error: AppError }
	| { readonly at: 'stopped' };

/** What monitors and the metrics read. */
export interface AgentFacts {
	readonly phase: AgentPhase;
	readonly isControlConnected: boolean;
	readonly peers: number;
	/** Lives after the first. */
	readonly restarts: number;
	readonly health: AgentHealth | null;
	readonly stats: NodeStats | null;
}

/** The module to run, and its thread's file. */
export interface AgentProgram {
	readonly wasmUrl: string;
	readonly wasmSha256: string;
	readonly spawn: () => ThreadPort;
}

export interface AgentOptions {
	readonly config: AgentConfig;
	readonly headscaleUrl: string;
	readonly isLoopback: boolean;
	readonly hostnames: Hostnames;
	readonly keys: AgentKeys;
	/** null: nothing can be kept. */
	readonly file: AgentStateFile | null;
	readonly audit: Audit;
	readonly log: Logger;
	readonly now: () => number;
	/** Told each new DERP map. */
	readonly onDerpMap: (map: CheckedDerpMap) => void;
}

/** The node of a life. */
interface OwnNode {
	readonly hostname: string;
	nodeId: string | null;
	state: string;
}

/** A life that is over, and why. */
interface EndedLife {
	readonly wasRunning: boolean;
	readonly own: OwnNode | null;
	readonly key: AgentKey | null;
	readonly error: AppError;
}

export class Agent {
	readonly #options: AgentOptions;
	readonly #log: Logger;
	#phase: AgentPhase;
	#program: AgentProgram | null = null;
	#thread: AgentThread | null = null;
	#loop: Promise<void> = Promise.resolve();
	#wake: () => void = () => undefined;
	#isStopping = false;
	#lives = 0;
	#failures = 0;
	// Of the life that is:
	#own: OwnNode | null = null;
	#key: AgentKey | null = null;
	#isControlConnected = false;
	#peers = 0;
	#health: AgentHealth | null = null;
	/** Compiled by the first life, for all others. */
	#module: AgentModule | null = null;
	#stats: NodeStats | null = null;
	#heardMs = 0;
	#setRunning: () => void = () => undefined;

	constructor(options: AgentOptions) {
		this.#options = options;
		this.#log = options.log.child({ agent: 1 });
		this.#phase = options.config.isOn
			? { at: 'starting' }
			: { at: 'off', reason: 'HEADTAB_AGENT is off' };
	}

	/** Begins; returns at once. @param program null when this process cannot run it */
	start(program: AgentProgram | null): void {
		if (this.#phase.at === 'off') {
			this.#loop = this.#dropKept().then(() => undefined);
			return;
		}
		if (program === null) {
			this.#phase = { at: 'off', reason: 'this build has no SSH module to run it with' };
			return;
		}
		this.#program = program;
		this.#loop = this.#run();
	}

	/** Ends it: an ephemeral node leaves the tailnet, a lasting one goes offline. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		this.#wake();
		this.#thread?.end(AppError.of('agent-not-connected', { reason: 'the server stops' }));
		await this.#loop;
		if (this.#phase.at !== 'off') this.#phase = { at: 'stopped' };
	}

	get facts(): AgentFacts {
		return {
			phase: this.#phase,
			isControlConnected: this.#isControlConnected,
			peers: this.#peers,
			restarts: Math.max(0, this.#lives - 1),
			health: this.#health,
			stats: this.#stats
		};
	}

	/** Why nobody can ask it; null when it runs. */
	get fault(): AppError | null {
		switch (this.#phase.at) {
			case 'running':
				return null;
			case 'off':
				return AppError.of('agent-off', { reason: this.#phase.reason });
			case 'waiting':
				return AppError.of(
					'agent-not-connected',
					{ reason: reasonOf(this.#phase.error) },
					{ cause: this.#phase.error }
				);
			case 'starting':
				return AppError.of('agent-not-connected', { reason: 'it is joining' });
			case 'stopped':
				return AppError.of('agent-not-connected', { reason: 'the server stops' });
		}
	}

	/** Looks at a peer from here. @throws AppError `agent-off` | `agent-not-connected` */
	async probe(address: string): Promise<readonly ProbeLeg[]> {
		const { fault } = this;
		if (fault !== null || this.#thread === null)
			throw fault ?? AppError.of('agent-not-connected', { reason: 'it is joining' });
		return parseProbeLegs(await this.#thread.request({ kind: 'node/probe', address }));
	}

	/** Whether a node is this process's own agent; the janitor leaves it alone. */
	isOwn(hostname: string): boolean {
		return this.#own?.hostname === hostname;
	}

	async #run(): Promise<void> {
		for (;;) {
			const startedMs = this.#options.now();
			this.#phase = { at: 'starting' };
			this.#lives += 1;
			const error = await this.#live().catch(toAppError);
			if (this.#hasToStop()) return;
			if (this.#options.now() - startedMs >= AGENT_STEADY_MS) this.#failures = 0;
			const pauseMs = Math.min(AGENT_BACKOFF_MIN_MS * 2 ** this.#failures, AGENT_BACKOFF_MAX_MS);
			this.#failures += 1;
			this.#phase = { at: 'waiting', error };
			this.#log.warn(
				{ code: error.code, id: error.id, params: error.params, err: error.cause, pauseMs },
				'the agent ended and starts again'
			);
			await this.#pause(pauseMs);
			if (this.#hasToStop()) return;
		}
	}

	/** Asked after each wait, so not a field that the compiler takes for known. */
	#hasToStop(): boolean {
		return this.#isStopping;
	}

	#pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	/** One life, from the thread's start to its end.
	 *  @returns why it ended */
	async #live(): Promise<AppError> {
		if (this.#program === null) throw AppError.of('wasm-missing');
		this.#forgetLife();
		const running = new Promise<void>((resolve) => (this.#setRunning = resolve));
		const thread = new AgentThread(this.#program.spawn(), (news) => this.#take(news));
		this.#thread = thread;
		const deadline = setTimeout(
			() => thread.end(AppError.of('agent-not-connected', { reason: 'it took too long to join' })),
			AGENT_START_TIMEOUT_MS
		);
		const timers: NodeJS.Timeout[] = [];
		let error: AppError;
		try {
			await Promise.race([
				this.#join(thread, running),
				thread.ended.then((cause) => Promise.reject(cause))
			]);
			clearTimeout(deadline);
			this.#phase = { at: 'running' };
			this.#options.audit.write('agent.joined', true, { hostname: this.#own?.hostname });
			timers.push(
				setInterval(() => this.#checkThread(thread), AGENT_HEALTH_MS),
				setInterval(() => void this.#checkNode(thread), AGENT_NODE_CHECK_MS)
			);
			void this.#settle(thread);
			error = await thread.ended;
		} catch (cause) {
			error = toAppError(cause);
		} finally {
			clearTimeout(deadline);
			for (const timer of timers) clearInterval(timer);
		}
		const life = {
			wasRunning: this.#phase.at === 'running',
			own: this.#own,
			key: this.#key,
			error
		};
		this.#phase = { at: 'waiting', error };
		this.#thread = null;
		await this.#leave(thread, life);
		return error;
	}

	#forgetLife(): void {
		this.#own = null;
		this.#key = null;
		this.#isControlConnected = false;
		this.#peers = 0;
		this.#health = null;
		this.#stats = null;
		this.#heardMs = this.#options.now();
	}

	async #join(thread: AgentThread, running: Promise<void>): Promise<void> {
		const { config, file, keys, hostnames, headscaleUrl } = this.#options;
		const program = this.#program;
		if (program === null) throw AppError.of('wasm-missing');
		if (this.#module !== null) thread.send(this.#module);
		await thread.request(
			{ kind: 'wasm/load', wasmUrl: program.wasmUrl, wasmSha256: program.wasmSha256 },
			AGENT_START_TIMEOUT_MS
		);
		const kept = config.isLasting ? ((await file?.read()) ?? null) : await this.#dropKept();
		this.#mustBe(thread);
		// Our own file, which nobody else can read or write: the name in it needs no proof, and would have none
		// after the session keys were replaced.
		if (kept !== null) this.#own = { ...kept };
		else {
			this.#own = { hostname: hostnames.makeAgent(), nodeId: null, state: '' };
			const key = await keys.issue();
			// A key that comes too late expires, and the janitor removes it.
			this.#mustBe(thread);
			this.#key = key;
		}
		await thread.request({
			kind: 'node/start',
			start: {
				controlUrl: headscaleUrl,
				preAuthKey: this.#key?.secret ?? '',
				hostname: this.#own.hostname,
				agent: { state: this.#own.state, isLasting: config.isLasting }
			},
			reach: { by: 'direct' }
		});
		await running;
	}

	/** A life that has ended while it waited must not write into the next one. */
	#mustBe(thread: AgentThread): void {
		if (this.#thread !== thread)
			throw AppError.of('agent-not-connected', { reason: 'its thread ended' });
	}

	/** What is left to do once it runs: its key is spent, its node gets known. */
	async #settle(thread: AgentThread): Promise<void> {
		try {
			if (this.#key !== null) await this.#options.keys.spent(this.#key);
			await this.#checkNode(thread);
		} catch (cause) {
			// The janitor removes the key later, and the next check finds the node.
			this.#log.info({ err: cause }, 'the agent’s key is not settled yet');
		}
	}

	/** Up to Headscale 0.29.3 the long poll of a deleted node goes on as if nothing had happened. */
	async #checkNode(thread: AgentThread): Promise<void> {
		const own = this.#own;
		if (own === null) return;
		try {
			const node = await this.#options.keys.find(own);
			if (node === null) {
				// Registered but not in the list: only a node that was there can be gone.
				if (own.nodeId !== null) thread.end(AppError.of('node-removed'));
				return;
			}
			if (own.nodeId === node.id) return;
			own.nodeId = node.id;
			await this.#save();
		} catch (cause) {
			this.#log.debug({ err: cause }, 'the agent’s node could not be checked');
		}
	}

	#checkThread(thread: AgentThread): void {
		const { now, config } = this.#options;
		if (now() - this.#heardMs > SILENCE_MAX_MS) {
			thread.end(AppError.of('agent-not-connected', { reason: 'its thread hangs' }));
			return;
		}
		thread.request({ kind: 'node/stats' }).then(
			(value) => {
				if (value === null || !('heapBytes' in value)) return;
				this.#stats = value;
				if (value.sysBytes > config.memoryMaxBytes)
					thread.end(
						AppError.of('agent-not-connected', { reason: 'it used more memory than it may' })
					);
			},
			// Silence ends it above.
			(cause: unknown) => this.#log.debug({ err: cause }, 'no figures of the agent')
		);
	}

	#take(news: AgentNews): void {
		this.#heardMs = this.#options.now();
		switch (news.kind) {
			case 'node/phase':
				if (news.phase.at === 'running') {
					this.#isControlConnected = true;
					this.#setRunning();
				}
				return;
			case 'node/control':
				this.#isControlConnected = news.isConnected;
				return;
			case 'agent/netmap':
				this.#peers = news.peers;
				return;
			case 'agent/derp-map': {
				const { isLoopback, headscaleUrl, onDerpMap } = this.#options;
				const isHttp = headscaleUrl.startsWith('http:');
				const map = checkDerpMap(news, { isLoopback, isHttp });
				if (map.dropped.length > 0)
					this.#log.warn(
						{ dropped: map.dropped.slice(0, 20) },
						'parts of the DERP map are refused'
					);
				onDerpMap(map);
				return;
			}
			case 'agent/state':
				if (this.#own !== null) this.#own.state = news.state;
				void this.#save();
				return;
			case 'agent/health':
				this.#health = news;
				return;
			case 'agent/module':
				this.#module = news;
				return;
			case 'agent/log':
				this.#log.warn({ lines: news.lines }, 'last words of the agent’s node');
				return;
			// A window shows both to its person; here the next figures or the next probe tell.
			case 'node/derp':
			case 'wasm/crashed':
				return;
		}
	}

	async #save(): Promise<void> {
		const own = this.#own;
		if (!this.#options.config.isLasting || own === null || own.state === '') return;
		await this.#options.file
			?.write({ hostname: own.hostname, nodeId: own.nodeId, state: own.state })
			.catch((err: unknown) => this.#log.error({ err }, 'the agent’s state could not be kept'));
	}

	/** The end of a life: nothing of it stays in the tailnet but a lasting node that may come back. */
	async #leave(thread: AgentThread, life: EndedLife): Promise<void> {
		const { config } = this.#options;
		try {
			// A thread that runs can say goodbye itself; Headscale deletes an ephemeral node at once then.
			if (!config.isLasting && this.#isStopping && life.wasRunning) await this.#logout(thread);
		} finally {
			await thread.terminate();
		}
		// Its node or its key is no longer taken: what was kept is of no use any more.
		const { own, error } = life;
		const isUseless = error.code === 'node-removed' || error.code.startsWith('key-');
		if (own === null || (config.isLasting && !isUseless)) return;
		const removing = this.#remove(own, life.key);
		// A lasting node's file is read by the next life; the removal of an ephemeral one may take its time.
		if (config.isLasting || this.#isStopping) await removing;
	}

	async #remove(own: OwnNode, key: AgentKey | null): Promise<void> {
		const { config, keys, file } = this.#options;
		try {
			await keys.remove({ hostname: own.hostname, nodeId: own.nodeId, key });
			if (config.isLasting) await file?.forget();
		} catch (cause) {
			this.#log.info({ err: cause }, 'the agent’s node is left to the janitor');
		}
	}

	async #logout(thread: AgentThread): Promise<void> {
		await thread
			.request({ kind: 'node/logout' }, LOGOUT_TIMEOUT_MS)
			.catch((cause: unknown) => this.#log.debug({ err: cause }, 'the agent could not log out'));
	}

	/** A node kept by an earlier configuration must not stay behind. */
	async #dropKept(): Promise<null> {
		const { file, keys } = this.#options;
		if (file === null) return null;
		try {
			const kept: AgentState | null = await file.read();
			if (kept === null) return null;
			await keys.remove({ hostname: kept.hostname, nodeId: kept.nodeId, key: null });
			await file.forget();
		} catch (cause) {
			this.#log.warn({ err: cause }, 'the agent’s former node could not be removed yet');
		}
		return null;
	}
}

const reasonOf = (error: AppError): string =>
	error.code === 'agent-not-connected'
		? (error.params['reason'] ?? error.code)
		: error.message.replace(/\.$/, '');
