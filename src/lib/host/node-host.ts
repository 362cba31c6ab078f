// Messages ↔ the Go node: the one driver of the program, in a browser's worker and in a Node thread
// alike. It gets its control channel, its files and its network from the entry that makes it.
import { AppError, toAppError } from '$lib/contracts/app-error';
import { assertNever } from '$lib/contracts/parse';
import type { SshSessionId } from '$lib/contracts/ids';
import { SSH_CHUNK_MAX_BYTES, SSH_SILENCE_MS } from '$lib/contracts/limits';
import type { AgentEvent, GoEvent, SshEvent } from '$lib/contracts/wasm';
import type {
	FromSession,
	FromWorker,
	ReplyValue,
	ToSession,
	ToWorker
} from '$lib/contracts/worker';
import { loadModule, runGo, type GoFiles, type GoNode } from './go-runtime';
import { goNet, type GoNetHandle, type GoNetTarget, type NetPlatform } from './net-shim';
import { Stage } from './stage';

/** A session's port: a MessagePort of either realm. */
export interface SessionPort {
	postMessage(message: FromSession, transfer: ArrayBuffer[]): void;
	onmessage: ((event: MessageEvent<ToSession>) => void) | null;
	close(): void;
}

export interface NodeHostOptions {
	readonly post: (message: FromWorker) => void;
	readonly platform: NetPlatform;
	readonly files: GoFiles;
	/** Gets the compiled module, for the next thread. */
	readonly onModule?: ((module: WebAssembly.Module) => void) | undefined;
	/** Told what only the server's own node tells. */
	readonly onAgent?: ((event: AgentEvent) => void) | undefined;
	/** Upstream's log, for tests and the agent. */
	readonly onLog?: ((line: string) => void) | undefined;
}

/** Failed attempts at control, before the node runs, that end a join: Go would try on
 *  for ever, and the person would see a spinner instead of the leg that fails. */
const CONTROL_FAILURES_MAX = 3;

/** A gap between two looks that no busy machine makes. */
const SLEPT_MS = 30_000;
const SLEEP_LOOK_MS = 5_000;

const SSH_PORT = 22;

/** What the host keeps of an SSH session, up to its last event. */
interface HostSession {
	readonly port: SessionPort;
	/** Output that Go has written in this turn. */
	readonly output: Stage;
	/** Its number in `#streams`. */
	readonly stream: number;
}

export class NodeHost {
	readonly #options: NodeHostOptions;
	readonly #network: GoNetHandle;
	readonly #sessions = new Map<SshSessionId, HostSession>();
	readonly #streams = new Map<number, Stage>();
	#lastStream = 0;
	#go: GoNode | null = null;
	#target: GoNetTarget | null = null;
	#phase: 'idle' | 'joining' | 'running' | 'over' = 'idle';
	#controlFailures = 0;
	#openControls = 0;

