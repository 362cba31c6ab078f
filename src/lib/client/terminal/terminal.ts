// One restty in one element, for one SSH session: the only user of restty (0.3.0). Window only.
// TerminalPane builds it in an attachment and disposes it. Output: session → queue → byte filter →
// core; keys, mouse and answers of the terminal: restty → here → session.
import './terminal.css';
import { AppError, toAppError } from '$lib/contracts/app-error';
import { RESIZE_DEBOUNCE_MS } from '$lib/contracts/limits';
import { afterFrame } from '../next-task';
import { ByteFilter, NEW_SHELL, type FilterEvent } from './byte-filter';
import { Engine, GpuLost, type CellGrid, type EngineUser } from './engine';
import { Keyboard, type PlainKey } from './keyboard';
import { LocalEcho } from './local-echo';
import type { Look } from './look';
import { cursorLine, Mirror, type CursorLine } from './mirror';
import { isMouseReport, reportBytes } from './mouse-report';
import { OutputQueue } from './output-queue';
import { keepOutOwnScrolls } from './own-scroll';
import { Paster } from './paster';
import { listenForPointer, type Point } from './pointer';
import { Reading } from './reading';
import { writeClipboard } from './program-copy.svelte';
import { Replay } from './replay';
import { isFixedReply, RateLimit, REPLIES_PER_S, splitReplies } from './replies';
import { SpareEngine } from './spare';
import type { TerminalOptions, TerminalState } from './terminal-options';
import { onSchemeChange, paletteSequence } from './theme';
import { Traps } from './traps';
import { Wheel } from './wheel';

/** Output kept to redraw a terminal whose core has failed. */
const REPLAY_MAX_BYTES = 1024 * 1024;
const BELLS_PER_S = 5;

const encoder = new TextEncoder();

/** What exists from a mount of an engine to its end. */
interface Mounted {
	readonly engine: Engine;
	readonly stop: () => void;
}

export class Terminal {
	/** Search, prompts and outputs, its text. */
	readonly reading: Reading;
	readonly #options: TerminalOptions;
	readonly #session: TerminalOptions['session'];
	readonly #queue: OutputQueue;
	readonly #filter: ByteFilter;
	readonly #paster: Paster;
	readonly #keyboard: Keyboard;
	readonly #wheel: Wheel;
	readonly #mirror: Mirror;
	readonly #localEcho: LocalEcho;
	readonly #replies = new RateLimit(REPLIES_PER_S);
	readonly #bells = new RateLimit(BELLS_PER_S);
	readonly #isMac: boolean;
	readonly #stops: (() => void)[] = [];
	#decoder = new TextDecoder();
	#mounted: Mounted | null = null;
	#state: TerminalState = { at: 'loading' };
	#isDisposed = false;
	/** The GPU was taken away while nobody looked: it is mounted again when somebody does. */
	#isAway = false;
	/** It has been mounted once: the session's output comes here. */
	#isAttached = false;

	#batch = new Uint8Array(32 * 1024);
	#batchLength = 0;
	#isFeeding = false;
	#isReplaying = false;
	readonly #replay = new Replay(REPLAY_MAX_BYTES);
	readonly #traps = new Traps(REPLAY_MAX_BYTES);

	#look: Look;
	#fitTimer: ReturnType<typeof setTimeout> | null = null;
	#isBracketed = false;
	#isAlternate = false;
	#hasOpened = false;
	#awaitsPrompt = false;
	#grid: CellGrid = { width: 0, height: 0, cols: 0, rows: 0 };
	/** The program hears of the keyboard's coming and going. */
	#reportsFocus = false;
	/** What the key under way sends, whatever restty makes of it. */
	#keyText: string | null = null;

