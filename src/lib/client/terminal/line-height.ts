// The line height of a terminal. restty (0.3.0) has no setting for it: a cell is as high as the first face
// says it is, so that face is told another height. Pure.

const HHEA = 0x68686561;
const HEAD = 0x68656164;

/** A TrueType or OpenType face whose lines are `lineHeight` times the text size apart, what is added or
 *  taken equally above and below; the face itself when it is so already, or has no such tables.
 *  @param px the text size in the canvas's pixels: letters keep their places among them, so that none
 *    stands a pixel higher than its neighbour */
export function withLineHeight(face: ArrayBuffer, lineHeight: number, px: number): ArrayBuffer {
	const tables = tablesOf(face);
	const head = tables.get(HEAD);
	const hhea = tables.get(HHEA);
	if (head === undefined || hhea === undefined) return face;
	const own = new DataView(face);
	const unitsPerPx = own.getUint16(head + 18) / px;
	const ascender = own.getInt16(hhea + 4);
	const descender = own.getInt16(hhea + 6);
	const addedPx = Math.round(lineHeight * px) - Math.round((ascender - descender) / unitsPerPx);
	if (addedPx === 0) return face;
	const abovePx = Math.round(addedPx / 2);
	const copy = face.slice(0);
	const view = new DataView(copy);
	view.setInt16(hhea + 4, ascender + Math.round(abovePx * unitsPerPx));
	view.setInt16(hhea + 6, descender - Math.round((addedPx - abovePx) * unitsPerPx));
	return copy;
}

/** Where each table of a face begins, by its tag; none when it is no single face. */
function tablesOf(face: ArrayBuffer): ReadonlyMap<number, number> {
	const view = new DataView(face);
	const tables = new Map<number, number>();
	if (view.byteLength < 12) return tables;
	const count = view.getUint16(4);
	for (let at = 0; at < count && 12 + at * 16 + 16 <= view.byteLength; at += 1) {
		const entry = 12 + at * 16;
		const offset = view.getUint32(entry + 8);
		if (offset + 36 <= view.byteLength) tables.set(view.getUint32(entry), offset);
	}
	return tables;
}
