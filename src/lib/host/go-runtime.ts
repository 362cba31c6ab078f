// Loads the Go program: fetches, verifies and compiles the module, loads wasm_exec.js, starts it and
// watches its end. Runs in a browser's worker or a Node thread; node-host.ts calls it.
import { AppError } from '$lib/contracts/app-error';
import { hex } from '$lib/contracts/hex';
import { isRecord } from '$lib/contracts/parse';
import type { GoEvent, HeadtabNode, NodeStart, SshOpen } from '$lib/contracts/wasm';
import { goImports } from './go-memory';
import type { GoNet } from './net-shim';

/** HeadtabNode, and what only the host tells Go. */
export interface GoNode extends HeadtabNode {
	start(params: NodeStart): void;
	/** Output goes to `onOutput` under the number of the stream. */
	open(params: SshOpen & { readonly stream: number }): void;
	/** The control connection stands: the join's next step. */
	registering(): void;
}

/** How a realm gets the two files. */
export interface GoFiles {
	/** Fetches the module; `isRetry` asks past every cache. Its bytes where it lies on disk (a response of
	 *  27 MB, read twice, left a server's process 230 MB larger for ever), or what was compiled before. */
	readonly fetchModule: (
		url: string,
		isRetry: boolean
	) => Promise<Response | Uint8Array<ArrayBuffer> | WebAssembly.Module>;
	/** Evaluates wasm_exec.js, which sets `globalThis.Go`, and calls `run` while it may not see a
	 *  Node `process`. */
	readonly withGo: (url: string, run: (go: GoClass) => void) => Promise<void>;
}

/** The class of wasm_exec.js. */
export interface GoClass {
	readonly importObject: WebAssembly.Imports;
	/** Told the exit code; the stock one writes to the console. */
	exit: (code: number) => void;
	run(instance: WebAssembly.Instance): Promise<void>;
}

export interface ModuleOptions {
	readonly url: string;
	/** Hex. */
	readonly sha256: string;
	readonly files: GoFiles;
	readonly onProgress: (loadedBytes: number, totalBytes: number | null) => void;
}

/** Fetches, verifies and compiles the module; a damaged copy is fetched once more.
 *  @throws AppError `wasm-missing` | `wasm-corrupt` | `server-unreachable` */
export async function loadModule(options: ModuleOptions): Promise<WebAssembly.Module> {
	try {
		return await fetchModule(options, false);
	} catch (cause) {
		if (!(cause instanceof AppError) || cause.code !== 'wasm-corrupt') throw cause;
		return fetchModule(options, true);
	}
}

async function fetchModule(options: ModuleOptions, isRetry: boolean): Promise<WebAssembly.Module> {
	const { url, sha256, files, onProgress } = options;
	// The network's fault, not the module's: it is tried again when the network is back.
	const broken = (cause: unknown): never => {
		throw AppError.of('server-unreachable', { origin: new URL(url).origin }, { cause });
	};
	const response = await files.fetchModule(url, isRetry).catch(broken);
	if (response instanceof WebAssembly.Module) return response;
	if (response instanceof Uint8Array) {
		await verify(response, sha256);
		return WebAssembly.compile(response);
	}
	const type = response.headers.get('content-type') ?? '';
	if (response.status === 404 || type.startsWith('text/html')) throw AppError.of('wasm-missing');
	if (!response.ok || response.body === null) {
		throw AppError.of('wasm-corrupt', { reason: `HTTP ${response.status}` });
	}
	// The browser compiles from the response itself, while its twin is hashed; nothing runs before both are
	// done. What is compiled of the HTTP cache's response is kept by the browser (0005).
	const twin = response.clone();
	const compiling = WebAssembly.compileStreaming(response).catch((cause: unknown) => cause);
	const bytes = await readAll(twin, onProgress).catch(broken);
	await verify(bytes, sha256);
	const compiled = await compiling;
	if (compiled instanceof WebAssembly.Module) return compiled;
	// The right bytes under a wrong type or encoding: compile what was hashed.
	return WebAssembly.compile(bytes);
}

