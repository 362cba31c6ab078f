// The Go node in a worker thread of the test's process, driven as the window drives it: one control
// channel, one MessagePort a session. For integration tests and the bench.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { ROOT, threadFile } from '../thread-file';
import { sshSessionId, type Login } from '../../../src/lib/contracts/ids';
import { SSH_ACK_BYTES } from '../../../src/lib/contracts/limits';
import type { HostKey, Netmap, Peer } from '../../../src/lib/contracts/tailnet';
import type { NodeStats, SshEvent, SshOpen } from '../../../src/lib/contracts/wasm';
import type { FromWorker, Reach, ReplyValue, ToSession } from '../../../src/lib/contracts/worker';

const WASM = join(ROOT, 'static', 'wasm');
const WAIT_MS = 30_000;

/** Waits for a fact that events bring about: each event looks again. */
class Watch {
	readonly #looks = new Set<() => void>();
	readonly #waitMs: number;

	constructor(waitMs: number) {
		this.#waitMs = waitMs;
	}

	look(): void {
		for (const look of [...this.#looks]) look();
	}

	/** @throws Error naming `what` when nothing is found in time. */
	until<T>(what: () => string, find: () => T | undefined, timeoutMs = this.#waitMs): Promise<T> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#looks.delete(look);
				reject(new Error(`not within ${String(timeoutMs)} ms: ${what()}`));
			}, timeoutMs);
			const look = (): void => {
				const found = find();
				if (found === undefined) return;
				clearTimeout(timer);
				this.#looks.delete(look);
				resolve(found);
			};
			this.#looks.add(look);
			look();
		});
	}
}

export interface GoThreadOptions {
	/** Cookie and Origin for the relay. */
	readonly headers?: Readonly<Record<string, string>>;
	readonly isVerbose?: boolean;
	/** Upstream's own DERP connection; for the bench. */
	readonly isStock?: boolean;
	/** How long anything of the node or its sessions is waited for. */
	readonly waitMs?: number;
}

export interface JoinOptions {
	readonly controlUrl: string;
	readonly preAuthKey: string;
	readonly hostname: string;
	readonly reach?: Reach;
}

export class GoThread {
	readonly #worker: Worker;
	readonly #watch: Watch;
	readonly #waitMs: number;
	readonly #replies = new Map<number, Extract<FromWorker, { kind: 'reply' }>>();
	#lastId = 0;
	/** Everything but replies and logs, in order. */
	readonly events: FromWorker[] = [];
	readonly logs: string[] = [];

	private constructor(worker: Worker, waitMs: number) {
		this.#worker = worker;
		this.#waitMs = waitMs;
		this.#watch = new Watch(waitMs);
		worker.on('message', (message: FromWorker | { kind: 'log'; line: string }) => {
			if (message.kind === 'log') {
				this.logs.push(message.line);
				return;
			}
			if (message.kind === 'reply') this.#replies.set(message.id, message);
			else this.events.push(message);
			this.#watch.look();
		});
	}

	/** Makes the thread and loads the module. */
	static async load(options: GoThreadOptions = {}): Promise<GoThread> {
		const worker = new Worker(await threadFile('go-thread'), {
			workerData: {
				headers: options.headers ?? {},
				isVerbose: options.isVerbose ?? false,
				isStock: options.isStock ?? false
			}
		});
		const thread = new GoThread(worker, options.waitMs ?? WAIT_MS);
		const manifest = JSON.parse(readFileSync(join(WASM, 'manifest.json'), 'utf8')) as {
			sha256: string;
		};
		await thread.request({
			kind: 'wasm/load',
			wasmUrl: pathToFileURL(join(WASM, 'headtab.wasm')).href,
			wasmSha256: manifest.sha256
		});
		return thread;
	}

