// What restty (0.3.0) is given to draw in the place of what it draws wrong. The core keeps what programs wrote: copies,
// searches and screen readers have that. Window only, pure; core.ts asks for each frame.
import type { RenderState } from './core';

type Cells = Pick<
	RenderState,
	'cols' | 'codepoints' | 'graphemeOffset' | 'graphemeLen' | 'graphemeBuffer'
>;

const KEYCAP = 0x20e3;
const AS_EMOJI = 0xfe0f;
const SPACE = 0x20;

/** Powerline's separators: restty fills half the cell where a line belongs, and has two corners the wrong way up. */
const SEPARATORS: Readonly<Record<number, number>> = {
	0xe0b1: 0x27e9, // ⟩
	0xe0b3: 0x27e8, // ⟨
	0xe0b9: 0x2572, // ╲
	0xe0ba: 0xe0be, // lower right
	0xe0bb: 0x2571, // ╱
	0xe0bd: 0x2571,
	0xe0be: 0xe0ba, // upper right
	0xe0bf: 0x2572
};
const FIRST_SEPARATOR = 0xe0b1;
const LAST_SEPARATOR = 0xe0bf;

/** @returns the same state unless something in it has to be drawn otherwise; it lies in the core's memory */
export const drawable = <T extends Cells>(state: T): T => withSeparators(withKeycaps(state));

function withSeparators<T extends Cells>(state: T): T {
	const { codepoints } = state;
	let own: Uint32Array | null = null;
	for (let cell = 0; cell < (codepoints?.length ?? 0); cell += 1) {
		const codepoint = codepoints?.[cell] ?? 0;
		if (codepoint < FIRST_SEPARATOR || codepoint > LAST_SEPARATOR) continue;
		const drawn = SEPARATORS[codepoint];
		if (drawn === undefined) continue;
		own ??= codepoints?.slice() ?? null;
		own?.set([drawn], cell);
	}
	return own === null ? state : { ...state, codepoints: own };
}

/** Keycaps (1️⃣) as the emoji where the column behind is empty, for they are two columns wide, and else as their sign
 *  alone. A core that counts columns as most programs do drops their U+FE0F, and no text face has a U+20E3. */
function withKeycaps<T extends Cells>(state: T): T {
	const { cols, codepoints, graphemeOffset, graphemeLen, graphemeBuffer } = state;
	if (codepoints === null || graphemeOffset === null || graphemeLen === null) return state;
	if (!(graphemeBuffer?.includes(KEYCAP) ?? false) || graphemeBuffer === null) return state;
	const offsets = graphemeOffset.slice();
	const lengths = graphemeLen.slice();
	const end = graphemeBuffer.length;
	const buffer = new Uint32Array(end + 2);
	buffer.set(graphemeBuffer);
	buffer.set([AS_EMOJI, KEYCAP], end);
	for (const [cell, length] of graphemeLen.entries()) {
		const first = graphemeBuffer[graphemeOffset[cell] ?? end];
		if (length !== 1 || first !== KEYCAP || !hasKeycap(codepoints[cell] ?? 0)) continue;
		const next = codepoints[cell + 1] ?? 0;
		const hasRoom = (cell + 1) % cols !== 0 && (next === 0 || next === SPACE);
		offsets[cell] = end;
		lengths[cell] = hasRoom ? 2 : 0;
	}
	return { ...state, graphemeOffset: offsets, graphemeLen: lengths, graphemeBuffer: buffer };
}

/** Digits, # and *. */
const hasKeycap = (sign: number): boolean =>
	sign === 0x23 || sign === 0x2a || (sign >= 0x30 && sign <= 0x39);
