// Keys of who types before the shell and its terminal are there: they go to the shell, as in any terminal, but only to
// the one that they were typed for. Pure; TerminalPane has one for its session.
import type { SshPhase } from '../sessions/ssh-session.svelte';
import type { TerminalState } from './terminal-options';

const TYPED_AHEAD_MAX = 1_024;

type AheadKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>;
/** What writes nothing by itself; after a dead key comes the character that it makes, or its composing. */
const MODIFIER = /^(Shift|Control|Alt|AltGraph|Meta|Dead)$|Lock$/;

/** Whoever types in another phase is told that there is no shell, and none is near. */
const WAY_TO_SHELL: readonly SshPhase['at'][] = ['joining', 'dialing', 'authenticating', 'open'];

/** What stands between the keys and their shell. */
export interface ShellAhead {
	readonly phase: SshPhase['at'];
	/** The far end asks first. */
	readonly isAsking: boolean;
	readonly terminal: TerminalState['at'];
}

export class TypeAhead {
	#text = '';
	#isLineLost = false;
	/** Place on the way; falls when the attempt, or its shell, is gone. */
	#reached = 0;

	/** @returns whether the key is kept; nothing else shall come of it then */
	key(event: AheadKey, ahead: ShellAhead): boolean {
		const isThere = ahead.terminal === 'ready' && ahead.phase === 'open';
		if (isThere || ahead.terminal === 'failed' || ahead.isAsking || placeOf(ahead) < 0)
			return false;
		if (MODIFIER.test(event.key)) return false;
		const text = textOf(event);
		if (text === null) {
			// The line would not be what the person sees themselves type: it goes as a whole, and nothing of it runs.
			this.#text = this.#text.slice(0, this.#text.lastIndexOf('\r') + 1);
			this.#isLineLost = !isLineEnd(event);
			return false;
		}
		if (!this.#isLineLost && this.#text.length < TYPED_AHEAD_MAX) this.#text += text;
		if (text === '\r') this.#isLineLost = false;
		return true;
	}

	/** Told of each change.
	 *  @returns what the shell is sent now; empty for nothing */
	follow(ahead: ShellAhead): string {
		const place = placeOf(ahead);
		// Nobody expects it in a shell that comes by itself hours later, nor in the one behind a question.
		if (place < this.#reached || ahead.isAsking || ahead.terminal === 'failed') {
			this.#text = '';
			this.#isLineLost = false;
		}
		this.#reached = Math.max(0, place);
		if (ahead.phase !== 'open' || ahead.terminal !== 'ready') return '';
		const text = this.#text;
		this.#text = '';
		this.#isLineLost = false;
		return text;
	}
}

const placeOf = ({ phase }: ShellAhead): number => WAY_TO_SHELL.indexOf(phase);

/** Ctrl+C and Ctrl+U give a line up by themselves, in any shell. */
const isLineEnd = ({ key, ctrlKey, altKey }: AheadKey): boolean =>
	ctrlKey && !altKey && /^[cu]$/i.test(key);

function textOf({ key, ctrlKey, altKey, metaKey, isComposing }: AheadKey): string | null {
	// Both together are AltGr on Windows.
	if (isComposing || metaKey || ctrlKey !== altKey) return null;
	if (key.length === 1) return key;
	if (ctrlKey) return null;
	if (key === 'Enter') return '\r';
	return key === 'Backspace' ? '\u007f' : null;
}
