// One restty (0.3.0) with its boxes, its core and its frames, before any session is known to it: a spare
// one waits, so that a tab opens at once. Window only; terminal.ts takes one for each session and again
// after a trap, spare.ts makes them ahead.
import { AppError } from '$lib/contracts/app-error';
import type { ResttyRuntime } from 'restty/internal/runtime';
import type { Palette, PtyTransport } from './restty-types';
import { sharedRestty, TerminalCore, type ResttySelection } from './core';
import { cursorSequence } from './cursor';
import { Faces } from './faces';
import { Frames } from './frames';
import type { Look } from './look';
import type { CellSpan } from './scrollback';
import { paintSelection, type SelectionColors } from './selection-paint';
import { easeSoftwareDrawing, isDrawnBySoftware } from './software-gl';
import { readTheme } from './theme';

/** Cells of the screen and the size of one in device pixels. */
export interface CellGrid {
	readonly cols: number;
	readonly rows: number;
	readonly width: number;
	readonly height: number;
}

/** Who has the engine. */
export interface EngineUser {
	/** Keys, mouse and answers of the terminal. @returns whether it was taken */
	send(text: string): boolean;
	resized(grid: CellGrid): void;
	/** Its core has failed, or its GPU context is lost: it draws nothing any more. */
	failed(cause: unknown): void;
	/** Each keydown and keyup in its box, before restty hears of it. */
	key(event: KeyboardEvent): void;
	/** A frame has been drawn. */
	drawn(): void;
}

/** restty keeps this much scrollback: 10,000 lines of 200 columns take 17.2 MB, other marks of theirs more. */
export const SCROLLBACK_BYTES = 20_000_000;
/** restty draws every frame for this long after a new size. */
const RESIZE_MS = 200;
/** A drag that leaves the box scrolls by a timer of restty's. */
const HELD_MS = 1_000;

/** The browser has taken the GPU away from a canvas: it keeps 16 contexts, and the GPU's process may end. */
export class GpuLost extends Error {
	constructor() {
		super('GPU context lost');
	}
}

export class Engine {
	readonly box: HTMLElement;
	readonly screen: HTMLElement;
	readonly keyboard: HTMLTextAreaElement;
	readonly core: TerminalCore;
	readonly runtime: ResttyRuntime;
	readonly renderer: string;
	readonly #link: Link;
	readonly #faces: Faces;
	#look: Look;
	/** What a program asked for last; 0 is the look's. */
	#cursorCode = 0;
	#selectionColors: SelectionColors | null = null;
	#palette: Palette = [];

	private constructor(parts: {
		readonly boxes: Boxes;
		readonly core: TerminalCore;
		readonly runtime: ResttyRuntime;
		readonly link: Link;
		readonly faces: Faces;
		readonly look: Look;
	}) {
		({ box: this.box, screen: this.screen, keyboard: this.keyboard } = parts.boxes);
		this.core = parts.core;
		this.runtime = parts.runtime;
		this.renderer = parts.runtime.render.getBackend();
		this.#link = parts.link;
		this.#faces = parts.faces;
		this.#look = parts.look;
	}

