// One restty in one element, for one SSH session: the only user of restty. Window only.
// TerminalPane builds it in an attachment and disposes it.
import type { WireError } from '$lib/contracts/app-error';
import type { SshSession } from '../sessions/ssh-session.svelte';
import type { PasteQuestion } from './paste';

export type TerminalState =
	| { readonly at: 'loading' }
	| { readonly at: 'ready'; readonly renderer: string }
	/** Neither WebGPU nor WebGL2, or the fonts did not come. */
	| { readonly at: 'failed'; readonly error: WireError };

export interface TerminalOptions {
	/** Empty box that the terminal fills; colours come from its `--term-*` custom properties. */
	readonly element: HTMLElement;
	readonly session: SshSession;
	readonly fontSizePx: number;
	/** Mirrors the visible lines as text through `onMirror`. */
	readonly isMirrored: boolean;
	readonly onState?: (state: TerminalState) => void;
	readonly onTitle?: (title: string) => void;
	readonly onCwd?: (path: string) => void;
	readonly onBell?: () => void;
	/** Visible text, at most a few times a second, while `isMirrored`. */
	readonly onMirror?: (text: string) => void;
	/** Asks before a risky paste; without it such a paste is refused. */
	readonly confirmPaste?: (question: PasteQuestion, signal: AbortSignal) => Promise<boolean>;
	/** Asks before a link of the far end opens; without it the link opens on Ctrl/Cmd+click. */
	readonly confirmLink?: (url: string) => Promise<boolean>;
	/** A program wants to put text on the clipboard (OSC 52); without it never. */
	readonly onClipboardWrite?: (text: string) => void;
	/** Any key while there is no shell (closed, failed): Enter reconnects by the pane. */
	readonly onDeadKey?: (event: KeyboardEvent) => void;
}

export declare class Terminal {
	constructor(options: TerminalOptions);
	get state(): TerminalState;
	focus(): void;
	blur(): void;
	/** @returns false when nothing is selected */
	copy(): Promise<boolean>;
	/** From the clipboard, through the paste guard. */
	pasteFromClipboard(): Promise<void>;
	paste(text: string): Promise<void>;
	/** Clears screen and scrollback. */
	clear(): void;
	/** Full reset (RIS) of a terminal that garbage has left unreadable. */
	reset(): void;
	setFontSize(px: number): void;
	setMirrored(isMirrored: boolean): void;
	/** Measures the element again, e.g. after its tab became visible. */
	fit(): void;
	/** Reads the colours again. */
	refreshTheme(): void;
	dispose(): void;
}
