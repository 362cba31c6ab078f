// The line height of a terminal. restty (0.3.0) has no setting for it: a cell is as high as the first face
// says it is, so that face is told another height. Pure.

const HHEA = 0x68686561;
const HEAD = 0x68656164;

/** A copy of a TrueType or OpenType face whose lines are `lineHeight` times the text size apart, what is
 *  added or taken equally above and below. The face itself when it has no such tables. */
export function withLineHeight(face: ArrayBuffer, lineHeight: number): ArrayBuffer {
	const tables = tablesOf(face);
	const head = tables.get(HEAD);
	const hhea = tables.get(HHEA);
	if (head === undefined || hhea === undefined) return face;
	const copy = face.slice(0);
	const view = new DataView(copy);
	const unitsPerEm = view.getUint16(head + 18);
	const ascender = view.getInt16(hhea + 4);
	const descender = view.getInt16(hhea + 6);
	const added = Math.round(lineHeight * unitsPerEm) - (ascender - descender);
	const above = Math.round(added / 2);
	view.setInt16(hhea + 4, ascender + above);
	view.setInt16(hhea + 6, descender - (added - above));
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
