// Keys that browsers and systems keep for themselves, so that no terminal in them gets them. Pure;
// TerminalMenu offers to send them.
import type { PlainKey } from '$lib/client/terminal/keyboard';

interface KeptKey {
	/** As printed on the keys. */
	readonly keys: readonly string[];
	readonly key: PlainKey;
}

const letter = (sign: string): KeptKey => ({
	keys: ['Ctrl', sign.toUpperCase()],
	key: { key: sign, code: `Key${sign.toUpperCase()}`, ctrl: true }
});
const plain = (name: string, key: PlainKey): KeptKey => ({ keys: [name], key });

export const KEPT_KEYS: readonly KeptKey[] = [
	letter('w'),
	letter('t'),
	letter('n'),
	letter('q'),
	{ keys: ['Ctrl', 'Tab'], key: { key: 'Tab', code: 'Tab', ctrl: true } },
	{ keys: ['Alt', 'Tab'], key: { key: 'Tab', code: 'Tab', alt: true } },
	plain('Esc', { key: 'Escape', code: 'Escape' }),
	plain('F1', { key: 'F1', code: 'F1' }),
	plain('F5', { key: 'F5', code: 'F5' }),
	plain('F6', { key: 'F6', code: 'F6' }),
	plain('F11', { key: 'F11', code: 'F11' }),
	plain('F12', { key: 'F12', code: 'F12' }),
	{ keys: ['Shift', 'F10'], key: { key: 'F10', code: 'F10', shift: true } }
];
