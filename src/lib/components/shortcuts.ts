// Which keys belong to the window: Ctrl+Shift, or Cmd on macOS, and nothing that a shell uses. Pure;
// Workspace asks on each key before a terminal sees it.

export type Shortcut =
	| { readonly at: 'palette' | 'search' | 'new' | 'close' | 'reopen' | 'next' | 'previous' }
	| { readonly at: 'copy' | 'paste' | 'larger' | 'smaller' | 'usual-size' | 'next-part' }
	| { readonly at: 'tab'; readonly index: number }
	| { readonly at: 'move'; readonly by: -1 | 1 };

/** What of a KeyboardEvent counts. */
export type ShortcutKey = Pick<
	KeyboardEvent,
	'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'
>;

const BY_CODE: Readonly<Record<string, Shortcut>> = {
	KeyP: { at: 'palette' },
	KeyK: { at: 'palette' },
	KeyT: { at: 'new' },
	KeyW: { at: 'close' },
	KeyZ: { at: 'reopen' },
	KeyC: { at: 'copy' },
	KeyV: { at: 'paste' },
	Equal: { at: 'larger' },
	NumpadAdd: { at: 'larger' },
	Minus: { at: 'smaller' },
	NumpadSubtract: { at: 'smaller' },
	Digit0: { at: 'usual-size' },
	PageUp: { at: 'move', by: -1 },
	PageDown: { at: 'move', by: 1 }
};

/** @param hasTerminal a terminal has the keyboard: plain Ctrl+K belongs to its shell
 *  @returns null when the key is not the window's */
export function shortcutOf(
	event: ShortcutKey,
	options: { readonly isMac: boolean; readonly hasTerminal: boolean }
): Shortcut | null {
	const { isMac, hasTerminal } = options;
	if (event.key === 'F6' && !event.ctrlKey && !event.altKey && !event.metaKey) {
		return { at: 'next-part' };
	}
	if (event.key === 'Tab' && event.ctrlKey && !event.altKey && !event.metaKey) {
		return { at: event.shiftKey ? 'previous' : 'next' };
	}
	const isCommand = isMac
		? event.metaKey && !event.ctrlKey && !event.altKey
		: event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey;
	if (isCommand) {
		const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
		if (digit !== undefined) return { at: 'tab', index: Number(digit) - 1 };
		// Cmd+C and Cmd+V without a terminal are the browser's own, e.g. in the search.
		const found = BY_CODE[event.code] ?? null;
		if (!hasTerminal && (found?.at === 'copy' || found?.at === 'paste')) return null;
		return found;
	}
	if (event.code === 'KeyK' && event.ctrlKey && !event.shiftKey && !event.altKey && !hasTerminal) {
		return { at: 'search' };
	}
	return null;
}