	/** Builds one inside `element`, which has a size.
	 *  @throws AppError `terminal-failed` | `terminal-no-gpu` | `server-unreachable` */
	static async make(element: HTMLElement, look: Look): Promise<Engine> {
		const common = sharedRestty(element.ownerDocument);
		const { met } = common.fonts;
		const [module, session, fonts] = await Promise.all([
			common.restty,
			common.session(),
			common.fonts.load(look)
		]);
		keepOutResttyStyles(element.ownerDocument);
		const boxes = makeBoxes(element);
		const link = new Link(boxes);
		const core = new TerminalCore(
			module,
			session,
			(cause) => {
				link.fail(cause);
			},
			() => {
				common.dropSession(session);
				link.fail(new GpuLost());
			}
		);
		link.frames = new Frames({
			isSeen: () => isSeen(boxes.box),
			isMoving: () => core.hasPictures(),
			isSlow: () => isDrawnBySoftware(boxes.screen.querySelector('canvas')),
			onDrawn: () => {
				link.drawn();
			}
		});
		const runtime = module.createResttyRuntime({
			mount: { canvas: boxes.canvas, imeInput: boxes.keyboard, session: core.session },
			terminal: {
				renderer: 'auto',
				fontSize: look.fontSizePx,
				fontSizeMode: 'em',
				ligatures: look.hasLigatures,
				fonts,
				theme: readTheme(element),
				autoResize: false,
				showResizeOverlay: false,
				maxScrollbackBytes: SCROLLBACK_BYTES
			},
			services: { ptyTransport: link.transport }
		});
		link.onDispose = () => {
			core.dispose();
			runtime.lifecycle.destroy();
		};
		runtime.events.subscribe((event) => {
			// restty begins its loop right after it has said so.
			if (event.type === 'state' && event.state === 'ready') link.frames?.adopt();
		});
		try {
			await runtime.lifecycle.init();
		} catch (cause) {
			link.dispose();
			throw AppError.of('terminal-failed', { reason: 'its core did not start' }, { cause });
		}
		if (runtime.render.getBackend() === 'none') {
			link.dispose();
			throw AppError.of('terminal-no-gpu');
		}
		runtime.io.connectPty();
		const faces = new Faces({
			fonts: common.fonts,
			look,
			met,
			given: fonts,
			put: async (inputs) => {
				await runtime.terminal.setFonts(inputs);
				link.frames?.request(RESIZE_MS);
			},
			isGone: () => link.isDisposed
		});
		return new Engine({ boxes, core, runtime, link, faces, look });
	}

	/** False after a failure that nobody was told of. */
	get isGood(): boolean {
		return this.#link.isGood;
	}

	/** Draws a frame where nobody sees it. */
	async rehearse(text: string): Promise<void> {
		this.runtime.io.sendInput(text, 'pty');
		await this.#link.frames?.drawUnseen();
	}

	/** Hands it to a session, once it lies in `element`. */
	take(element: HTMLElement, label: string, user: EngineUser): void {
		this.keyboard.setAttribute('aria-label', label);
		this.takeTheme(element);
		this.setCursor(0);
		this.#link.take(user);
	}

	/** Output; what restty answers meanwhile is the terminal's, not a key. */
	write(text: string): void {
		this.#faces.meet(text);
		this.runtime.io.sendInput(text, 'pty');
		this.#link.frames?.output(text.length);
	}

	/** The colours that hold on `element` now. */
	takeTheme(element: HTMLElement): void {
		const theme = readTheme(element);
		this.runtime.terminal.applyTheme(theme);
		const { selectionBackground: background, selectionForeground: text } = theme.colors;
		const foreground = typeof text === 'object' ? text : undefined;
		this.#selectionColors = typeof background === 'object' ? { background, foreground } : null;
		this.#palette = theme.colors.palette;
		this.changed();
	}

	/** As the theme had it that was taken last: to read it again costs a style a colour. */
	get palette(): Palette {
		return this.#palette;
	}