	constructor(options: NodeHostOptions) {
		this.#options = options;
		this.#network = goNet({
			platform: options.platform,
			target: () => this.#target,
			events: {
				onControl: (state, reason) => this.#onControl(state, reason),
				onDerp: (isConnected) => {
					if (this.#phase === 'running') this.#options.post({ kind: 'node/derp', isConnected });
				},
				onRefused: (error) => this.#onRefused(error)
			}
		});
	}

	/** Takes one message of the control channel. */
	receive(message: ToWorker): void {
		switch (message.kind) {
			case 'wasm/load':
				this.#reply(message.id, () => this.#load(message.wasmUrl, message.wasmSha256));
				return;
			case 'node/start':
				this.#reply(message.id, () => {
					const go = this.#loaded();
					const { controlUrl, hostname } = message.start;
					this.#target = { reach: message.reach, controlUrl, hostname };
					this.#phase = 'joining';
					go.start(message.start);
					return null;
				});
				return;
			case 'node/wake':
				this.#wake();
				return;
			case 'node/logout':
				this.#reply(message.id, async () => {
					await this.#go?.logout();
					return null;
				});
				return;
			case 'node/stats':
				this.#reply(message.id, () => this.#loaded().stats());
				return;
			case 'node/probe':
				this.#reply(message.id, () => this.#loaded().probe(message.address, SSH_PORT));
				return;
			case 'session/open':
				this.#open(message);
				return;
			default:
				assertNever(message);
		}
	}

	#reply(id: number, work: () => ReplyValue | Promise<ReplyValue>): void {
		Promise.resolve()
			.then(work)
			.then(
				(value) => this.#options.post({ kind: 'reply', id, ok: true, value }),
				(cause: unknown) =>
					this.#options.post({ kind: 'reply', id, ok: false, error: toAppError(cause).toWire() })
			);
	}

	async #load(wasmUrl: string, sha256: string): Promise<null> {
		const { files, post, onLog } = this.#options;
		const module = await loadModule({
			url: wasmUrl,
			sha256,
			files,
			onProgress: (loadedBytes, totalBytes) =>
				post({ kind: 'wasm/progress', loadedBytes, totalBytes })
		});
		this.#options.onModule?.(module);
		this.#watchSleep();
		this.#go = await runGo({
			module,
			files,
			execUrl: new URL('wasm_exec.js', wasmUrl).href,
			net: this.#network.net,
			onEvent: (event) => this.#onEvent(event),
			onOutput: (stream, bytes) => this.#streams.get(stream)?.add(bytes),
			onCrash: (detail) => this.#onCrash(detail),
			onLog
		});
		return null;
	}

	/** N7: a machine that slept or a page that was frozen has connections that the other end gave up. The
	 *  wall clock shows it; a jump of the clock alone costs one reconnect. */
	#watchSleep(): void {
		let before = Date.now();
		setInterval(() => {
			const now = Date.now();
			if (now - before > SLEPT_MS) this.#wake();
			before = now;
		}, SLEEP_LOOK_MS);
	}

	/** What was open is dead, and may not know it; each session asks anew, over what opens in its place. */
	#wake(): void {
		this.#network.hangUp(0);
		for (const id of this.#sessions.keys()) this.#go?.check(id);
	}

	#loaded(): GoNode {
		if (this.#go === null) {
			throw AppError.of('internal', {}, { cause: new Error('the module is not loaded') });
		}
		return this.#go;
	}

	#open({ open, port }: Extract<ToWorker, { kind: 'session/open' }>): void {
		const id = open.sshSessionId;
		const stream = ++this.#lastStream;
		const output = new Stage(SSH_CHUNK_MAX_BYTES, (bytes) =>
			port.postMessage({ kind: 'ssh/data', bytes }, [bytes.buffer])
		);
		this.#sessions.set(id, { port, output, stream });
		this.#streams.set(stream, output);
		port.onmessage = ({ data }: MessageEvent<ToSession>) => this.#toSession(id, data);
		try {
			this.#loaded().open({ ...open, stream });
		} catch (cause) {
			this.#toPort(id, { kind: 'ssh/failed', error: toAppError(cause).toWire() });
		}
	}

	#toSession(id: SshSessionId, message: ToSession): void {
		const go = this.#go;
		if (go === null) return;
		switch (message.kind) {
			case 'ssh/input':
				return go.write(id, message.bytes);
			case 'ssh/ack':
				return go.ack(id, message.sizeBytes);
			case 'ssh/resize':
				return go.resize(id, message.size);
			case 'ssh/ping':
				return go.ping(id);
			case 'ssh/answer':
				return go.answer(id, message.promptId, message.answers);
			case 'ssh/trust':
				return go.trust(id, message.isTrusted);
			case 'ssh/check':
				return go.check(id);
			case 'ssh/close':
				return go.close(id);
			default:
				return assertNever(message);
		}
	}

	#onEvent(event: GoEvent): void {
		if ('sshSessionId' in event) {
			const { sshSessionId, ...rest } = event;
			// A half-open connection tells nobody that it is dead: one that has brought nothing since the
			// question goes, and Go dials anew. Where only the far end is silent that costs a round trip.
			if (rest.kind === 'ssh/silence' && rest.isSilent) this.#network.hangUp(SSH_SILENCE_MS);
			this.#toPort(sshSessionId, rest);
			return;
		}
		if (event.kind === 'agent/derp-map' || event.kind === 'agent/state') {
			this.#options.onAgent?.(event);
			return;
		}
		if (event.kind === 'node/phase') {
			if (this.#phase === 'over') return;
			const { at } = event.phase;
			if (at === 'running') this.#phase = 'running';
			if (at === 'failed' || at === 'stopped') this.#phase = 'over';
		}
		this.#options.post(event);
	}

	#toPort(id: SshSessionId, event: SshEvent): void {
		const session = this.#sessions.get(id);
		if (session === undefined) return;
		const { port, output, stream } = session;
		// In order with the output before it.
		output.flush();
		port.postMessage(event, []);
		if (event.kind !== 'ssh/exit' && event.kind !== 'ssh/failed') return;
		// What the window still sends goes nowhere. The window closes its end: closing ours could
		// overtake the last event.
		port.onmessage = null;
		this.#sessions.delete(id);
		this.#streams.delete(stream);
	}

	#onControl(state: 'open' | 'closed' | 'failed', reason: string): void {
		switch (state) {
			case 'open':
				this.#openControls += 1;
				this.#go?.registering();
				break;
			case 'closed':
				this.#openControls -= 1;
				break;
			case 'failed':
				this.#controlFailures += 1;
				if (this.#phase === 'joining' && this.#controlFailures >= CONTROL_FAILURES_MAX) {
					this.#fail(AppError.of('control-unreachable', { reason }));
				}
				break;
			default:
				assertNever(state);
		}
		if (this.#phase === 'running') {
			this.#options.post({ kind: 'node/control', isConnected: this.#openControls > 0 });
		}
	}

	/** The own way is one that the relay does not serve: without DERP no peer can be reached. */
	#onRefused(error: AppError): void {
		if (this.#phase === 'joining' || this.#phase === 'running') this.#fail(error);
	}

	#fail(error: AppError): void {
		this.#phase = 'over';
		this.#options.post({ kind: 'node/phase', phase: { at: 'failed', error: error.toWire() } });
	}

	#onCrash(detail: string): void {
		this.#phase = 'over';
		const error = AppError.of('wasm-crashed').toWire();
		for (const id of [...this.#sessions.keys()]) this.#toPort(id, { kind: 'ssh/failed', error });
		this.#go = null;
		this.#options.post({ kind: 'wasm/crashed', error, detail });
	}
}
