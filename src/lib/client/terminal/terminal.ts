// One restty in one element, for one SSH session: the only user of restty (0.3.0). Window only.
// TerminalPane builds it in an attachment and disposes it. Output: session → queue → byte filter →
// core; keys, mouse and answers of the terminal: restty → here → session.
import './terminal.css';
import { AppError, toAppError, type WireError } from '$lib/contracts/app-error';
import { RESIZE_DEBOUNCE_MS, SSH_INPUT_CHUNK_BYTES } from '$lib/contracts/limits';
import type { SshSession } from '../sessions/ssh-session.svelte';
import { ByteFilter, LINK_SCHEME, RESET_MODES, type FilterEvent } from './byte-filter';
import type { CommandEnd } from './commands';
import { Engine, type CellGrid, type EngineUser } from './engine';
import { keyAction } from './keys';
import type { Look } from './look';
import { OutputQueue } from './output-queue';
import { keepOutOwnScrolls } from './own-scroll';
import { PASTE_END, planPaste, type PasteQuestion, type PasteReason } from './paste';
import { Reading, type ReadingState } from './reading';
import { isFixedReply, RateLimit, REPLIES_PER_S, splitReplies } from './replies';
import { hyperlinkAt, lineAt, screenText } from './screen';
import { SpareEngine } from './spare';
import { plainLinkAt, safeLink } from './text';
import { onSchemeChange, readTheme } from './theme';

export type TerminalState =
	| { readonly at: 'loading' }
	| { readonly at: 'ready'; readonly renderer: string }
	/** Nothing to draw with, restty or its faces did not come, or its core fails again and again. */
	| { readonly at: 'failed'; readonly error: WireError };

export interface TerminalOptions {
	/** Empty box that the terminal fills; colours come from its `--term-*` custom properties. */
	readonly element: HTMLElement;
	readonly session: Pick<
		SshSession,
		'id' | 'login' | 'nodeName' | 'phase' | 'attach' | 'send' | 'reply' | 'drained' | 'resize'
	>;
	readonly look: Look;
	/** Mirrors the visible lines as text through `onMirror`. */
	readonly isMirrored: boolean;
	readonly onState?: (state: TerminalState) => void;
	readonly onTitle?: (title: string) => void;
	readonly onCwd?: (path: string) => void;
	/** At most five times a second. */
	readonly onBell?: () => void;
	/** A command has ended, as the shell's marks (OSC 133) tell. */
	readonly onCommandEnd?: (end: CommandEnd) => void;
	/** Matches of a search and prompts in view. */
	readonly onReading?: (state: ReadingState) => void;
	/** Visible text, at most four times a second, while `isMirrored`. */
	readonly onMirror?: (text: string) => void;
	/** Asks before a risky paste; without it such a paste is refused. */
	readonly confirmPaste?: (question: PasteQuestion) => Promise<boolean>;
	/** Asks before a link opens; without it Ctrl/Cmd+click opens it at once. */
	readonly confirmLink?: (url: string) => Promise<boolean>;
	/** A key while there is no shell. Prevent its default to say that it was used. */
	readonly onDeadKey?: (event: KeyboardEvent) => void;
}