	/** Looks that differ from what it has. */
	setLook(look: Look): void {
		if (look.fontSizePx !== this.#look.fontSizePx)
			this.runtime.terminal.setFontSize(look.fontSizePx);
		this.#look = look;
		this.setCursor(this.#cursorCode);
		this.runtime.terminal.setLigatures(look.hasLigatures);
		this.#faces.setLook(look);
		this.#link.frames?.request();
	}

	/** DECSCUSR: 1 to 6 as the program wants it, 0 as the person does. */
	setCursor(code: number): void {
		this.#cursorCode = code;
		const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
		this.write(cursorSequence(code, this.#look, isStill));
	}

	/** What restty selects by itself: words, lines, and what a finger draws. */
	resttySelection(): ResttySelection | null {
		return this.core.selectionOf(() => void this.runtime.interaction.copySelectionToClipboard());
	}

	/** restty's input side takes modes from here. */
	toInputSide(sequence: string): void {
		this.#link.toInputSide(sequence);
		this.#link.frames?.request();
	}

	/** Somebody sees it now. */
	get isSeen(): boolean {
		return isSeen(this.box);
	}

	/** Something else than output has changed what is to be seen. */
	changed(forMs = 0): void {
		this.#link.frames?.request(forMs);
	}

	/** Moves the view, down when positive. By the wheel, which is restty's only way that takes a selection
	 *  along; with Shift, so that no program hears of it. */
	scrollBy(rows: number): void {
		const canvas = this.screen.querySelector('canvas');
		const target = (this.core.grid()?.offset ?? 0) + rows;
		const cellPx = this.#link.grid?.height ?? 0;
		if (canvas === null || cellPx === 0) return;
		// What is left of a former scroll, less than a row, may take one away.
		for (let turn = 0; turn < 2; turn += 1) {
			const left = target - (this.core.grid()?.offset ?? target);
			if (left === 0) return;
			// restty scrolls twice as far as it is told.
			const deltaY = (left * cellPx) / 2;
			canvas.dispatchEvent(new WheelEvent('wheel', { deltaY, shiftKey: true, cancelable: true }));
		}
	}

	/** Marks cells as found, or takes that back; `marked` is asked again whenever the view has changed. */
	mark(marked: (() => readonly CellSpan[]) | null): void {
		this.core.mark(
			marked &&
				(() => {
					// Asked after the frame that scrolled.
					this.changed();
					return marked();
				})
		);
		const { search } = this.runtime;
		// Any text: restty asks us what it finds.
		if (marked === null) search.clear();
		else if (search.getState().active) search.next();
		else search.setQuery(' ');
		this.changed();
	}

	/** Shows cells as selected, or takes that back; `selected` is asked again at each frame. */
	select(selected: (() => readonly CellSpan[]) | null): void {
		this.core.paint(
			selected &&
				((state) =>
					this.#selectionColors === null
						? state
						: paintSelection(state, selected(), this.#selectionColors))
		);
		// restty draws what it knows to have changed: a character that programs send to fill time.
		this.write('\0');
	}

	/** Height of a row as the page measures. */
	get rowPx(): number {
		const canvas = this.screen.querySelector('canvas');
		if (canvas === null || canvas.height === 0) return 0;
		return ((this.#link.grid?.height ?? 0) * canvas.clientHeight) / canvas.height;
	}

	/** Measures the box anew. */
	fit(): void {
		const before = this.#pixels();
		this.runtime.interaction.updateSize();
		const after = this.#pixels();
		this.#link.placeKeyboard();
		const isResized = before.width !== after.width || before.height !== after.height;
		this.#link.frames?.request(isResized ? RESIZE_MS : 0);
	}

	dispose(): void {
		this.#link.dispose();
	}

	/** restty may have put another canvas in the place of the first. */
	#pixels(): { readonly width: number; readonly height: number } {
		const canvas = this.screen.querySelector('canvas');
		return { width: canvas?.width ?? 0, height: canvas?.height ?? 0 };
	}
}

interface Boxes {
	readonly box: HTMLElement;
	readonly screen: HTMLElement;
	readonly canvas: HTMLCanvasElement;
	readonly keyboard: HTMLTextAreaElement;
}

/** What stands between restty and who has the engine. */
class Link {
	frames: Frames | null = null;
	onDispose: () => void = () => undefined;
	readonly #boxes: Boxes;
	readonly #stop = new AbortController();
	#user: EngineUser | null = null;
	grid: CellGrid | null = null;
	#failure: { readonly cause: unknown } | null = null;
	#isConnected = false;
	#mayHaveSelection = false;
	#toInputSide: (sequence: string) => void = () => undefined;

	constructor(boxes: Boxes) {
		this.#boxes = boxes;
		this.#listen();
	}

	get isGood(): boolean {
		return this.#failure === null;
	}

	readonly transport: PtyTransport = {
		connect: ({ callbacks }) => {
			this.#toInputSide = callbacks.onData ?? this.#toInputSide;
			this.#isConnected = true;
			callbacks.onConnect?.();
		},
		disconnect: () => undefined,
		// Never false again: restty would echo keys by itself.
		isConnected: () => this.#isConnected,
		sendInput: (text) => this.#user?.send(text) ?? true,
		resize: (cols, rows, meta) => {
			this.grid = { cols, rows, width: meta?.cellW ?? 0, height: meta?.cellH ?? 0 };
			this.#user?.resized(this.grid);
			return true;
		},
		destroy: () => undefined
	};

	take(user: EngineUser): void {
		this.#user = user;
		if (this.grid !== null) user.resized(this.grid);
	}

	fail(cause: unknown): void {
		this.#failure ??= { cause };
		this.#user?.failed(cause);
	}

	toInputSide(sequence: string): void {
		this.#toInputSide(sequence);
	}

	drawn(): void {
		this.#user?.drawn();
	}

	get isDisposed(): boolean {
		return this.#stop.signal.aborted;
	}

	/** restty places its text field in the window, but our box holds it: candidates of an input method
	 *  would stand away from the cursor. */
	placeKeyboard(): void {
		const { box, keyboard } = this.#boxes;
		const { left, top } = box.getBoundingClientRect();
		keyboard.style.translate = `${String(-left)}px ${String(-top)}px`;
	}

	dispose(): void {
		this.#stop.abort();
		this.#user = null;
		this.frames?.dispose();
		this.onDispose();
		this.#boxes.box.remove();
	}

	#listen(): void {
		const { box, keyboard } = this.#boxes;
		const { signal } = this.#stop;
		// On the window, where restty listens, but earlier: the app's own handlers have run by then.
		for (const kind of ['keydown', 'keyup'] as const)
			addEventListener(
				kind,
				(event) => {
					if (keepFromShells(event)) return;
					if (!box.contains(event.target instanceof Node ? event.target : null)) return;
					this.#user?.key(event);
					if (kind === 'keyup') return;
					// What a key changes comes as output, but it ends a selection by itself.
					if (this.#mayHaveSelection) this.frames?.request();
					this.#mayHaveSelection = false;
				},
				{ signal }
			);
		// restty's own handlers change what is to be seen: selection, scrolling, composition, focus.
		const seen = { capture: true, passive: true, signal };
		for (const kind of ['pointerdown', 'pointerup', 'pointermove', 'dblclick', 'wheel'])
			box.addEventListener(
				kind,
				(event) => {
					const isHeld = event instanceof PointerEvent && event.buttons !== 0;
					if (isHeld) this.#mayHaveSelection = true;
					this.frames?.request(isHeld ? HELD_MS : 0);
				},
				seen
			);
		// What scrolls without a person's doing follows output.
		box.addEventListener('scroll', () => this.frames?.output(0), seen);
		for (const kind of ['compositionstart', 'compositionupdate', 'compositionend', 'input'])
			keyboard.addEventListener(kind, () => this.frames?.request(), seen);
		for (const kind of ['focusin', 'compositionstart'])
			box.addEventListener(
				kind,
				() => {
					this.placeKeyboard();
				},
				seen
			);
		for (const kind of ['focusin', 'focusout'])
			box.addEventListener(kind, () => this.frames?.request(), seen);
		box.addEventListener(
			'webglcontextlost',
			(event) => {
				event.preventDefault();
				this.fail(new GpuLost());
			},
			{ capture: true, signal }
		);
	}
}

const isSeen = (box: HTMLElement): boolean => box.checkVisibility({ visibilityProperty: true });

function makeBoxes(element: HTMLElement): Boxes {
	const document = element.ownerDocument;
	const box = document.createElement('div');
	box.className = 'headtab-terminal';
	const screen = document.createElement('div');
	screen.className = 'headtab-terminal-screen';
	const canvas = document.createElement('canvas');
	easeSoftwareDrawing(canvas);
	const keyboard = document.createElement('textarea');
	keyboard.tabIndex = -1;
	keyboard.autocapitalize = 'off';
	keyboard.autocomplete = 'off';
	keyboard.spellcheck = false;
	screen.append(canvas, keyboard);
	box.append(screen);
	element.append(box);
	return { box, screen, canvas, keyboard };
}

/** restty adds an inline style sheet, which the CSP refuses, unless it finds its own mark in the head.
 *  Ours (terminal.css) has the same boxes. Ends with a restty that takes a switch for it. */
function keepOutResttyStyles(document: Document): void {
	if (document.head.querySelector('[data-restty-native-scrollbar]') !== null) return;
	const mark = document.createElement('meta');
	mark.setAttribute('data-restty-native-scrollbar', '');
	document.head.append(mark);
}

/** restty (0.3.0) asks where the keyboard is, not where the key was pressed: Enter on a tab or Esc in a menu
 *  brings a terminal up, and would reach its shell.
 *  @returns whether the key was pressed outside of all terminals; no terminal hears of it then */
function keepFromShells(event: KeyboardEvent): boolean {
	if (event.target instanceof Element && event.target.closest('[data-terminal]') !== null)
		return false;
	event.stopImmediatePropagation();
	return true;
}
