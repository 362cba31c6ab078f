// Text in one of a theme's colours on another of them, where both are so near that nobody reads it (mc's grey on blue
// in a light theme): programs name such pairs without knowing the theme. What they choose exactly stays, and so does
// what is hidden on purpose. Window only, pure; core.ts has one for each terminal.
import type { HexColor } from '$lib/storage/theme';
import { hexOf, raised, READABLE, rgbOf } from './colors';
import type { RenderState } from './core';

type Cells = Pick<RenderState, 'codepoints' | 'fgBytes' | 'bgBytes' | 'styleFlags'>;

/** A colour as one number: red lowest, as the core's bytes are. */
type Packed = number;

const PALETTE_SIZE = 16;
const INVERSE = 1 << 4;
const pack = (r: number, g: number, b: number): Packed => r | (g << 8) | (b << 16);
const packedAt = (bytes: Uint8Array, cell: number): Packed =>
	pack(bytes[cell * 4] ?? 0, bytes[cell * 4 + 1] ?? 0, bytes[cell * 4 + 2] ?? 0);
const turned = (color: number): Packed =>
	pack((color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff);
const hex = (color: Packed): HexColor =>
	hexOf([color & 0xff, (color >> 8) & 0xff, (color >> 16) & 0xff]);

/** Signs that are surfaces, not text: blocks, triangles, braille, powerline's. */
const isSurface = (codepoint: number): boolean =>
	(codepoint >= 0x2580 && codepoint <= 0x259f) ||
	(codepoint >= 0x25e2 && codepoint <= 0x25e5) ||
	(codepoint >= 0x2800 && codepoint <= 0x28ff) ||
	(codepoint >= 0xe0b0 && codepoint <= 0xe0d7) ||
	(codepoint >= 0x1fb00 && codepoint <= 0x1fbff);

export class Readable {
	#palette: ReadonlySet<Packed> = new Set();
	#foreground: Packed = 0;
	#background: Packed = 0;
	/** By background, then by text, both named: what to draw. */
	readonly #drawn = new Map<Packed, Map<Packed, Packed>>();

	/** @param colors red, green and blue of each, the theme's sixteen first */
	setPalette(colors: Uint8Array): void {
		const count = Math.min(PALETTE_SIZE, Math.floor(colors.length / 3));
		this.#palette = new Set(
			Array.from({ length: count }, (_, at) =>
				pack(colors[at * 3] ?? 0, colors[at * 3 + 1] ?? 0, colors[at * 3 + 2] ?? 0)
			)
		);
		this.#drawn.clear();
	}

	/** @param foreground red highest, as restty gives it */
	setDefaults(foreground: number, background: number): void {
		this.#foreground = turned(foreground);
		this.#background = turned(background);
		this.#drawn.clear();
	}

	/** @returns the same state unless some text has to have another colour; it lies in the core's memory */
	apply<T extends Cells>(state: T): T {
		const { codepoints, fgBytes, bgBytes, styleFlags } = state;
		if (codepoints === null || fgBytes === null || bgBytes === null) return state;
		let own: { readonly fgBytes: Uint8Array; readonly bgBytes: Uint8Array } | null = null;
		for (let cell = 0; cell < codepoints.length; cell += 1) {
			const behind = packedAt(bgBytes, cell);
			if (behind === this.#background) continue;
			const codepoint = codepoints[cell] ?? 0;
			if (codepoint <= 0x20 || isSurface(codepoint)) continue;
			const front = packedAt(fgBytes, cell);
			// restty turns them round as it draws.
			const isInverse = ((styleFlags?.[cell] ?? 0) & INVERSE) !== 0;
			const [text, on] = isInverse ? [behind, front] : [front, behind];
			if (text === on || !this.#isNamed(text) || !this.#isNamed(on)) continue;
			const drawn = this.#readable(text, on);
			if (drawn === text) continue;
			own ??= { fgBytes: fgBytes.slice(), bgBytes: bgBytes.slice() };
			const bytes = isInverse ? own.bgBytes : own.fgBytes;
			bytes[cell * 4] = drawn & 0xff;
			bytes[cell * 4 + 1] = (drawn >> 8) & 0xff;
			bytes[cell * 4 + 2] = (drawn >> 16) & 0xff;
		}
		return own === null ? state : { ...state, ...own };
	}

	#readable(text: Packed, on: Packed): Packed {
		let known = this.#drawn.get(on);
		if (known === undefined) this.#drawn.set(on, (known = new Map<Packed, Packed>()));
		let drawn = known.get(text);
		if (drawn === undefined)
			known.set(text, (drawn = pack(...rgbOf(raised(hex(text), hex(on), READABLE)))));
		return drawn;
	}

	#isNamed(color: Packed): boolean {
		return color === this.#foreground || this.#palette.has(color);
	}
}
