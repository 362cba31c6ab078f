// restty's terminal core (WASM), one instance for each terminal, with a guard around every call:
// a trap costs this terminal alone, which is then redrawn in a new instance. Window only.
import type { ResttyRuntimeSession } from 'restty/internal/runtime';
import { AppError } from '$lib/contracts/app-error';
import { drawable } from './drawable';
import { TerminalFonts } from './fonts';
import { Readable } from './readable';
import type { Cell, CellSpan, TextGrid } from './scrollback';

type Restty = typeof import('restty/internal/runtime');
type ResttyWasm = Awaited<ReturnType<ResttyRuntimeSession['getWasm']>>;
export type RenderState = NonNullable<ReturnType<ResttyWasm['getRenderState']>>;

/** restty's code, its GPU device and the faces: shared by a document's terminals. */
export interface SharedRestty {
	/** Rejects with AppError `server-unreachable`. */
	readonly restty: Promise<Restty>;
	readonly fonts: TerminalFonts;
	session(): Promise<ResttyRuntimeSession>;
	/** Its GPU device is gone: the next terminal asks for another one, and for none when that is gone as soon. */
	dropSession(lost: ResttyRuntimeSession): void;
}

/** A WebGPU device that is lost again within this time is no help: WebGL2 draws from then on. */
const LOST_AGAIN_MS = 60_000;

/** What of a WebGPU device tells its end; nothing on a browser that draws by WebGL2. */
interface LosableDevice {
	readonly lost: Promise<{ readonly reason: string }>;
}

const shared = new WeakMap<Document, SharedRestty>();

/** Starts loading restty (2.8 MB) on the first call, e.g. while the node joins. */
export function sharedRestty(document: Document): SharedRestty {
	const known = shared.get(document);
	if (known !== undefined) return known;
	const restty = import('restty/internal/runtime').catch((cause: unknown) => {
		throw AppError.of('server-unreachable', { origin: document.location.origin }, { cause });
	});
	let session: Promise<ResttyRuntimeSession> | null = null;
	let current: ResttyRuntimeSession | null = null;
	let lostMs = Number.NEGATIVE_INFINITY;
	let hasWebGpu = true;
	const made: SharedRestty = {
		restty,
		fonts: new TerminalFonts(document),
		session: () =>
			(session ??= restty.then((module) => {
				const one = module.createResttyRuntimeSession();
				current = hasWebGpu ? one : { ...one, getWebGPUCore: () => Promise.resolve(null) };
				return current;
			})),
		dropSession: (lost) => {
			// Each of its terminals tells of it, and the first has another one by then.
			if (lost !== current) return;
			const now = performance.now();
			hasWebGpu &&= now - lostMs > LOST_AGAIN_MS;
			lostMs = now;
			session = current = null;
		}
	};
	// A failed download is tried again by the next terminal.
	restty.catch(() => shared.delete(document));
	shared.set(document, made);
	return made;
}

/** What restty has selected by itself; rows as the view counts them. */
export interface ResttySelection {
	readonly text: string;
	readonly anchor: Cell;
	readonly focus: Cell;
}

/** Who is told of a device's end. A callback at `lost` for each core would keep the core for as long as the device. */
const endings = new WeakMap<LosableDevice, Set<() => void>>();

function whenLost(device: LosableDevice, listener: () => void, until: AbortSignal): void {
	if (until.aborted) return;
	const listeners = endings.get(device) ?? new Set();
	if (!endings.has(device)) {
		endings.set(device, listeners);
		void device.lost.then(({ reason }) => {
			if (reason !== 'destroyed') for (const tell of listeners) tell();
			// Who comes too late begins anew, and is told at once.
			endings.delete(device);
		});
	}
	listeners.add(listener);
	until.addEventListener('abort', () => listeners.delete(listener));
}