	/** Sends a request and gives its value. @throws the WireError of a refusal. */
	async request(
		message:
			| { kind: 'wasm/load'; wasmUrl: string; wasmSha256: string }
			| { kind: 'node/start'; start: object; reach: Reach }
			| { kind: 'node/logout' }
			| { kind: 'node/stats' }
	): Promise<ReplyValue> {
		const id = ++this.#lastId;
		this.#worker.postMessage({ ...message, id });
		const reply = await this.#watch.until(
			() => `reply to ${message.kind}`,
			() => this.#replies.get(id)
		);
		if (!reply.ok) {
			const crash = this.events.find((event) => event.kind === 'wasm/crashed');
			throw Object.assign(new Error(`${reply.error.code} ${crash?.detail ?? ''}`), {
				wire: reply.error
			});
		}
		return reply.value;
	}

	async start({ reach, ...start }: JoinOptions): Promise<void> {
		await this.request({ kind: 'node/start', start, reach: reach ?? { by: 'direct' } });
	}

	/** Joins and waits until it runs. @throws Error with the code of a failure. */
	async join(options: JoinOptions): Promise<void> {
		await this.start(options);
		const end = await this.phase('running', 'failed');
		if (end.at === 'failed')
			throw new Error(`${end.error.code} ${JSON.stringify(end.error.params)}`);
	}

	/** The first phase that is one of these. */
	phase(...at: readonly ('running' | 'failed' | 'stopped')[]) {
		return this.until(`phase ${at.join(' or ')}`, (event) =>
			event.kind === 'node/phase' && at.some((name) => name === event.phase.at)
				? event.phase
				: undefined
		);
	}

	until<T>(
		what: string,
		find: (event: FromWorker) => T | undefined,
		timeoutMs?: number
	): Promise<T> {
		return this.#watch.until(
			() => what,
			() => {
				for (const event of this.events) {
					const found = find(event);
					if (found !== undefined) return found;
				}
				return undefined;
			},
			timeoutMs
		);
	}

	get netmap(): Netmap | undefined {
		return this.events.findLast((event) => event.kind === 'node/netmap')?.netmap;
	}

	/** The peer of a name, once the netmap shows it as `isRight` wants. */
	peer(name: string, isRight: (peer: Peer) => boolean = (peer) => peer.isOnline): Promise<Peer> {
		return this.#watch.until(
			() => `peer ${name}`,
			() => this.netmap?.peers.find((peer) => peer.name === name && isRight(peer))
		);
	}

	open(options: {
		readonly address: string;
		readonly login: string;
		readonly size?: { readonly cols: number; readonly rows: number };
		readonly trusted?: HostKey;
		readonly port?: number;
		/** Runs in place of a shell. */
		readonly command?: string;
		/** Ack output as it comes; off, credit runs out. */
		readonly isDrawing?: boolean;
	}): Shell {
		const { port1, port2 } = new MessageChannel();
		const id = sshSessionId(`s${String(++this.#lastId)}`);
		const open: SshOpen = {
			sshSessionId: id,
			address: options.address,
			login: options.login as Login,
			size: options.size ?? { cols: 80, rows: 24 },
			trustedFingerprint: options.trusted?.fingerprint ?? null,
			...(options.trusted === undefined ? {} : { trustedType: options.trusted.type }),
			...(options.port === undefined ? {} : { port: options.port }),
			...(options.command === undefined ? {} : { command: options.command })
		};
		const shell = new Shell(port1, { isDrawing: options.isDrawing ?? true, waitMs: this.#waitMs });
		this.#worker.postMessage({ kind: 'session/open', open, port: port2 }, [port2]);
		return shell;
	}

	async stats(): Promise<NodeStats> {
		const value = await this.request({ kind: 'node/stats' });
		if (value === null || !('heapBytes' in value)) throw new Error('no stats');
		return value;
	}

	async logout(): Promise<void> {
		await this.request({ kind: 'node/logout' });
	}

	async stop(): Promise<void> {
		await this.#worker.terminate();
	}
}

/** One SSH session, as a tab has it. */
export class Shell {
	readonly #port: MessagePort;
	readonly #watch: Watch;
	readonly #chunks: Uint8Array[] = [];
	readonly #decoder = new TextDecoder();
	#unacked = 0;
	#text = '';
	receivedBytes = 0;
	ackedInputBytes = 0;
	isDrawing: boolean;
	readonly events: SshEvent[] = [];

	constructor(
		port: MessagePort,
		{ isDrawing, waitMs }: { readonly isDrawing: boolean; readonly waitMs: number }
	) {
		this.#port = port;
		this.isDrawing = isDrawing;
		this.#watch = new Watch(waitMs);
		port.on('message', (event: SshEvent) => {
			if (event.kind === 'ssh/data') {
				this.receivedBytes += event.bytes.byteLength;
				this.#chunks.push(event.bytes);
				// Bounded: a test looks at its last output only.
				this.#text = (this.#text + this.#decoder.decode(event.bytes, { stream: true })).slice(
					-65_536
				);
				this.#unacked += event.bytes.byteLength;
				if (this.isDrawing) this.draw();
			} else if (event.kind === 'ssh/input-ack') this.ackedInputBytes += event.sizeBytes;
			else this.events.push(event);
			this.#watch.look();
		});
	}

	/** Acknowledges what was received, in steps as the page does. */
	draw(isAll = false): void {
		if (this.#unacked < (isAll ? 1 : SSH_ACK_BYTES)) return;
		this.#send({ kind: 'ssh/ack', sizeBytes: this.#unacked });
		this.#unacked = 0;
	}

	#send(message: ToSession): void {
		this.#port.postMessage(message);
	}

	get text(): string {
		return this.#text;
	}

	/** All output so far; forgets it. */
	takeBytes(): Uint8Array {
		return Buffer.concat(this.#chunks.splice(0));
	}

	until<T>(what: string, find: () => T | undefined, timeoutMs?: number): Promise<T> {
		return this.#watch.until(
			() => `${what}; last output: ${this.#text.slice(-300)}`,
			find,
			timeoutMs
		);
	}

	/** The first event of a kind. */
	event<K extends SshEvent['kind']>(
		kind: K,
		timeoutMs?: number
	): Promise<Extract<SshEvent, { kind: K }>> {
		return this.until(
			kind,
			() => this.events.find((e): e is Extract<SshEvent, { kind: K }> => e.kind === kind),
			timeoutMs
		);
	}

	/** Waits until it is open. @throws Error with the code of a failure. */
	async opened(): Promise<void> {
		const event = await this.until('open or end', () =>
			this.events.find(
				({ kind }) => kind === 'ssh/open' || kind === 'ssh/failed' || kind === 'ssh/exit'
			)
		);
		if (event.kind !== 'ssh/open') throw new Error(JSON.stringify(event));
	}

	/** The error it fails with. */
	async failed(timeoutMs?: number) {
		const event = await this.until(
			'failure',
			() => this.events.find((e) => e.kind === 'ssh/failed' || e.kind === 'ssh/exit'),
			timeoutMs
		);
		if (event.kind !== 'ssh/failed') throw new Error(`did not fail: ${JSON.stringify(event)}`);
		return event.error;
	}

	type(text: string): void {
		this.#send({ kind: 'ssh/input', bytes: new TextEncoder().encode(text) });
	}

	input(bytes: Uint8Array): void {
		this.#send({ kind: 'ssh/input', bytes });
	}

	/** Waits until the output holds a match. */
	output(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray> {
		return this.until(String(pattern), () => pattern.exec(this.#text) ?? undefined, timeoutMs);
	}

	resize(cols: number, rows: number): void {
		this.#send({ kind: 'ssh/resize', size: { cols, rows } });
	}

	answer(promptId: number, answers: readonly string[] | null): void {
		this.#send({ kind: 'ssh/answer', promptId, answers });
	}

	trust(isTrusted: boolean): void {
		this.#send({ kind: 'ssh/trust', isTrusted });
	}

	check(): void {
		this.#send({ kind: 'ssh/check' });
	}

	close(): void {
		this.#send({ kind: 'ssh/close' });
	}
}
