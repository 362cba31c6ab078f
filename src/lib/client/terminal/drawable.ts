// What restty (0.3.0) is given to draw in the place of what it draws wrong. The core keeps what programs wrote: copies,
// searches and screen readers have that. Window only, pure; core.ts asks for each frame.
import type { RenderState } from './core';

type Cells = Pick<
	RenderState,
	'cols' | 'codepoints' | 'graphemeOffset' | 'graphemeLen' | 'graphemeBuffer' | 'styleFlags'
>;

const KEYCAP = 0x20e3;
const AS_EMOJI = 0xfe0f;
const SPACE = 0x20;

/** restty's mark of a cell whose two colours change places. */
const INVERSE = 1 << 4;

interface Separator {
	readonly sign: number;
	/** The other corner in the other colour: restty's lower ones reach a pixel into the row below. Not where it
	 *  brightens or fades the colour of a sign. */
	readonly turned?: number;
}

/** Powerline's separators: restty fills half the cell where a line belongs, and has two corners the wrong way up. */
const SEPARATORS: Readonly<Record<number, Separator>> = {
	0xe0b1: { sign: 0x27e9 }, // ⟩
	0xe0b3: { sign: 0x27e8 }, // ⟨
	0xe0b8: { sign: 0xe0b8, turned: 0xe0ba }, // lower left by the upper right
	0xe0b9: { sign: 0x2572 }, // ╲
	0xe0ba: { sign: 0xe0be, turned: 0xe0bc }, // lower right by the upper left
	0xe0bb: { sign: 0x2571 }, // ╱
	0xe0bd: { sign: 0x2571 },
	0xe0be: { sign: 0xe0ba }, // upper right
	0xe0bf: { sign: 0x2572 }
};
const FIRST_SEPARATOR = 0xe0b1;
const LAST_SEPARATOR = 0xe0bf;

/** @returns the same state unless something in it has to be drawn otherwise; it lies in the core's memory */
export const drawable = <T extends Cells>(state: T): T => withSeparators(withKeycaps(state));

function withSeparators<T extends Cells>(state: T): T {
	const { codepoints, styleFlags } = state;
	let own: { readonly codepoints: Uint32Array; readonly styleFlags: typeof styleFlags } | null =
		null;
	for (let cell = 0; cell < (codepoints?.length ?? 0); cell += 1) {
		const codepoint = codepoints?.[cell] ?? 0;
		if (codepoint < FIRST_SEPARATOR || codepoint > LAST_SEPARATOR) continue;
		const drawn = SEPARATORS[codepoint];
		if (drawn === undefined) continue;
		own ??= codepoints && {
			codepoints: codepoints.slice(),
			styleFlags: styleFlags?.slice() ?? null
		};
		const flags = styleFlags?.[cell] ?? 0;
		const isTurned = drawn.turned !== undefined && (flags & ~INVERSE) === 0;
		own?.codepoints.set([isTurned ? drawn.turned : drawn.sign], cell);
		if (isTurned) own?.styleFlags?.set([flags ^ INVERSE], cell);
	}
	return own === null ? state : { ...state, ...own };
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
