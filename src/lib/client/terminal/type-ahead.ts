// Keys of who types before the shell and its terminal are there: they go to the shell, as in any terminal, but only to
// the one that they were typed for. Pure; TerminalPane has one for its session.
import type { SshPhase } from '../sessions/ssh-session.svelte';
import type { TerminalState } from './terminal-options';

const TYPED_AHEAD_MAX = 1_024;

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
	/** Place on the way; falls when the attempt, or its shell, is gone. */
	#reached = 0;

	/** @returns whether the key is kept; nothing else shall come of it then */
	key(
		event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>,
		ahead: ShellAhead
	): boolean {
		const isThere = ahead.terminal === 'ready' && ahead.phase === 'open';
		if (isThere || ahead.terminal === 'failed' || ahead.isAsking || placeOf(ahead) < 0)
			return false;
		if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
		const text = textOf(event.key);
		if (text === null) return false;
		if (this.#text.length < TYPED_AHEAD_MAX) this.#text += text;
		return true;
	}

	/** Told of each change.
	 *  @returns what the shell is sent now; empty for nothing */
	follow(ahead: ShellAhead): string {
		const place = placeOf(ahead);
		// Nobody expects it in a shell that comes by itself hours later, nor in the one behind a question.
		if (place < this.#reached || ahead.isAsking || ahead.terminal === 'failed') this.#text = '';
		this.#reached = Math.max(0, place);
		if (ahead.phase !== 'open' || ahead.terminal !== 'ready') return '';
		const text = this.#text;
		this.#text = '';
		return text;
	}
}

const placeOf = ({ phase }: ShellAhead): number => WAY_TO_SHELL.indexOf(phase);

function textOf(key: string): string | null {
	if (key.length === 1) return key;
	if (key === 'Enter') return '\r';
	return key === 'Backspace' ? '\u007f' : null;
}