/** @throws AppError `wasm-corrupt` */
async function verify(bytes: Uint8Array<ArrayBuffer>, sha256: string): Promise<void> {
	const found = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
	if (found === sha256) return;
	throw AppError.of('wasm-corrupt', {
		reason: `${bytes.byteLength} bytes with SHA-256 ${found.slice(0, 12)}… instead of ${sha256.slice(0, 12)}…`
	});
}

async function readAll(
	response: Response,
	onProgress: ModuleOptions['onProgress']
): Promise<Uint8Array<ArrayBuffer>> {
	// With a content encoding the length header counts other bytes than those that are read.
	const length = response.headers.get('content-encoding')
		? null
		: Number(response.headers.get('content-length'));
	const total = length !== null && length > 0 ? length : null;
	const chunks: Uint8Array[] = [];
	let loaded = 0;
	const reader = response.body?.getReader();
	for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
		chunks.push(part.value);
		loaded += part.value.byteLength;
		onProgress(loaded, total);
	}
	const bytes = new Uint8Array(loaded);
	let at = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, at);
		at += chunk.byteLength;
	}
	return bytes;
}

export interface RunOptions {
	readonly module: WebAssembly.Module;
	readonly execUrl: string;
	readonly files: GoFiles;
	readonly net: GoNet;
	readonly onEvent: (event: GoEvent) => void;
	/** Output of a session; the bytes lie in Go's memory and hold for the call only. */
	readonly onOutput: (stream: number, bytes: Uint8Array) => void;
	/** Go ended or panicked. `detail` holds its last words. */
	readonly onCrash: (detail: string) => void;
	/** Upstream's log, for tests; nothing by default. */
	readonly onLog?: ((line: string) => void) | undefined;
}

/** Starts the program; resolves when it waits for `start`. One per realm. */
export async function runGo(options: RunOptions): Promise<GoNode> {
	const { module, files, net, onEvent, onCrash, onLog } = options;
	const words = new LastWords();
	let isOver = false;
	let setReady = (): void => undefined;
	let setFailed = (_: AppError): void => undefined;
	const ready = new Promise<void>((resolve, reject) => {
		setReady = resolve;
		setFailed = reject;
	});
	const crash = (detail: string): void => {
		if (isOver) return;
		isOver = true;
		const all = [detail, words.text()].filter((text) => text !== '').join('\n');
		setFailed(AppError.of('wasm-crashed', {}, { cause: new Error(all) }));
		onCrash(all);
	};
	Object.assign(globalThis, {
		WebSocket: net.WebSocket,
		fetch: net.fetch,
		headtabSocket: net.headtabSocket,
		headtabHangUp: net.headtabHangUp,
		headtabEmit: onEvent,
		headtabCrashed: crash,
		headtabReady: setReady,
		...(onLog === undefined ? {} : { headtabLog: onLog })
	});
	await files.withGo(options.execUrl, (go) => {
		words.listen();
		go.exit = (code) => crash(`exit code ${code}`);
		const bytes = { take: net.take, write: net.write, output: options.onOutput };
		const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
			...go.importObject,
			headtab: goImports(bytes, () => memoryOf(instance))
		});
		go.run(instance).then(
			() => crash('the program ended'),
			(cause: unknown) => crash(String(cause))
		);
	});
	await ready;
	return takeNode();
}

function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
	const memory = instance.exports['mem'];
	if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('Go exports no memory');
	return memory;
}

function takeNode(): GoNode {
	const node: unknown = Reflect.get(globalThis, 'headtabNode');
	if (!isRecord(node) || typeof node['start'] !== 'function') {
		throw AppError.of('wasm-crashed', {}, { cause: new TypeError('no headtabNode') });
	}
	// Nothing else of the realm shall find it.
	Reflect.deleteProperty(globalThis, 'headtabNode');
	return node as unknown as GoNode;
}

/** What Go writes to its standard error, kept for the report of a crash instead of the console. */
class LastWords {
	readonly #decoder = new TextDecoder();
	#text = '';

	listen(): void {
		const fs: unknown = Reflect.get(globalThis, 'fs');
		if (!isRecord(fs)) return;
		Reflect.set(fs, 'writeSync', (_fd: number, bytes: Uint8Array): number => {
			this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).slice(-16_384);
			return bytes.byteLength;
		});
	}

	text(): string {
		return this.#text;
	}
}
