// What a terminal is given and what it tells: terminal.ts takes it, TerminalPane gives it. Types only; window.
import type { WireError } from '$lib/contracts/app-error';
import type { SshSession } from '../sessions/ssh-session.svelte';
import type { CommandEnd } from './commands';
import type { OptionAsAlt } from './keys';
import type { LinkHover } from './link-hover';
import type { Look } from './look';
import type { PasteQuestion } from './paste';
import type { PasteProgress } from './paster';
import type { Point } from './pointer';
import type { ReadingState } from './reading';

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
	/** Which Option keys of a Mac act as Alt; none unless given. */
	readonly optionAsAlt?: () => OptionAsAlt;
	/** What is selected is copied at once. */
	readonly isCopyOnSelect?: () => boolean;
	readonly onState?: (state: TerminalState) => void;
	readonly onTitle?: (title: string) => void;
	readonly onCwd?: (path: string) => void;
	/** At most five times a second. */
	readonly onBell?: () => void;
	/** A command has ended, as the shell's marks (OSC 133) tell. */
	readonly onCommandEnd?: (end: CommandEnd) => void;
	/** Matches of a search and prompts in view. */
	readonly onReading?: (state: ReadingState) => void;
	/** Keys are shown before the machine answers. */
	readonly isEchoPredicted?: () => boolean;
	/** A program's note (OSC 9, OSC 777), cleaned; counted with the bells. */
	readonly onNote?: (note: { readonly title: string; readonly body: string }) => void;
	/** A program wants to copy (OSC 52). Nothing is copied unless whoever hears it does. */
	readonly onCopyWanted?: (text: string) => void;
	/** A program asked for the clipboard, or wanted to copy too much: refused. */
	readonly onCopyRefused?: (why: 'read' | 'size') => void;
	/** Visible text, at most four times a second, while `isMirrored`. */
	readonly onMirror?: (text: string) => void;
	/** Lines that are new, to be spoken, while `isMirrored`. */
	readonly onNew?: (lines: readonly string[]) => void;
	/** Asks before a risky paste; without it such a paste is refused. */
	readonly confirmPaste?: (question: PasteQuestion) => Promise<boolean>;
	/** How far a long paste is; null when it is over. */
	readonly onPasteProgress?: (progress: PasteProgress | null) => void;
	/** Asks before a link opens; without it Ctrl/Cmd+click opens it at once. */
	readonly confirmLink?: (url: string) => Promise<boolean>;
	/** What the pointer is over would open; null when it is over nothing that does. */
	readonly onLink?: (hover: LinkHover | null) => void;
	/** The menu is asked for, at a point of the window. @param link what is there would open */
	readonly onMenu?: (at: Point, link: string | null) => void;
	/** A key while there is no shell. Prevent its default to say that it was used. */
	readonly onDeadKey?: (event: KeyboardEvent) => void;
}
