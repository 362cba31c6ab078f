// What the keys of the touch bar send. Pure; KeyBar calls it.

/** Off, for the next key, or until it is tapped again. */
export type Held = 'off' | 'once' | 'held';

/** As xterm sends them in normal cursor mode. */
export const KEY_BYTES = {
	escape: '\u001b',
	tab: '\t',
	up: '\u001b[A',
	down: '\u001b[B',
	right: '\u001b[C',
	left: '\u001b[D'
} as const;

/** A key with Ctrl or Alt held: Ctrl folds a letter into a control byte, Alt puts ESC in front;
 *  a cursor key gets xterm's modifier parameter. */
export function withModifiers(text: string, isCtrl: boolean, isAlt: boolean): Uint8Array {
	let sent = text;
	const cursor = /^\u001b\[([A-D])$/.exec(text); // eslint-disable-line no-control-regex -- ESC is what a cursor key begins with
	if (cursor?.[1] !== undefined) {
		if (isCtrl || isAlt)
			sent = `\u001b[1;${String(1 + (isAlt ? 2 : 0) + (isCtrl ? 4 : 0))}${cursor[1]}`;
	} else {
		if (isCtrl && text.length === 1) {
			const code = text.toUpperCase().charCodeAt(0);
			if (code >= 0x40 && code <= 0x5f) sent = String.fromCharCode(code & 0x1f);
			else if (text === ' ') sent = '\u0000';
			else if (text === '/' || text === '-') sent = '\u001f';
		}
		if (isAlt) sent = `\u001b${sent}`;
	}
	return new TextEncoder().encode(sent);
}
