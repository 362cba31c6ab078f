// The cursor's style: the person's, until a program asks for one of its own by DECSCUSR. Pure.
import type { SettingsRecord } from '$lib/storage/settings';

/** How DECSCUSR names the steady one; the one before it blinks. */
const CODES = { block: 2, underline: 4, bar: 6 } as const satisfies Record<
	SettingsRecord['cursorShape'],
	number
>;

export interface CursorLook {
	readonly cursorShape: SettingsRecord['cursorShape'];
	readonly isCursorBlinking: boolean;
}

/** The sequence that gives the terminal's core its cursor.
 *  @param code what a program asked for last; 0 is the person's own
 *  @param isStill nothing may blink (reduced motion) */
export function cursorSequence(code: number, look: CursorLook, isStill: boolean): string {
	const steady = code === 0 ? CODES[look.cursorShape] : code + (code % 2);
	const isBlinking = !isStill && (code === 0 ? look.isCursorBlinking : code % 2 === 1);
	return `\x1b[${String(isBlinking ? steady - 1 : steady)} q`;
}

/** What DECSCUSR's parameter asks for: 0 (as without one) to 6; null for what is none. */
export function cursorCode(params: string): number | null {
	const digits = /^(\d{0,3}) $/.exec(params)?.[1];
	if (digits === undefined) return null;
	const code = Number(digits);
	return code <= 6 ? code : null;
}
