// A paste as lines to look at: what cannot be seen gets a name. Pure; PasteDialog calls it.

export interface PastePart {
	readonly text: string;
	/** A name for a character that cannot be seen. */
	readonly isMark: boolean;
}

const NAMES: Readonly<Record<number, string>> = {
	0x07: 'BEL',
	0x08: 'BS',
	0x1b: 'ESC',
	0x7f: 'DEL',
	0x200b: 'ZWSP',
	0x200e: 'LRM',
	0x200f: 'RLM',
	0x202a: 'LRE',
	0x202b: 'RLE',
	0x202c: 'PDF',
	0x202d: 'LRO',
	0x202e: 'RLO',
	0x2066: 'LRI',
	0x2067: 'RLI',
	0x2068: 'FSI',
	0x2069: 'PDI',
	0xfeff: 'BOM'
};
/** Controls but TAB, format characters, and the separators that look like a space. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u2028\u2029]|\p{Cf}/gu; // eslint-disable-line no-control-regex -- control characters are what is looked for

/** @returns the first lines */
export function pasteLines(text: string, max: number): readonly (readonly PastePart[])[] {
	const all = text.split(/\r\n|\r|\n/);
	if (all.length > 1 && all.at(-1) === '') all.pop();
	return all.slice(0, max).map((line) => split(line.slice(0, 2_000)));
}

function split(line: string): readonly PastePart[] {
	const parts: PastePart[] = [];
	let at = 0;
	for (const match of line.matchAll(HIDDEN)) {
		if (match.index > at) parts.push({ text: line.slice(at, match.index), isMark: false });
		const code = match[0].codePointAt(0) ?? 0;
		const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
		parts.push({ text: NAMES[code] ?? hex, isMark: true });
		at = match.index + match[0].length;
	}
	if (at < line.length || parts.length === 0) parts.push({ text: line.slice(at), isMark: false });
	return parts;
}