	constructor(options: TerminalOptions) {
		this.#options = options;
		this.#session = options.session;
		this.#look = options.look;
		this.reading = new Reading(
			(state) => {
				options.onReading?.(state);
			},
			() => {
				this.#mirror.changed();
			}
		);
		this.#isMac = /mac os|iphone|ipad/i.test(navigator.userAgent);
		this.#filter = new ByteFilter(
			{
				output: (bytes) => {
					this.#collect(bytes);
				},
				mode: (sequence) => {
					if (!this.#isReplaying) this.#replay.note(sequence);
					this.#flush();
					this.reading.mode(sequence, () => {
						this.#feed(() => this.#mounted?.engine.toInputSide(sequence));
					});
				},
				event: (event) => {
					this.#hear(event);
				}
			},
			{ ownOrigin: location.origin }
		);
		this.#queue = new OutputQueue({
			feed: (bytes) => {
				this.#replay.keep(bytes);
				this.#take(bytes);
			}
		});
		this.#queue.setPaused(true);
		this.#paster = new Paster({
			session: this.#session,
			isBracketed: () => this.#isBracketed,
			confirm: options.confirmPaste,
			onProgress: options.onPasteProgress
		});
		this.#keyboard = new Keyboard({
			isMac: this.#isMac,
			optionAsAlt: () => options.optionAsAlt?.() ?? 'off',
			kittyFlags: () => this.#mounted?.engine.core.kittyKeyboardFlags() ?? 0
		});
		this.#wheel = new Wheel({
			hasMouse: () => this.#mounted?.engine.runtime.interaction.getMouseStatus().active === true,
			cellHeight: () => this.#grid.height / devicePixelRatio,
			press: (key, times) => {
				this.#sendKeys(encoder.encode(this.#keyboard.encode({ key, code: key }).repeat(times)));
			}
		});
		this.#mirror = new Mirror(options.isMirrored, {
			state: () => this.#mounted?.engine.core.renderState() ?? null,
			isFlooded: () => !this.#queue.isEmpty,
			isAlternate: () => this.#isAlternate,
			onText: (text) => {
				this.reading.mirrored();
				options.onMirror?.(text);
			},
			onNew: (lines) => options.onNew?.(lines)
		});
		this.#localEcho = new LocalEcho({
			isWanted: () => !this.#isAlternate && options.isEchoPredicted?.() === true,
			state: () => this.#mounted?.engine.core.renderState() ?? null,
			screen: () => this.#mounted?.engine.screen ?? null,
			grid: () => this.#grid,
			look: () => this.#look
		});
		void this.#start();
	}

	get state(): TerminalState {
		return this.#state;
	}

	focus(): void {
		this.#mounted?.engine.runtime.interaction.focus();
	}

	blur(): void {
		this.#mounted?.engine.runtime.interaction.blur();
	}

	/** Puts the selection on the clipboard. @returns false when nothing is selected */
	async copy(): Promise<boolean> {
		const text = this.reading.selection.text();
		return text !== '' && writeClipboard(text);
	}

	hasSelection(): boolean {
		return this.reading.selection.hasText;
	}

	/** Selects scrollback and screen. @returns how many lines that are */
	selectAll(): number {
		this.#clearSelection();
		const lines = this.reading.selection.all();
		if (lines > 0 && this.#options.isCopyOnSelect?.() === true) void this.copy();
		return lines;
	}

	/** Below the cursor, in the window. */
	cursorPoint(): Point {
		const rect = (this.#mounted?.engine.keyboard ?? this.#options.element).getBoundingClientRect();
		return { x: rect.left, y: rect.bottom };
	}

	/** From the clipboard, through the paste guard; nothing when the browser refuses to read it. */
	async pasteFromClipboard(): Promise<void> {
		const text = await navigator.clipboard.readText().catch((cause: unknown) => {
			if (cause instanceof DOMException) return '';
			throw cause;
		});
		await this.paste(text);
	}

	/** Asks when the text is risky (H12), then sends it in order; Ctrl+C breaks it off. */
	async paste(text: string): Promise<void> {
		await this.#paster.paste(text);
	}

	/** Breaks a paste off that is being sent. */
	cancelPaste(): void {
		this.#paster.cancel();
	}

	/** What a person who does not see it asks for; null while there is no terminal. */
	cursorLine(): CursorLine | null {
		const state = this.#mounted?.engine.core.renderState() ?? null;
		return state === null ? null : cursorLine(state);
	}

	/** Clears screen and scrollback, and lets the program draw anew. */
	clear(): void {
		this.#replay.clear();
		this.#take(encoder.encode('\x1b[H\x1b[2J\x1b[3J'));
		this.#session.send(Uint8Array.of(0x0c));
	}

	/** Full reset of a terminal that garbage has left unreadable (H9). */
	reset(): void {
		this.#filter.reset();
		this.#take(encoder.encode('\x1bc'));
		this.#replay.clear();
	}

	setLook(look: Look): void {
		this.#look = look;
		this.#mounted?.engine.setLook(look);
	}

	setMirrored(isMirrored: boolean): void {
		this.#mirror.setOn(isMirrored);
	}

	/** Measures the element again, e.g. after its tab became visible. */
	fit(): void {
		const mounted = this.#mounted;
		if (mounted === null) return;
		const isVisible =
			mounted.engine.screen.clientWidth > 0 && mounted.engine.screen.clientHeight > 0;
		mounted.engine.runtime.terminal.setPaused(!isVisible);
		// A hidden pane measures nothing: the far end keeps its size.
		if (isVisible) mounted.engine.fit();
	}

	/** The person sees it from now on. */
	shown(): void {
		if (this.#isAway) {
			this.#isAway = false;
			this.#queue.setPaused(true);
			this.#setState({ at: 'loading' });
			this.#remount(false);
		} else this.#mounted?.engine.changed();
	}

	/** Reads the colours again. */
	refreshTheme(): void {
		this.#mounted?.engine.takeTheme(this.#options.element);
	}

	/** After a failure, when a person asks: begins anew, with the output that was kept. */
	tryAgain(): void {
		if (this.#state.at !== 'failed') return;
		this.#traps.forget();
		this.#setState({ at: 'loading' });
		if (this.#isAttached) this.#remount(true);
		else void this.#start();
	}

	dispose(): void {
		if (this.#isDisposed) return;
		this.#isDisposed = true;
		this.#paster.dispose();
		for (const stop of this.#stops.splice(0)) stop();
		this.#queue.dispose();
		this.#mirror.dispose();
		this.#localEcho.dispose();
		if (this.#fitTimer !== null) clearTimeout(this.#fitTimer);
		this.#mounted?.stop();
		this.#mounted = null;
		this.reading.dispose();
		this.#replay.clear();
	}

	/** Asked anew after each wait. */
	#isOver(): boolean {
		return this.#isDisposed;
	}

	async #start(): Promise<void> {
		// The pane first: both in one task would keep the page from its person for longer than three frames.
		await afterFrame();
		if (this.#isOver()) return;
		try {
			await this.#mount();
		} catch (cause) {
			this.#setState({ at: 'failed', error: toAppError(cause).toWire() });
			return;
		}
		if (this.#isDisposed) return;
		this.#isAttached = true;
		const { element } = this.#options;
		const observer = new ResizeObserver(() => {
			this.#scheduleFit();
		});
		observer.observe(element);
		const onWindowResize = () => {
			this.#scheduleFit();
		};
		addEventListener('resize', onWindowResize);
		this.#stops.push(
			() => {
				observer.disconnect();
				removeEventListener('resize', onWindowResize);
			},
			onSchemeChange(element, () => {
				this.refreshTheme();
			}),
			this.#session.attach({
				write: (bytes, drawn) => {
					this.#paster.heard();
					this.#queue.push(bytes, () => {
						this.#markPrompt();
						drawn();
					});
				},
				opened: () => {
					this.#newShell();
				}
			})
		);
		this.#hasOpened = this.#session.phase.at === 'open';
		this.#awaitsPrompt = this.#hasOpened;
	}

	/** Takes an engine, the spare one when it is there. Called again after a trap or a lost GPU context. */
	async #mount(): Promise<void> {
		const { element } = this.#options;
		const spare = SpareEngine.of(element.ownerDocument);
		const engine = spare.take(element, this.#look) ?? (await Engine.make(element, this.#look));
		if (this.#isOver()) {
			engine.dispose();
			return;
		}
		const pointer = this.#listen(engine);
		this.#mounted = {
			engine,
			stop: () => {
				pointer.stop();
				engine.dispose();
			}
		};
		const user: EngineUser = {
			send: (text) => this.#send(text),
			resized: (grid) => {
				this.#grid = grid;
				this.#localEcho.reset();
				this.#session.resize({ cols: grid.cols, rows: grid.rows });
			},
			failed: (cause) => {
				this.#recover(cause);
			},
			key: (event) => {
				this.#onKey(event);
			},
			drawn: () => {
				this.reading.drawn();
				pointer.drawn();
			}
		};
		this.reading.use(engine);
		engine.take(element, `Input of ${this.#session.login}@${this.#session.nodeName}`, user);
		this.#setState({ at: 'ready', renderer: engine.renderer });
		this.fit();
		this.#queue.setPaused(false);
		spare.prepare(this.#look, undefined, element);
	}

	/** A trap or a lost GPU context: this terminal alone is built anew and redrawn. */
	#recover(cause: unknown): void {
		const former = this.#mounted;
		if (former === null || this.#isDisposed) return;
		const hadFocus = former.engine.box.contains(document.activeElement);
		this.#mounted = null;
		this.reading.use(null);
		if (cause instanceof GpuLost && !former.engine.isSeen) {
			// Taking it back at once would take it from another. What comes meanwhile is kept for the redraw.
			this.#isAway = true;
			former.stop();
			return;
		}
		this.#queue.setPaused(true);
		former.stop();
		const kept = this.#traps.count(performance.now());
		if (kept === null) {
			const error = AppError.of(
				'terminal-failed',
				{ reason: 'its core stopped again and again' },
				{ cause }
			);
			this.#setState({ at: 'failed', error: error.toWire() });
			return;
		}
		this.#replay.trim(kept);
		this.#setState({ at: 'loading' });
		this.#remount(hadFocus);
	}

	#remount(takesFocus: boolean): void {
		this.#mount().then(
			() => {
				if (this.#mounted === null) return;
				this.#redraw();
				if (takesFocus) this.focus();
			},
			(failure: unknown) => {
				this.#setState({ at: 'failed', error: toAppError(failure).toWire() });
			}
		);
	}

	#redraw(): void {
		this.#isReplaying = true;
		this.#filter.reset();
		this.#decoder = new TextDecoder();
		for (const bytes of [encoder.encode(this.#replay.modes), ...this.#replay.all])
			this.#take(bytes);
		this.#isReplaying = false;
		this.#mirror.changed();
	}

	#setState(state: TerminalState): void {
		if (this.#isDisposed) return;
		this.#state = state;
		this.#options.onState?.(state);
	}

	/** What the last shell left switched on ends: its screen stays above, in the scrollback. */
	#newShell(): void {
		this.#awaitsPrompt = true;
		this.#paster.newShell();
		if (!this.#hasOpened) {
			this.#hasOpened = true;
			return;
		}
		this.#filter.reset();
		this.#mounted?.engine.setCursor(0);
		// CAN: in a redraw, what the lost shell left unfinished would take it in.
		const bytes = encoder.encode(`\x18${NEW_SHELL}\r\n`);
		this.#replay.keep(bytes);
		this.#take(bytes);
		this.reading.newShell();
		this.#options.onTitle?.('');
	}

	/** Through the filter into the core. */
	#take(bytes: Uint8Array): void {
		this.#filter.push(bytes);
		this.#flush();
		this.#mirror.changed();
		this.#localEcho.output();
	}

	/** Runs of one push go to the core together: a call for each colour change would cost most. */
	#collect(bytes: Uint8Array): void {
		if (this.#batchLength + bytes.length > this.#batch.length) this.#flush();
		if (bytes.length > this.#batch.length) {
			this.#write(this.#decoder.decode(bytes, { stream: true }));
			return;
		}
		this.#batch.set(bytes, this.#batchLength);
		this.#batchLength += bytes.length;
	}

	#flush(): void {
		if (this.#batchLength === 0) return;
		// One streaming decoder for the session: a character may be cut at a packet's edge (H13).
		const text = this.#decoder.decode(this.#batch.subarray(0, this.#batchLength), { stream: true });
		this.#batchLength = 0;
		this.#write(text);
	}

	#write(text: string): void {
		if (text === '') return;
		this.#feed(() => {
			this.reading.around(() => this.#mounted?.engine.write(text));
		});
	}

	/** What restty sends while it is fed is an answer of the terminal, not a key. */
	#feed(run: () => void): void {
		this.#isFeeding = true;
		try {
			run();
		} finally {
			this.#isFeeding = false;
		}
	}

	#send(text: string): boolean {
		if (!this.#isFeeding) {
			const sent = this.#keyText ?? text;
			const isReport = isMouseReport(sent);
			if (sent === '' || (isReport && this.#wheel.isRepeated(sent))) return true;
			if (!isReport) this.reading.typed();
			this.#mirror.typed(sent);
			this.#localEcho.key(sent);
			this.#sendKeys(isReport ? reportBytes(sent, this.#mouseFormat()) : encoder.encode(sent));
			return true;
		}
		for (const reply of splitReplies(text)) if (isFixedReply(reply)) this.#answer(reply);
		return true;
	}

	#mouseFormat(): string {
		return this.#mounted?.engine.runtime.interaction.getMouseStatus().detail ?? '';
	}

	/** Nobody asks again while the screen is redrawn. */
	#answer(reply: string): void {
		if (!this.#isReplaying && this.#replies.take()) this.#session.reply(encoder.encode(reply));
	}

	#sendKeys(bytes: Uint8Array): void {
		if (!this.#paster.keep(bytes)) this.#session.send(bytes);
	}

	#hear(event: FilterEvent): void {
		switch (event.kind) {
			case 'bracketed-paste':
				this.#isBracketed = event.isOn;
				return;
			case 'palette-reset':
				this.#takeTheme(event.indices);
				return;
			case 'app-keys':
				this.#keyboard.setAppKeys(event.of, event.isOn);
				return;
			case 'other-keys':
				this.#keyboard.setOtherKeys(event.level);
				return;
			case 'other-keys-asked':
				this.#flush();
				this.#answer(`\x1b[>4;${String(this.#keyboard.otherKeys)}m`);
				return;
			case 'focus-reports':
				this.#reportsFocus = event.isOn;
				return;
			case 'alternate-screen':
				this.#isAlternate = event.isOn;
				this.#wheel.setAlternate(event.isOn);
				this.#localEcho.reset();
				return;
			case 'alternate-wheel':
				this.#wheel.setSendsKeys(event.isOn);
				return;
			case 'title':
				if (!this.#isReplaying) this.#options.onTitle?.(event.title);
				return;
			case 'cwd':
				if (!this.#isReplaying) this.#options.onCwd?.(event.path);
				return;
			case 'mark': {
				this.#flush();
				const atMs = this.#isReplaying ? null : Date.now();
				const end = this.reading.mark(event.mark, event.status, atMs);
				if (end !== null) this.#options.onCommandEnd?.(end);
				return;
			}
			case 'cursor':
				this.#flush();
				this.#feed(() => this.#mounted?.engine.setCursor(event.code));
				return;
			case 'bell':
				if (!this.#isReplaying && this.#bells.take()) this.#options.onBell?.();
				return;
			case 'note':
				if (!this.#isReplaying && this.#bells.take()) this.#options.onNote?.(event);
				return;
			case 'clipboard':
				if (!this.#isReplaying) this.#options.onCopyWanted?.(event.text);
				return;
			case 'clipboard-refused':
				if (!this.#isReplaying) this.#options.onCopyRefused?.(event.why);
				return;
		}
	}

	/** The theme's colours in the place of those that restty's core has built in. */
	#takeTheme(indices: readonly number[] | null): void {
		this.#flush();
		this.#write(paletteSequence(this.#mounted?.engine.palette ?? [], indices));
	}

	#markPrompt(): void {
		if (!this.#awaitsPrompt) return;
		this.#awaitsPrompt = false;
		performance.mark('headtab:prompt', { detail: this.#session.id });
	}

	/** A storm of sizes reflows once (H11), at its end. */
	#scheduleFit(): void {
		if (this.#fitTimer !== null) clearTimeout(this.#fitTimer);
		this.#fitTimer = setTimeout(() => {
			this.#fitTimer = null;
			this.fit();
		}, RESIZE_DEBOUNCE_MS);
	}

	/** What has to be decided before restty hears of it. */
	#listen(engine: Engine): { readonly stop: () => void; readonly drawn: () => void } {
		const { box, keyboard } = engine;
		const stop = new AbortController();
		keepOutOwnScrolls(box, stop.signal);
		const { drawn } = listenForPointer({
			engine,
			isMac: this.#isMac,
			signal: stop.signal,
			wheel: this.#wheel,
			grid: () => this.#grid,
			isCopyOnSelect: () => this.#options.isCopyOnSelect?.() === true,
			selection: this.reading.selection,
			copy: () => void this.copy(),
			clearSelection: () => {
				this.#clearSelection();
			},
			endResttySelection: () => {
				this.#press('');
			},
			onPressed: () => {
				this.reading.pressed();
			},
			onLink: (hover) => this.#options.onLink?.(hover),
			paste: (text) => void this.paste(text),
			pasteFromClipboard: () => void this.pasteFromClipboard(),
			cursorPoint: () => this.cursorPoint(),
			onMenu: (at, link) => this.#options.onMenu?.(at, link),
			openLink: (url) => void this.openLink(url)
		});
		keyboard.addEventListener(
			'focus',
			() => {
				this.#reportFocus(true);
			},
			{ signal: stop.signal }
		);
		keyboard.addEventListener(
			'blur',
			(event) => {
				const isInside = event.relatedTarget instanceof Node && box.contains(event.relatedTarget);
				if (isInside) return;
				this.#reportFocus(false);
				this.#mounted?.engine.runtime.interaction.blur();
			},
			{ signal: stop.signal }
		);
		return {
			stop: () => {
				stop.abort();
			},
			drawn
		};
	}

	/** Sends a key as if it had been pressed, e.g. one that the browser keeps for itself. */
	sendKey(key: PlainKey): void {
		if (this.#session.phase.at === 'open') this.#press(this.#keyboard.encode(key));
	}

	#onKey(event: KeyboardEvent): void {
		if (this.#scrolls(event)) {
			event.preventDefault();
			event.stopImmediatePropagation();
			return;
		}
		const action = this.#keyboard.action(event);
		if (action === null) return;
		event.stopImmediatePropagation();
		if (action.kind === 'copy') {
			event.preventDefault();
			void this.copy();
		}
		if (action.kind !== 'send' && action.kind !== 'type') return;
		const isDown = event.type === 'keydown';
		if (this.#session.phase.at !== 'open') {
			if (isDown) this.#options.onDeadKey?.(event);
			return;
		}
		const isModifier = /^(Shift|Control|Alt|AltGraph|Meta)$|Lock$/.test(event.key);
		if (isDown && !isModifier) this.#toEnd();
		if (action.kind === 'type') return;
		event.preventDefault();
		if (isDown && !isModifier) {
			this.#press(action.text);
		} else this.#sendKeys(encoder.encode(action.text));
	}

	/** Who types wants to see what becomes of it. */
	#toEnd(): void {
		const engine = this.#mounted?.engine;
		const grid = engine?.core.grid() ?? null;
		if (grid === null) return;
		const below = grid.total - grid.rows - grid.offset;
		if (below > 0) engine?.scrollBy(below);
	}

	/** Shift with a page key scrolls where there is a scrollback, as in other terminals; a program that asks
	 *  for the kitty protocol wants all keys. */
	#scrolls(event: KeyboardEvent): boolean {
		const mounted = this.#mounted;
		const by = event.key === 'PageUp' ? -1 : event.key === 'PageDown' ? 1 : 0;
		if (by === 0 || mounted === null || !event.shiftKey || this.#wheel.isAlternate) return false;
		if (event.ctrlKey || event.altKey || event.metaKey) return false;
		if (event.defaultPrevented || mounted.engine.core.kittyKeyboardFlags() !== 0) return false;
		if (event.type === 'keydown') mounted.engine.scrollBy(by * Math.max(1, this.#grid.rows - 1));
		return true;
	}

	/** restty ends its selection at a key, but takes some sequences for others: it hears of any key. */
	#press(text: string): void {
		this.#keyText = text;
		this.#mounted?.engine.runtime.io.sendKeyInput('\0', 'key');
		this.#keyText = null;
	}

	/** restty's own and ours. */
	#clearSelection(): void {
		this.reading.selection.drop();
		this.#press('');
		this.#mounted?.engine.changed();
	}

	/** restty reports what its canvas has, which is never the keyboard. */
	#reportFocus(hasFocus: boolean): void {
		if (this.#reportsFocus && this.#session.phase.at === 'open')
			this.#sendKeys(encoder.encode(hasFocus ? '\x1b[I' : '\x1b[O'));
	}

	/** Asks first, with where it really leads. */
	async openLink(link: string): Promise<void> {
		const isAllowed = (await this.#options.confirmLink?.(link)) ?? true;
		if (isAllowed) window.open(link, '_blank', 'noopener,noreferrer');
	}
}
