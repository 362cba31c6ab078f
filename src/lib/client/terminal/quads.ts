// The arithmetic of software-gl.ts: restty's instances as vertices of plain triangles, and boxes that
// touch as one box. Window only, pure.

/** x, y, width, height, red, green, blue, alpha. */
export const BOX_FLOATS = 8;
/** Place, size, two corners in the atlas, colour, colour below, slant, mode. */
export const GLYPH_FLOATS = 18;

/** Places are sums of float32: a hundredth of a pixel is the same place. */
const SAME_PLACE_PX = 0.01;

/** Joins boxes that follow each other, touch and have one colour: a row, then equal rows.
 *  @param cleared what the canvas was just filled with: opaque boxes of it need no drawing; null asks
 *    for all boxes */
export function joinBoxes(boxes: Float32Array, cleared: readonly number[] | null): Float32Array {
	const joined = new Float32Array(boxes.length);
	let end = 0;
	for (let at = 0; at + BOX_FLOATS <= boxes.length; at += BOX_FLOATS) {
		if (cleared !== null && isFill(boxes, at, cleared)) continue;
		if (end > 0 && isRightOf(joined, end - BOX_FLOATS, boxes, at)) {
			const last = end - BOX_FLOATS;
			joined[last + 2] = get(boxes, at) + get(boxes, at + 2) - get(joined, last);
			continue;
		}
		end = joinBelow(joined, end);
		joined.set(boxes.subarray(at, at + BOX_FLOATS), end);
		end += BOX_FLOATS;
	}
	return joined.subarray(0, joinBelow(joined, end));
}

/** The last box joins the one before it, when it continues it downwards. @returns the new end */
function joinBelow(joined: Float32Array, end: number): number {
	const last = end - BOX_FLOATS;
	const before = last - BOX_FLOATS;
	if (before < 0) return end;
	const isBelow =
		isSame(get(joined, last), get(joined, before)) &&
		isSame(get(joined, last + 2), get(joined, before + 2)) &&
		isSame(get(joined, last + 1), get(joined, before + 1) + get(joined, before + 3)) &&
		hasSameColor(joined, before, joined, last);
	if (!isBelow) return end;
	joined[before + 3] = get(joined, last + 1) + get(joined, last + 3) - get(joined, before + 1);
	return last;
}

function isRightOf(left: Float32Array, l: number, right: Float32Array, r: number): boolean {
	return (
		get(left, l + 1) === get(right, r + 1) &&
		get(left, l + 3) === get(right, r + 3) &&
		isSame(get(left, l) + get(left, l + 2), get(right, r)) &&
		hasSameColor(left, l, right, r)
	);
}

function hasSameColor(a: Float32Array, atA: number, b: Float32Array, atB: number): boolean {
	for (let i = 4; i < BOX_FLOATS; i += 1) if (a[atA + i] !== b[atB + i]) return false;
	return true;
}

function isFill(boxes: Float32Array, at: number, fill: readonly number[]): boolean {
	if (get(boxes, at + 7) !== 1) return false;
	for (let i = 0; i < 3; i += 1) {
		if (Math.round(get(boxes, at + 4 + i) * 255) !== Math.round((fill[i] ?? 0) * 255)) return false;
	}
	return true;
}

const isSame = (a: number, b: number): boolean => Math.abs(a - b) < SAME_PLACE_PX;
const get = (array: Float32Array, at: number): number => array[at] ?? 0;

/** Four vertices for each instance: a corner (0 or 1, twice), then the instance. Keeps its memory. */
export class QuadVertices {
	readonly #floats: number;
	#data = new Float32Array(0);

	/** @param floats of one instance */
	constructor(floats: number) {
		this.#floats = floats;
	}

	/** @returns `length` floats of `data` are of this call */
	fill(instances: Float32Array): {
		readonly data: Float32Array;
		readonly length: number;
		readonly quads: number;
	} {
		const floats = this.#floats;
		const quads = Math.floor(instances.length / floats);
		const length = quads * 4 * (2 + floats);
		if (this.#data.length < length) this.#data = new Float32Array(length * 2);
		const data = this.#data;
		let to = 0;
		for (let from = 0; from + floats <= instances.length; from += floats) {
			for (let corner = 0; corner < 4; corner += 1) {
				data[to] = corner & 1;
				data[to + 1] = corner >> 1;
				to += 2;
				for (let i = 0; i < floats; i += 1) data[to + i] = instances[from + i] ?? 0;
				to += floats;
			}
		}
		return { data, length, quads };
	}

	/** Two triangles for each quad, turning as restty's. */
	static indices(quads: number): Uint32Array {
		const indices = new Uint32Array(quads * 6);
		for (let quad = 0; quad < quads; quad += 1) {
			const first = quad * 4;
			indices.set([first, first + 1, first + 2, first + 2, first + 1, first + 3], quad * 6);
		}
		return indices;
	}
}