/** One terminal's core. */
export class TerminalCore {
	readonly session: ResttyRuntimeSession;
	#wasm: ResttyWasm | null = null;
	#handle = 0;
	/** As the core has it; restty gets what is to be drawn. */
	#readState: ResttyWasm['getRenderState'] = () => null;
	readonly #readable = new Readable();
	#hasTrapped = false;
	readonly #over = new AbortController();
	#marked: (() => readonly CellSpan[]) | null = null;
	#painted: ((state: RenderState) => RenderState) | null = null;
	#aroundResize: (resize: () => void) => void = (resize) => {
		resize();
	};
	/** What was selected, while somebody only wants to know it. */
	#asked: { found: ResttySelection | null } | null = null;

	/** @param onTrap called once, outside restty's own call stack
	 *  @param onGpuLost the WebGPU device is gone: driver restarted, GPU taken out, process ended */
	constructor(
		module: Pick<Restty, 'createResttyRuntimeSession'>,
		common: ResttyRuntimeSession,
		onTrap: (cause: unknown) => void,
		onGpuLost: () => void
	) {
		const own = module.createResttyRuntimeSession();
		const getWasm = async (): Promise<ResttyWasm> => {
			const wasm = await own.getWasm();
			if (this.#wasm !== wasm) this.#guard(wasm, onTrap);
			this.#wasm = wasm;
			return wasm;
		};
		this.session = {
			getWasm,
			getWebGPUCore: async (canvas) => {
				const gpu = await common.getWebGPUCore(canvas);
				// TypeScript 5.9 knows no WebGPU.
				const device = gpu?.device as unknown as LosableDevice | undefined;
				if (device !== undefined) whenLost(device, onGpuLost, this.#over.signal);
				return gpu;
			},
			...(common.getFontResourceStore === undefined
				? {}
				: { getFontResourceStore: common.getFontResourceStore })
		};
	}

	/** Nobody draws it any more. */
	dispose(): void {
		this.#over.abort();
	}

	/** What is on the screen; null before it is ready and after a trap. Views into the core's memory. */
	renderState(): RenderState | null {
		if (this.#wasm === null || this.#handle === 0 || this.#hasTrapped) return null;
		this.#wasm.renderUpdate(this.#handle);
		return this.#readState(this.#handle);
	}

	/** restty copies what is selected, but does not tell it: its core hears of it on the way.
	 *  @param copy copies the selection; nothing reaches the clipboard
	 *  @returns null when nothing is selected */
	selectionOf(copy: () => void): ResttySelection | null {
		const asked = (this.#asked = { found: null });
		try {
			copy();
			return asked.found;
		} finally {
			this.#asked = null;
		}
	}

	kittyKeyboardFlags(): number {
		if (this.#wasm === null || this.#handle === 0 || this.#hasTrapped) return 0;
		return this.#wasm.getKittyKeyboardFlags(this.#handle);
	}

	/** Pictures of the kitty protocol may be animated: restty finds out by drawing. */
	hasPictures(): boolean {
		if (this.#wasm === null || this.#handle === 0 || this.#hasTrapped) return false;
		return this.#wasm.getKittyPlacements(this.#handle).length > 0;
	}

	/** Its rows, in the core's memory; null before it is ready and after a trap. */
	grid(): TextGrid | null {
		const wasm = this.#wasm;
		const handle = this.#handle;
		if (wasm === null || handle === 0 || this.#hasTrapped) return null;
		const { exports } = wasm;
		const offset = exports.restty_scrollbar_offset?.(handle) ?? 0;
		return {
			total: exports.restty_scrollbar_total?.(handle) ?? 0,
			rows: exports.restty_scrollbar_len?.(handle) ?? 0,
			cols: exports.restty_cols?.(handle) ?? 0,
			offset,
			// The core counts rows from the first one in view.
			read: (fromRow, fromCol, toRow, toCol) =>
				this.#hasTrapped
					? ''
					: wasm.getSelectionText(handle, fromRow - offset, fromCol, toRow - offset, toCol)
		};
	}

	/** Cursor among the rows that programs write to, whatever is in view. */
	cursor(): { readonly row: number; readonly col: number } | null {
		if (this.#wasm === null || this.#handle === 0 || this.#hasTrapped) return null;
		const { exports } = this.#wasm;
		return {
			row: exports.restty_active_cursor_y?.(this.#handle) ?? 0,
			col: exports.restty_active_cursor_x?.(this.#handle) ?? 0
		};
	}

	/** Moves the view; who calls this moves it back before anything is drawn. */
	moveView(rows: number): void {
		if (this.#wasm === null || this.#handle === 0 || this.#hasTrapped || rows === 0) return;
		this.#wasm.scrollViewport(this.#handle, rows);
	}

	/** What restty marks as found in place of its own search, which knows neither case nor patterns.
	 *  @param marked cells in view; null marks nothing */
	mark(marked: (() => readonly CellSpan[]) | null): void {
		this.#marked = marked;
	}

	/** What restty draws in place of what the core has on the screen.
	 *  @param painted asked at each frame; null leaves it as it is */
	paint(painted: ((state: RenderState) => RenderState) | null): void {
		this.#painted = painted;
	}

	/** @param around runs each change of its size, which moves text to other rows */
	onResize(around: (resize: () => void) => void): void {
		this.#aroundResize = around;
	}

	/** Every export goes through here: after a trap none of them is entered again. */
	#guard(wasm: ResttyWasm, onTrap: (cause: unknown) => void): void {
		const guarded: Record<string, unknown> = {};
		for (const [name, value] of Object.entries(wasm.exports)) {
			guarded[name] =
				typeof value === 'function'
					? (...args: readonly unknown[]): unknown => {
							if (this.#hasTrapped) return 0;
							try {
								return Reflect.apply(value, undefined, args);
							} catch (cause) {
								if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
								this.#hasTrapped = true;
								queueMicrotask(() => {
									onTrap(cause);
								});
								return 0;
							}
						}
					: value;
		}
		Object.defineProperty(wasm, 'exports', { value: guarded });
		const resize = wasm.resize.bind(wasm);
		const readState = wasm.getRenderState.bind(wasm);
		this.#readState = readState;
		const setPalette = wasm.setPalette.bind(wasm);
		const setDefaultColors = wasm.setDefaultColors.bind(wasm);
		const own = {
			getRenderState: (handle: number) => {
				const state = readState(handle);
				if (state === null) return null;
				const readable = this.#readable.apply(drawable(state));
				return this.#painted === null ? readable : this.#painted(readable);
			},
			setPalette: (handle: number, colors: Uint8Array, count: number) => {
				this.#readable.setPalette(colors.subarray(0, count * 3));
				setPalette(handle, colors, count);
			},
			setDefaultColors: (handle: number, fg: number, bg: number, cursor: number) => {
				this.#readable.setDefaults(fg, bg);
				setDefaultColors(handle, fg, bg, cursor);
			},
			resize: (handle: number, cols: number, rows: number) => {
				this.#aroundResize(() => {
					resize(handle, cols, rows);
					// The core tells its former columns until then, and reads no rows by them.
					wasm.renderUpdate(handle);
				});
			},
			setSearchQuery: () => undefined,
			clearSearch: () => undefined,
			stepSearch: () => undefined,
			searchNext: () => undefined,
			getSearchStatus: () => ({
				active: this.#marked !== null,
				pending: false,
				complete: true,
				generation: 0,
				totalMatches: 0,
				selectedIndex: null
			}),
			// restty's columns end behind the last one.
			getSearchViewportMatches: () =>
				(this.#marked?.() ?? []).map((span) => ({ ...span, endCol: span.endCol + 1 }))
		} satisfies Partial<Record<keyof ResttyWasm, unknown>>;
		for (const [name, value] of Object.entries(own)) Object.defineProperty(wasm, name, { value });
		const selectionText = wasm.getSelectionText.bind(wasm);
		Object.defineProperty(wasm, 'getSelectionText', {
			value: (...args: Parameters<typeof selectionText>) => {
				const text = selectionText(...args);
				if (this.#asked === null) return text;
				const [, row, col, toRow, toCol] = args;
				this.#asked.found = { text, anchor: { row, col }, focus: { row: toRow, col: toCol } };
				return '';
			}
		});
		const create = wasm.create.bind(wasm);
		Object.defineProperty(wasm, 'create', {
			value: (...args: Parameters<typeof create>) => (this.#handle = create(...args))
		});
	}
}
