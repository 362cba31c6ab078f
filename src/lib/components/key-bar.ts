// The keys of the touch bar, and when it is there. Pure; KeyBar shows them.
import type { PlainKey } from '$lib/client/terminal/keyboard';

/** Off, for the next key, or until it is tapped again. */
export type Held = 'off' | 'once' | 'held';

export const nextHeld = (held: Held): Held =>
	held === 'off' ? 'once' : held === 'once' ? 'held' : 'off';

export interface BarKey {
	readonly label: string;
	readonly key: PlainKey;
}

const named = (label: string, key: string): BarKey => ({ label, key: { key, code: key } });
/** A character: its place on a keyboard is not known. */
const sign = (text: string): BarKey => ({ label: text, key: { key: text, code: '' } });
const functionKey = (number: number): BarKey => named(`F${String(number)}`, `F${String(number)}`);

export const FIRST_KEYS: readonly BarKey[] = [named('Esc', 'Escape'), named('Tab', 'Tab')];
export const SIGN_KEYS: readonly BarKey[] = ['|', '~', '/', '-'].map(sign);
/** Behind “…”, in two rows. */
export const MORE_KEYS: readonly (readonly BarKey[])[] = [
	[named('Home', 'Home'), named('PgUp', 'PageUp'), ...[1, 2, 3, 4, 5, 6].map(functionKey)],
	[named('End', 'End'), named('PgDn', 'PageDown'), ...[7, 8, 9, 10, 11, 12].map(functionKey)]
];

/** A held key of the bar sends again after so long, then so often. */
export const REPEAT_AFTER_MS = 400;
export const REPEAT_MS = 60;

/** Whether a keydown comes from real keys: those on the screen name no place, or a letter's alone.
 *  @returns null for one that says nothing about it */
export function isFromHardware(event: Pick<KeyboardEvent, 'key' | 'code'>): boolean | null {
	if (event.code === '' || event.key === 'Unidentified' || event.key === 'Process') return false;
	return /^(Control|Shift|Alt|Meta|Escape|Tab|Arrow|F\d|Page|Home|End|Caps)/.test(event.code)
		? true
		: null;
}