/** Output kept to redraw a terminal whose core has failed. */
const REPLAY_MAX_BYTES = 1024 * 1024;
/** Failures of the core within a minute after which the terminal gives up. */
const TRAPS_MAX = 3;
const TRAP_WINDOW_MS = 60_000;
const MIRROR_INTERVAL_MS = 250;
/** Under a flood nobody reads the lines that pass. */
const MIRROR_FLOOD_INTERVAL_MS = 1_000;
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
	readonly #replies = new RateLimit(REPLIES_PER_S);
	readonly #bells = new RateLimit(BELLS_PER_S);
	readonly #isMac: boolean;
	readonly #stops: (() => void)[] = [];
	#decoder = new TextDecoder();
	#mounted: Mounted | null = null;
	#state: TerminalState = { at: 'loading' };
	#isDisposed = false;
	/** It has been mounted once: the session's output comes here. */
	#isAttached = false;

	#batch = new Uint8Array(32 * 1024);
	#batchLength = 0;
	#isFeeding = false;
	#isReplaying = false;
	#replay: Uint8Array[] = [];
	#replayBytes = 0;
	#trapTimes: number[] = [];

	#look: Look;
	#isMirrored: boolean;
	#mirrorTimer: ReturnType<typeof setTimeout> | null = null;
	#mirroredMs = 0;
	#wasFlooded = false;
	#mirrorDueMs = 0;
	#fitTimer: ReturnType<typeof setTimeout> | null = null;
	#isBracketed = false;
	#hasOpened = false;
	#awaitsPrompt = false;
	#grid: CellGrid = { width: 0, height: 0, cols: 0, rows: 0 };
	#paste: AbortController | null = null;
	/** The next key makes a character with it, which only the browser knows. */
	#isAfterDeadKey = false;
	/** Keys typed while a paste is being sent; they follow it. */
	#keysAfterPaste: Uint8Array[] = [];

	constructor(options: TerminalOptions) {
		this.#options = options;
		this.#session = options.session;
		this.#look = options.look;
		this.#isMirrored = options.isMirrored;
		this.reading = new Reading(
			(state) => {
				options.onReading?.(state);
			},
			() => {
				this.#mirror();
			}
		);
		this.#isMac = /mac os|iphone|ipad/i.test(navigator.userAgent);
		this.#filter = new ByteFilter(
			{
				output: (bytes) => {
					this.#collect(bytes);
				},
				mode: (sequence) => {
					this.#flush();
					this.#feed(() => this.#mounted?.engine.toInputSide(sequence));
					this.reading.mode(sequence);
				},
				event: (event) => {
					this.#hear(event);
				}
			},
			{ ownOrigin: location.origin }
		);
		this.#queue = new OutputQueue({
			feed: (bytes) => {
				this.#keep(bytes);
				this.#take(bytes);
			}
		});
		this.#queue.setPaused(true);
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
		const mounted = this.#mounted;
		if (mounted === null) return false;
		return mounted.engine.runtime.interaction.copySelectionToClipboard();
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
		if (text === '' || this.#paste !== null) return;
		let plan = planPaste(text, this.#isBracketed);
		if (plan.bytes.length === 0) return;
		const paste = new AbortController();
		this.#paste = paste;
		const confirmed = new Set<PasteReason>();
		try {
			// A program may start or end while the person reads: what is sent fits the one that is there.
			while (plan.question?.reasons.some((reason) => !confirmed.has(reason)) === true) {
				const isAllowed = (await this.#options.confirmPaste?.(plan.question)) ?? false;
				if (!isAllowed) return;
				for (const reason of plan.question.reasons) confirmed.add(reason);
				plan = planPaste(text, this.#isBracketed);
			}
			for (let at = 0; at < plan.bytes.length; at += SSH_INPUT_CHUNK_BYTES) {
				if (paste.signal.aborted) {
					if (this.#isBracketed) this.#session.send(PASTE_END.slice());
					return;
				}
				if (!this.#session.send(plan.bytes.slice(at, at + SSH_INPUT_CHUNK_BYTES))) return;
				await this.#session.drained();
			}
		} finally {
			this.#paste = null;
			const keys = this.#keysAfterPaste;
			this.#keysAfterPaste = [];
			for (const bytes of keys) this.#session.send(bytes);
		}
	}

	/** Clears screen and scrollback, and lets the program draw anew. */
	clear(): void {
		this.#forgetReplay();
		this.#take(encoder.encode('\x1b[H\x1b[2J\x1b[3J'));
		this.#session.send(Uint8Array.of(0x0c));
	}

	/** Full reset of a terminal that garbage has left unreadable (H9). */
	reset(): void {
		this.#forgetReplay();
		this.#filter.reset();
		this.#take(encoder.encode('\x1bc'));
	}

	setLook(look: Look): void {
		this.#look = look;
		this.#mounted?.engine.setLook(look);
	}

	setMirrored(isMirrored: boolean): void {
		this.#isMirrored = isMirrored;
		this.#mirror();
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

	/** Reads the colours again. */
	refreshTheme(): void {
		this.#mounted?.engine.runtime.terminal.applyTheme(readTheme(this.#options.element));
		this.#mounted?.engine.changed();
	}

	/** After a failure, when a person asks: begins anew, with the output that was kept. */
	tryAgain(): void {
		if (this.#state.at !== 'failed') return;
		this.#trapTimes = [];
		this.#setState({ at: 'loading' });
		if (this.#isAttached) this.#remount(true);
		else void this.#start();
	}

	dispose(): void {
		if (this.#isDisposed) return;
		this.#isDisposed = true;
		this.#paste?.abort();
		for (const stop of this.#stops.splice(0)) stop();
		this.#queue.dispose();
		if (this.#mirrorTimer !== null) clearTimeout(this.#mirrorTimer);
		if (this.#fitTimer !== null) clearTimeout(this.#fitTimer);
		this.#mounted?.stop();
		this.#mounted = null;
		this.reading.dispose();
		this.#forgetReplay();
	}

	/** Asked anew after each wait. */
	#isOver(): boolean {
		return this.#isDisposed;
	}

	async #start(): Promise<void> {
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
		const stopListening = this.#listen(engine.box, engine.keyboard);
		this.#mounted = {
			engine,
			stop: () => {
				stopListening();
				engine.dispose();
			}
		};
		const user: EngineUser = {
			send: (text) => this.#send(text),
			resized: (grid) => {
				this.#grid = grid;
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
		this.#queue.setPaused(true);
		former.stop();
		const now = performance.now();
		this.#trapTimes = [...this.#trapTimes.filter((at) => now - at < TRAP_WINDOW_MS), now];
		if (this.#trapTimes.length > TRAPS_MAX) {
			const error = AppError.of(
				'terminal-failed',
				{ reason: 'its core stopped again and again' },
				{ cause }
			);
			this.#setState({ at: 'failed', error: error.toWire() });
			return;
		}
		// What failed once may fail again: the second time only the end is redrawn, then nothing.
		const kept =
			this.#trapTimes.length === 1
				? REPLAY_MAX_BYTES
				: this.#trapTimes.length === 2
					? 16 * 1024
					: 0;
		this.#trimReplay(kept);
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
		for (const bytes of [...this.#replay]) this.#take(bytes);
		this.#isReplaying = false;
		this.#mirror();
	}

	#setState(state: TerminalState): void {
		if (this.#isDisposed) return;
		this.#state = state;
		this.#options.onState?.(state);
	}

	/** What the last shell left switched on ends: its screen stays above, in the scrollback. */
	#newShell(): void {
		this.#awaitsPrompt = true;
		if (!this.#hasOpened) {
			this.#hasOpened = true;
			return;
		}
		this.#filter.reset();
		for (const mode of RESET_MODES) this.#mounted?.engine.toInputSide(`\x1b[?${mode}l`);
		this.#isBracketed = false;
		this.#mounted?.engine.setCursor(0);
		this.#take(encoder.encode('\x1b[?1049l\x1b[!p\x1b[?25h\x1b[0m\r\n'));
		this.reading.newShell();
		this.#options.onTitle?.('');
	}

	#keep(bytes: Uint8Array): void {
		this.#replay.push(bytes);
		this.#replayBytes += bytes.length;
		if (this.#replayBytes > REPLAY_MAX_BYTES) this.#trimReplay(REPLAY_MAX_BYTES);
	}

	#trimReplay(maxBytes: number): void {
		let first = 0;
		while (this.#replayBytes > maxBytes && first < this.#replay.length) {
			this.#replayBytes -= this.#replay[first]?.length ?? 0;
			first += 1;
		}
		if (first > 0) this.#replay = this.#replay.slice(first);
	}

	#forgetReplay(): void {
		this.#replay = [];
		this.#replayBytes = 0;
	}

	/** Through the filter into the core. */
	#take(bytes: Uint8Array): void {
		this.#filter.push(bytes);
		this.#flush();
		this.#mirror();
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
			this.reading.typed();
			this.#sendKeys(encoder.encode(text));
			return true;
		}
		if (this.#isReplaying) return true;
		for (const reply of splitReplies(text)) {
			if (isFixedReply(reply) && this.#replies.take()) this.#session.reply(encoder.encode(reply));
		}
		return true;
	}

	#sendKeys(bytes: Uint8Array): void {
		if (this.#paste === null) {
			this.#session.send(bytes);
			return;
		}
		// Ctrl+C breaks a paste off; other keys wait, they would land in the middle of it.
		if (bytes.length === 1 && bytes[0] === 0x03) this.#paste.abort();
		this.#keysAfterPaste.push(bytes);
	}

	#hear(event: FilterEvent): void {
		switch (event.kind) {
			case 'bracketed-paste':
				this.#isBracketed = event.isOn;
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
			// A program may not write to the clipboard (SECURITY H9).
			case 'clipboard':
			case 'note':
				return;
		}
	}

	#markPrompt(): void {
		if (!this.#awaitsPrompt) return;
		this.#awaitsPrompt = false;
		performance.mark('headtab:prompt', { detail: this.#session.id });
	}

	#mirror(): void {
		if (!this.#isMirrored) return;
		const isFlooded = !this.#queue.isEmpty;
		// What stands when a flood ends is told at once.
		const intervalMs = isFlooded
			? MIRROR_FLOOD_INTERVAL_MS
			: this.#wasFlooded
				? 0
				: MIRROR_INTERVAL_MS;
		this.#wasFlooded = isFlooded;
		const dueMs = this.#mirroredMs + intervalMs;
		if (this.#mirrorTimer !== null) {
			if (dueMs >= this.#mirrorDueMs) return;
			clearTimeout(this.#mirrorTimer);
		}
		this.#mirrorDueMs = dueMs;
		this.#mirrorTimer = setTimeout(
			() => {
				this.#mirrorTimer = null;
				this.#mirroredMs = performance.now();
				const state = this.#mounted?.engine.core.renderState() ?? null;
				if (state !== null && this.#isMirrored) this.#options.onMirror?.(screenText(state));
			},
			Math.max(0, dueMs - performance.now())
		);
	}

	/** A storm of sizes reflows once (H11), at its end. */
	#scheduleFit(): void {
		if (this.#fitTimer !== null) clearTimeout(this.#fitTimer);
		this.#fitTimer = setTimeout(() => {
			this.#fitTimer = null;
			this.fit();
		}, RESIZE_DEBOUNCE_MS);
	}

	/** What has to be decided before restty hears of it. @returns stop */
	#listen(box: HTMLElement, keyboard: HTMLTextAreaElement): () => void {
		const stop = new AbortController();
		const capture = { capture: true, signal: stop.signal };
		keepOutOwnScrolls(box, stop.signal);
		box.addEventListener(
			'paste',
			(event) => {
				event.preventDefault();
				event.stopImmediatePropagation();
				void this.paste(event.clipboardData?.getData('text/plain') ?? '');
			},
			capture
		);
		box.addEventListener(
			'dragover',
			(event) => {
				if (event.dataTransfer?.types.includes('text/plain') === true) event.preventDefault();
			},
			capture
		);
		box.addEventListener(
			'drop',
			(event) => {
				event.preventDefault();
				event.stopImmediatePropagation();
				void this.paste(event.dataTransfer?.getData('text/plain') ?? '');
			},
			capture
		);
		box.addEventListener(
			'pointerdown',
			(event) => {
				this.#onPointerDown(event);
			},
			capture
		);
		box.addEventListener(
			'pointerup',
			(event) => {
				this.#onPointerUp(event);
			},
			capture
		);
		box.addEventListener(
			'pointermove',
			(event) => {
				const isLink = this.#hasLinkModifier(event) && this.#linkAt(event) !== null;
				box.toggleAttribute('data-link', isLink);
			},
			{ passive: true, signal: stop.signal }
		);
		keyboard.addEventListener(
			'blur',
			(event) => {
				const isInside = event.relatedTarget instanceof Node && box.contains(event.relatedTarget);
				if (!isInside) this.#mounted?.engine.runtime.interaction.blur();
			},
			{ signal: stop.signal }
		);
		return () => {
			stop.abort();
		};
	}

	#onKey(event: KeyboardEvent): void {
		const mounted = this.#mounted;
		if (mounted === null || event.isComposing) return;
		const isAfterDeadKey = this.#isAfterDeadKey;
		this.#isAfterDeadKey = event.key === 'Dead';
		const action = keyAction(event, {
			isMac: this.#isMac,
			kittyFlags: mounted.engine.core.kittyKeyboardFlags(),
			isAfterDeadKey
		});
		switch (action.kind) {
			case 'copy':
				event.preventDefault();
				event.stopImmediatePropagation();
				void this.copy();
				return;
			case 'paste':
			case 'leave':
				event.stopImmediatePropagation();
				return;
			case 'send':
			case 'pass':
				break;
		}
		if (this.#session.phase.at !== 'open') {
			event.stopImmediatePropagation();
			this.#options.onDeadKey?.(event);
			return;
		}
		if (action.kind === 'send') {
			event.preventDefault();
			event.stopImmediatePropagation();
			mounted.engine.runtime.io.sendKeyInput(action.text, 'key');
		}
	}

	#onPointerDown(event: PointerEvent): void {
		const mounted = this.#mounted;
		if (mounted === null) return;
		if (event.button === 1 && !this.#isMouseTaken(event)) {
			event.preventDefault();
			event.stopImmediatePropagation();
			void this.pasteFromClipboard();
		} else if (event.button === 0 && this.#hasLinkModifier(event) && this.#linkAt(event) !== null) {
			// The click is the link's: no selection begins, no program hears of it.
			event.preventDefault();
			event.stopImmediatePropagation();
		}
	}

	#onPointerUp(event: PointerEvent): void {
		if (event.button !== 0 || !this.#hasLinkModifier(event)) return;
		const link = this.#linkAt(event);
		if (link === null) return;
		event.preventDefault();
		event.stopImmediatePropagation();
		void this.#openLink(link);
	}

	async #openLink(link: string): Promise<void> {
		const isAllowed = (await this.#options.confirmLink?.(link)) ?? true;
		if (isAllowed) window.open(link, '_blank', 'noopener,noreferrer');
	}

	#hasLinkModifier(event: MouseEvent): boolean {
		return this.#isMac ? event.metaKey : event.ctrlKey;
	}

	#isMouseTaken(event: MouseEvent): boolean {
		return (
			!event.shiftKey && this.#mounted?.engine.runtime.interaction.getMouseStatus().active === true
		);
	}

	/** The address under the pointer: what the program marked, else plain text that reads as one. */
	#linkAt(event: MouseEvent): string | null {
		const mounted = this.#mounted;
		const canvas = mounted?.engine.screen.querySelector('canvas') ?? null;
		if (mounted === null || canvas === null || this.#grid.width === 0) return null;
		const state = mounted.engine.core.renderState();
		if (state === null) return null;
		const rect = canvas.getBoundingClientRect();
		const col = Math.floor(
			((event.clientX - rect.left) * (canvas.width / rect.width)) / this.#grid.width
		);
		const row = Math.floor(
			((event.clientY - rect.top) * (canvas.height / rect.height)) / this.#grid.height
		);
		if (col < 0 || row < 0 || col >= state.cols || row >= state.rows) return null;
		const marked = hyperlinkAt(state, row, col);
		if (marked?.startsWith(LINK_SCHEME) === true)
			return safeLink(marked.slice(LINK_SCHEME.length), location.origin);
		const line = lineAt(state, row);
		const at = line.columns.indexOf(col);
		return at < 0 ? null : plainLinkAt(line.text, at, location.origin);
	}
}
